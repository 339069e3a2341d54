import { events } from 'dayfile'
import { dateRows } from '../encode/rows.js'
import { goldenCsv } from '../golden.js'
import type { Workload } from '../measure/contender-process.js'
import type { S3Access } from '../s3/start-s3.js'
import { directoryWays } from './directory-ways.js'
import { duckdbWays } from './duckdb-ways.js'
import { s3Ways } from './s3-ways.js'
import type { Published, JobInput, WayOut } from './way-out.js'

export const jobToDirectory = workload(async (job, name) =>
  name.startsWith('DuckDB') ? (await duckdbWays(job)).ways : directoryWays(job),
)

export const jobToS3 = workload((job, _name, input) => s3Ways(job, input.s3 as S3Access).ways)

/** `input.folder` is a folder of the bench's own. */
function workload(
  waysOf: (
    job: JobInput,
    name: string,
    input: Readonly<Record<string, unknown>>,
  ) => readonly WayOut[] | Promise<readonly WayOut[]>,
): Workload {
  return async ({ contender, rows: count, input = {} }) => {
    const job = jobInput(count, String(input.folder))
    const ways = await waysOf(job, contender ?? '', input)
    const way = ways.find(({ name }) => name === contender)
    if (way === undefined) throw new RangeError(`there is no way "${contender}"`)
    // What the referee has published has the number 0.
    let round = 0
    let published: Published | undefined
    return {
      async run() {
        published = await way.publish(++round)
      },
      // Hundreds of files of a day would fill the memory in which they lie.
      after: () => published?.remove(),
    }
  }
}

export function jobInput(count: number, folder: string): JobInput {
  const rows = dateRows(count)
  const names = events.columns.map(({ name }) => name)
  return { rows, golden: goldenCsv(names, rows), folder }
}
