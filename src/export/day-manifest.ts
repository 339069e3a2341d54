// In: the plan of a run and what it has staged. Out: what its manifest says.

import { resolveDialect } from '../csv/dialect.js'
import type { Dataset } from '../datasets/dataset.js'
import {
  MANIFEST_VERSION,
  manifestColumns,
  manifestFilter,
  manifestWindow,
  totalsOf,
  type Manifest,
} from '../publish/manifest.js'
import { VERSION } from '../version.js'
import type { ExportPlan } from './plan.js'

/** What a re-run is compared by, and what the manifest begins with. */
export function contentOf<File>(
  { columns }: Pick<Dataset, 'columns'>,
  { window, csv, compression, filter }: Pick<ExportPlan, 'window' | 'csv' | 'compression' | 'filter'>,
  addedColumns: readonly string[],
  files: readonly File[],
) {
  return {
    ...manifestWindow(window),
    columns: manifestColumns(columns, addedColumns),
    dialect: { ...resolveDialect(csv.dialect), formulaGuard: csv.formulaGuard ?? false },
    compression,
    filter: manifestFilter(filter),
    files: [...files],
  }
}

/** The manifest of whatever revision it becomes. The tags of its files are not known yet. */
export function manifestOf(
  { name }: Pick<Dataset, 'name'>,
  content: ReturnType<typeof contentOf<Manifest['files'][number]>>,
  created: string,
): (revision: number) => Manifest {
  return (revision) => ({
    manifestVersion: MANIFEST_VERSION,
    dataset: name,
    ...content,
    revision,
    totals: totalsOf(content.files),
    created,
    producer: { name: 'dayfile', version: VERSION },
  })
}
