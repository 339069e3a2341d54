import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { S3Client } from '@aws-sdk/client-s3'
import { s3Archive, s3Sink, type S3LocationOptions } from 'dayfile/s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startFakeS3 } from '../support/fake-s3/index.js'
import { BUCKET, PREFIX } from './places.js'
import { DATA, quiet, until } from './s3-place.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Has every object, and never closes a connection by itself. */
async function connectionsServer() {
  const open = new Set<Socket>()
  let count = 0
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    headers.push(request.headers)
    response.writeHead(200, { 'Content-Length': 5, ETag: '"of-it"' }).end('hello')
  })
  server.keepAliveTimeout = 0
  server.on('connection', (socket: Socket) => {
    count++
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const options = {
    bucket: BUCKET,
    prefix: PREFIX,
    region: 'us-east-1',
    provider: 'aws',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'one', secretAccessKey: 'its secret' },
  } satisfies S3LocationOptions
  const keysUsed = () => headers.map(({ authorization }) => /Credential=(\w+)/.exec(authorization ?? '')?.[1])
  return { options, open, connections: () => count, keysUsed }
}

const ask = (options: S3LocationOptions) => s3Sink(options).stat(DATA, { signal: quiet })

describe('a client of the sink’s own', () => {
  test('is shared by sinks and archives of equal settings, whatever their other options', async () => {
    const { options, connections } = await connectionsServer()
    let asked = 0
    const credentials = () => {
      asked++
      return Promise.resolve({ accessKeyId: 'one', secretAccessKey: 'its secret' })
    }
    const sink = s3Sink({ ...options, credentials, tags: { team: 'data' }, requestTimeoutMs: 1000 })
    const archive = s3Archive({ ...options, credentials, prefix: 'another', deadlineMs: 5000 })
    await sink.stat(DATA, { signal: quiet })
    for await (const chunk of archive.open(DATA)) expect(String(chunk)).toBe('hello')
    expect([asked, connections()]).toEqual([1, 1])
  })

  test.each([
    ['access key', { credentials: { accessKeyId: 'two', secretAccessKey: 'its secret' } }],
    ['secret', { credentials: { accessKeyId: 'one', secretAccessKey: 'another' } }],
    ['token', { credentials: { accessKeyId: 'one', secretAccessKey: 'its secret', sessionToken: 'x' } }],
    [
      'provider of keys',
      { credentials: async () => ({ accessKeyId: 'one', secretAccessKey: 'its secret' }) },
    ],
    ['region', { region: 'eu-central-1' }],
    ['checksum', { provider: 'generic' }],
  ] as const)('is not shared with one of another %s', async (_, other) => {
    const { options, connections } = await connectionsServer()
    const sinks = [s3Sink(options), s3Sink({ ...options, ...other }), s3Sink({ ...options })]
    for (const sink of sinks) await sink.stat(DATA, { signal: quiet })
    expect(connections()).toBe(2)
  })

  test('uses the keys of its own sink when many are at work', async () => {
    const { options, keysUsed } = await connectionsServer()
    const keys = Array.from({ length: 50 }, (_, index) => `key${String(index)}`)
    const twice = [...keys, ...keys]
    await Promise.all(
      twice.map((accessKeyId) => ask({ ...options, credentials: { accessKeyId, secretAccessKey: 'x' } })),
    )
    expect(keysUsed().sort()).toEqual(twice.sort())
  })

  test('closes its connections when they are idle, and opens others for the next request', async () => {
    const { options, open, connections } = await connectionsServer()
    const sink = s3Sink(options)
    for (const round of [1, 2]) {
      await sink.stat(DATA, { signal: quiet })
      expect([open.size, connections()]).toEqual([1, round])
      await until(() => open.size === 0)
    }
  })

  test('that comes from your application is never closed', async () => {
    const { options, open } = await connectionsServer()
    const { endpoint, region, credentials, ...place } = options
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
    onTestFinished(() => {
      client.destroy()
    })
    await s3Sink({ ...place, client }).stat(DATA, { signal: quiet })
    const [connection] = open
    // One of a client of its own, which has been idle for less long, closes.
    await ask(options)
    expect(open.size).toBe(2)
    await until(() => open.size < 2)
    expect([...open]).toEqual([connection])
  })

  test('is let go with its sink: thousands leave neither clients nor connections', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { options, open, connections } = await connectionsServer()
    const settings: WeakRef<object>[] = []
    for (let index = 0; index < 2000; index++) {
      const credentials = { accessKeyId: `key${String(index)}`, secretAccessKey: 'x' }
      // What a client is made of, and keeps.
      settings.push(new WeakRef(credentials))
      const sink = s3Sink({ ...options, credentials })
      if (index % 50 === 0) await sink.stat(DATA, { signal: quiet })
    }
    expect(connections()).toBe(40)
    await until(() => open.size === 0)
    // The frames of this test may keep the last ones.
    await until(() => {
      collect()
      return settings.filter((each) => each.deref() !== undefined).length < 20
    })
  })
})

test('a process ends by itself after its last export: nothing of a client keeps it', async () => {
  const s3 = await startFakeS3({ buckets: [BUCKET] })
  onTestFinished(() => s3.close())
  const { endpoint, region, credentials } = s3
  const place = { bucket: BUCKET, prefix: PREFIX, endpoint, region, credentials, provider: 'aws' }
  const entry = (file: string): string => JSON.stringify(pathToFileURL(`${ROOT}src/${file}`).href)
  const program = `
    import { dayWindow, events, exportWindow } from ${entry('index.ts')}
    import { s3Archive, s3Sink } from ${entry('sinks/s3/index.ts')}
    const place = ${JSON.stringify(place)}
    const { outcome } = await exportWindow({
      dataset: events, window: dayWindow('2026-03-07'), source: () => [], sink: s3Sink(place),
    })
    for await (const _ of s3Archive(place).list('${PREFIX}/'));
    // Of what was left open, all that would keep the process.
    const kept = process.getActiveResourcesInfo().filter((kind) => /^TCP|^TLS|Timeout|Immediate/.test(kind))
    process.on('exit', () => console.log(JSON.stringify({ outcome, kept })))`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  expect(JSON.parse(await text(child.stdout))).toEqual({ outcome: 'published', kept: [] })
  expect((await closed)[0]).toBe(0)
})
