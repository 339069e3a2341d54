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
    let index = 0
    let same = true
    for (const key in row) {
      if (key !== lastKeys[index++]) {
        same = false
        break
      }
    }
    // The walk takes inherited keys too. None of them may pass for one that the row before owned.
    if (!same || index !== lastKeys.length || !lastUndeclared.every((name) => Object.hasOwn(row, name))) {
      lastKeys = Object.keys(row)
      lastUndeclared = lastKeys.filter((key) => !known.has(key))
    }
    return lastUndeclared
  }
}
