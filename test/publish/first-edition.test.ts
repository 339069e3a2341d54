// Days that the first edition of this package published, kept as it wrote them: they are read for ever.

import { column, dayWindow, defineDataset, directorySink, exportWindow } from 'dayfile'
import { directoryArchive, listDays, readDay, readNew, verifyDay } from 'dayfile/read'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const FIRST_EDITION = fileURLToPath(new URL('../fixtures/first-edition', import.meta.url))

const orders = defineDataset({
  name: 'orders',
  timeColumn: 'at',
  columns: [
    column.text('id', { nullable: false }),
    column.instant('at', { nullable: false }),
    column.decimal('amount'),
    column.text('event_type'),
    column.text('profile_id'),
    column.instant('install_date'),
    column.json('attributes'),
  ],
})

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayfile-first-edition-'))
  await cp(FIRST_EDITION, root, { recursive: true })
})
afterAll(() => rm(root, { recursive: true }))

async function idsOf(day: string | { day: string; lastDay: string }): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of readDay(orders, directoryArchive({ root }), day)) ids.push(id)
  return ids
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `o-${index}`)

test.each([
  ['a day', '2026-03-01', ids(3)],
  ['a day that was replaced', '2026-03-02', ids(5)],
  ['a day with every filter', '2026-03-03', ['o-1', 'o-5']],
  ['a day that is not compressed, in another dialect', '2026-03-04', ids(4)],
  ['a day of several files', '2026-03-05', ids(6)],
  ['a day with an added column', '2026-03-06', ids(3)],
  ['a day whose replacement stopped before its data', '2026-03-07', ids(3)],
  ['a period', { day: '2026-03-01', lastDay: '2026-03-02' }, ['o-0', 'o-1', 'o-0', 'o-1']],
])('%s is read', async (_, day, expected) => {
  expect(await idsOf(day)).toEqual(expected)
})

test('days are listed with what they were filtered by', async () => {
  const filters: Record<string, unknown> = {}
  for await (const { day, manifest } of listDays(orders, directoryArchive({ root }))) {
    filters[day] = manifest.filter
  }
  const all = { eventTypes: null }
  expect(filters).toEqual({
    '2026-03-01': all,
    '2026-03-02': all,
    '2026-03-03': {
      eventTypes: ['renewal'],
      excludeHistorical: true,
      withoutProfile: 'exclude',
      attributes: false,
    },
    '2026-03-04': all,
    '2026-03-05': all,
    '2026-03-06': all,
    '2026-03-07': all,
    '2026-03-09': all,
  })
})

test('a cursor goes on from them', async () => {
  const days: string[] = []
  const cursor = { dataset: 'orders', day: '2026-03-05', revision: 1, from: '2026-03-01' }
  for await (const { day, rows } of readNew(orders, directoryArchive({ root }), cursor, {
    to: '2026-03-07',
  })) {
    for await (const row of rows) expect(row.id).toMatch(/^o-/)
    days.push(day)
  }
  // The second of March was replaced, so the cursor of its first revision yields it again.
  expect(days).toEqual(['2026-03-02', '2026-03-06', '2026-03-07'])
})

test.each([
  ['published', '2026-03-01', 'replaced', 2],
  ['published, with an unfinished replacement', '2026-03-07', 'replaced', 2],
  ['not published, with an unfinished publication', '2026-03-08', 'published', 1],
  ['not published, with data in place', '2026-03-10', 'replaced', 2],
])(
  'a day that was %s is exported again, as a manifest of this edition',
  async (_, day, outcome, revision) => {
    const report = await exportWindow({
      dataset: orders,
      window: dayWindow(day),
      source: () => ids(7).map((id) => ({ id, at: `${day}T01:00:00.000Z` })),
      sink: directorySink({ root }),
    })
    expect(report).toMatchObject({ outcome, revision, rows: 7 })
    const manifest = JSON.parse(await readFile(join(root, report.manifestKey), 'utf8')) as object
    expect(manifest).toMatchObject({ manifestVersion: 2, filter: { eventTypes: null } })
    expect(manifest).not.toHaveProperty('selection')
    expect(await verifyDay(orders, directoryArchive({ root }), day)).toMatchObject({ revision, rows: 7 })
  },
)
