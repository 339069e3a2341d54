// What a subject hands in. Plain data: the terminal, the page and `--json` show the same.

export type Value = string | number | null

export interface TableColumn {
  readonly key: string
  readonly title: string
  /** Digits after the point; a column without is text. */
  readonly digits?: number
}

export interface Table {
  readonly title: string
  readonly columns: readonly TableColumn[]
  readonly rows: readonly Readonly<Record<string, Value>>[]
  readonly notes?: readonly string[]
}

export interface Target {
  readonly what: string
  readonly bound: 'at least' | 'at most'
  readonly wanted: number
  readonly measured: number
}

export interface SubjectResult {
  readonly subject: string
  readonly title: string
  /** What is compared and how, a paragraph each. */
  readonly compared: readonly string[]
  readonly targets: readonly Target[]
  readonly tables: readonly Table[]
}

/** What a subject is asked for. */
export interface SubjectOptions {
  /** Its own default where undefined. */
  readonly rows: number | undefined
  readonly rounds: number | undefined
  /** Is told what is going on. */
  readonly progress: (line: string) => void
}

export interface Subject {
  readonly name: string
  run(options: SubjectOptions): Promise<SubjectResult>
}

export function isReached({ bound, wanted, measured }: Target): boolean {
  return bound === 'at least' ? measured >= wanted : measured <= wanted
}

export function formatted(value: Value | undefined, digits: number | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
