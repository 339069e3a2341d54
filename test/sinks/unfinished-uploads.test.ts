import { CreateMultipartUploadCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3'
import { isExportError, type Sink } from 'dayfile'
import { afterEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { BUCKET, MIB, PREFIX, s3Place } from './places.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function place() {
  const made = await s3Place()
  cleanups.push(() => made.close())
  const unfinished = (): string[] => made.s3.uploads(BUCKET).map(({ key }) => key)
  return { ...made, unfinished }
}

const quiet = new AbortController().signal
const STEM = `${PREFIX}/events/dt=2026-03-07/events_2026-03-07`

/** What a run leaves that is killed after its first part. */
async function leave(client: S3Client, Key: string): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }))
  await client.send(
    new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * MIB) }),
  )
}

async function* mebibytes(count: number) {
  for (let index = 0; index < count; index++) yield Buffer.alloc(MIB, index)
}

async function publish(sink: Sink, key: string, count: number): Promise<void> {
  const before = await sink.stat(key, { signal: quiet })
  await replace(sink, key, count, { ifMatch: before?.etag ?? null })
}

async function replace(sink: Sink, key: string, count: number, rest: { ifMatch?: string | null } = {}) {
  const staged = await sink.stage(key, mebibytes(count), { contentType: 'text/csv', signal: quiet, ...rest })
  try {
    await staged.commit()
  } catch (error) {
    await staged.discard()
    throw error
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('uploads that killed runs left', () => {
  test.each(['.csv', '.csv.gz'])(
    'are aborted by a run that writes %s, of one part or of several',
    async (extension) => {
      for (const count of [1, 12]) {
        const { sink, client, unfinished } = await place()
        await leave(client, `${STEM}.csv`)
        await leave(client, `${STEM}.csv.gz`)
        await leave(client, `${STEM}.csv.gz`)
        await publish(sink, `${STEM}${extension}`, count)
        expect(unfinished()).toEqual([])
      }
    },
  )

  test('under other keys are left alone', async () => {
    const { sink, client, unfinished } = await place()
    const others = [
      `${STEM}.csv.bak`,
      `${STEM}.csv.gz.tmp`,
      `${STEM.replace('-07/', '-08/')}.csv`,
      `${STEM}.json`,
    ]
    for (const key of others) await leave(client, key)
    await publish(sink, `${STEM}.csv`, 1)
    expect(unfinished().sort()).toEqual(others.sort())
  })

  test('are found on every page of the list', async () => {
    const { sink, s3, client, unfinished } = await place()
    for (let upload = 0; upload < 5; upload++) await leave(client, `${STEM}.csv`)
    // Pages of two; other commands have no such parameter.
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...args.input, MaxUploads: 2 } }),
      { step: 'initialize' },
    )
    await publish(sink, `${STEM}.csv`, 1)
    expect(unfinished()).toEqual([])
    // Three pages of this key, and one of the other, which has none.
    expect(s3.operations.filter(({ operation }) => operation === 'ListMultipartUploads')).toHaveLength(4)
  })

  test('are found by a server that lists whole keys alone, as MinIO does', async () => {
    const { sink, client, unfinished } = await place()
    await leave(client, `${STEM}.csv`)
    await leave(client, `${STEM}.csv.gz`)
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
    await publish(sink, `${STEM}.csv.gz`, 1)
    expect(unfinished()).toEqual([])
  })

  test('are looked for no longer when a server gives the same page again and again', async () => {
    const { sink, client, unfinished } = await place()
    for (let upload = 0; upload < 3; upload++) await leave(client, `${STEM}.csv`)
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: { ...args.input, MaxUploads: 1, KeyMarker: undefined } }),
      { step: 'initialize' },
    )
    await publish(sink, `${STEM}.csv`, 1)
    expect(unfinished()).toHaveLength(2)
  })

  test('are of its very key when that has another extension', async () => {
    const { sink, client, unfinished } = await place()
    for (const extension of ['.json', '.json.csv', '.csv']) await leave(client, `${STEM}${extension}`)
    await publish(sink, `${STEM}.json`, 1)
    expect(unfinished()).toEqual([`${STEM}.json.csv`, `${STEM}.csv`])
  })

  test.each([
    ['ListMultipartUploads', 403, 'AccessDenied'],
    ['ListMultipartUploads', 501, 'NotImplemented'],
    ['AbortMultipartUpload', 403, 'AccessDenied'],
    ['AbortMultipartUpload', 404, 'NoSuchUpload'],
  ] as const)('are no obstacle where %s is answered by %i %s', async (operation, status, code) => {
    const { sink, s3, client } = await place()
    await leave(client, `${STEM}.csv`)
    s3.fault({ operation, times: Infinity }, { status, code })
    await publish(sink, `${STEM}.csv`, 12)
    expect(s3.objects(BUCKET).get(`${STEM}.csv`)?.body.length).toBe(12 * MIB)
  })

  test('do not keep an aborted run waiting', async () => {
    const { sink, s3, unfinished } = await place()
    const abort = new AbortController()
    s3.fault({ operation: 'ListMultipartUploads' }, () => {
      abort.abort(new Error('stop'))
      return new Promise(() => undefined)
    })
    const options = { contentType: 'text/csv', signal: abort.signal }
    const staging = sink.stage(`${STEM}.csv`, mebibytes(1), options)
    expect(await staging.catch((reason: unknown) => reason)).toBe(abort.signal.reason)
    expect(unfinished()).toEqual([])
  })
})

test('a run that starts later takes the upload of an older one over', async () => {
  const { sink, unfinished, s3 } = await place()
  const options = { contentType: 'text/csv', ifMatch: null, signal: quiet }
  const older = await sink.stage(`${STEM}.csv`, mebibytes(12), options)
  await publish(sink, `${STEM}.csv`, 13)
  const error: unknown = await older.commit().catch((reason: unknown) => reason)
  expect(isExportError(error, 'SINK_CONFLICT') && error.retryable).toBe(true)
  await older.discard()
  expect(s3.objects(BUCKET).get(`${STEM}.csv`)?.body.length).toBe(13 * MIB)
  expect(unfinished()).toEqual([])
})

describe('of runs that begin at once one at least ends well, the others have a conflict, and no upload is left,', () => {
  test.each([
    ['in the place of one version', publish],
    ['in the place of any', replace],
  ])('%s', async (_, run) => {
    const random = seededRandom(20260307, 0)
    const { sink, s3, unfinished } = await place()
    // Every order in which the server may come to their requests, and not just that of their arrival.
    for (const operation of ['ListMultipartUploads', 'CreateMultipartUpload', 'UploadPart'] as const) {
      s3.fault({ operation, times: Infinity }, () => turns(random.below(60)))
    }
    let conflicts = 0
    for (let round = 0; round < 12; round++) {
      const results = await Promise.allSettled([6, 7, 8, 9].map((count) => run(sink, `${STEM}.csv`, count)))
      expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
      for (const result of results) {
        if (result.status === 'fulfilled') continue
        conflicts++
        expect(isExportError(result.reason, 'SINK_CONFLICT') && result.reason.retryable).toBe(true)
      }
      expect([6, 7, 8, 9].map((count) => count * MIB)).toContain(
        s3.objects(BUCKET).get(`${STEM}.csv`)?.body.length,
      )
      expect(unfinished()).toEqual([])
    }
    expect(conflicts).toBeGreaterThan(0)
  })
})
