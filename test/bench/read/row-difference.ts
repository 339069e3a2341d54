// In: the rows that a file holds and those that a reader made of it. Out: nothing, or in words how they differ.

type Values = Readonly<Record<string, unknown>>

/** Null when all rows have the same values under the same names. */
export function rowDifference(
  expected: readonly object[],
  found: readonly object[],
  names: readonly string[],
): string | null {
  if (expected.length !== found.length) return `reads ${found.length} rows of ${expected.length}`
  const counts = new Map<string, number>()
  let firstRow: number | undefined
  for (const [index, row] of expected.entries()) {
    const other = found[index] ?? {}
    for (const name of names) {
      const want = (row as Values)[name]
      const got = (other as Values)[name]
      if (isEqual(want, got)) continue
      firstRow ??= index + 1
      const kind = `reads ${kindOf(want)} as ${kindOf(got)}`
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
  }
  if (counts.size === 0) return null
  return `${[...counts].map(([kind, count]) => `${kind} (${count})`).join('; ')}; first in row ${firstRow}`
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  return Object.is(a, b)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date'
  if (value === '') return 'an empty string'
  return typeof value === 'string' ? 'text' : `a ${typeof value}`
}
