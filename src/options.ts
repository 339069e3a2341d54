// Checks of option shapes, for callers without types: what is wrong is said when the factory is called.

/** Throws TypeError when the value is none of the allowed ones. */
export function requireOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return
  const list = allowed.map((each) => JSON.stringify(each)).join(', ')
  throw new TypeError(`${option}: expected one of ${list}, received ${typeof value}`)
}

/** Throws TypeError when the value does not fit; its content is not told. */
export function requireShape(option: string, value: unknown, expected: string, fits: boolean): void {
  if (!fits) throw new TypeError(`${option}: expected ${expected}, received ${typeof value}`)
}
