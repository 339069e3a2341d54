// In: the socket of a server. Out: the source of examples/source-postgres, by a cursor or by COPY.

import { events } from 'dayfile'
import { Pool } from 'pg'
import { copySource } from '../../../examples/source-postgres/copy-source.js'
import { rowCounter } from '../../../examples/source-postgres/count-rows.js'
import { cursorSource } from '../../../examples/source-postgres/cursor-source.js'
import type { OpenReader } from './source-server.js'

/** By which the server's views tell its connections from others. */
export const READERS = 'dayfile readers'

export const openReader: OpenReader = (connection, way) => {
  const pool = new Pool({ ...(connection as object), application_name: READERS, max: 4 })
  return {
    source: way === 'COPY' ? copySource(pool, events) : cursorSource(pool, events),
    countRows: rowCounter(pool, events),
    busy: () => pool.totalCount - pool.idleCount + pool.waitingCount,
    close: () => pool.end(),
  }
}
