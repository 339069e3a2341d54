// Checks of options, for callers without types: what is wrong is said when the function is called.

import { didYouMean, nearest } from './did-you-mean.js'

/** The properties as options: each may be left out or undefined. */
export type OptionsOf<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

/** Throws TypeError when the value is none of the allowed ones. */
export function requireOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  requireFit(option, value, oneOf(...allowed))
}

/** Throws TypeError when the value does not fit; its content is not told. */
export function requireShape(option: string, value: unknown, expected: string, fits: boolean): void {
  if (!fits) throw new TypeError(`${option}: expected ${expected}, received ${received(value)}`)
}

/** What a value has to be, in words and as a check. One of `type` that does not fit is a RangeError. */
export type Shape = readonly [
  expected: string,
  fits: (value: unknown) => boolean,
  type?: 'number' | 'string' | undefined,
  isRequired?: true,
]

/** The shape of an option that may not be left out. */
export function required([expected, fits, type]: Shape): Shape {
  return [expected, fits, type, true]
}

/** Throws when the value does not have the shape; its content is not told. */
function requireFit(option: string, value: unknown, [expected, fits, type]: Shape): void {
  if (typeof value !== type) requireShape(option, value, expected, fits(value))
  else if (!fits(value)) throw new RangeError(`${option}: expected ${expected}`)
}

export const BOOLEAN: Shape = ['a boolean', (value) => typeof value === 'boolean']
export const STRING: Shape = ['a string', isString]
export const STRINGS: Shape = ['a list of strings', (value) => Array.isArray(value) && value.every(isString)]
export const FUNCTION: Shape = ['a function', isFunction]
export const SIGNAL: Shape = [
  'an AbortSignal',
  (value) => isObject(value) && isFunction(value.addEventListener),
]

/** A whole number in bounds, both included. */
export function whole(expected: string, least: number, most = Number.MAX_SAFE_INTEGER): Shape {
  const fits = (value: unknown): boolean =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
  return [expected, fits, 'number']
}

export function oneOf(...allowed: readonly unknown[]): Shape {
  const list = allowed.map((each) => JSON.stringify(each)).join(', ')
  return [`one of ${list}`, (value) => allowed.includes(value)]
}

/** An option that holds options itself, or a list of objects with these options, which is checked where it is used. */
interface Nested {
  readonly options: Readonly<Record<string, OptionRule>>
  readonly isList?: true
  /** What it may be instead. */
  readonly or?: Shape
}

/** The shape of an option, its own options, or true where the function looks at it itself. */
export type OptionRule = Shape | Nested | true

/** Every option of a type. With `satisfies` the table cannot lack one, nor have one that the type has not. */
export type OptionTable<Options> = { readonly [Name in keyof Options]-?: OptionRule }

type Table = Readonly<Record<string, OptionRule>>

/** Options together with what takes them: the name of a function, of a destination. */
export interface Taker {
  readonly place: string
  readonly table: Table
}

/**
 * Throws TypeError for what cannot hold options, for the first option that the table does not have, and for the first that
 * does not fit; undefined fits an option that is not required. Options in options are checked too. `around` is what these options stand in.
 */
export function requireOptions(place: string, options: unknown, table: Table, around?: Taker): void {
  requireShape(`options of ${place}`, options, 'an object of options', isOptions(options))
  const takers = [{ place, table }, ...(around === undefined ? [] : [around])]
  requireLevel(takers, [], options as Values, table)
}

/** Throws TypeError for the first option that is given and does not fit. undefined is an option left out. */
export function requireShapes(
  prefix: string,
  options: object,
  shapes: Readonly<Record<string, Shape>>,
): void {
  for (const [option, shape] of Object.entries(shapes)) {
    const value = (options as Values)[option]
    if (value !== undefined) requireFit(prefix + option, value, shape)
  }
}

type Values = Readonly<Record<string, unknown>>

function requireLevel(
  takers: readonly Taker[],
  path: readonly string[],
  options: Values,
  table: Table,
): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(takers, path, name, table)
  }
  for (const [name, rule] of Object.entries(table)) {
    const value = options[name]
    if (rule === true) continue
    const inner = [...path, name]
    const option = `${takers[0]?.place ?? ''}: option ${inner.join('.')}`
    if (!isNested(rule)) {
      if (value !== undefined || rule[3] === true) requireFit(option, value, rule)
    } else if (value !== undefined && rule.isList !== true && rule.or?.[1](value) !== true) {
      const instead = rule.or === undefined ? '' : `${rule.or[0]} or `
      requireShape(option, value, `${instead}an object of options`, isOptions(value))
      requireLevel(takers, inner, value as Values, rule.options)
    }
  }
}

function isNested(rule: OptionRule): rule is Nested {
  return rule !== true && !Array.isArray(rule)
}

function isOptions(value: unknown): boolean {
  return isObject(value) && !Array.isArray(value)
}

/** Options as they stand somewhere: at the top of what `place` takes, or under a path of option names there. */
interface Level extends Taker {
  readonly path: readonly string[]
  readonly isList: boolean
}

function levelsOf({ place, table }: Taker, path: readonly string[] = [], isList = false): Level[] {
  const nested = Object.entries(table).flatMap(([name, rule]) =>
    isNested(rule) ? levelsOf({ place, table: rule.options }, [...path, name], rule.isList) : [],
  )
  return [{ place, table, path, isList }, ...nested]
}

function unknownOption(takers: readonly Taker[], path: readonly string[], name: string, table: Table): Error {
  const subject = `${takers[0]?.place ?? ''}: unknown option ${[...path, name].join('.')}`
  const here = Object.keys(table)
  const others = takers.flatMap((taker) => levelsOf(taker)).filter((level) => level.table !== table)
  const holder = others.find((level) => Object.hasOwn(level.table, name))
  if (holder !== undefined) return new TypeError(`${subject}; ${name} is an option of ${wayTo(holder, name)}`)
  const guess = didYouMean(name, here)
  if (guess !== '') return new TypeError(subject + guess)
  for (const level of others) {
    const [near] = nearest(name, Object.keys(level.table))
    if (near !== undefined)
      return new TypeError(`${subject}; did you mean ${near}? It is an option of ${wayTo(level, near)}`)
  }
  return new TypeError(`${subject}; the options are ${here.join(', ')}`)
}

function wayTo({ place, path, isList }: Level, name: string): string {
  if (path.length === 0) return `${place}: pass it there`
  const innermost = isList ? `[{ ${name} }]` : `{ ${name} }`
  const way = path.reduceRight(
    (inside, each, depth) => (depth === path.length - 1 ? `${each}: ${inside}` : `${each}: { ${inside} }`),
    innermost,
  )
  return `${path.join('.')}: pass ${way}`
}

export function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function received(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}
