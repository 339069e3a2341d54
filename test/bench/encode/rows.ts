import type { EventRow } from 'dayfile'
import { sampleEvents } from 'dayfile/testing'

export const DAY = '2026-03-07'

/** Instants as strings: what JSON and most interfaces bring. */
export type TextRow = Readonly<Record<string, string | number | null>>

export function dateRows(count: number): EventRow[] {
  return sampleEvents({ day: DAY, count })
}

export function textRows(count: number): TextRow[] {
  return JSON.parse(JSON.stringify(dateRows(count))) as TextRow[]
}
