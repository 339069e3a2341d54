// In: what TypeBox says against a row. Out: one rule a column, and nothing of what the row holds.

import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'
import { Pointer } from 'typebox/schema'
import { Settings } from 'typebox/system'
import type { CsvProblem } from '../errors.js'

/** A problem whose line is not known yet. */
export type Finding = Omit<CsvProblem, 'line'>

type SchemaError = TLocalizedValidationError

// TypeBox keeps 8 of a row by default. A JSON cell can be wrong in millions of places.
const MOST_ERRORS = 1000
const VALUES_TOLD = 10

/** What a schema says against the row that `errors` has checked: the outermost rule of each column, then those of the row. */
export function schemaFindings(
  schema: TSchema,
  errors: () => readonly [isRight: boolean, errors: readonly SchemaError[]],
): Finding[] {
  const found = errorsOf(errors)
  const ofColumns = new Map<string, SchemaError[]>()
  const ofRow: SchemaError[] = []
  for (const error of found.filter(isWhole(found))) {
    const column = columnOf(error.instancePath)
    if (column === undefined) ofRow.push(error)
    else ofColumns.set(column, [...(ofColumns.get(column) ?? []), error])
  }
  const findings: Finding[] = [
    ...[...ofColumns].map(([column, each]) => ({ column, rule: outermostRule(each, schema) })),
    ...ofRow.map((error) => ({ rule: ruleOf(error, schema) })),
  ]
  // Nothing said is no proof that the row is right: it was refused.
  if (findings.length === 0) return [{ rule: 'must match its schema' }]
  if (found.length < MOST_ERRORS) return findings
  return [...findings, { rule: 'must match its schema, which it breaks in more ways' }]
}

/** What TypeBox says; nothing when the message of a refinement cannot be made, which would tell what it was made of. */
function errorsOf(
  errors: () => readonly [isRight: boolean, errors: readonly SchemaError[]],
): readonly SchemaError[] {
  try {
    return withMoreErrors(errors)[1]
  } catch {
    return []
  }
}

/** Asks TypeBox for more than it would tell, and sets its setting back, which is the whole process's. */
function withMoreErrors<Result>(ask: () => Result): Result {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: MOST_ERRORS })
  try {
    return ask()
  } finally {
    Settings.Set({ maxErrors })
  }
}

/**
 * Drops duplicates: of a row that fits no schema of a union the rules of each of them, and of a row whose
 * columns are wrong one by one that some are.
 */
function isWhole(errors: readonly SchemaError[]): (error: SchemaError) => boolean {
  const below = ({ schemaPath, keyword }: SchemaError): string => `${schemaPath}/${keyword}`
  const isUnion = ({ keyword }: SchemaError): boolean => keyword === 'anyOf' || keyword === 'oneOf'
  const ofRow = errors.filter(({ instancePath }) => instancePath === '')
  const unions = ofRow.filter(isUnion).map((error) => `${below(error)}/`)
  return (error) => {
    if (unions.some((path) => error.schemaPath.startsWith(path))) return false
    if (error.instancePath !== '' || isUnion(error)) return true
    return !errors.some(
      ({ schemaPath, instancePath }) => instancePath !== '' && schemaPath.startsWith(below(error)),
    )
  }
}

/** The column that the path within a row begins with; what follows are keys within its JSON, which are content. */
function columnOf(instancePath: string): string | undefined {
  const [name, added] = Pointer.Indices(instancePath)
  return name === 'added' ? added : name
}

/** The rule of the schema that has the others within; of a union, the rules of its members. */
function outermostRule(errors: readonly SchemaError[], schema: TSchema): string {
  const length = Math.min(...errors.map(({ schemaPath }) => schemaPath.length))
  const outermost = errors.filter(({ schemaPath }) => schemaPath.length === length)
  const union = outermost.find(({ keyword }) => keyword === 'anyOf')
  if (union === undefined) return rulesOf(outermost, schema)[0] ?? ''
  const below = `${union.schemaPath}/anyOf/`
  const members = errors.filter(
    ({ schemaPath, keyword }) => schemaPath.startsWith(below) && keyword !== 'anyOf',
  )
  return rulesOf(members.length === 0 ? [union] : members, schema).join(', or ')
}

/** One rule for each schema. A constant has its type as a second one, and several constants are a list. */
function rulesOf(errors: readonly SchemaError[], schema: TSchema): string[] {
  const constants = errors.filter(({ keyword }) => keyword === 'const')
  const told = new Set(constants.map(({ schemaPath }) => schemaPath))
  const others = errors.filter(({ schemaPath }) => !told.has(schemaPath) && told.add(schemaPath))
  const allowed = constants.map(({ params }) => (params as { readonly allowedValue: unknown }).allowedValue)
  const list = allowed.length > 0 ? [expectedOneOf(allowed)] : []
  return [...new Set([...list, ...others.map((error) => ruleOf(error, schema))])]
}

// The messages of these hold names of properties, which within JSON are content.
const NAMELESS: Readonly<Record<string, string>> = {
  additionalProperties: 'must not have additional properties',
  unevaluatedProperties: 'must not have unevaluated properties',
  propertyNames: 'must have property names that match their schema',
}

function ruleOf({ keyword, params, schemaPath, message }: SchemaError, schema: TSchema): string {
  if (keyword === 'enum') return expectedOneOf(params.allowedValues)
  if (keyword === '~refine') return refinementRule(schema, schemaPath, params.index)
  const last = schemaPath.slice(schemaPath.lastIndexOf('/') + 1)
  return NAMELESS[keyword === 'boolean' ? last : keyword] ?? message
}

/** The message of a refinement, which its author may have made of the value: made once more without it. */
function refinementRule(schema: TSchema, schemaPath: string, index: number): string {
  const refined = Pointer.Get(schema, schemaPath.slice(1)) as
    { readonly '~refine'?: readonly { error(value: unknown): unknown }[] } | undefined
  try {
    const message = refined?.['~refine']?.[index]?.error(undefined)
    // One that says undefined is made of the value.
    if (typeof message === 'string' && !message.includes('undefined')) return message
  } catch {
    // It needs the value.
  }
  return "must pass its schema's check"
}

/** Says which values there may be, the first of many. */
export function expectedOneOf(values: readonly unknown[]): string {
  const told = values.slice(0, VALUES_TOLD).map(shown)
  const more = values.length > VALUES_TOLD ? ` and ${values.length - VALUES_TOLD} more` : ''
  return `expected ${values.length > 1 ? 'one of ' : ''}${told.join(', ')}${more}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object of the schema' : String(value)
}
