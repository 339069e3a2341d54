import { gzipSync } from 'node:zlib'
import { millisecondsOf, timeInRounds } from '../measure/rounds.js'
import type { Table } from '../report/result.js'

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
// As dayfile cuts the CSV.
const MEMBER_BYTES = 1024 * 1024
const BYTES_LOOKED_AT = 16 * MEMBER_BYTES

/** What each level of zlib costs and saves with this CSV: the reason for the level that is the default. */
export async function gzipLevels(csv: Uint8Array): Promise<Table> {
  const bytes = csv.subarray(0, BYTES_LOOKED_AT)
  const sizes = new Map<number, number>()
  const timings = await timeInRounds(
    LEVELS.map((level) => ({
      name: String(level),
      run: () => millisecondsOf(() => sizes.set(level, compressedSize(bytes, level))),
    })),
    { rounds: 3, warmUps: 1 },
  )
  return {
    title: 'Levels of gzip (zlib), one core, members of 1 MiB of this CSV',
    columns: [
      { key: 'level', title: 'level', digits: 0 },
      { key: 'speed', title: 'MB/s', digits: 1 },
      { key: 'size', title: '% of the CSV', digits: 2 },
    ],
    rows: timings.map(({ medianMs }, index) => {
      const level = LEVELS[index] ?? 0
      return {
        level,
        speed: bytes.length / medianMs / 1000,
        size: (100 * (sizes.get(level) ?? NaN)) / bytes.length,
      }
    }),
  }
}

function compressedSize(bytes: Uint8Array, level: number): number {
  let size = 0
  for (let from = 0; from < bytes.length; from += MEMBER_BYTES) {
    size += gzipSync(bytes.subarray(from, from + MEMBER_BYTES), { level }).length
  }
  return size
}
