import type { Column } from './column.js'
import type { Dataset } from './dataset.js'
import { DECIMAL_PATTERN } from './decimals.js'

/** A JSON Schema (2020-12) of a row. Plain JSON. */
export interface JsonSchema {
  readonly $schema: 'https://json-schema.org/draft/2020-12/schema'
  readonly title: string
  readonly type: 'object'
  readonly properties: Readonly<Record<string, JsonSchemaProperty>>
  readonly required: readonly string[]
  readonly additionalProperties: true
}

/** The schema of one column. Without `type`: any JSON value. */
export interface JsonSchemaProperty {
  readonly type?: JsonType | readonly [JsonType, 'null']
  readonly format?: 'date' | 'date-time'
  readonly pattern?: string
  readonly description?: string
  readonly examples?: readonly string[]
}

type JsonType = 'string' | 'integer' | 'boolean'

/**
 * Describes a row as JSON in JSON Schema 2020-12: instants are date-time strings, dates date strings, decimals strings of digits (a JSON
 * number would go through a float), integers numbers, json columns any value.
 *
 * Nullable columns take null and may be left out. Additional properties are allowed, as columns get added, and the
 * values known of a column are examples: the lists are open.
 *
 * @example
 * jsonSchema(paywallViews).required.join() // 'paywall_showed_at'
 */
export function jsonSchema(dataset: Pick<Dataset, 'name' | 'columns'>): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: dataset.name,
    type: 'object',
    // Object.fromEntries defines own properties, so that a column called __proto__ is one as well.
    properties: Object.fromEntries(dataset.columns.map((column) => [column.name, property(column)])),
    required: dataset.columns.filter(({ nullable }) => !nullable).map(({ name }) => name),
    additionalProperties: true,
  }
}

function property(column: Column): JsonSchemaProperty {
  const { description, values } = column
  return {
    ...cell(column),
    ...(description === '' ? {} : { description }),
    ...(values.length === 0 ? {} : { examples: [...values] }),
  }
}

function cell({ kind, nullable }: Column): JsonSchemaProperty {
  const type = <T extends JsonType>(name: T) => (nullable ? ([name, 'null'] as const) : name)
  switch (kind) {
    case 'text':
      return { type: type('string') }
    case 'integer':
      return { type: type('integer') }
    case 'decimal':
      return { type: type('string'), pattern: DECIMAL_PATTERN }
    case 'boolean':
      return { type: type('boolean') }
    case 'date':
      return { type: type('string'), format: 'date' }
    case 'instant':
      return { type: type('string'), format: 'date-time' }
    case 'json':
      return {}
  }
}
