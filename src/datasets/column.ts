import {
  BOOLEAN,
  isObject,
  oneOf,
  requireOptions,
  STRING,
  STRINGS,
  type OptionTable,
  type Shape,
} from '../options.js'

/** What a cell of the column holds; csv/cells.ts has the two directions of each kind side by side. */
export type ColumnKind = 'text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'instant' | 'json'

/** A column of a dataset: a frozen description, made by {@link column}. */
export interface Column<
  Name extends string = string,
  Kind extends ColumnKind = ColumnKind,
  Nullable extends boolean = boolean,
> {
  /** The CSV header and the property of a row, byte for byte. */
  readonly name: Name
  readonly kind: Kind
  /** Whether the cell may be empty. A file may lack a nullable column altogether. */
  readonly nullable: Nullable
  /** One sentence of meaning, and what an empty cell means. */
  readonly description: string
  /** Values known today. The list is open: any other value is written and read all the same. */
  readonly values: readonly string[]
  /** The day (or version) from which files have the column; null when the first file had it. */
  readonly since: string | null
  /** Where the meaning is documented. */
  readonly source: string | null
  /** Other headers under which files of other producers carry this column; the reader takes them too. */
  readonly aliases: readonly string[]
  /** Whether text is written in lower case. */
  readonly lowerCase: boolean
  /** Whether a time given as text must have its offset. Without one it is read as UTC. */
  readonly offset: 'required' | 'optional'
}

/** Options of a column. */
export interface ColumnOptions<Nullable extends boolean = boolean> {
  /** One sentence of meaning. */
  readonly description?: string | undefined
  /** Whether the cell may be empty. Defaults to true: a required column fails the export of a row without it. */
  readonly nullable?: Nullable | undefined
  /** Values known today; the list is open. */
  readonly values?: readonly string[] | undefined
  /** The day (or version) from which files have the column. */
  readonly since?: string | undefined
  /** Where the meaning is documented. */
  readonly source?: string | undefined
  /** Other headers that the reader takes for this column. */
  readonly aliases?: readonly string[] | undefined
}

/** Options of a text column. */
export interface TextColumnOptions<Nullable extends boolean = boolean> extends ColumnOptions<Nullable> {
  /** Write the text in lower case. */
  readonly lowerCase?: boolean | undefined
}

/** Options of a column of times. */
export interface InstantColumnOptions<Nullable extends boolean = boolean> extends ColumnOptions<Nullable> {
  /**
   * 'required' refuses text without an offset when a row is written. Defaults to 'optional': text without one, such as
   * `2026-03-07 10:00:00`, is taken as UTC.
   */
  readonly offset?: 'required' | 'optional' | undefined
}

/**
 * Makes the columns of a dataset, one function a kind.
 *
 * When a row is written, `text` takes strings (numbers, bigints and booleans by their plain text), `integer` whole
 * numbers within 2^53, bigints and digits, `decimal` finite numbers, bigints and decimal text (which is never put through a
 * float), `boolean` true and false, 1 and 0, and the text `true` and `false`, `date` a calendar day as text
 * 'YYYY-MM-DD', `instant` a Date or an ISO 8601 string, `json` what JSON.stringify takes, but for what it
 * loses (a Map, a Set, bytes) and for JSON text, which it would encode twice. null and undefined are the empty cell.
 *
 * A day is not an instant: `date` refuses a Date, whose day depends on the zone that it is read in.
 *
 * @throws TypeError when a name or an option has the wrong shape.
 * @example
 * column.decimal('price_usd', { description: 'Price in USD.' }).nullable // true
 */
export const column = {
  text<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: TextColumnOptions<Nullable> = {},
  ): Column<Name, 'text', Nullable> {
    return describe(name, 'text', options)
  },
  integer<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: ColumnOptions<Nullable> = {},
  ): Column<Name, 'integer', Nullable> {
    return describe(name, 'integer', options)
  },
  decimal<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: ColumnOptions<Nullable> = {},
  ): Column<Name, 'decimal', Nullable> {
    return describe(name, 'decimal', options)
  },
  boolean<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: ColumnOptions<Nullable> = {},
  ): Column<Name, 'boolean', Nullable> {
    return describe(name, 'boolean', options)
  },
  date<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: ColumnOptions<Nullable> = {},
  ): Column<Name, 'date', Nullable> {
    return describe(name, 'date', options)
  },
  instant<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: InstantColumnOptions<Nullable> = {},
  ): Column<Name, 'instant', Nullable> {
    return describe(name, 'instant', options)
  },
  json<const Name extends string, const Nullable extends boolean = true>(
    name: Name,
    options: ColumnOptions<Nullable> = {},
  ): Column<Name, 'json', Nullable> {
    return describe(name, 'json', options)
  },
}

interface KindOptions<Nullable extends boolean = boolean>
  extends TextColumnOptions<Nullable>, InstantColumnOptions<Nullable> {}

// A column may be made from the fields of another one, which has null where an option was left out.
const STRING_OR_NULL: Shape = ['a string', (value) => value === null || typeof value === 'string']

const COLUMN_OPTIONS = {
  description: STRING,
  nullable: BOOLEAN,
  values: STRINGS,
  since: STRING_OR_NULL,
  source: STRING_OR_NULL,
  aliases: STRINGS,
  lowerCase: BOOLEAN,
  offset: oneOf('required', 'optional'),
} satisfies OptionTable<KindOptions>

const COLUMN_FIELDS = { ...COLUMN_OPTIONS, name: true, kind: true } satisfies OptionTable<Column>

function describe<const Name extends string, const Kind extends ColumnKind, const Nullable extends boolean>(
  name: Name,
  kind: Kind,
  options: KindOptions<Nullable>,
): Column<Name, Kind, Nullable> {
  requireColumnName(name)
  requireOptions(`column "${name}"`, options, isColumn(options) ? COLUMN_FIELDS : COLUMN_OPTIONS)
  const {
    description = '',
    nullable = true,
    values = [],
    since,
    source,
    aliases = [],
    lowerCase = false,
    offset = 'optional',
  } = options
  for (const alias of aliases) requireColumnName(alias)
  return Object.freeze({
    name,
    kind,
    nullable: nullable as Nullable,
    description,
    values: Object.freeze([...values]),
    since: since ?? null,
    source: source ?? null,
    aliases: Object.freeze([...aliases]),
    lowerCase,
    offset,
  })
}

const KINDS: readonly unknown[] = Object.keys(column)

/** Whether the value is a column: by its fields, as the ESM and the CommonJS copy take each other's. */
export function isColumn(value: unknown): value is Column {
  if (!isObject(value)) return false
  const { name, kind, nullable, values, aliases } = value
  const hasLists = Array.isArray(values) && Array.isArray(aliases)
  return typeof name === 'string' && KINDS.includes(kind) && typeof nullable === 'boolean' && hasLists
}

// Control characters would put line breaks into headers; a lone surrogate would not survive UTF-8.
function requireColumnName(name: unknown): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  if (typeof name !== 'string' || name === '' || name.length > 255 || /[\u0000-\u001f\u007f]/.test(name)) {
    throw new TypeError(
      `column name: expected a string of 1 to 255 characters without control characters, received ${typeof name}`,
    )
  }
  // At the head of a file it would be taken for a byte order mark.
  if (name.startsWith('\uFEFF'))
    throw new TypeError('column name: expected no byte order mark at its beginning')
  if (!name.isWellFormed())
    throw new TypeError('column name: expected well-formed Unicode, received a lone surrogate')
}
