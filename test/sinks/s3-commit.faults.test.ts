import { PutObjectCommand } from '@aws-sdk/client-s3'
import { s3Sink } from 'dayfile/s3'
import { describe, expect, test } from 'vitest'
import { failure } from '../export/orders.js'
import { BUCKET, clientOf, MIB } from './places.js'
import { DATA, MANIFEST, place, publish, quiet, stage, write } from './s3-place.js'

const retrying = { config: { maxAttempts: 3 } }

describe('a lost answer', () => {
  test('to the Put of a manifest is no conflict with itself', async () => {
    const { sink, s3 } = await place(retrying)
    s3.fault({ operation: 'PutObject', key: MANIFEST }, { answerThenReset: true })
    const { etag } = await write(sink, null)
    expect((await sink.read(MANIFEST, { signal: quiet }))?.etag).toBe(etag)
    s3.fault({ operation: 'PutObject', key: MANIFEST }, { answerThenReset: true })
    await write(sink, etag)
  })

  test('to the Put of a manifest that another run wrote is a conflict', async () => {
    const { sink, s3 } = await place(retrying)
    s3.fault({ operation: 'PutObject', key: MANIFEST }, { status: 503, code: 'SlowDown' })
    s3.fault({ operation: 'PutObject', key: MANIFEST }, async () => {
      const other = clientOf(s3)
      await write(s3Sink({ client: other, bucket: BUCKET }), null, { text: '{"of": "another run"}' })
      other.destroy()
    })
    expect(await failure(write(sink, null))).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
  })

  test('to parts, creation and completion leaves the object whole', async () => {
    for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const) {
      const { sink, s3, stored } = await place(retrying)
      s3.fault({ operation }, { answerThenReset: true })
      await publish(sink, 12, { id: 'run' })
      expect(stored()?.body.length).toBe(12 * MIB)
      // Of a creation whose answer is lost nobody learns the id.
      expect(s3.uploads(BUCKET)).toHaveLength(operation === 'CreateMultipartUpload' ? 1 : 0)
    }
  })

  test('to the completion is no conflict with itself', async () => {
    const { sink, s3, stored, asked } = await place(retrying)
    const publishMebibytes = async (mebibytes: number) => {
      s3.fault({ operation: 'CompleteMultipartUpload' }, { answerThenReset: true })
      const before = await sink.stat(DATA, { signal: quiet })
      await publish(sink, mebibytes, { ifMatch: before?.etag ?? null, id: `run-${mebibytes}` })
      expect(stored()?.body.length).toBe(mebibytes * MIB)
      expect(s3.uploads(BUCKET)).toEqual([])
    }
    await publishMebibytes(12)
    await publishMebibytes(13)
    const conditions = asked('CompleteMultipartUpload').map(({ headers }) => headers)
    expect(conditions.map((each) => each['if-none-match'] ?? typeof each['if-match'])).toEqual([
      '*',
      '*',
      'string',
      'string',
    ])
  })

  test('to the completion is a conflict when the data is not its own', async () => {
    for (const first of [true, false]) {
      const { sink, s3, client, stored } = await place(retrying)
      if (!first) await publish(sink, 12, { ifMatch: null, id: 'first' })
      const before = await sink.stat(DATA, { signal: quiet })
      s3.fault({ operation: 'CompleteMultipartUpload' }, { status: 503, code: 'SlowDown' })
      s3.fault({ operation: 'CompleteMultipartUpload' }, async () => {
        const Body = Buffer.from('of another run')
        await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: DATA, Body }))
      })
      const settings = { ifMatch: before?.etag ?? null, id: 'second' }
      expect(await failure(publish(sink, 12, settings))).toMatchObject({
        code: 'SINK_CONFLICT',
        retryable: true,
        details: { reason: 'PreconditionFailed' },
      })
      expect(stored()?.body.toString()).toBe('of another run')
      expect(s3.uploads(BUCKET)).toEqual([])
    }
  })

  test('stays a conflict when the staging has no id, or nobody may look', async () => {
    for (const settings of [{ ifMatch: null }, { ifMatch: null, id: 'run' }]) {
      const { sink, s3 } = await place(retrying)
      s3.fault({ operation: 'CompleteMultipartUpload' }, { answerThenReset: true })
      s3.fault({ operation: 'HeadObject', times: Infinity }, { status: 403, code: 'AccessDenied' })
      expect(await failure(publish(sink, 1, settings))).toMatchObject({ code: 'SINK_CONFLICT' })
    }
  })
})

describe('a completion that is never answered', () => {
  // Carried out or not, the client hears of neither.
  const lost = { answerThenReset: true } as const

  test('has come in place when the object says so', async () => {
    const { sink, s3, stored } = await place()
    s3.fault({ operation: 'CompleteMultipartUpload' }, lost)
    const etag = await publish(sink, 6, { id: 'run' })
    expect(`"${etag}"`).toBe(stored()?.etag)
  })

  test('is a conflict when nobody may look, and the upload is gone', async () => {
    const { sink, s3, asked } = await place()
    s3.fault({ operation: 'CompleteMultipartUpload' }, lost)
    s3.fault({ operation: 'HeadObject' }, { status: 403, code: 'AccessDenied' })
    expect(await failure(publish(sink, 6, { id: 'run' }))).toMatchObject({
      code: 'SINK_CONFLICT',
      retryable: true,
      details: { reason: 'NoSuchUpload' },
    })
    expect(asked('ListParts')).toHaveLength(1)
  })

  test('is SINK_UNAVAILABLE when the upload is still there, or nobody can tell', async () => {
    for (const ListParts of [200, 403]) {
      const { sink, s3 } = await place()
      s3.fault({ operation: 'CompleteMultipartUpload' }, { status: 500, code: 'InternalError' })
      if (ListParts === 403) s3.fault({ operation: 'ListParts' }, { status: 403, code: 'AccessDenied' })
      expect(await failure(publish(sink, 6, { id: 'run' }))).toMatchObject({
        code: 'SINK_UNAVAILABLE',
        retryable: true,
        details: { operation: 'CompleteMultipartUpload', status: 500 },
      })
      // S3 aborts in one step with not completing.
      expect(s3.uploads(BUCKET)).toEqual([])
    }
  })

  test('is not aborted where that may take the bytes from under it, and is left to be found by its token', async () => {
    const { sink, s3, operations, unfinished } = await place({ options: { provider: 'ceph' } })
    s3.fault({ operation: 'CompleteMultipartUpload' }, { status: 500, code: 'InternalError' })
    const staged = await stage(sink, 6)
    expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true })
    await staged.discard()
    expect(operations()).not.toContain('AbortMultipartUpload')
    expect(unfinished()).toEqual([DATA])
    const tokens = staged.token === undefined ? [] : [staged.token]
    await sink.unstage?.(DATA, { tokens, mayBeCommitting: true, signal: quiet })
    expect(unfinished()).toEqual([])
  })

  test('of an upload that was aborted meanwhile is a conflict, also where that is answered by 500', async () => {
    const { sink, s3 } = await place({ options: { provider: 'ceph' }, server: { behaves: 'ceph' } })
    const staged = await stage(sink, 6, { id: 'run' })
    const tokens = s3.uploads(BUCKET).map(({ uploadId }) => uploadId)
    await sink.unstage?.(DATA, { tokens, mayBeCommitting: false, signal: quiet })
    expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
  })
})

describe('the tag that a commit gives is that of stat', () => {
  const FORMS: [string, (etag: string) => string, number][] = [
    ['quoted', (etag) => etag, 0],
    ['unquoted', (etag) => etag.replaceAll('"', ''), 0],
    ['weak', (etag) => `W/${etag}`, 0],
    ['left out', () => '', 1],
  ]

  test.each(FORMS)('when the answer has it %s', async (_, answerEtag, heads) => {
    for (const count of [1, 12]) {
      const { sink, s3, asked } = await place()
      s3.fault({ operation: 'CompleteMultipartUpload' }, { answerEtag })
      const etag = await publish(sink, count)
      expect(etag).toMatch(/^[0-9a-f]{32}-[13]$/)
      expect(asked('HeadObject')).toHaveLength(heads)
      if (heads === 0) s3.fault({ operation: 'HeadObject' }, { answerEtag })
      expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
    }
  })

  test.each(FORMS)(
    'when parts are answered with it %s, as far as S3 needs one',
    async (_, answerEtag, heads) => {
      const { sink, s3 } = await place()
      s3.fault({ operation: 'UploadPart', times: Infinity }, { answerEtag })
      const publishing = publish(sink, 12)
      if (heads === 0) await publishing
      else expect(await failure(publishing)).toMatchObject({ details: { reason: 'InvalidPart' } })
    },
  )

  test('when the answer was lost', async () => {
    const { sink, s3 } = await place(retrying)
    s3.fault({ operation: 'CompleteMultipartUpload' }, { answerThenReset: true })
    const etag = await publish(sink, 12, { ifMatch: null, id: 'run' })
    expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
  })

  test('when there is none and nobody may look: it is worked out', async () => {
    const { sink, s3 } = await place()
    s3.fault({ operation: 'CompleteMultipartUpload' }, { answerEtag: () => '' })
    s3.fault({ operation: 'HeadObject' }, { status: 403, code: 'AccessDenied' })
    const etag = await publish(sink, 12)
    expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
  })

  test('even when your application aborts while the server is asked for it', async () => {
    const { sink, s3 } = await place()
    const abort = new AbortController()
    s3.fault({ operation: 'CompleteMultipartUpload' }, { answerEtag: () => '' })
    s3.fault({ operation: 'HeadObject' }, () => {
      abort.abort(new Error('your application stops'))
    })
    const etag = await publish(sink, 1, { signal: abort.signal })
    expect((await sink.stat(DATA, { signal: quiet }))?.etag).toBe(etag)
  })

  test('and never that of another run, which has replaced it meanwhile: that is a conflict', async () => {
    for (const settings of [{ id: 'run' }, {}]) {
      const { sink, s3 } = await place()
      s3.fault({ operation: 'CompleteMultipartUpload' }, { answerEtag: () => '' })
      s3.fault({ operation: 'HeadObject' }, () => publish(sink, 2, { id: 'another' }).then(() => undefined))
      const staged = await stage(sink, 1, settings)
      expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    }
  })
})

describe('what the server answers is compared with what was sent:', () => {
  const wrong = (etag: string) => etag.replace(/[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'))

  test('a tag that is another MD5, of a part or a manifest', async () => {
    const { sink, s3 } = await place({ options: { provider: 'ceph' } })
    s3.fault({ operation: 'UploadPart', after: 1 }, { answerEtag: wrong })
    const expected = { code: 'SINK_CORRUPT', retryable: true, details: { rule: 'AnswerMismatch' } }
    expect(await failure(publish(sink, 12))).toMatchObject(expected)
    expect(s3.objects(BUCKET).size).toBe(0)
    expect(s3.uploads(BUCKET)).toEqual([])
    s3.fault({ operation: 'PutObject' }, { answerEtag: wrong })
    expect(await failure(write(sink, null))).toMatchObject(expected)
  })

  test('a tag that looks like none is none', async () => {
    for (const answerEtag of [
      () => '"0-1"',
      () => '"of-another-kind"',
      (etag: string) => etag.toUpperCase(),
    ]) {
      const { sink, s3 } = await place({ options: { provider: 'ceph' } })
      s3.fault({ operation: 'PutObject' }, { answerEtag })
      await write(sink, null)
    }
  })

  test('bytes that change on the way, which the server notices by the checksum of each part', async () => {
    for (const provider of ['aws', 'minio', 'ceph', 'r2', 'b2', 'gcs', 'generic'] as const) {
      const { sink, client, s3 } = await place({ options: { provider } })
      client.middlewareStack.add(
        (next, { commandName }) =>
          (args) => {
            const request = args.request as { body?: unknown }
            if (commandName === 'UploadPartCommand') request.body = Buffer.alloc(5 * MIB, 'x')
            return next(args)
          },
        // Before it is signed.
        { step: 'build' },
      )
      expect(await failure(stage(sink, 5)), provider).toMatchObject({
        code: 'SINK_CORRUPT',
        retryable: true,
        details: { operation: 'UploadPart', reason: 'BadDigest' },
      })
      expect(s3.uploads(BUCKET)).toEqual([])
    }
  })
})
