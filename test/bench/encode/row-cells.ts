// For libraries that do better with arrays than with objects.

type Values = Readonly<Record<string, unknown>>

export function cellsOf(names: readonly string[]): (row: object) => unknown[] {
  return (row) => names.map((name) => (row as Values)[name])
}

export function cellsWithIsoDates(names: readonly string[]): (row: object) => string[] {
  const textOf = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)
  return (row) => names.map((name) => textOf((row as Values)[name]) as string)
}
