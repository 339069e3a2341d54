import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { LiveServer, Startable } from './live-server.js'
import { freePorts, makeBucket, startLocal } from './local-server.js'

const BUCKET = 'dayfile-live'
const OWNER = { accessKeyId: 'DAYFILELIVEOWNER', secretAccessKey: 'dayfile-live-owner-secret' }
const STRANGER = { accessKeyId: 'DAYFILELIVEOTHER', secretAccessKey: 'dayfile-live-other-secret' }

/** A Ceph RADOS Gateway with one OSD. */
export const ceph: Startable = {
  name: 'Ceph',
  packages: ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph-common', 'curl'],
  programs: ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'monmaptool', 'curl'],
  async start(): Promise<LiveServer> {
    const [s3Port = 0, monitorPort = 0] = await freePorts(2)
    const settings = {
      S3_PORT: s3Port,
      MON_PORT: monitorPort,
      ACCESS_KEY: OWNER.accessKeyId,
      SECRET_KEY: OWNER.secretAccessKey,
    }
    const { folder, close, ...frozen } = startLocal('ceph.sh', settings, 'osd')
    const endpoint = `http://127.0.0.1:${s3Port}`
    const keys = ['--access-key', STRANGER.accessKeyId, '--secret-key', STRANGER.secretAccessKey]
    admin(folder, 'user', 'create', '--uid', 'stranger', '--display-name', 'stranger', ...keys)
    await makeBucket(endpoint, OWNER, BUCKET)
    return {
      name: 'Ceph',
      provider: 'ceph',
      bucket: BUCKET,
      connection: { endpoint, region: 'us-east-1', credentials: OWNER },
      prefix: 'live',
      gaps: {},
      faults: {
        ...frozen,
        stranger: STRANGER,
        async limitedBucket(bytes) {
          const bucket = 'dayfile-live-limited'
          await makeBucket(endpoint, OWNER, bucket)
          const quota = ['--quota-scope=bucket', `--bucket=${bucket}`]
          admin(folder, 'quota', 'set', ...quota, `--max-size=${bytes}`)
          admin(folder, 'quota', 'enable', ...quota)
          return bucket
        },
      },
      close,
    }
  },
}

function admin(folder: string, ...args: string[]): void {
  const command = ['-c', join(folder, 'ceph.conf'), ...args]
  const { status, stderr } = spawnSync('radosgw-admin', command, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`radosgw-admin ${args.slice(0, 2).join(' ')}: ${stderr}`)
}
