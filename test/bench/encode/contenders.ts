// The ways to turn rows into CSV. Batches of 64 rows, of 256 and whole files were tried with each: 64 was the fastest
// for all of them but fast-csv, for which a call is a stream of its own.

import { batchesOf, withoutCodeGeneration, type Contender, type Encode } from '../measure/contender.js'
import type { FileColumns } from '../measure/file-columns.js'
import { cellsOf, cellsWithIsoDates } from './row-cells.js'
import { unescaped } from './unescaped.js'

/** For rows with instants as text. */
export function textEncoders(columns: FileColumns): Contender<Encode>[] {
  return [
    dayfile(columns),
    withoutCodeGeneration(dayfile(columns)),
    d3Dsv(columns),
    csvRex(columns),
    papaparse(columns),
    json2csv(columns),
    csvStringify(columns),
    fastCsv(columns),
    unescaped({ ...columns, instants: new Set() }),
  ]
}

/** For rows with instants as Dates. */
export function dateEncoders(columns: FileColumns): Contender<Encode>[] {
  return [
    dayfile(columns),
    withoutCodeGeneration(dayfile(columns)),
    d3DsvWithDates(columns),
    csvRex(columns),
    papaparse(columns),
    json2csv(columns),
    csvStringify(columns),
    fastCsvWithDates(columns),
    unescaped(columns),
  ]
}

export const dayfile = ({ dataset }: FileColumns): Contender<Encode> => ({
  name: 'dayfile',
  package: 'dayfile',
  way: 'csvEncoder(events), encode() with 64 rows at a time.',
  async load() {
    const { csvEncoder } = await import('dayfile')
    return (rows, take) => {
      const encoder = csvEncoder(dataset)
      take(encoder.header())
      for (const batch of batchesOf(rows)) take(encoder.encode(batch as never))
    }
  },
})

export const d3Dsv = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: 'd3-dsv',
  package: 'd3-dsv',
  way: 'Text: csvFormatBody() with columns. It can only end records with LF.',
  async load() {
    const { csvFormatBody } = await import('d3-dsv')
    // Its type knows the keys of the rows, which `object` has none of.
    const columns = [...names] as never[]
    return (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows)) take(Buffer.from(csvFormatBody(batch, columns) + '\n'))
    }
  },
})

const d3DsvWithDates = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: 'd3-dsv',
  package: 'd3-dsv',
  way: 'Dates: csvFormatRows() of arrays with ISO text in them, as it writes Dates without zero seconds itself.',
  async load() {
    const { csvFormatRows } = await import('d3-dsv')
    const cells = cellsWithIsoDates(names)
    return (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows)) take(Buffer.from(csvFormatRows(batch.map(cells)) + '\n'))
    }
  },
})

const csvRex = ({ header }: FileColumns): Contender<Encode> => ({
  name: 'csv-rex',
  package: 'csv-rex',
  way: 'format() of objects whose keys are in file order; it writes Dates with toISOString itself.',
  async load() {
    const { format } = await import('csv-rex/format')
    const options = { header: false, enableReturn: true }
    return (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows)) take(Buffer.from(format(batch, options)))
    }
  },
})

const papaparse = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: 'papaparse',
  package: 'papaparse',
  way: 'unparse() of arrays, which is faster than of objects; it writes Dates with toISOString itself.',
  async load() {
    const { default: Papa } = await import('papaparse')
    const options = { header: false, newline: '\r\n' }
    const cells = cellsOf(names)
    return (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows)) take(Buffer.from(Papa.unparse(batch.map(cells), options) + '\r\n'))
    }
  },
})

const json2csv = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: '@json2csv/plainjs',
  package: '@json2csv/plainjs',
  way: 'Parser.parse() with its formatter that quotes only what needs it, and one for Dates.',
  async load() {
    const { Parser } = await import('@json2csv/plainjs')
    const { stringQuoteOnlyIfNecessary } = await import('@json2csv/formatters')
    const parser = new Parser({
      fields: [...names],
      header: false,
      eol: '\r\n',
      formatters: {
        // What it looks for in a cell; given CRLF it lets a lone LF pass unquoted.
        string: stringQuoteOnlyIfNecessary({ eol: '\n' }),
        object: (value: object | null) => (value instanceof Date ? value.toISOString() : ''),
      },
    })
    return (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows)) take(Buffer.from(parser.parse(batch) + '\r\n'))
    }
  },
})

export const csvStringify = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: 'csv-stringify',
  package: 'csv-stringify',
  way: 'csv-stringify/sync with columns and cast.date; its streams are slower.',
  async load() {
    const { stringify } = await import('csv-stringify/sync')
    const options = {
      columns: names,
      record_delimiter: 'windows',
      // Off as soon as a record delimiter is named: a lone LF would stand without quotes.
      quote_record_delimiter: true,
      cast: { date: (date: Date) => date.toISOString() },
    } as const
    return (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows)) take(Buffer.from(stringify(batch, options)))
    }
  },
})

const fastCsv = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: 'fast-csv',
  package: 'fast-csv',
  way: 'Text: writeToBuffer() with headers, 256 rows at a time.',
  async load() {
    const { writeToBuffer } = await import('fast-csv')
    const options = { headers: [...names], writeHeaders: false, ...FAST_CSV_LINE_ENDS }
    return async (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows, 256)) take(await writeToBuffer(batch as never, options))
    }
  },
})

const fastCsvWithDates = ({ names, header }: FileColumns): Contender<Encode> => ({
  name: 'fast-csv',
  package: 'fast-csv',
  way: 'Dates: writeToBuffer() of arrays with ISO text in them, 256 rows at a time; its own form is that of String().',
  async load() {
    const { writeToBuffer } = await import('fast-csv')
    const cells = cellsWithIsoDates(names)
    return async (rows, take) => {
      take(header)
      for (const batch of batchesOf(rows, 256)) {
        take(await writeToBuffer(batch.map(cells), { headers: false, ...FAST_CSV_LINE_ENDS }))
      }
    }
  },
})

const FAST_CSV_LINE_ENDS = { rowDelimiter: '\r\n', includeEndRowDelimiter: true }
