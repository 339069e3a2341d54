// Reads hostile files in a process of its own and prints what became of each; hostile-files.limits.test.ts starts it, with the
// names of the files, under a small heap.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { column, defineDataset } from 'dayfile'
import { type CsvBytes, readCsv } from 'dayfile/read'

/** What became of the file. */
export interface Outcome {
  readonly rows: number
  /** Of the first rows, what the columns hold: the lengths of texts, the types of other values. */
  readonly cells: readonly (readonly (number | string)[])[]
  readonly error: { readonly code: string; readonly message: string; readonly details: object } | null
  /** Bytes that the reader took. */
  readonly pulled: number
  readonly closed: boolean
  /** Of the process so far. */
  readonly peakMb: number
}

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const AT = '2026-03-07'
/** Of a record, its line end included: what is left of 64 MiB for the cell. */
const LIMIT = 64 * MIB - `${AT},\n`.length

const notes = defineDataset({
  name: 'notes',
  timeColumn: 'at',
  columns: [column.instant('at', { nullable: false }), column.text('note'), column.json('tags')],
})

function* pieces(fill: string, total: number, size: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(size, fill)
  for (let given = 0; given < total; given += size) yield piece.subarray(0, total - given)
}

/** A row with a cell of so many bytes of `fill`, between these two. */
function* cell(before: string, fill: string, after: string, total: number, size: number) {
  yield Buffer.from(`at,note\n${AT},${before}`)
  yield* pieces(fill, total, size)
  yield Buffer.from(`${after}\n`)
}

function* repeated(first: Uint8Array, member: Uint8Array, times: number): Generator<Uint8Array> {
  yield first
  for (let count = 0; count < times; count++) yield member
}

function bombOf(first: string, line: string): Generator<Uint8Array> {
  const member = gzipSync(line.repeat(Math.floor((16 * MIB) / line.length)))
  return repeated(gzipSync(first), member, 128)
}

/** Rows to stop after. */
const ENOUGH = 1_000_000

const FILES: Readonly<Record<string, () => CsvBytes>> = {
  'quoted 1 MiB': () => cell('"', 'a', '"', GIB, MIB),
  'quoted 4 KiB': () => cell('"', 'a', '"', GIB, 4 * KIB),
  'unquoted 1 MiB': () => cell('', 'a', '', GIB, MIB),
  'unquoted 4 KiB': () => cell('', 'a', '', GIB, 4 * KIB),
  'quotes 1 MiB': () => cell('"', '""', '"', GIB, MIB),
  'quotes 4 KiB': () => cell('"', '""', '"', GIB, 4 * KIB),
  'escapes 1 MiB': () => cell('"', '\\"', '"', GIB, MIB),
  'escapes 4 KiB': () => cell('"', '\\"', '"', GIB, 4 * KIB),
  'lines 1 MiB': () => cell('"', '\n', '"', GIB, MIB),
  'lines 4 KiB': () => cell('"', '\n', '"', GIB, 4 * KIB),
  'limit in one chunk': () => Buffer.concat([...cell('', 'a', '', LIMIT, LIMIT)]),
  'limit in small chunks': () => cell('', 'a', '', LIMIT, 4 * KIB),
  'beyond in one chunk': () => Buffer.concat([...cell('', 'a', '', LIMIT + 1, LIMIT)]),
  'beyond in small chunks': () => cell('', 'a', '', LIMIT + 1, 4 * KIB),
  'bomb of zeros': () => bombOf('', '\0'),
  'bomb of rows': () => bombOf('at,note\n', `${AT},a\n`),
  'empty lines': () => pieces('\n', 10_000_000, 64 * KIB),
  'empty lines after a header': () => repeated(Buffer.from('at,note\n'), Buffer.alloc(64 * KIB, '\n'), 153),
  'million columns': () => {
    const names = Array.from({ length: 1_000_000 }, (_, index) => `c${index}`).join()
    return Buffer.from(`at,${names}\n${AT},${names}\n`)
  },
  'deep arrays': () => deep('[', '', ']'),
  'deep objects': () => deep('{""a"":', '1', '}'),
}

/** A closed nest, and one that is left open. */
function deep(open: string, middle: string, close: string): Uint8Array {
  const opened = open.repeat(1_000_000)
  return Buffer.from(
    `at,tags\n${AT},"${opened}${middle}${close.repeat(1_000_000)}"\n${AT},"${opened}"\n${AT},"[1]"\n`,
  )
}

/** In megabytes, of this program alone: the system counts what started it to maxRSS, too. */
function peakMb(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / KIB
  } catch {
    return process.resourceUsage().maxRSS / KIB
  }
}

async function outcomeOf(name: string): Promise<Outcome> {
  const file = FILES[name]?.() ?? []
  const chunks = ArrayBuffer.isView(file) ? [file] : (file as Iterable<Uint8Array>)
  let pulled = 0
  let closed = false
  function* watched(): Generator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        pulled += chunk.length
        yield chunk
      }
    } finally {
      closed = true
    }
  }

  const options = name.startsWith('escapes') ? { dialect: { escape: '\\' } } : {}
  let rows = 0
  let error: Outcome['error'] = null
  const cells: (number | string)[][] = []
  try {
    for await (const row of readCsv(notes, watched(), options)) {
      if (rows < 5)
        cells.push([row.note, row.tags].map((each) => (typeof each === 'string' ? each.length : typeof each)))
      if (++rows === ENOUGH) break
    }
  } catch (thrown) {
    error = JSON.parse(JSON.stringify(thrown)) as Outcome['error']
  }
  return { rows, cells, error, pulled, closed, peakMb: peakMb() }
}

const outcomes: Outcome[] = []
for (const name of process.argv.slice(2)) outcomes.push(await outcomeOf(name))
console.log(JSON.stringify(outcomes))
