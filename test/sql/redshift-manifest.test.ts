import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dayWindow, directoryArchive, directorySink, events, exportWindow } from 'dayfile'
import { loadCommand, redshiftManifest } from 'dayfile/sql'
import { listDays, type ListedDay } from 'dayfile/read'
import { s3Archive, s3Sink } from 'dayfile/s3'
import { sampleEvents } from 'dayfile/testing'
import { expect, onTestFinished, test } from 'vitest'
import { BUCKET, connectedFake } from '../support/fake-s3/client.js'

const day = '2026-03-07'
const window = dayWindow(day)
const source = () => sampleEvents({ day, count: 400 })

async function only(days: AsyncIterable<ListedDay>): Promise<ListedDay> {
  for await (const each of days) return each
  throw new Error('there is no day')
}

test('the files of a listed day are in the list by their URLs, all of them mandatory', async () => {
  const { s3, client, close } = await connectedFake()
  onTestFinished(close)
  const place = { client, bucket: BUCKET, prefix: 'exports' }
  await exportWindow({ dataset: events, window, source, split: { maxRows: 100 }, sink: s3Sink(place) })
  const listed = await only(listDays(events, s3Archive(place)))
  const stored = [...s3.objects(BUCKET)].filter(([key]) => key.endsWith('.csv.gz'))
  expect(stored.length).toBeGreaterThan(1)
  const expected = stored.map(([key, { body }]) => ({
    url: `s3://${BUCKET}/${key}`,
    mandatory: true,
    meta: { content_length: body.length },
  }))
  const { entries } = redshiftManifest(listed)
  expect(entries.toSorted((a, b) => (a.url < b.url ? -1 : 1))).toEqual(
    expected.toSorted((a, b) => (a.url < b.url ? -1 : 1)),
  )
  // The manifest of the day says no bucket.
  expect(redshiftManifest(listed.manifest, { bucket: BUCKET })).toEqual(redshiftManifest(listed))
  expect(JSON.parse(JSON.stringify(redshiftManifest(listed)))).toEqual(redshiftManifest(listed))
})

test('a bucket goes before the URL of the files, as a copy has the same keys', () => {
  const files = [{ key: 'a/b.csv.gz', url: 's3://one/a/b.csv.gz', bytes: 7 }]
  expect(redshiftManifest({ files }, { bucket: 'other' }).entries[0]?.url).toBe('s3://other/a/b.csv.gz')
})

test('files in a folder have no place in S3: the bucket is asked for', async () => {
  const root = mkdtempSync(join(tmpdir(), 'dayfile-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  await exportWindow({ dataset: events, window, source, sink: directorySink({ root }) })
  const listed = await only(listDays(events, directoryArchive({ root })))
  expect(() => redshiftManifest(listed)).toThrow(TypeError)
  expect(() => redshiftManifest(listed)).toThrow('option bucket is required')
  expect(() => redshiftManifest(listed.manifest)).toThrow('option bucket is required')
})

test.each<[string, unknown, unknown]>([
  ['no day', undefined, {}],
  ['a day without files', { files: [] }, { bucket: 'b' }],
  ['a bucket with a path', { files: [{ key: 'k', bytes: 1 }] }, { bucket: 'b/c' }],
  ['an empty bucket', { files: [{ key: 'k', bytes: 1 }] }, { bucket: '' }],
])('%s is a TypeError', (_, given, options) => {
  expect(() => redshiftManifest(given as never, options as never)).toThrow(TypeError)
})

test('COPY takes the list instead of a prefix, without a location', () => {
  const manifest = 's3://bucket/lists/events.json'
  const text = loadCommand(events, 'redshift', { manifest, columns: events.columns })
  expect(text).toContain(`FROM '${manifest}'\n`)
  expect(text.split('\n')).toContain('MANIFEST')
  expect(text).not.toContain('YYYY-MM-DD')
})
