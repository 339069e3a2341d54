import { createRequire } from 'node:module'
import { availableParallelism, cpus, totalmem } from 'node:os'

/** Where the numbers come from. */
export interface Machine {
  readonly node: string
  readonly v8: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
  readonly versions: Readonly<Record<string, string>>
}

const require = createRequire(import.meta.url)

const PACKAGES = [
  'dayfile',
  'csv-stringify',
  'csv-parse',
  'papaparse',
  '@json2csv/plainjs',
  'd3-dsv',
  'fast-csv',
  'csv-rex',
  'udsv',
  '@duckdb/node-api',
  '@aws-sdk/client-s3',
  '@aws-sdk/lib-storage',
]

export function machine(): Machine {
  return {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  }
}

/** The version of an installed package, by its package.json, which not every package exports. */
export function versionOf(name: string): string {
  const folders = require.resolve.paths(name) ?? []
  // The package itself is not in any of the folders: it is found by its own name.
  const candidates = [...folders.map((folder) => `${folder}/${name}/package.json`), `${name}/package.json`]
  for (const path of candidates) {
    try {
      return (require(path) as { version: string }).version
    } catch {
      // The next folder up.
    }
  }
  return 'unknown'
}
