import { BOOLEAN, oneOf, requireShapes, type OptionsOf, type OptionTable, type Shape } from '../options.js'

/** How cells, records and line ends stand in a file. The manifest records it; the reader undoes it. */
export interface Dialect {
  /** Between two cells: one ASCII character (one byte, as most loaders want it) that is neither quote nor line end. */
  readonly delimiter: string
  /** Around a cell that needs it: one ASCII character. */
  readonly quote: string
  /** Before a quote within a quoted cell: one ASCII character. */
  readonly escape: string
  /** After each record, the last one too. */
  readonly recordDelimiter: '\r\n' | '\n'
  /** 'minimal' quotes what needs it (and the empty string, to tell it from null); 'all' every cell that is not null. */
  readonly quoting: 'minimal' | 'all'
  /** Whether the file begins with a byte order mark. BigQuery wants none; Excel guesses better with one. */
  readonly bom: boolean
}

/** What the reader refuses must not be published: neither side takes a longer record, nor a cell that would make one. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024

const CHARACTER: Shape = [
  'one ASCII character that is not a line end',
  (value) => typeof value === 'string' && /^[^\r\n\x80-\uffff]$/.test(value),
  'string',
]

export const DIALECT_OPTIONS = {
  delimiter: CHARACTER,
  quote: CHARACTER,
  escape: CHARACTER,
  recordDelimiter: oneOf('\r\n', '\n'),
  quoting: oneOf('minimal', 'all'),
  bom: BOOLEAN,
} satisfies OptionTable<Dialect>

/** RFC 4180 in UTF-8 without a byte order mark, which is the default. */
export const RFC_4180: Dialect = Object.freeze({
  delimiter: ',',
  quote: '"',
  escape: '"',
  recordDelimiter: '\r\n',
  quoting: 'minimal',
  bom: false,
})

/**
 * Fills in the default dialect; undefined is as good as left out. Fields that a dialect does not have are left out, as those
 * of a manifest of a later version.
 *
 * @throws RangeError when a character is not one ASCII character, or stands for two things; TypeError for another wrong shape.
 */
export function resolveDialect(options: OptionsOf<Dialect> = {}): Dialect {
  requireShapes('dialect.', options, DIALECT_OPTIONS)
  const {
    delimiter = RFC_4180.delimiter,
    quote = RFC_4180.quote,
    // One of its own is rare; whoever changes the quote alone means it to be doubled.
    escape = quote,
    recordDelimiter = RFC_4180.recordDelimiter,
    quoting = RFC_4180.quoting,
    bom = RFC_4180.bom,
  } = options
  if (delimiter === quote || delimiter === escape) {
    throw new RangeError('dialect.delimiter: expected another character than quote and escape')
  }
  return { delimiter, quote, escape, recordDelimiter, quoting, bom }
}

/** Whether the compiled encoder speaks the dialect; csv-stringify speaks the others. A mark before the header is no matter of records. */
export function isRfc4180({ delimiter, quote, escape, recordDelimiter, quoting }: Dialect): boolean {
  return (
    delimiter === RFC_4180.delimiter &&
    quote === RFC_4180.quote &&
    escape === RFC_4180.escape &&
    recordDelimiter === RFC_4180.recordDelimiter &&
    quoting === RFC_4180.quoting
  )
}
