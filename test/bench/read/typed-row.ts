// For libraries that hand out cells as text: what a careful user would write by hand for these columns.

import type { FileColumns } from '../measure/file-columns.js'

/** Makes one function for all columns (or some of them) that turns the cells of a record into a typed row. */
export function typedRow(
  { names, instants, integers }: FileColumns,
  picked: readonly string[] = names,
): (cells: readonly string[]) => object {
  const entries = picked.map((name) => {
    const cell = `cells[${names.indexOf(name)}]`
    const value = instants.has(name) ? `new Date(${cell})` : integers.has(name) ? `+${cell}` : cell
    return `${JSON.stringify(name)}: ${cell} === '' ? null : ${value}`
  })
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as fast as if it had been written out
  return new Function('cells', `return { ${entries.join(', ')} }`) as (cells: readonly string[]) => object
}

/** The values of one cell after another, for libraries that ask cell by cell. */
export function cellCasts({ names, instants, integers }: FileColumns): ((text: string) => unknown)[] {
  return names.map((name) => {
    if (instants.has(name)) return (text) => (text === '' ? null : new Date(text))
    if (integers.has(name)) return (text) => (text === '' ? null : +text)
    return (text) => (text === '' ? null : text)
  })
}
