// datasets: what a file holds
export { column } from './datasets/column.js'
export type {
  Column,
  ColumnKind,
  ColumnOptions,
  InstantColumnOptions,
  TextColumnOptions,
} from './datasets/column.js'
export { compareColumns } from './datasets/compare-columns.js'
export type { ColumnComparison, ContractColumns } from './datasets/compare-columns.js'
export { defineDataset } from './datasets/dataset.js'
export type { Columns, Dataset, DatasetDefinition, RowOf } from './datasets/dataset.js'
export { jsonSchema } from './datasets/json-schema.js'
export type { JsonSchema } from './datasets/json-schema.js'
export { markdownTable } from './datasets/markdown-table.js'
export { events } from './datasets/events.js'
export type { EventRow, EventsDataset } from './datasets/events.js'
export { paywallViews } from './datasets/paywall-views.js'
export type { PaywallViewRow, PaywallViewsDataset } from './datasets/paywall-views.js'

// windows: when
export { dayRange, dayWindow, eachDay, previousDay } from './windows/day-window.js'
export type { DayRange, DayWindow, ZoneOptions } from './windows/day-window.js'
export { nextRunAt, scheduledDays } from './windows/schedule.js'
export type { ScheduledDaysOptions, ScheduleOptions } from './windows/schedule.js'
export { dueDays } from './export/due-days.js'
export type { DueDaysOptions, UnreadableDay } from './export/due-days.js'

// csv: rows in, bytes out
export type { CsvOptions, CsvReport, InvalidRowHandler } from './csv/csv-options.js'
export { csvEncoder, csvTransform, encodeCsv } from './csv/encode-csv.js'
export type { CsvEncoder, CsvTransform } from './csv/encode-csv.js'
export type { Dialect } from './csv/dialect.js'
export type { SplitOptions } from './csv/split-csv.js'

// export: one window, or many days
export { exportWindow } from './export/export-window.js'
export type { ExportWindowOptions } from './export/plan.js'
export { exportDays, planDays } from './export/export-days.js'
export type { ExportDaysOptions } from './export/export-days.js'
export { exportDue } from './export/export-due.js'
export type { ExportDestination, ExportDueOptions } from './export/export-due.js'
export { describeReport, describeRun } from './export/describe-report.js'
export type { DescribeOptions } from './export/describe-report.js'
export type { FailedDay } from './export/failed-day.js'
export type { LateRows } from './export/late-rows.js'
export type { PlannedDay } from './export/planned-days.js'
export type { CountRows, Reconciliation } from './export/reconciliation.js'
export type { FilteredOut } from './export/row-filter.js'
export type { RowFilter } from './datasets/subscription-filter.js'
export type { ExportProgress } from './export/progress.js'
export type { ExportTrace } from './export/export-trace.js'
export type { DestinationReport, ExportReport } from './export/report.js'
export type { Source, SourceRequest, SourceRows } from './export/source.js'

// where files are stored; S3 is in dayfile/s3
export { directorySink } from './sinks/directory-sink.js'
export { directoryArchive } from './sinks/directory-archive.js'
export type { DirectoryOptions } from './sinks/directory.js'
export { objectKeys } from './sinks/object-keys.js'
export type { ObjectKeys, ObjectKeysOptions } from './sinks/object-keys.js'
export type {
  ObjectStat,
  Sink,
  StagedObject,
  StageOptions,
  StoredBytes,
  StoredPart,
  UnstageOptions,
} from './sinks/sink.js'
export type { Manifest, ManifestColumn, ManifestFile } from './publish/manifest.js'
export type { Archive, ListedObject } from './read/archive.js'

// telemetry: what can be followed by node:diagnostics_channel
export { tracingChannels } from './tracing.js'
export type { UploadPartTrace } from './tracing.js'

// errors
export { DayfileError, isDayfileError } from './errors.js'
export type { AnyDayfileError, ErrorCode, ErrorDetails, RunDestination, RunReport } from './errors.js'
