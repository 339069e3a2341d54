// In: the columns of before and of now. Out: whether columns were only appended, or what breaks whom.

import { isObject, requireShape } from '../options.js'

/** What others rely on in a column. A {@link Column} has it, a column of a manifest, and an entry of a golden file. */
export interface ContractColumn {
  readonly name: string
  /** A kind of column, or 'added' for one that a file has and nobody declared. */
  readonly kind: string
  readonly nullable: boolean
  /** Other headers that its readers take. Not compared where the columns of before do not say. */
  readonly aliases?: readonly string[] | undefined
}

/** Columns in file order: a list of them, or what has one, such as a dataset, a manifest or a listed day. */
export type ContractColumns = readonly ContractColumn[] | { readonly columns: readonly ContractColumn[] }

/** A change that breaks existing readers, loads or files. Plain JSON. */
export interface ColumnBreak {
  /**
   * - `removed`: it is gone. `was` is its place, counted from 1.
   * - `renamed`: another name stands in its place, or has its name for an alias. `was` and `is` are names.
   * - `moved`: `was` and `is` are places.
   * - `kind`: `was` and `is` are kinds.
   * - `nullable`: `was` and `is` say whether it may be empty.
   * - `alias`: a header that was taken for it is not any more. `was` is that header.
   * - `inserted`: it is new and stands before columns that were there. `is` is its place.
   * - `required`: it is new, and may not be empty. `is` is its place.
   */
  readonly rule: 'removed' | 'renamed' | 'moved' | 'kind' | 'nullable' | 'alias' | 'inserted' | 'required'
  /** Its name of before; of a new one, its name. */
  readonly column: string
  readonly was: string | number | boolean | null
  readonly is: string | number | boolean | null
  /** What happened, whom it breaks, and what to do instead. */
  readonly message: string
}

/** What {@link compareColumns} finds. Plain JSON. */
export interface ColumnComparison {
  /** Whether nothing breaks: all columns of before are there as they were, and new ones come after them. */
  readonly appendOnly: boolean
  /** The names of the new columns at the end. */
  readonly added: readonly string[]
  /** In file order of before, those of new columns last. Empty when `appendOnly` is true. */
  readonly breaks: readonly ColumnBreak[]
}

/** A column that is in both lists. */
interface Pair {
  readonly old: Placed
  readonly now: Placed
}

interface Placed extends ContractColumn {
  /** Counted from 1. */
  readonly place: number
}

const UNDECLARED = 'added'

/** The kinds as which any text can be read that an undeclared column had. */
const ANY_TEXT = ['text', 'json', UNDECLARED]

/**
 * Reports whether columns were only appended, or what broke.
 *
 * If columns were only appended, the new dataset reads old files, the old dataset reads new files, and loads by position
 * find each column where it was. Undeclared columns of a file (kind 'added' in a manifest) are not part of the contract: they
 * may disappear, and may be declared as text or json.
 *
 * @throws TypeError if an argument is not a list of columns and has no such list, or has a name twice.
 * @example
 * compareColumns(events, events.extend([column.json('attributes')]))
 * // { appendOnly: true, added: ['attributes'], breaks: [] }
 */
export function compareColumns(before: ContractColumns, after: ContractColumns): ColumnComparison {
  const was = placed('columns before', before)
  const now = placed('columns after', after)
  const promised = was.filter(({ kind }) => kind !== UNDECLARED)
  const undeclared = new Set(was.filter(({ kind }) => kind === UNDECLARED).map(({ name }) => name))

  const known = pairsByName(promised, now)
  const stayed = inOrder(known)
  const candidates = unpaired(now, known, 'now').filter(({ name }) => !undeclared.has(name))
  const renamed = renamedInPlace(unpaired(promised, known, 'old'), candidates, stayed)
  const pairs = [...known, ...renamed]
  const unmoved = new Set([...stayed, ...renamed])
  const last = [...unmoved].reduce((furthest, pair) => Math.max(furthest, pair.now.place), 0)

  const fresh = unpaired(now, pairs, 'now')
  const isAppended = ({ place }: Placed): boolean => place > last
  const byOld = new Map(pairs.map((pair) => [pair.old, pair]))
  const headers = new Set(now.flatMap(({ name, aliases = [] }) => [name, ...aliases]))
  const breaks = [
    ...promised.flatMap((old) => {
      const pair = byOld.get(old)
      if (pair === undefined) return [removed(old)]
      return [...changes(pair, !unmoved.has(pair)), ...lostAliases(old, headers)]
    }),
    ...fresh.flatMap((column) => {
      const heads = [column.name, ...(column.aliases ?? [])]
      return arrival(
        column,
        isAppended(column),
        heads.some((each) => undeclared.has(each)),
      )
    }),
  ]
  const isNews = ({ name, kind }: Placed): boolean => kind !== UNDECLARED || !undeclared.has(name)
  return {
    appendOnly: breaks.length === 0,
    added: fresh.filter((column) => isAppended(column) && isNews(column)).map(({ name }) => name),
    breaks,
  }
}

function placed(what: string, given: ContractColumns): Placed[] {
  const columns: unknown = isObject(given) && 'columns' in given ? given.columns : given
  const expected = 'a dataset, or a list of columns with name, kind and nullable'
  requireShape(what, columns, expected, Array.isArray(columns) && columns.every(isContractColumn))
  const list = (columns as readonly ContractColumn[]).map((column, index) => ({
    ...column,
    place: index + 1,
  }))
  const names = new Set<string>()
  for (const { name, place } of list) {
    if (names.has(name)) throw new TypeError(`${what}: column ${place} "${name}" exists already`)
    names.add(name)
  }
  return list
}

function isContractColumn(value: unknown): boolean {
  if (!isObject(value)) return false
  const { name, kind, nullable, aliases = [] } = value
  return (
    typeof name === 'string' &&
    typeof kind === 'string' &&
    typeof nullable === 'boolean' &&
    Array.isArray(aliases)
  )
}

/** Columns that kept their name, or whose name is an alias now. */
function pairsByName(old: readonly Placed[], now: readonly Placed[]): Pair[] {
  const names = new Map(now.map((column) => [column.name, column]))
  const aliases = new Map(now.flatMap((column) => (column.aliases ?? []).map((alias) => [alias, column])))
  const taken = new Set(old.map(({ name }) => names.get(name)))
  return old.flatMap((column) => {
    const same = names.get(column.name)
    if (same !== undefined) return [{ old: column, now: same }]
    const renamed = aliases.get(column.name)
    if (renamed === undefined || taken.has(renamed)) return []
    taken.add(renamed)
    return [{ old: column, now: renamed }]
  })
}

function unpaired(columns: readonly Placed[], pairs: readonly Pair[], side: keyof Pair): Placed[] {
  const paired = new Set(pairs.map((pair) => pair[side]))
  return columns.filter((column) => !paired.has(column))
}

interface Chain {
  readonly pair: Pair
  readonly before: Chain | undefined
}

/** As many pairs as possible that stand in the same order in both lists: the others were moved. */
function inOrder(pairs: readonly Pair[]): Pair[] {
  // At index n the chain of n + 1 pairs whose last one stands furthest to the front.
  const chains: Chain[] = []
  for (const pair of pairs) {
    const index = chains.findLastIndex((chain) => chain.pair.now.place < pair.now.place)
    chains[index + 1] = { pair, before: chains[index] }
  }
  const found: Pair[] = []
  for (let chain = chains.at(-1); chain !== undefined; chain = chain.before) found.push(chain.pair)
  return found.reverse()
}

/** Columns of another name and the same kind at the same place between the same neighbours. */
function renamedInPlace(gone: readonly Placed[], fresh: readonly Placed[], stayed: readonly Pair[]): Pair[] {
  const candidates = new Map(seats(fresh, stayed, 'now').map(([seat, column]) => [seat, column]))
  return seats(gone, stayed, 'old').flatMap(([seat, old]) => {
    const now = candidates.get(seat)
    return now?.kind === old.kind ? [{ old, now }] : []
  })
}

/** Where columns sit between those that stayed: how many of these come before, and which it is of those after them. */
function seats(columns: readonly Placed[], stayed: readonly Pair[], side: keyof Pair): [string, Placed][] {
  let gap = 0
  let seat = 0
  return columns.map((column) => {
    seat++
    // Both lists are in file order.
    for (let next = stayed[gap]; next !== undefined && next[side].place < column.place; next = stayed[gap]) {
      gap++
      seat = 1
    }
    return [`${gap}/${seat}`, column]
  })
}

function removed({ name, place }: Placed): ColumnBreak {
  const message = `column ${place} "${name}" was removed: its readers find nothing, and the columns after it move; keep it and leave it empty`
  return { rule: 'removed', column: name, was: place, is: null, message }
}

function changes({ old, now }: Pair, isMoved: boolean): ColumnBreak[] {
  const column = old.name
  const title = `column ${old.place} "${column}"`
  const breaks: ColumnBreak[] = []
  const add = (rule: ColumnBreak['rule'], was: ColumnBreak['was'], is: ColumnBreak['is'], told: string) => {
    breaks.push({ rule, column, was, is, message: `${title} ${told}` })
  }
  if (now.name !== column) {
    const alias =
      now.aliases?.includes(column) === true ? ' (an alias helps only readers that use this package)' : ''
    const told = `became "${now.name}": its readers find nothing${alias}; keep the header, or append "${now.name}" beside it`
    add('renamed', column, now.name, told)
  }
  if (isMoved) {
    const told = `is column ${now.place} now: loads by position mix up columns; put it back`
    add('moved', old.place, now.place, told)
  }
  if (now.kind !== old.kind) {
    const is = now.kind === UNDECLARED ? 'not declared' : now.kind
    const told = `was ${old.kind} and is ${is} now: tables and types made for it no longer fit; append a column of the new kind under another name`
    add('kind', old.kind, now.kind, told)
  }
  if (now.nullable !== old.nullable) {
    const told = now.nullable
      ? 'was required and may be empty now: its readers rely on a value; keep it required'
      : 'was nullable and is required now: older files may have empty cells or lack it; leave it nullable'
    add('nullable', old.nullable, now.nullable, told)
  }
  return breaks
}

/** Headers that the column's readers took and do not take any more: files that have them lack the column then. */
function lostAliases({ name, place, aliases = [] }: Placed, headers: ReadonlySet<string>): ColumnBreak[] {
  return aliases
    .filter((alias) => !headers.has(alias))
    .map((alias) => {
      const message = `column ${place} "${name}" is not found under "${alias}" any more: older files may have that header; keep the alias`
      return { rule: 'alias', column: name, was: alias, is: null, message }
    })
}

/** What breaks with a column that is new, or newly declared. */
function arrival(column: Placed, isAppended: boolean, wasUndeclared: boolean): ColumnBreak[] {
  const { name, kind, nullable, place } = column
  const title = `column ${place} "${name}"`
  const breaks: ColumnBreak[] = []
  if (!isAppended) {
    const message = `${title} is new and comes before existing columns: loads by position mix up columns; append it at the end`
    breaks.push({ rule: 'inserted', column: name, was: null, is: place, message })
  }
  if (wasUndeclared && !ANY_TEXT.includes(kind)) {
    const message = `${title} was not declared and is ${kind} now: older files may hold any text in it; declare it as json or text`
    breaks.push({ rule: 'kind', column: name, was: UNDECLARED, is: kind, message })
  }
  if (!nullable) {
    const message = `${title} is new and required: older files lack it and cannot be read; make it nullable`
    breaks.push({ rule: 'required', column: name, was: null, is: place, message })
  }
  return breaks
}
