// reading: typed rows of a file, of a day, of many
export { readCsv } from './read-csv.js'
export type { CsvBytes } from './csv-chunks.js'
export type { ReadCsvOptions, ReadRow } from './read-csv.js'
export type { StrictOptions } from './strict-rows.js'
export { readDay, readDays } from './read-day.js'
export type { DaysToRead } from './read-day.js'
export type { ReadDayOptions } from './read-published.js'
export { verifyDay } from './verify.js'
export type { VerifiedDay } from './verify.js'
export { listDays } from './list-days.js'
export type { ListDaysOptions, ListedDay, ListedFile } from './list-days.js'
export { auditDays } from './audit-days.js'
export type { DayProblem, AuditDaysOptions } from './audit-days.js'
export { coverage } from './coverage.js'
export type {
  Coverage,
  CoverageDay,
  CoverageOptions,
  CoverageProblem,
  CoverageState,
  CoverageTotals,
} from './coverage.js'
export { readNew } from './read-new.js'
export type { NewRevision, ReadNewOptions } from './read-new.js'
export type { ReadCursor } from './read-cursor.js'

// telemetry: what can be followed by node:diagnostics_channel
export { tracingChannels } from '../tracing.js'
export type { ReadTrace } from '../tracing.js'

// where files are stored
export type { Archive } from './archive.js'
export { directoryArchive } from '../sinks/directory-archive.js'
export type { DirectoryOptions } from '../sinks/directory.js'
export { objectKeys } from '../sinks/object-keys.js'
export type { ObjectKeys, ObjectKeysOptions } from '../sinks/object-keys.js'
export type { Manifest, ManifestColumn, ManifestFile } from '../publish/manifest.js'

// the datasets, so that a consumer needs this entry alone
export { column } from '../datasets/column.js'
export type { Column, ColumnKind, ColumnOptions, TextColumnOptions } from '../datasets/column.js'
export { compareColumns } from '../datasets/compare-columns.js'
export type { ColumnComparison, ContractColumns } from '../datasets/compare-columns.js'
export { defineDataset } from '../datasets/dataset.js'
export type { Columns, Dataset, DatasetDefinition, RowOf } from '../datasets/dataset.js'
export { events } from '../datasets/events.js'
export type { EventRow, EventsDataset } from '../datasets/events.js'
export { paywallViews } from '../datasets/paywall-views.js'
export type { PaywallViewRow, PaywallViewsDataset } from '../datasets/paywall-views.js'
export type { Dialect } from '../csv/dialect.js'
export { DayfileError, isDayfileError } from '../errors.js'
export type { AnyDayfileError, CsvProblem, ErrorCode, ErrorDetails } from '../errors.js'
