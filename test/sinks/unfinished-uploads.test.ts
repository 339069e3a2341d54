import { CreateMultipartUploadCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3'
import { isExportError, type Sink } from 'dayfile'
import { afterEach, describe, expect, test } from 'vitest'
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

async function publish(sink: Sink, key: string, count: number, signal = quiet): Promise<void> {
  const before = await sink.stat(key, { signal })
  const options = { contentType: 'text/csv', ifMatch: before?.etag ?? null, signal }
  const staged = await sink.stage(key, mebibytes(count), options)
  try {
    await staged.commit()
  } catch (error) {
    await staged.discard()
    throw error
  }
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
    expect(s3.operations.filter(({ operation }) => operation === 'ListMultipartUploads')).toHaveLength(3)
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

test('of runs that begin at once one at least ends well, the others have a conflict, and no upload is left', async () => {
  for (let round = 0; round < 15; round++) {
    const { sink, unfinished } = await place()
    const runs = await Promise.allSettled([11, 12, 13].map((count) => publish(sink, `${STEM}.csv`, count)))
    expect(runs.some(({ status }) => status === 'fulfilled')).toBe(true)
    for (const run of runs) {
      if (run.status === 'rejected') expect(isExportError(run.reason, 'SINK_CONFLICT')).toBe(true)
    }
    expect(unfinished()).toEqual([])
  }
})
