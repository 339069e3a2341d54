import { CreateMultipartUploadCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Sink } from 'dayfile'
import { describe, expect, test } from 'vitest'
import { failure } from '../export/orders.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { BUCKET, MIB } from './places.js'
import { DATA, place, publish, quiet, stage, turns, until } from './s3-place.js'

/** What a run leaves that is killed after its first part. */
async function leave(client: S3Client, Key = DATA): Promise<string> {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }))
  await client.send(
    new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * MIB) }),
  )
  return UploadId
}

const stagings = async (sink: Sink, prefix = DATA) =>
  ((await sink.stagings?.(prefix, { signal: quiet })) ?? []).map(({ token }) => token)

const unstage = async (sink: Sink, tokens: readonly string[], mayBeCommitting = false, signal = quiet) =>
  sink.unstage?.(DATA, { tokens, mayBeCommitting, signal })

describe('uploads that killed runs left', () => {
  test('are neither looked for nor aborted by staging and committing', async () => {
    const { sink, client, operations, unfinished } = await place()
    await leave(client)
    const before = operations().length
    await publish(sink, 6)
    expect(unfinished()).toEqual([DATA])
    expect(operations().slice(before).toSorted()).toEqual([
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'UploadPart',
      'UploadPart',
    ])
  })

  test('are found by how their keys begin, and ended by whole keys', async () => {
    const { sink, client, unfinished } = await place()
    const tokens = [await leave(client), await leave(client)]
    const others = [`${DATA}.bak`, DATA.replace('.gz', ''), DATA.replace('-07/', '-08/')]
    const othersTokens: string[] = []
    for (const key of others) othersTokens.push(await leave(client, key))
    expect(await stagings(sink)).toEqual([...tokens, othersTokens[0]])
    await unstage(sink, [...tokens, ...othersTokens])
    expect(unfinished().sort()).toEqual(others.sort())
  })

  test('are found on every page of the list', async () => {
    const { sink, client, asked } = await place()
    const tokens: string[] = []
    for (let upload = 0; upload < 5; upload++) tokens.push(await leave(client))
    // Pages of two; other commands have no such parameter.
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...args.input, MaxUploads: 2 } }),
      { step: 'initialize' },
    )
    expect(await stagings(sink)).toEqual(tokens)
    expect(asked('ListMultipartUploads')).toHaveLength(3)
  })

  test('are found by a server that lists whole keys alone, as MinIO does', async () => {
    const { sink, client } = await place()
    const token = await leave(client)
    client.middlewareStack.add(
      (next) => async (args) => {
        const { output, ...rest } = await next(args)
        if (!('Uploads' in output) || !Array.isArray(output.Uploads)) return { output, ...rest }
        const { Prefix } = args.input as { Prefix?: string }
        const uploads = output.Uploads as { Key: string }[]
        return { ...rest, output: { ...output, Uploads: uploads.filter(({ Key }) => Key === Prefix) } }
      },
      { step: 'initialize' },
    )
    expect(await stagings(sink)).toEqual([token])
  })

  test('are looked for no longer when a server gives the same page again and again', async () => {
    const { sink, client, asked } = await place()
    for (let upload = 0; upload < 3; upload++) await leave(client)
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...args.input, MaxUploads: 1, KeyMarker: undefined } }),
      { step: 'initialize' },
    )
    await stagings(sink)
    expect(asked('ListMultipartUploads').length).toBeLessThan(4)
  })

  test.each([
    [403, 'AccessDenied'],
    [501, 'NotImplemented'],
    [500, 'InternalError'],
  ])('are none where listing them is answered by %i %s', async (status, code) => {
    const { sink, s3, client } = await place()
    await leave(client)
    s3.fault({ operation: 'ListMultipartUploads', times: Infinity }, { status, code })
    expect(await stagings(sink)).toEqual([])
  })
})

describe('ending uploads of others', () => {
  test('is no failure when they are gone, by whatever name the server says so', async () => {
    for (const code of ['NoSuchUpload', 'NoSuchKey', 'InvalidUploadId']) {
      const { sink, s3 } = await place()
      s3.fault({ operation: 'AbortMultipartUpload' }, { status: 404, code })
      await unstage(sink, ['gone'], true)
    }
  })

  test('rejects when one may be about to be committed and could not be ended, and stays housekeeping otherwise', async () => {
    const { sink, s3, client, unfinished } = await place()
    const tokens = [await leave(client), await leave(client)]
    s3.fault({ operation: 'AbortMultipartUpload', times: 2 }, { status: 403, code: 'AccessDenied' })
    await unstage(sink, tokens.slice(0, 1))
    expect(await failure(unstage(sink, tokens, true))).toMatchObject({
      code: 'SINK_DENIED',
      details: { operation: 'AbortMultipartUpload' },
    })
    await unstage(sink, tokens)
    expect(unfinished()).toEqual([])
  })

  test('waits before the abort where it could take the bytes of a run that is completing', async () => {
    for (const provider of ['ceph', 'generic'] as const) {
      const { sink, client, s3, stored, operations } = await place({ options: { provider } })
      const token = await leave(client)
      // The run that is taken over lives, and completes in the very moment.
      const staged = await stage(sink, 6)
      const taken = unstage(sink, [token, staged.token ?? ''], true)
      await turns(100)
      expect(operations()).not.toContain('AbortMultipartUpload')
      await staged.commit()
      await taken
      expect(stored()?.body.length).toBe(6 * MIB)
      expect(s3.uploads(BUCKET)).toEqual([])
    }
  })

  test('waits no longer than until an abort of your application', async () => {
    const { sink, operations } = await place({ options: { provider: 'ceph' } })
    const abort = new AbortController()
    const ending = unstage(sink, ['any'], true, abort.signal)
    abort.abort(new Error('your application stops'))
    await expect(ending).rejects.toBe(abort.signal.reason)
    expect(operations()).toEqual([])
  })

  test('ends their commit as a conflict, at every step of theirs', async () => {
    const { sink, s3 } = await place()
    const staged = await stage(sink, 12)
    await unstage(sink, await stagings(sink), true)
    expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    await staged.discard()
    let isEnded = false
    s3.fault({ operation: 'UploadPart', after: 2 }, async () => {
      await unstage(sink, await stagings(sink))
      isEnded = true
    })
    expect(await failure(stage(sink, 12))).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    await until(() => isEnded)
    expect(s3.uploads(BUCKET)).toEqual([])
  })
})

describe('on a server without conditions', () => {
  const unconditional = { options: { provider: 'b2' as const } }

  test('an upload that began later takes over: the older one ends, and is ended', async () => {
    const { sink, unfinished, stored } = await place(unconditional)
    const older = await stage(sink, 6)
    const newer = await stage(sink, 7)
    expect(unfinished()).toHaveLength(1)
    expect(await failure(older.commit())).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    await newer.commit()
    expect(stored()?.body.length).toBe(7 * MIB)
    expect(unfinished()).toEqual([])
  })

  test('an upload that began earlier gives way to a newer one, and leaves nothing', async () => {
    const { sink, s3, client, unfinished } = await place(unconditional)
    let newer = ''
    s3.fault({ operation: 'UploadPart' }, async () => {
      newer = await leave(client)
    })
    const error = await failure(stage(sink, 1))
    expect(error).toMatchObject({
      code: 'SINK_CONFLICT',
      retryable: true,
      details: { reason: 'NewerUpload' },
    })
    expect(error.message).toMatch(/a newer run of the window has taken over; run again to compare$/)
    expect(s3.uploads(BUCKET).map(({ uploadId }) => uploadId)).toEqual([newer])
    expect(unfinished()).toEqual([DATA])
  })

  test('nobody is elected where uploads may not be listed', async () => {
    const { sink, s3, stored } = await place(unconditional)
    s3.fault({ operation: 'ListMultipartUploads', times: Infinity }, { status: 403, code: 'AccessDenied' })
    await publish(sink, 6)
    expect(stored()?.body.length).toBe(6 * MIB)
  })

  test('the election comes before the completion when a first write has found out that there are none', async () => {
    const { sink, client, operations, unfinished } = await place({
      options: { provider: 'generic' },
      server: { behaves: 'swift' },
    })
    const staged = await stage(sink, 1)
    expect(operations()).not.toContain('ListMultipartUploads')
    await sink.write(`${DATA}.json`, Buffer.from('{}'), {
      contentType: 'application/json',
      ifMatch: null,
      signal: quiet,
    })
    await leave(client)
    expect(await failure(staged.commit())).toMatchObject({ details: { reason: 'NewerUpload' } })
    expect(unfinished()).toHaveLength(1)
  })
})

test('of runs that replace one version at once one wins, the others have a conflict, and no upload is left', async () => {
  const random = seededRandom(20260307, 0)
  const { sink, s3, stored, unfinished } = await place()
  // Every order in which the server may come to their requests, and not just that of their arrival.
  for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const) {
    s3.fault({ operation, times: Infinity }, () => turns(random.below(60)))
  }
  for (let round = 0; round < 12; round++) {
    const ifMatch = (await sink.stat(DATA, { signal: quiet }))?.etag ?? null
    // The same bytes have the same tag, and would be the version that the others expect.
    const counts = [6, 7, 8, 9].map((count) => count + 4 * (round % 2))
    const results = await Promise.allSettled(counts.map((count) => publish(sink, count, { ifMatch })))
    const won = counts.filter((_, index) => results[index]?.status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect(stored()?.body.length).toBe((won[0] ?? 0) * MIB)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'SINK_CONFLICT' })
    }
    expect(unfinished()).toEqual([])
  }
})
