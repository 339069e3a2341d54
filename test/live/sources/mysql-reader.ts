// In: the URL of a server. Out: the source of examples/source-mysql.

import { events } from 'dayfile'
import { rowCounter } from '../../../examples/source-mysql/count-rows.js'
import { streamSource } from '../../../examples/source-mysql/stream-source.js'
import type { OpenReader } from './source-server.js'

export const openReader: OpenReader = (connection) => {
  const url = connection as string
  return {
    source: streamSource(url, events),
    countRows: rowCounter(url, events),
    // It keeps none: what is left of one is seen on the server.
    busy: () => 0,
    close: async () => undefined,
  }
}
