// The ways to read typed rows: text or null, decimals as text, integers as numbers, instants as Dates.

import { withoutCodeGeneration, type Contender, type Read } from '../measure/contender.js'
import type { FileColumns } from '../measure/file-columns.js'
import { cellCasts, typedRow } from './typed-row.js'
import { udsvTyped, udsvTypedInChunks } from './udsv.js'
import { wholeText } from './whole-text.js'

export function typedReaders(columns: FileColumns): Contender<Read>[] {
  return [
    dayfile(columns),
    withoutCodeGeneration(dayfile(columns)),
    udsvTyped(columns),
    udsvTypedInChunks(columns),
    d3Dsv(columns),
    csvRex(columns),
    papaparse(columns),
    papaparseByHand(columns),
    csvParseCast(columns),
    csvParseStreamCast(columns),
    csvParseByHand(columns),
    fastCsv(columns),
  ]
}

export const dayfile = ({ dataset }: FileColumns, picked?: readonly string[]): Contender<Read> => ({
  name: 'dayfile',
  package: 'dayfile',
  way: 'for await over readCsv(events, chunks).',
  async load() {
    const { readCsv } = await import('dayfile/read')
    const options = picked === undefined ? {} : { columns: picked }
    return async (chunks, take) => {
      for await (const row of readCsv(dataset, chunks, options)) take(row)
    }
  },
})

const d3Dsv = (columns: FileColumns): Contender<Read> => ({
  name: 'd3-dsv',
  package: 'd3-dsv',
  way: 'csvParseRows() with a function that makes a typed row of the cells: csvParse() makes two objects a row.',
  async load() {
    const { csvParseRows } = await import('d3-dsv')
    const rowOf = typedRow(columns)
    return (chunks, take) => {
      csvParseRows(wholeText(chunks), (cells, index) => {
        if (index > 0) take(rowOf(cells))
        return null
      })
    }
  },
})

const csvRex = (columns: FileColumns): Contender<Read> => ({
  name: 'csv-rex',
  package: 'csv-rex',
  way: 'parse() with coerceField by column, handing rows out by enqueue. The header is cut off, as it would be cast too.',
  async load() {
    const { default: parse } = await import('csv-rex/parse')
    const casts = cellCasts(columns)
    const options = {
      header: columns.names,
      newlineChar: '\r\n',
      delimiterChar: ',',
      emptyFieldValue: '',
      enableReturn: false,
      coerceField: (field: string | null, index: number) => casts[index]?.(field ?? ''),
    }
    return (chunks, take) => {
      const enqueue = ({ data }: { readonly data: object }): void => {
        take(data)
      }
      parse(wholeText(chunks).slice(columns.header.length), { ...options, enqueue })
    }
  },
})

const PAPA_FORMAT = { delimiter: ',', newline: '\r\n', skipEmptyLines: true } as const

const papaparse = (columns: FileColumns): Contender<Read> => ({
  name: 'papaparse, its own types',
  package: 'papaparse',
  way: 'parse() with header, dynamicTyping for integers and instants, and transform for the nulls of text.',
  async load() {
    const { default: Papa } = await import('papaparse')
    const typed = columns.names.map((name) => [
      name,
      columns.instants.has(name) || columns.integers.has(name),
    ])
    const options = {
      ...PAPA_FORMAT,
      header: true,
      dynamicTyping: Object.fromEntries(typed) as Record<string, boolean>,
      transform: (text: string) => (text === '' ? null : text),
    } as const
    return (chunks, take) => {
      const { data } = Papa.parse<object>(wholeText(chunks), options)
      for (const row of data) take(row)
    }
  },
})

const papaparseByHand = (columns: FileColumns): Contender<Read> => ({
  name: 'papaparse, by hand',
  package: 'papaparse',
  way: 'parse() to arrays; the bench makes typed rows of them.',
  async load() {
    const { default: Papa } = await import('papaparse')
    const rowOf = typedRow(columns)
    return (chunks, take) => {
      const { data } = Papa.parse<string[]>(wholeText(chunks), PAPA_FORMAT)
      for (let index = 1; index < data.length; index++) take(rowOf(data[index] ?? []))
    }
  },
})

export const csvParseCast = (columns: FileColumns): Contender<Read> => ({
  name: 'csv-parse/sync, cast',
  package: 'csv-parse',
  way: 'csv-parse/sync with columns and cast by column. It gets a tenth of the rows, with which it is as fast as with all.',
  share: 0.1,
  async load() {
    const { parse } = await import('csv-parse/sync')
    const options = csvParseOptions(columns)
    return (chunks, take) => {
      for (const row of parse<object>(Buffer.concat(chunks), options)) take(row)
    }
  },
})

const csvParseStreamCast = (columns: FileColumns): Contender<Read> => ({
  name: 'csv-parse stream, cast',
  package: 'csv-parse',
  way: 'The stream of csv-parse with columns and cast by column, read by for await. It gets a tenth of the rows.',
  share: 0.1,
  async load() {
    const { parse } = await import('csv-parse')
    const { Readable } = await import('node:stream')
    const options = csvParseOptions(columns)
    return async (chunks, take) => {
      const rows = Readable.from(chunks).pipe(parse(options)) as AsyncIterable<object>
      for await (const row of rows) take(row)
    }
  },
})

function csvParseOptions(columns: FileColumns) {
  const casts = cellCasts(columns)
  return {
    columns: true,
    record_delimiter: '\r\n',
    cast: (text: string, { header, index }: { readonly header: boolean; readonly index: number }) =>
      header ? text : casts[index]?.(text),
  } as const
}

export const csvParseByHand = (columns: FileColumns): Contender<Read> => ({
  name: 'csv-parse/sync, by hand',
  package: 'csv-parse',
  way: 'csv-parse/sync to arrays; the bench makes typed rows of them.',
  async load() {
    const { parse } = await import('csv-parse/sync')
    const rowOf = typedRow(columns)
    return (chunks, take) => {
      const records = parse(Buffer.concat(chunks), { record_delimiter: '\r\n', from_line: 2 })
      for (const cells of records) take(rowOf(cells))
    }
  },
})

const fastCsv = (columns: FileColumns): Contender<Read> => ({
  name: 'fast-csv, by hand',
  package: 'fast-csv',
  way: 'The stream of fast-csv to arrays; the bench makes typed rows of them.',
  async load() {
    const { parse } = await import('fast-csv')
    const { Readable } = await import('node:stream')
    const { finished } = await import('node:stream/promises')
    const rowOf = typedRow(columns)
    return async (chunks, take) => {
      const records = Readable.from(chunks).pipe(parse({ headers: false, skipRows: 1 }))
      records.on('data', (cells: string[]) => {
        take(rowOf(cells))
      })
      await finished(records)
    }
  },
})
