// Which revision of each day a consumer has been given, in few words: it is JSON, and grows with exceptions only.

import { isObject, requireShape } from '../options.js'
import { dayAfter, dayBefore, isCalendarDay } from '../calendar-day.js'

/**
 * What a consumer has been given so far, as plain JSON. `{ day, revision }` alone says: everything up to that day, the
 * day itself in that revision and those before it in their first.
 */
export interface ReadCursor {
  /** The name of the dataset that it is of: with another one it is refused. */
  readonly dataset?: string
  /** The last day that was given. */
  readonly day: string
  /** Its revision. */
  readonly revision: number
  /** The first day that was given. Without it, all days before `day` count as given. */
  readonly from?: string
  /** The days before `day` whose first revision was not the one given, in order; 0 if no revision was given. */
  readonly others?: readonly GivenRun[]
}

/** Days from the first to the last, both included, that were given in the same revision. */
export type GivenRun = readonly [first: string, last: string, revision: number]

/** Throws TypeError for what is no cursor, or one of another dataset. null and undefined are the beginning. */
export function requireCursor(value: unknown, dataset: string): ReadCursor | undefined {
  if (value === undefined || value === null) return undefined
  const expected = 'one that readNew returned, as { day, revision }, or null for the beginning'
  requireShape('cursor', value, expected, isCursor(value))
  const cursor = value as ReadCursor
  if (cursor.dataset !== undefined && cursor.dataset !== dataset)
    throw new TypeError(`cursor: expected one of dataset ${dataset}, received one of another dataset`)
  return cursor
}

function isCursor(value: unknown): boolean {
  if (!isObject(value) || !isCalendarDay(value.day) || !isRevision(value.revision)) return false
  const { dataset, day, revision, from, others = [] } = value
  if (dataset !== undefined && typeof dataset !== 'string') return false
  if (revision === 0 || (from !== undefined && (!isCalendarDay(from) || from > day))) return false
  return Array.isArray(others) && others.every(isRun) && others.every(isAfter)
}

function isRun(value: unknown): value is GivenRun {
  if (!Array.isArray(value)) return false
  const [first, last, revision] = value as unknown[]
  return isCalendarDay(first) && isCalendarDay(last) && first <= last && isRevision(revision)
}

function isAfter([first]: GivenRun, index: number, runs: readonly GivenRun[]): boolean {
  const before = runs[index - 1]
  return before === undefined || before[1] < first
}

function isRevision(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** The revision of a day that the consumer has been given; 0 when none. */
export function givenRevision(cursor: ReadCursor | undefined, day: string): number {
  if (cursor === undefined || day > cursor.day) return 0
  if (day === cursor.day) return cursor.revision
  if (cursor.from !== undefined && day < cursor.from) return 0
  return cursor.others?.find(([first, last]) => first <= day && day <= last)?.[2] ?? 1
}

/** The cursor of a consumer that has been given one more publication. */
export function given(
  cursor: ReadCursor | undefined,
  { dataset, day, revision }: { readonly dataset: string; readonly day: string; readonly revision: number },
): ReadCursor {
  if (cursor === undefined) return Object.freeze({ dataset, day, revision, from: day })
  let { from, others = [] } = cursor
  if (day > cursor.day) {
    others = withRun(others, [cursor.day, cursor.day, cursor.revision])
    if (dayAfter(cursor.day) < day) others = withRun(others, [dayAfter(cursor.day), dayBefore(day), 0])
  } else if (day < cursor.day) {
    if (from !== undefined && day < from) {
      if (dayAfter(day) < from) others = withRun(others, [dayAfter(day), dayBefore(from), 0])
      from = day
    }
    others = withRun(others, [day, day, revision])
  }
  const last = day >= cursor.day ? { day, revision } : { day: cursor.day, revision: cursor.revision }
  return Object.freeze({
    dataset,
    ...last,
    ...(from === undefined ? {} : { from }),
    ...(others.length === 0 ? {} : { others }),
  })
}

/** The runs with these days in another revision; those of the first revision are not kept. */
function withRun(runs: readonly GivenRun[], run: GivenRun): readonly GivenRun[] {
  const [first, last] = run
  const before = runs.flatMap(([from, to, revision]): GivenRun[] =>
    from < first ? [[from, to < first ? to : dayBefore(first), revision]] : [],
  )
  const after = runs.flatMap(([from, to, revision]): GivenRun[] =>
    to > last ? [[from > last ? from : dayAfter(last), to, revision]] : [],
  )
  const joined: GivenRun[] = []
  for (const each of [...before, ...(run[2] === 1 ? [] : [run]), ...after]) {
    const previous = joined.at(-1)
    const isNext = previous?.[2] === each[2] && dayAfter(previous[1]) === each[0]
    if (isNext) joined[joined.length - 1] = [previous[0], each[1], each[2]]
    else joined.push(each)
  }
  return joined
}
