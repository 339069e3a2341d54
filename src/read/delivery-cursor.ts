// Which revision of each day a consumer has been given, in few words: it is JSON, and grows with exceptions only.

import { isObject, requireShape } from '../options.js'
import { calendarDays, dayAfter, isCalendarDay } from './calendar-day.js'

/**
 * What a consumer has been given so far, as plain JSON. `{ day, revision }` alone says: everything up to that day, the
 * day itself in that revision and those before it in their first.
 */
export interface DeliveryCursor {
  /** The last day that was given. */
  readonly day: string
  /** Its revision. */
  readonly revision: number
  /** The first day that was given. Without it, all days before `day` count as given. */
  readonly from?: string
  /** The days between of which not the first revision was given; 0 where none was. */
  readonly others?: Readonly<Record<string, number>>
}

/** Throws TypeError for what is no cursor. null and undefined are the beginning. */
export function requireCursor(value: unknown): DeliveryCursor | undefined {
  if (value === undefined || value === null) return undefined
  const expected = 'one that readNew gave, as { day, revision }, or null for the beginning'
  requireShape('cursor', value, expected, isCursor(value))
  return value as DeliveryCursor
}

function isCursor(value: unknown): boolean {
  if (!isObject(value) || !isCalendarDay(value.day) || !isRevision(value.revision)) return false
  const { day, revision, from, others = {} } = value
  if (revision === 0 || (from !== undefined && (!isCalendarDay(from) || from > day))) return false
  return (
    isObject(others) && Object.entries(others).every(([key, each]) => isCalendarDay(key) && isRevision(each))
  )
}

function isRevision(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** The revision of a day that the consumer has been given; 0 when none. */
export function givenRevision(cursor: DeliveryCursor | undefined, day: string): number {
  if (cursor === undefined || day > cursor.day) return 0
  if (day === cursor.day) return cursor.revision
  if (cursor.from !== undefined && day < cursor.from) return 0
  return cursor.others !== undefined && Object.hasOwn(cursor.others, day) ? (cursor.others[day] ?? 1) : 1
}

/** The cursor of a consumer that has been given one more delivery. */
export function given(cursor: DeliveryCursor | undefined, day: string, revision: number): DeliveryCursor {
  if (cursor === undefined) return { day, revision, from: day }
  const others = new Map(Object.entries(cursor.others ?? {}))
  const skip = (first: string, end: string): void => {
    for (const each of calendarDays(first, end)) if (each !== end) others.set(each, 0)
  }
  let { from } = cursor
  if (day > cursor.day) {
    others.set(cursor.day, cursor.revision)
    skip(dayAfter(cursor.day), day)
  } else if (day < cursor.day) {
    if (from !== undefined && day < from) {
      skip(dayAfter(day), from)
      from = day
    }
    others.set(day, revision)
  }
  const last = day >= cursor.day ? { day, revision } : { day: cursor.day, revision: cursor.revision }
  const exceptions = [...others].filter(([, each]) => each !== 1).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...last,
    ...(from === undefined ? {} : { from }),
    ...(exceptions.length === 0 ? {} : { others: Object.fromEntries(exceptions) }),
  }
}
