// In: the URL of a server. Out: the source of examples/source-clickhouse.

import { events } from 'dayfile'
import { openClient } from '../../../examples/source-clickhouse/client.js'
import { rowCounter } from '../../../examples/source-clickhouse/count-rows.js'
import { streamSource } from '../../../examples/source-clickhouse/stream-source.js'
import type { OpenReader } from './source-server.js'

export const openReader: OpenReader = (connection) => {
  const client = openClient(connection as string)
  return {
    source: streamSource(client, events),
    countRows: rowCounter(client, events),
    // The client does not tell; what is left of a query is seen on the server.
    busy: () => 0,
    close: () => client.close(),
  }
}
