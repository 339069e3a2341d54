// datasets: what a file holds
export { column } from './datasets/column.js'
export type { Column, ColumnKind, ColumnOptions, TextColumnOptions } from './datasets/column.js'
export { defineDataset } from './datasets/dataset.js'
export type { Columns, Dataset, DatasetDefinition, RowOf } from './datasets/dataset.js'
export { events } from './datasets/events.js'
export type { EventRow } from './datasets/events.js'
export { paywallViews } from './datasets/paywall-views.js'
export type { PaywallViewRow } from './datasets/paywall-views.js'

// errors
export { ExportError, isExportError } from './errors.js'
export type {
  AnyExportError,
  ErrorCode,
  ErrorDetails,
  ExportErrorOptions,
  SinkErrorDetails,
} from './errors.js'
