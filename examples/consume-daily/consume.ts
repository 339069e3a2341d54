// Takes what was published since the last run, oldest day first: days that are new, and days that were published again.

import { events, readNew, type Archive } from 'dayfile/read'
import { readCursor, writeCursor } from './cursor-file.js'
import type { Database } from './database.js'
import { prepareTable, replaceDay } from './events-table.js'

/**
 * Brings the table up to date with the files. One at a time.
 *
 * A kill before the commit leaves the day as it was. A kill between the commit and the new cursor makes the next run get
 * the same publication again, and putting the same rows in the place of themselves changes nothing: each row is there once.
 */
export async function consumeNew(
  archive: Archive,
  database: Database,
  cursorPath: string,
  print: (line: string) => void,
): Promise<void> {
  await prepareTable(database)
  let publications = 0
  const since = await readCursor(cursorPath)
  // As text, instants keep the microseconds that a Date cuts off.
  const news = readNew(events, archive, since, { instants: 'string' })
  for await (const { day, revision, replaced, rows, cursor } of news) {
    const count = await replaceDay(database, day, rows, (done) => {
      if (done % 2000 === 0) print(`${day}: ${done} rows …`)
    })
    await writeCursor(cursorPath, cursor)
    print(`${day}: ${count} rows, revision ${revision}${replaced ? ', replacing the one before' : ''}`)
    publications++
  }
  if (publications === 0) print('nothing new')
}
