// In: rows. Out: the bytes that dayfile has to write, by an encoder that is too simple to be wrong, and slow.

/** RFC 4180: CRLF, null is the empty cell, '' is `""`, quotes around what needs them alone. */
export function goldenCsv(columns: readonly string[], rows: readonly object[]): Buffer {
  const records = [columns.map(goldenCell), ...rows.map((row) => goldenCells(columns, row))]
  return Buffer.from(records.map((cells) => `${cells.join(',')}\r\n`).join(''))
}

function goldenCells(columns: readonly string[], row: object): string[] {
  const byName = new Map<string, unknown>(Object.entries(row))
  return columns.map((name) => goldenCell(byName.get(name)))
}

export function goldenCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = goldenText(value)
  if (text === '') return '""'
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A value as it is in a cell, before anything is quoted. */
export function goldenText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return JSON.stringify(value)
}
