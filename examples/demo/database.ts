// A real PostgreSQL, embedded: what a host application has. It is filled with one day of sample rows.

import { PGlite } from '@electric-sql/pglite'
import { encodeCsv, type Dataset, type RowOf, type SourceRequest } from 'dayfile'
import { createTable, loadCommand } from 'dayfile/sql'

/** An empty database in memory. */
export function openDatabase(): Promise<PGlite> {
  // PGlite copies a file in memory as a whole for every fallocate, and a COPY calls it again and again: most of the
  // time would go there.
  return PGlite.create({ postgresqlconf: ['file_extend_method = write_zeros'] })
}

/** Creates a table of the dataset's name and fills it with the rows. */
export async function fillTable<D extends Dataset>(
  database: PGlite,
  dataset: D,
  rows: Parameters<typeof encodeCsv<D>>[1],
): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of encodeCsv(dataset, rows)) chunks.push(chunk)
  await database.exec(createTable(dataset, 'postgres'))
  await database.query(loadCommand(dataset, 'postgres', { file: '/dev/blob' }), [], {
    blob: new Blob(chunks),
  })
}

/** Reads a window of a table through a cursor: the rows never all lie in memory. */
export async function* readTable<D extends Dataset>(
  database: PGlite,
  { name, timeColumn }: D,
  { window, columns, signal }: SourceRequest,
): AsyncGenerator<RowOf<D>, void, void> {
  const list = columns.map((column) => `"${column}"`).join(', ')
  await database.query('BEGIN READ ONLY')
  try {
    await database.query(
      `DECLARE day CURSOR FOR SELECT ${list} FROM "${name}" WHERE "${timeColumn}" >= $1 AND "${timeColumn}" < $2 ORDER BY "${timeColumn}"`,
      [window.start, window.end],
    )
    while (!signal.aborted) {
      const { rows } = await database.query<RowOf<D>>('FETCH 2000 FROM day')
      if (rows.length === 0) return
      yield* rows
    }
  } finally {
    await database.query('COMMIT')
  }
}
