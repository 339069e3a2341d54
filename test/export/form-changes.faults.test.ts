// A day that changes its form (compression, one file or several) has other keys, and its old files are removed. A server that
// cannot compare a version in one step with removing it removes whatever is there when a removal that was held up comes.

import { type Manifest, type Sink } from 'dayfile'
import { verifyDay } from 'dayfile/read'
import type { S3Provider } from 'dayfile/s3'
import { memorySink, type MemorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { place } from '../sinks/s3-place.js'
import type { ServerKind } from '../support/fake-s3/index.js'
import { endingsIn, run, STEM, type Form } from './form-runs.js'
import { DAY, gate, orders } from './orders.js'

const manifestIn = ({ objects }: MemorySink): Manifest =>
  JSON.parse(String(objects.get(`orders/dt=${DAY}/_manifest.json`))) as Manifest

test('a day of one file has one key for as long as it stays so, and another one when it comes back', async () => {
  const sink = memorySink()
  const keys: string[] = []
  for (const [index, form] of (['gzip', 'gzip', 'none', 'gzip', 'gzip', 'none', 'gzip'] as const).entries()) {
    const { files } = await run(sink, form, index)
    keys.push(...files.map(({ key }) => key))
    expect(endingsIn(sink)).toHaveLength(1)
  }
  const names = ['.csv.gz', '.csv.gz', '.csv', '_r4.csv.gz', '_r4.csv.gz', '_r6.csv', '_r7.csv.gz']
  expect(keys.map((key) => key.replace(STEM, ''))).toEqual(names)
  expect(await run(sink, 'gzip', 6)).toMatchObject({ outcome: 'unchanged' })
  // Names with a revision below this one cannot come back, and what is about to be removed is in `obsolete`.
  expect(manifestIn(sink).retired).toEqual([`${STEM}.csv.gz`, `${STEM}.csv`])
  expect(await verifyDay(orders, sink, DAY)).toMatchObject({ revision: 7, rows: 4 })
})

test('data of another compression that no manifest names is named before it is removed', async () => {
  for (const total of [1, 2]) {
    const sink = memorySink()
    await run(sink, 'gzip', 1)
    const stray = `${STEM}.csv`
    sink.objects.set(stray, Buffer.from('of a day whose manifest was deleted'))
    let named: Manifest['obsolete']
    const remove: Sink['remove'] = async (key, options) => {
      if (key === stray) named = manifestIn(sink).obsolete
      await sink.remove(key, options)
    }
    const { outcome } = await run({ ...sink, remove }, 'gzip', total)
    expect(outcome).toBe(total === 1 ? 'unchanged' : 'replaced')
    expect(named).toMatchObject([{ key: stray }])
    expect(endingsIn(sink)).toEqual(['.csv.gz'])
    const { files, revision } = await run(sink, 'none', 3)
    expect(files.map(({ key }) => key)).toEqual([`${STEM}_r${revision}.csv`])
  }
})

/** As S3 says it to the producer of `iamPolicy`, who may not read data: to compare a version takes that permission. */
const isDeniedToProducer = (
  key: string,
  headers: Readonly<Record<string, string>>,
  operation: string,
): boolean =>
  /\.csv(\.gz)?$/.test(key) && (/^(Get|Head)Object$/.test(operation) || headers['if-match'] !== undefined)

describe.each<[string, S3Provider, ServerKind]>([
  ['Ceph', 'ceph', 'ceph'],
  ['Swift', 'generic', 'swift'],
  ['S3, by a credential that may not read data', 'aws', 'aws'],
])('on %s, a removal that is held up', (_, provider, behaves) => {
  test.each<[Form, Form]>([
    ['gzip', 'none'],
    ['gzip', 'halves'],
  ])('of a day of %s that became %s and came back removes nothing of it', async (form, other) => {
    const { s3, sink, archive, asked } = await place({ options: { provider }, server: { behaves } })
    const { files } = await run(sink, form, 1)
    const old = files[0]?.key ?? ''
    const [arrived, released] = [gate(), gate()]
    let held = 0
    s3.fault({ operation: 'DeleteObject', key: old, times: Infinity }, async ({ headers }) => {
      if (headers['if-match'] !== undefined || held++ > 0) return
      arrived.open()
      await released.passed
    })
    if (provider === 'aws')
      s3.setPolicy((operation, { key, headers }) => !isDeniedToProducer(key, headers, operation))
    const stalled = run(sink, other, 2)
    await arrived.passed
    const back = await run(sink, form, 3)
    expect(back).toMatchObject({ outcome: 'replaced', revision: 3 })
    released.open()
    await stalled
    expect(asked('DeleteObject').filter(({ key, status }) => key === old && status === 204)).not.toEqual([])
    s3.setPolicy(() => true)
    expect(await verifyDay(orders, archive, DAY)).toMatchObject({ revision: 3, rows: 4 })
  })
})
