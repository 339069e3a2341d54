// In: a name that is not known, and the names that are. Out: the one that was probably meant.

/**
 * The known names that are nearest to a name: those of the fewest letters to add, drop, change or swap, if they are few;
 * else those that have it in them, or are in it. Case, `_` and `-` do not count.
 */
export function nearest(name: string, known: Iterable<string>): string[] {
  const folded = fold(name)
  let least = Math.min(3, Math.max(1, Math.floor(folded.length / 3)))
  let found: string[] = []
  for (const each of known) {
    const edits = editsBetween(folded, fold(each), least)
    if (edits > least) continue
    if (edits < least) found = []
    least = edits
    found.push(each)
  }
  return found.length > 0 ? found : [...known].filter((each) => isPart(folded, fold(each)))
}

function isPart(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= 4 && (one.includes(other) || other.includes(one))
}

/** `; did you mean a?`, or nothing where no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = nearest(name, known)
  return names.length === 0 ? '' : `; did you mean ${names.join(' or ')}?`
}

/**
 * Whether two column names are so alike that one is a slip for the other. Names whose digits differ are siblings, as
 * `price_1` and `price_2`, and short names differ in one letter by design.
 */
function isSlip(one: string, other: string): boolean {
  const [a, b] = [fold(one), fold(other)]
  if (a === b) return true
  const length = Math.min(a.length, b.length)
  const most = length >= 8 ? 2 : length >= 4 ? 1 : 0
  return digitsOf(a) === digitsOf(b) && editsBetween(a, b, most) <= most
}

interface Named {
  readonly name: string
  readonly aliases: readonly string[]
}

/** The first name of a header that is a slip for a column which the header lacks. Names of other columns do not count. */
export function findSlip(
  header: readonly string[],
  columns: readonly Named[],
  lacking: readonly Named[],
): { readonly found: string; readonly declared: string } | undefined {
  const known = new Set(columns.flatMap(({ name, aliases }) => [name, ...aliases]))
  const undeclared = header.filter((name) => !known.has(name))
  for (const { name, aliases } of lacking) {
    const found = undeclared.find((each) => [name, ...aliases].some((own) => isSlip(each, own)))
    if (found !== undefined) return { found, declared: name }
  }
  return undefined
}

// Keys can come from the outside: what is kept of them has to be bounded.
const FOUND_KEPT = 1000

/** Finds the known name that differs from a name only in case, `_` and `-`: `revenue_usd` for `revenueUsd`. */
export function twinFinder(known: readonly string[]): (name: string) => string | undefined {
  const byFold = new Map(known.map((name) => [fold(name), name]))
  byFold.delete('')
  const found = new Map<string, string | undefined>()
  return (name) => {
    if (found.has(name)) return found.get(name)
    const twin = byFold.get(fold(name))
    if (found.size < FOUND_KEPT) found.set(name, twin)
    return twin
  }
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}

function digitsOf(name: string): string {
  return name.replace(/\D+/g, ' ')
}

/** Letters to add, drop, change or swap with the next one; any larger number where there are more than `most`. */
function editsBetween(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1
  // The rows of the table of edits between the beginnings of both; only the cells near its diagonal can be few enough.
  let before: number[] = []
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const row = new Array<number>(other.length + 1).fill(most + 1)
    if (i <= most) row[0] = i
    for (let j = Math.max(1, i - most); j <= Math.min(other.length, i + most); j++) {
      const cell = (cells: readonly number[], index: number): number => cells[index] ?? most + 1
      const changed = cell(above, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const swapped = isSwap ? cell(before, j - 2) + 1 : most + 1
      row[j] = Math.min(changed, cell(above, j) + 1, cell(row, j - 1) + 1, swapped)
    }
    if (Math.min(...row) > most) return most + 1
    before = above
    above = row
  }
  return above[other.length] ?? most + 1
}
