// The ways of uDSV, by far the fastest of the readers in JavaScript: also for strings only, and for some columns.

import type { BaseParse, Parser, Schema } from 'udsv'
import type { Contender, Read } from '../measure/contender.js'
import type { FileColumns } from '../measure/file-columns.js'
import { textPieces, wholeText } from './whole-text.js'
import { typedRow } from './typed-row.js'

// Its rows are handed to a function one by one: it keeps none of them, which is faster than an array of all.
type Parse = (parser: Parser, text: string, take: (row: object) => void) => void

function udsv(columns: FileColumns, name: string, way: string, makeParse: () => Parse): Contender<Read> {
  return {
    name,
    package: 'udsv',
    way,
    async load() {
      const { initParser } = await import('udsv')
      const parse = makeParse()
      return (chunks, take) => {
        parse(initParser(schemaOf(columns)), wholeText(chunks), take)
      }
    },
  }
}

/** Declared and not guessed from the first rows, where a column may be empty. */
export function schemaOf({ names, instants, integers }: FileColumns): Schema {
  return {
    skip: 1,
    col: ',',
    row: '\r\n',
    encl: '"',
    esc: '"',
    trim: false,
    cols: names.map((name) => ({
      name,
      type: instants.has(name) ? 'd' : integers.has(name) ? 'n' : 's',
      repl: { empty: null, null: undefined, NaN: undefined },
    })),
    // Its type leaves out the number of header lines that it does not go without.
  } as Schema & { readonly skip: number }
}

export const udsvTyped = (columns: FileColumns): Contender<Read> =>
  udsv(
    columns,
    'udsv typedObjs',
    'typedObjs() of the whole text with a schema of types.',
    () => (parser, text, take) => {
      parser.typedObjs(text, take)
    },
  )

export const udsvTypedInChunks = (columns: FileColumns): Contender<Read> => ({
  name: 'udsv typedObjs, chunks',
  package: 'udsv',
  way: 'chunk() with typedObjs for each 64 KiB, decoded by a TextDecoder.',
  async load() {
    const { initParser } = await import('udsv')
    return (chunks, take) => {
      const parser = initParser(schemaOf(columns))
      for (const text of textPieces(chunks))
        parser.chunk<object>(text, parser.typedObjs as BaseParse<object>, take)
      parser.end()
    }
  },
})

export const udsvStrings = (columns: FileColumns): Contender<Read> =>
  udsv(columns, 'udsv stringObjs', 'stringObjs() of the whole text.', () => (parser, text, take) => {
    parser.stringObjs(text, take)
  })

/** For some columns: all it can do is to read all of them and drop what is not wanted. */
export function udsvPicking(columns: FileColumns, picked: readonly string[]): Contender<Read>[] {
  return [
    udsv(columns, 'udsv typedObjs, picked', 'typedObjs(), then six of the keys.', () => {
      const pick = pickObject(picked)
      return (parser, text, take) => {
        parser.typedObjs(text, (row) => {
          take(pick(row))
        })
      }
    }),
    udsv(columns, 'udsv typedArrs, picked', 'typedArrs(), then six of the cells.', () => {
      const pick = pickArray(columns, picked)
      return (parser, text, take) => {
        parser.typedArrs(text, (cells: unknown[]) => {
          take(pick(cells))
        })
      }
    }),
    udsv(columns, 'udsv stringArrs, picked', 'stringArrs(), then six cells are converted.', () => {
      const rowOf = typedRow(columns, picked)
      return (parser, text, take) => {
        parser.stringArrs(text, (cells: string[]) => {
          take(rowOf(cells))
        })
      }
    }),
    udsvPickingInChunks(columns, picked),
  ]
}

const udsvPickingInChunks = (columns: FileColumns, picked: readonly string[]): Contender<Read> => ({
  name: 'udsv stringArrs, picked, chunks',
  package: 'udsv',
  way: 'chunk() with stringArrs for each 64 KiB, then six cells are converted.',
  async load() {
    const { initParser } = await import('udsv')
    const rowOf = typedRow(columns, picked)
    return (chunks, take) => {
      const parser = initParser(schemaOf(columns))
      const takeCells = (cells: string[]): void => {
        take(rowOf(cells))
      }
      for (const text of textPieces(chunks)) parser.chunk<string[]>(text, parser.stringArrs, takeCells)
      parser.end()
    }
  },
})

function pickObject(picked: readonly string[]): (row: object) => object {
  const entries = picked.map((name) => `${JSON.stringify(name)}: row[${JSON.stringify(name)}]`)
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as fast as if it had been written out
  return new Function('row', `return { ${entries.join(', ')} }`) as (row: object) => object
}

function pickArray({ names }: FileColumns, picked: readonly string[]): (cells: readonly unknown[]) => object {
  const entries = picked.map((name) => `${JSON.stringify(name)}: cells[${names.indexOf(name)}]`)
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as fast as if it had been written out
  return new Function('cells', `return { ${entries.join(', ')} }`) as (cells: readonly unknown[]) => object
}
