// In: the URL of a server. Out: a source that reads a window of a dataset's table as the server sends it.

import type { Dataset, RowOf, Source } from 'dayfile'
import { queryRows } from './query-rows.js'
import { rowsQuery } from './rows-query.js'

/** Reads the table of the dataset's name. In memory are the rows of one read of the socket. */
export function streamSource<D extends Dataset>(url: string, dataset: D): Source<D> {
  return (request) => queryRows<RowOf<D>>(url, rowsQuery(dataset, request), request.signal)
}
