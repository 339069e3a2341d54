// The shapes in which a library that is fast with ordinary rows may turn out slow.

import { shape, type CellOf, type Shape } from './shape.js'

/** How many cells of 8 characters a shape has; ones with long cells have less. */
export interface ShapeSize {
  /** Rows of a shape with 11 columns. */
  readonly rows: number
}

const COLUMNS = 11
const LONG_CELL = 4096

/** Eight characters, as good as unique. */
const short: CellOf = (row, column) => String((row * 7_919 + column * 104_729) % 100_000_000).padStart(8, 'x')
const quoted: CellOf = (row, column) => `a,"${String((row + column) % 1000).padStart(4, '0')}`
const few: CellOf = (row, column) => `value_${(row * 31 + column) % 8}`
const accented: CellOf = (row, column) => `café_${String((row + column) % 1000).padStart(3, '0')}`
const emoji: CellOf = (row, column) => `😀_${String((row + column) % 1000).padStart(5, '0')}`
const nothing: CellOf = () => null
// Integers in one column, halves in the next: as text they are the same everywhere.
const numeric: CellOf = (row, column) => (column % 2 === 0 ? row * 37 + column : row + 0.5)
const NUMBER_KINDS = ['integer', 'decimal'] as const

const FILLER = 'lorem ipsum dolor sit amet '.repeat(LONG_CELL / 27 + 1)
const long: CellOf = (row, column) => `${short(row, column) as string}${FILLER}`.slice(0, LONG_CELL)
const longQuoted: CellOf = (row, column) => `${short(row, column) as string},${FILLER}`.slice(0, LONG_CELL)

/** By what they are made when they are asked for, as not all of them fit into memory at once. */
export function shapeMakers({ rows }: ShapeSize): (() => Shape)[] {
  const usual = { columns: COLUMNS, rows }
  const cells = rows * COLUMNS
  const longRows = Math.max(10, Math.floor(rows / 100))
  return [
    () => shape('11 columns of 8 characters', { ...usual, cell: short }),
    () => shape('44 columns', { columns: 44, rows: Math.ceil(cells / 44), cell: short }),
    () => shape('200 columns', { columns: 200, rows: Math.ceil(cells / 200), cell: short }),
    () => shape('cells of 4 kB', { columns: COLUMNS, rows: longRows, cell: long }),
    () => shape('cells of 4 kB in quotes', { columns: COLUMNS, rows: longRows, cell: longQuoted }),
    () => shape('all cells need quotes', { ...usual, cell: quoted }),
    () => shape('8 values a column', { ...usual, cell: few }),
    () => shape('all null', { ...usual, cell: nothing }),
    () => shape('é in each cell', { ...usual, cell: accented }),
    () => shape('an emoji in each cell', { ...usual, cell: emoji }),
    () => shape('numbers', { ...usual, cell: numeric, kinds: NUMBER_KINDS }),
    () => shape('keys in different orders', { ...usual, cell: short, arrange: rotated }),
    () => shape('a third of the keys missing', { ...usual, cell: short, arrange: thinned }),
    ...LINEAR_FACTORS.map((factor) => () => {
      const count = Math.ceil(rows * factor)
      return shape(linearName(count), { columns: COLUMNS, rows: count, cell: short })
    }),
  ]
}

const LINEAR_FACTORS = [0.05, 0.5, 5]

/** The names of the shapes that differ in the number of rows alone, from few to many. */
export function linearNames({ rows }: ShapeSize): string[] {
  return LINEAR_FACTORS.map((factor) => linearName(Math.ceil(rows * factor)))
}

function linearName(rows: number): string {
  return `11 columns, ${rows.toLocaleString('en-US')} rows`
}

function rotated(entries: [string, unknown][], row: number): [string, unknown][] {
  const by = row % entries.length
  return [...entries.slice(by), ...entries.slice(0, by)]
}

function thinned(entries: [string, unknown][], row: number): [string, unknown][] {
  return entries.filter((_, index) => (index + row) % 3 !== 0)
}
