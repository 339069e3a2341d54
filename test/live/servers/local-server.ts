// In: the script of a server. Out: the server, in a folder of its own under the folder for temporary files.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Credentials, Faults } from './live-server.js'

export interface LocalServer {
  readonly folder: string
  readonly freeze: Faults['freeze']
  readonly goOn: Faults['goOn']
  readonly close: () => Promise<void>
}

/**
 * Runs `SCRIPT start FOLDER`, and `SCRIPT stop FOLDER` at the latest when this process ends. The script writes the ids of
 * its processes down by their names; one of them is the one that can be frozen.
 */
export function startLocal(
  script: string,
  settings: Readonly<Record<string, string | number>>,
  frozenProcess: string,
): LocalServer {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), `dayfile-live-${script.replace(/\.sh$/, '')}-`))
  const numbers = Object.entries(settings).map(([name, value]) => [name, String(value)])
  let closed = false
  const close = (): void => {
    if (closed) return
    closed = true
    process.off('exit', close)
    const { status } = spawnSync(path, ['stop', folder], { stdio: 'inherit' })
    if (status === 0) rmSync(folder, { recursive: true, force: true })
    else console.error(`${script}: could not be stopped; its processes are named in ${folder}/*.pid`)
  }
  process.on('exit', close)
  const { status } = spawnSync(path, ['start', folder], {
    env: { ...process.env, ...(Object.fromEntries(numbers) as NodeJS.ProcessEnv) },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 120_000,
  })
  if (status !== 0) {
    close()
    throw new Error(`${script} did not start`)
  }
  const pid = Number(readFileSync(join(folder, `${frozenProcess}.pid`), 'utf8'))
  return {
    folder,
    freeze: () => {
      process.kill(pid, 'SIGSTOP')
    },
    goOn: () => {
      process.kill(pid, 'SIGCONT')
    },
    close: async () => {
      close()
    },
  }
}

/** Ports of 127.0.0.1 that nobody has at the moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All of them open at once, or one would be given twice.
  const open = await Promise.all(Array.from({ length: count }, listening))
  const ports = open.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function listening(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      resolve(server)
    })
  })
}

export async function makeBucket(endpoint: string, credentials: Credentials, bucket: string): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
}
