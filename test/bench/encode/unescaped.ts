import { batchesOf, type Contender, type Encode } from '../measure/contender.js'
import type { FileColumns } from '../measure/file-columns.js'

interface Utf8Writer {
  utf8Write(text: string, offset: number): number
}

const BYTES_PER_BATCH = 1024 * 1024

/**
 * The upper bound: cells put together without a look at them, and written into the same buffer again and again.
 *
 * What it writes is wrong where a cell holds a comma, a quote or a line end.
 */
export function unescaped({ names, instants, header }: FileColumns): Contender<Encode> {
  return {
    name: 'no escaping',
    package: null,
    way: 'One compiled expression a row that joins the cells as they are; Buffer.utf8Write into one buffer.',
    async load() {
      const cells = names.map((name) => {
        const value = `row[${JSON.stringify(name)}]`
        return instants.has(name) ? `(${value} === null ? '' : ${value}.toISOString())` : `(${value} ?? '')`
      })
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what a generated encoder could do at most
      const recordOf = new Function('row', `return ${cells.join(" + ',' + ")} + '\\r\\n'`) as (
        row: object,
      ) => string
      const buffer = Buffer.allocUnsafe(BYTES_PER_BATCH)
      return (rows, take) => {
        take(header)
        for (const batch of batchesOf(rows)) {
          let text = ''
          for (const row of batch) text += recordOf(row)
          // Not `write`, which looks at the encoding's name first.
          const length = (buffer as unknown as Utf8Writer).utf8Write(text, 0)
          take(buffer.subarray(0, length))
        }
      }
    },
  }
}
