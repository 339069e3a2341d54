import { csvStringify, d3Dsv, dayfile as dayfileEncode } from '../encode/contenders.js'
import { goldenCsv } from '../golden.js'
import type { Workload } from '../measure/contender-process.js'
import { named, type Contender, type Encode, type Read } from '../measure/contender.js'
import { fileColumns, type FileColumns } from '../measure/file-columns.js'
import { csvParseByHand, dayfile as dayfileRead } from '../read/typed-readers.js'
import { udsvTyped } from '../read/udsv.js'
import { chunksOf } from '../read/whole-text.js'
import type { Shape } from './shape.js'
import { shapeMakers } from './shapes.js'

/** dayfile is the first of them. */
export function shapeEncoders(columns: FileColumns): Contender<Encode>[] {
  return [dayfileEncode(columns), d3Dsv(columns), csvStringify(columns)]
}

export function shapeReaders(columns: FileColumns): Contender<Read>[] {
  return [dayfileRead(columns), udsvTyped(columns), csvParseByHand(columns)]
}

export const shapeEncode: Workload = async ({ contender, rows, input }) => {
  const shape = shapeOf(rows, input)
  const encode = await named(shapeEncoders(fileColumns(shape.dataset)), contender ?? '').load()
  return { run: () => encode(shape.rows, discard) }
}

export const shapeRead: Workload = async ({ contender, rows, input }) => {
  const { dataset, rows: shapeRows } = shapeOf(rows, input)
  const columns = fileColumns(dataset)
  const chunks = chunksOf(goldenCsv(columns.names, shapeRows))
  const read = await named(shapeReaders(columns), contender ?? '').load()
  return { run: () => read(chunks, discard) }
}

type Input = Readonly<Record<string, unknown>> | undefined

/** `rows` is the size of all shapes, `input.shape` which one it is. */
function shapeOf(rows: number, input: Input): Shape {
  const make = shapeMakers({ rows })[Number(input?.shape)]
  if (make === undefined) throw new RangeError(`there is no shape ${String(input?.shape)}`)
  return make()
}

function discard(): void {
  // Where a user would do something with it.
}
