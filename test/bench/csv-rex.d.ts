// csv-rex brings no types: what the bench uses of it.

declare module 'csv-rex/format' {
  interface FormatOptions {
    readonly header?: boolean | readonly string[]
    readonly newlineChar?: string
    readonly delimiterChar?: string
    readonly enableReturn?: boolean
  }
  export function format(rows: readonly object[], options?: FormatOptions): string
}

declare module 'csv-rex/parse' {
  interface ParseOptions {
    readonly header?: boolean | readonly string[]
    readonly newlineChar?: string
    readonly delimiterChar?: string
    readonly emptyFieldValue?: string | null
    readonly enableReturn?: boolean
    readonly coerceField?: (field: string | null, index: number) => unknown
    readonly enqueue?: (event: { readonly data: object }) => void
  }
  export default function parse(csv: string, options?: ParseOptions): object[]
}
