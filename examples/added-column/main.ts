// Publishes a day before and a day after two columns were added, and lets an old and a new consumer read both.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { compareColumns, directoryArchive, events, listDays, type EventRow } from 'dayfile/read'
import { extendedEvents } from './extended-events.js'
import { consumeExtended } from './new-consumer.js'
import { centsOf, consumeAsBefore } from './old-consumer.js'
import { publish, firstRows, secondRows } from './producer.js'

const NEW_COLUMNS = ['attributes', 'integration_ids']

const root = await mkdtemp(join(tmpdir(), 'dayfile-added-column-'))
try {
  await publish(root)
  const archive = directoryArchive({ root })

  console.log('Published:')
  for await (const { day, rows, columns } of listDays(events, archive)) {
    console.log(`  ${day}  ${rows} rows of ${columns.length} columns`)
  }

  const before = await consumeAsBefore(archive)
  console.log('\nAn old consumer, which knows 44 columns:')
  for (const { day, rows, cents, unknown } of before) {
    const dollars = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
    const more = unknown.length === 0 ? '' : `, and ${unknown.join(' and ')} under row.added`
    console.log(`  ${day}  ${rows} rows, ${dollars} USD${more}`)
  }

  const after = await consumeExtended(archive)
  console.log('\nA new consumer, which asks for the two new columns:')
  for (const { day, pro, free, without, integrated } of after) {
    console.log(
      `  ${day}  ${pro} pro, ${free} free, ${without} without attributes; ${integrated} with other ids`,
    )
  }

  console.log()
  const { appendOnly, added } = compareColumns(events, extendedEvents)
  check('compareColumns calls it append-only', appendOnly && isDeepStrictEqual(added, NEW_COLUMNS))
  const isRead = (rows: readonly EventRow[], index: number): boolean =>
    before[index]?.rows === rows.length && before[index].cents === sumOf(rows)
  check('the old consumer gets all rows and every cent of both days', [firstRows, secondRows].every(isRead))
  const unknown = before.map((summary) => summary.unknown)
  check('it gets the new columns and ignores them', isDeepStrictEqual(unknown, [[], NEW_COLUMNS]))
  const second = secondRows.length
  check(
    'the new consumer reads null on the first day, and the published values on the second',
    isDeepStrictEqual(
      after.map(({ day, ...counts }) => counts),
      [
        { pro: 0, free: 0, without: firstRows.length, integrated: 0 },
        { pro: second / 3, free: (second * 2) / 3, without: 0, integrated: (second * 3) / 4 },
      ],
    ),
  )
} finally {
  await rm(root, { recursive: true, force: true })
}

function check(what: string, holds: boolean): void {
  console.log(`${holds ? 'yes' : 'NO '}  ${what}`)
  if (!holds) process.exitCode = 1
}

function sumOf(rows: readonly EventRow[]): bigint {
  return rows.reduce(
    (sum, { revenue_usd }) => sum + (revenue_usd == null ? 0n : centsOf(String(revenue_usd))),
    0n,
  )
}
