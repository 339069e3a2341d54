// Whether the table is what the files are: rows and revenue of every day, exactly.

import { events, listDays, readDay, type Archive } from 'dayfile/read'
import type { Database } from './database.js'

/** Prints a line for each day that the files or the table have. Returns whether all are equal. */
export async function compare(archive: Archive, database: Database): Promise<boolean> {
  const files = await sumsOfFiles(archive)
  const table = await sumsOfTable(database)
  let isEqual = true
  for (const day of [...new Set([...files.keys(), ...table.keys()])].sort()) {
    const [inFiles, inTable] = [files, table].map((sums) => sums.get(day) ?? 'nothing')
    if (inFiles !== inTable) isEqual = false
    console.log(
      `  ${day}: ${inFiles} in the files, ${inFiles === inTable ? 'the same' : inTable} in the table`,
    )
  }
  return isEqual
}

async function sumsOfFiles(archive: Archive): Promise<Map<string, string>> {
  const days = new Map<string, string>()
  for await (const { day } of listDays(events, archive)) {
    let rows = 0
    let cents = 0n
    for await (const { revenue_usd } of readDay(events, archive, day, { columns: ['revenue_usd'] })) {
      rows++
      // Text with two digits after the point: whole cents, and no float.
      cents += BigInt((revenue_usd ?? '0.00').replace('.', ''))
    }
    days.set(day, `${rows} rows, ${cents / 100n}.${String(cents % 100n).padStart(2, '0')} USD`)
  }
  return days
}

async function sumsOfTable(database: Database): Promise<Map<string, string>> {
  const { rows } = await database.query(
    `SELECT dt, concat(count(*), ' rows, ', sum(revenue_usd), ' USD') AS sums FROM events GROUP BY dt`,
  )
  return new Map((rows as { dt: string; sums: string }[]).map(({ dt, sums }) => [dt, sums]))
}
