// The ways to read rows of strings, null and the empty string both as ''.

import type { Contender, Read } from '../measure/contender.js'
import type { FileColumns } from '../measure/file-columns.js'
import { udsvStrings } from './udsv.js'
import { wholeText } from './whole-text.js'

export function stringReaders(columns: FileColumns): Contender<Read>[] {
  return [udsvStrings(columns), d3Dsv(), csvRex(columns), papaparse(), csvParse()]
}

const d3Dsv = (): Contender<Read> => ({
  name: 'd3-dsv csvParse',
  package: 'd3-dsv',
  way: 'csvParse() of the whole text.',
  async load() {
    const { csvParse } = await import('d3-dsv')
    return (chunks, take) => {
      for (const row of csvParse(wholeText(chunks))) take(row)
    }
  },
})

const csvRex = ({ names, header }: FileColumns): Contender<Read> => ({
  name: 'csv-rex parse',
  package: 'csv-rex',
  way: 'parse() of the whole text, handing rows out by enqueue.',
  async load() {
    const { default: parse } = await import('csv-rex/parse')
    const options = { header: names, newlineChar: '\r\n', delimiterChar: ',', enableReturn: false }
    return (chunks, take) => {
      const enqueue = ({ data }: { readonly data: object }): void => {
        take(data)
      }
      parse(wholeText(chunks).slice(header.length), { ...options, enqueue })
    }
  },
})

const papaparse = (): Contender<Read> => ({
  name: 'papaparse header',
  package: 'papaparse',
  way: 'parse() of the whole text with header.',
  async load() {
    const { default: Papa } = await import('papaparse')
    const options = { header: true, delimiter: ',', newline: '\r\n', skipEmptyLines: true } as const
    return (chunks, take) => {
      const { data } = Papa.parse<object>(wholeText(chunks), options)
      for (const row of data) take(row)
    }
  },
})

const csvParse = (): Contender<Read> => ({
  name: 'csv-parse/sync columns',
  package: 'csv-parse',
  way: 'csv-parse/sync with columns and no cast.',
  async load() {
    const { parse } = await import('csv-parse/sync')
    return (chunks, take) => {
      for (const row of parse(Buffer.concat(chunks), { columns: true, record_delimiter: '\r\n' }))
        take(row as object)
    }
  },
})
