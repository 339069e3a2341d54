import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Archive, Sink } from 'dayfile'
import { s3Archive, s3Sink, type S3ArchiveOptions } from 'dayfile/s3'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { failure } from '../export/orders.js'
import { BUCKET, PREFIX } from './places.js'
import { HOUR_MS, MANIFEST, passAttempt, place, quiet, stopClock, turns, until, write } from './s3-place.js'

type Both = Sink & Archive

async function keysOf(archive: Archive): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of archive.list(`${PREFIX}/`)) keys.push(key)
  return keys
}

async function bytesOf(archive: Archive): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of archive.open(MANIFEST)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** How much of a stopped clock passes until a call has ended. */
async function secondsOf(started: () => boolean, call: Promise<unknown>): Promise<number> {
  const state = { ended: false }
  const end = (): void => {
    state.ended = true
  }
  call.then(end, end)
  await until(started)
  let seconds = 0
  for (; !state.ended && seconds < 1000; seconds++) {
    await vi.advanceTimersByTimeAsync(1000)
    await turns(2)
  }
  return seconds
}

const READS: [string, 'GetObject' | 'HeadObject' | 'ListObjectsV2', (place: Both) => Promise<unknown>][] = [
  ['LIST', 'ListObjectsV2', keysOf],
  ['GET', 'GetObject', bytesOf],
  ['GET of a small object', 'GetObject', (sink) => sink.read(MANIFEST, { signal: quiet })],
  ['HEAD', 'HeadObject', (sink) => sink.stat(MANIFEST, { signal: quiet })],
]

describe('a server that never answers', () => {
  test.each(READS)('to a %s is given up after 30 s', async (_, operation, read) => {
    const { sink, s3, asked } = await place({ ownClient: true })
    // Loads the SDK, which is no part of it.
    await write(sink, null)
    s3.fault({ operation, times: Infinity }, 'stall')
    stopClock()
    const reading = failure(read(sink))
    expect(await secondsOf(() => asked(operation).length > 0, reading)).toBe(30)
    const error = await reading
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true, details: { operation } })
    expect(error.message).toMatch(/did not answer within 30 s, with all attempts.*`deadlineMs`/)
  })

  test('to an upload is waited for longer, as it has to put the parts together', async () => {
    const { sink, s3, asked } = await place({ ownClient: true })
    await write(sink, null)
    s3.fault({ operation: 'PutObject', times: Infinity }, 'stall')
    stopClock()
    const before = asked('PutObject').length
    const writing = failure(write(sink, 'of-a-version'))
    expect(await secondsOf(() => asked('PutObject').length > before, writing)).toBeGreaterThan(60)
    expect(await writing).toMatchObject({ code: 'SINK_UNAVAILABLE' })
  })

  test.each(READS.slice(0, 2))(
    'to a %s of an archive is given up after its `deadlineMs`',
    async (_, operation, read) => {
      for (const ownClient of [true, false]) {
        const { s3, location } = await place({ ownClient })
        const archive = s3Archive({ ...location, deadlineMs: 100 })
        s3.fault({ operation, times: Infinity }, 'stall')
        const error = await failure(read(archive as Both))
        expect(error).toMatchObject({
          code: 'SINK_UNAVAILABLE',
          details: { operation, reason: 'DeadlineExceeded' },
        })
        expect(error.message).toMatch(/did not answer within 0\.1 s/)
      }
    },
  )

  test.each(READS.slice(0, 2))(
    'to a %s of an archive is asked again after its `requestTimeoutMs`',
    async (_, operation, read) => {
      const { s3, sink, location, asked } = await place({ ownClient: true })
      await write(sink, null)
      const archive = s3Archive({ ...location, requestTimeoutMs: HOUR_MS, deadlineMs: 24 * HOUR_MS })
      s3.fault({ operation, times: 2 }, 'stall')
      stopClock()
      const reading = read(archive as Both)
      for (const times of [1, 2]) await passAttempt(HOUR_MS, () => asked(operation).length, times)
      await reading
      expect(asked(operation)).toHaveLength(3)
    },
  )
})

describe('the body of an object', () => {
  /** Sends one byte at each call of `send`, and never ends by itself. */
  async function slowServer(options: Partial<S3ArchiveOptions> = {}) {
    let send: (() => void) | undefined
    let isClosed = false
    const server = createServer((request, response) => {
      request.socket.on('close', () => {
        isClosed = true
      })
      response.writeHead(200, { 'Content-Length': 100, ETag: '"of-it"' })
      send = () => {
        response.write('a')
      }
      send()
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const location = {
      ...{ bucket: BUCKET, prefix: PREFIX, region: 'us-east-1' },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      ...options,
    }
    const archive = s3Archive(location)
    return { archive, sink: s3Sink(location), send: () => send?.(), isClosed: () => isClosed }
  }

  test('may take as long as it comes, and is given up when nothing has come for 30 s', async () => {
    const { archive, send, isClosed } = await slowServer()
    const chunks = archive.open(MANIFEST)[Symbol.asyncIterator]()
    await chunks.next()
    stopClock()
    for (let count = 0; count < 20; count++) {
      const next = chunks.next()
      await vi.advanceTimersByTimeAsync(29_000)
      send()
      expect(await next).toMatchObject({ done: false })
    }
    const stalled = failure(chunks.next())
    expect(await secondsOf(() => true, stalled)).toBe(30)
    const error = await stalled
    expect(error).toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
      details: { operation: 'GetObject' },
    })
    expect(error.message).toMatch(
      /sent nothing more of the object for 30 s; run again later, or set `deadlineMs`$/,
    )
    await until(isClosed)
  })

  test('has 30 s in all if it is small, as a manifest, however steadily it comes', async () => {
    const { archive, sink, send, isClosed } = await slowServer()
    // Loads the SDK.
    await archive.open(MANIFEST)[Symbol.asyncIterator]().next()
    stopClock()
    const reading = failure(sink.read(MANIFEST, { signal: quiet }))
    for (let count = 0; count < 4; count++) {
      await vi.advanceTimersByTimeAsync(9000)
      send()
      await turns(20)
    }
    expect(await reading).toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
      details: { operation: 'GetObject', reason: 'DeadlineExceeded' },
    })
    await until(isClosed)
  })

  test('that stalls is given up after the `deadlineMs` of an archive', async () => {
    const { archive, isClosed } = await slowServer({ deadlineMs: 5000 })
    const chunks = archive.open(MANIFEST)[Symbol.asyncIterator]()
    await chunks.next()
    stopClock()
    const stalled = failure(chunks.next())
    expect(await secondsOf(() => true, stalled)).toBe(5)
    expect(await stalled).toMatchObject({ details: { reason: 'DeadlineExceeded' } })
    await until(isClosed)
  })
})
