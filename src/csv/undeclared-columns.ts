import { valueOf } from './output-columns.js'

// Keys can come from the outside: hundreds of thousands of columns took minutes.
const ADDED_COLUMNS_KEPT = 10_000

// V8 keeps more properties than these as a hash table, in which for-in looks up each key once more.
const FEW_KEYS = 128

/**
 * Finds the keys of a row that a file does not have as columns.
 *
 * Every row of every export passes here, so the common case (the same keys in the same order as the row before)
 * is a walk along the keys and no look-up.
 */
export function undeclaredColumns(known: ReadonlySet<string>): (row: object) => readonly string[] {
  let lastKeys: readonly string[] = []
  let lastUndeclared: readonly string[] = []
  return (row) => {
    const isAsBefore =
      hasKeys(row, lastKeys) &&
      // The walk takes inherited keys too. None of them may pass for one that the row before owned.
      lastUndeclared.every((name) => Object.hasOwn(row, name))
    if (!isAsBefore) {
      lastKeys = Object.keys(row)
      lastUndeclared = lastKeys.filter((key) => !known.has(key))
    }
    return lastUndeclared
  }
}

function hasKeys(row: object, keys: readonly string[]): boolean {
  if (keys.length > FEW_KEYS) {
    const own = Object.keys(row)
    return own.length === keys.length && own.every((key, index) => key === keys[index])
  }
  let index = 0
  for (const key in row) if (key !== keys[index++]) return false
  return index === keys.length
}

/** Undeclared keys that have a value (null is a value, undefined is not) in the rows, in order of first appearance. */
export function undeclaredKeys(rows: readonly unknown[], declared: ReadonlySet<string>): string[] {
  const undeclared = undeclaredColumns(declared)
  const found = new Set<string>()
  for (const row of rows) {
    try {
      if (!isRow(row)) continue
      for (const name of undeclared(row)) {
        // UTF-8 has no lone surrogates: two such names would be one header.
        if (found.size < ADDED_COLUMNS_KEPT && name.isWellFormed() && valueOf(row, name) !== undefined)
          found.add(name)
      }
    } catch {
      // Reading the row threw; writing it says so, with its number.
    }
  }
  return [...found]
}

export function isRow(row: unknown): row is object {
  return typeof row === 'object' && row !== null && !Array.isArray(row)
}
