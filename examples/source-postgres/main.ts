// Exports yesterday's events from PostgreSQL: a server at DATABASE_URL, or one in this process. `npm start`.

import { events, exportWindow, previousDay } from 'dayfile'
import { openBucket } from '../bucket.js'
import { openDatabase } from './database.js'

// Ctrl-C ends the query on the server too, and then the process.
const stop = new AbortController()
process.once('SIGINT', () => {
  stop.abort(new Error('stopped by SIGINT'))
})

const window = previousDay(new Date())
const bucket = await openBucket()
const { source, countRows, close } = await openDatabase(process.env.DATABASE_URL, window.day)
try {
  // Twice: rows come in one order only, so the second run finds the same file.
  for (const run of ['first', 'second']) {
    const { outcome, rows, bytes, reconciliation } = await exportWindow({
      dataset: events,
      window,
      source,
      // A file with another number of rows than the table has would not be published.
      countRows,
      sink: bucket.sink,
      signal: stop.signal,
    })
    const counted = reconciliation?.counted ?? 'an unknown number of'
    console.log(
      `${run} run, ${window.day}: ${outcome}, ${rows} rows in ${bytes} bytes; the table has ${counted}`,
    )
  }
} finally {
  await close()
  await bucket.close()
}
