// PostgreSQL: a server, or one in this process with its files in a folder.

/** What the consumer needs of a connection. */
export interface Database {
  query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  close(): Promise<void>
}

/**
 * Connects to the server at the URL, or opens the embedded one where there is none.
 *
 * The embedded one recovers what it committed when its process is killed, but does not wait for the disk: after a power
 * cut a commit may be gone. A server waits.
 */
export async function openDatabase(folder: string, url: string | undefined): Promise<Database> {
  if (url === undefined) {
    const { PGlite } = await import('@electric-sql/pglite')
    return PGlite.create({ dataDir: folder })
  }
  const { Client } = await import('pg')
  const client = new Client(url)
  await client.connect()
  return { query: (sql, values) => client.query(sql, values), close: () => client.end() }
}
