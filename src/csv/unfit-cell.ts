import { types } from 'node:util'

/** A value that cannot be a cell of its column, or a cell that cannot be read. Carries the rule, never the value. */
export class UnfitCell extends Error {
  readonly rule: string
  constructor(rule: string) {
    super(rule)
    this.rule = rule
  }
}

/** The type of a value in words, never its content. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (types.isDate(value)) return 'a Date'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
