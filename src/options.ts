// Checks of option shapes, for callers without types: what is wrong is said when the factory is called.

/** The properties as options: each may be left out or undefined. */
export type OptionsOf<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

/** Throws TypeError when the value is none of the allowed ones. */
export function requireOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return
  const list = allowed.map((each) => JSON.stringify(each)).join(', ')
  throw new TypeError(`${option}: expected one of ${list}, received ${received(value)}`)
}

/** Throws TypeError when the value does not fit; its content is not told. */
export function requireShape(option: string, value: unknown, expected: string, fits: boolean): void {
  if (!fits) throw new TypeError(`${option}: expected ${expected}, received ${received(value)}`)
}

/** What a value has to be, in words and as a check. */
export type Shape = readonly [expected: string, fits: (value: unknown) => boolean]

export const BOOLEAN: Shape = ['a boolean', (value) => typeof value === 'boolean']
export const STRING: Shape = ['a string', isString]
export const STRINGS: Shape = ['a list of strings', (value) => Array.isArray(value) && value.every(isString)]

/** Throws TypeError for the first option that is given and does not fit. undefined is an option left out. */
export function requireShapes(
  prefix: string,
  options: object,
  shapes: Readonly<Record<string, Shape>>,
): void {
  for (const [option, [expected, fits]] of Object.entries(shapes)) {
    const value = (options as Readonly<Record<string, unknown>>)[option]
    if (value !== undefined) requireShape(prefix + option, value, expected, fits(value))
  }
}

/** Throws TypeError for what cannot hold options. */
export function requireOptions(name: string, options: unknown): void {
  requireShape(name, options, 'an object of options', isObject(options) && !Array.isArray(options))
}

export function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

function received(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}
