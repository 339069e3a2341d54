import { sinkContract, type SinkUnderTest } from 'dayfile/testing'
import type { S3Provider } from 'dayfile/s3'
import { describe, expect, test } from 'vitest'
import type { ServerKind } from '../support/fake-s3/index.js'
import { failure } from '../export/orders.js'
import { BUCKET, MIB } from './places.js'
import { DATA, MANIFEST, openPlace, place, publish, quiet, turns, until, write } from './s3-place.js'

const KINDS: [S3Provider, ServerKind][] = [
  ['aws', 'aws'],
  ['r2', 'aws'],
  ['ceph', 'ceph'],
  ['generic', 'swift'],
]

describe.each(KINDS)(
  'with provider %s, on a server like %s, the sink keeps the law:',
  (provider, behaves) => {
    async function open(): Promise<SinkUnderTest> {
      const { sink, archive, unfinished, close } = await openPlace({
        options: { provider },
        server: { behaves },
      })
      return {
        sink,
        archive,
        close,
        residue: unfinished,
      }
    }
    for (const { law, check } of sinkContract({ open })) test.concurrent(law, check)
  },
)

describe('a server that answers a condition by 501', () => {
  const swift = { options: { provider: 'generic' as const }, server: { behaves: 'swift' as const } }

  test('is asked for one once: from then on the sink reads, compares, writes and reads back', async () => {
    const { sink, operations, asked } = await place(swift)
    const { etag } = await write(sink, null)
    const before = operations().length
    await write(sink, etag)
    expect(operations().slice(before)).toEqual(['GetObject', 'PutObject', 'GetObject'])
    expect(asked('PutObject').filter(({ status }) => status === 501)).toHaveLength(1)
  })

  test('lets no version be replaced that is not the one expected', async () => {
    const { sink, asked, stored } = await place(swift)
    const { etag } = await write(sink, null, { text: 'first' })
    await write(sink, etag, { text: 'second' })
    const puts = asked('PutObject').length
    for (const ifMatch of [null, etag, 'any']) {
      expect(await failure(write(sink, ifMatch))).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    }
    expect(asked('PutObject')).toHaveLength(puts)
    expect(stored(MANIFEST)?.body.toString()).toBe('second')
  })

  test('has one winner among writers at once, whose bytes are what stays', async () => {
    const { sink, s3, stored, asked } = await place(swift)
    const { etag } = await write(sink, null)
    const seen = asked('GetObject').length
    // Both see the version that they replace; the second one writes when the first could have read its bytes back.
    s3.fault({ operation: 'GetObject', times: 2 }, () => until(() => asked('GetObject').length >= seen + 2))
    s3.fault({ operation: 'PutObject', after: 1 }, () => turns(2000))
    const texts = ['a', 'b']
    const results = await Promise.allSettled(texts.map((text) => write(sink, etag, { text })))
    const won = texts.filter((_, index) => results[index]?.status === 'fulfilled')
    expect(won).toEqual([stored(MANIFEST)?.body.toString()])
  })

  test('and finds bytes of another one when it reads back is a conflict', async () => {
    const { sink, s3, stored } = await place(swift)
    const { etag } = await write(sink, null)
    s3.fault({ operation: 'GetObject', after: 1 }, () => {
      const object = stored(MANIFEST)
      if (object !== undefined) s3.objects(BUCKET).set(MANIFEST, { ...object, body: Buffer.from('other') })
    })
    expect(await failure(write(sink, etag, { text: 'own' }))).toMatchObject({ code: 'SINK_CONFLICT' })
  })

  test('is an error with another provider, which promises conditions', async () => {
    const { sink } = await place({ ...swift, options: { provider: 'ceph' } })
    const error = await failure(write(sink, null))
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false, details: { status: 501 } })
    expect(error.message).toContain('set `provider` to what the server is')
  })
})

describe('where a completion has no conditions', () => {
  test('the version is compared before, and another one is left alone', async () => {
    const { sink, s3, stored, asked } = await place({
      options: { provider: 'ceph' },
      server: { behaves: 'ceph' },
    })
    await publish(sink, 1, { ifMatch: null })
    expect(await failure(publish(sink, 2, { ifMatch: null }))).toMatchObject({ code: 'SINK_CONFLICT' })
    expect(stored()?.body.length).toBe(MIB)
    for (const { headers } of asked('CompleteMultipartUpload')) {
      expect(headers).not.toHaveProperty('if-none-match')
    }
    expect(s3.uploads(BUCKET)).toEqual([])
  })

  test('the tag that Ceph leaves out is asked for', async () => {
    const { sink } = await place({ options: { provider: 'ceph' }, server: { behaves: 'ceph' } })
    const etag = await publish(sink, 12, { id: 'run' })
    expect(etag).toMatch(/^[0-9a-f]{32}-3$/)
    expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
  })
})

test('with provider r2 all parts but the last have one size', async () => {
  const { sink, asked } = await place({ options: { provider: 'r2', partSizeBytes: 5 * MIB } })
  await publish(sink, 17)
  await until(() => asked('UploadPart').length === 4)
  expect(
    asked('UploadPart')
      .map(({ bytes }) => bytes / MIB)
      .sort(),
  ).toEqual([2, 5, 5, 5])
})

test('a version is compared before it is removed where the server passes the condition over', async () => {
  const { sink, stored, asked } = await place({ options: { provider: 'ceph' }, server: { behaves: 'ceph' } })
  const { etag } = await write(sink, null)
  await write(sink, etag, { text: 'second' })
  await sink.remove(MANIFEST, { ifMatch: etag, signal: quiet })
  expect(stored(MANIFEST)?.body.toString()).toBe('second')
  expect(asked('DeleteObject')).toEqual([])
})
