import { isRfc4180, type Dialect } from './dialect.js'
import { RecordBytes } from './record-bytes.js'
import { stringifyRecord } from './stringifier.js'

/** The first line of a file, and before it the byte order mark of a dialect that has one. */
export function headerBytes(names: readonly string[], dialect: Dialect): Uint8Array {
  const bytes = new RecordBytes()
  if (isRfc4180(dialect)) {
    bytes.begin(names.length)
    for (const name of names) bytes.text(name, String)
    bytes.end()
  } else bytes.record(stringifyRecord(dialect)(names))
  const mark = Buffer.from(dialect.bom ? '\uFEFF' : '')
  const line = bytes.take()
  // A copy, as the encoder keeps it; and not from the pool of Buffer, which nobody may transfer.
  const header = Buffer.allocUnsafeSlow(mark.length + line.length)
  header.set(mark)
  header.set(line, mark.length)
  return header
}
