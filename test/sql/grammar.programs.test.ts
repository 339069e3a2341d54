// Engines that cannot run here: their texts are read by the grammars that npm has of their dialects. A grammar that takes
// anything would prove nothing, so each text is damaged too, and has to be refused.

import { init, parse as parseSql } from '@guanmingchiu/sqlparser-ts'
import { events, paywallViews, type Dataset } from 'dayfile'
import { createTable, loadCommand, type PublishedDay } from 'dayfile/sql'
// One by one, as all of them take seconds to load.
import { HiveSQL } from 'dt-sql-parser/dist/parser/hive/index.js'
import { SparkSQL } from 'dt-sql-parser/dist/parser/spark/index.js'
import { TrinoSQL } from 'dt-sql-parser/dist/parser/trino/index.js'
import { parse as parseBigQuery } from 'sql-parser-cst'
import { beforeAll, describe, expect, test } from 'vitest'
import { orders } from './orders.js'

/** Throws when the text is not of the dialect. */
type Grammar = (text: string) => void

type Antlr = new () => { validate(text: string): readonly { readonly message: string }[] }

const antlr =
  (Dialect: Antlr): Grammar =>
  (text) => {
    const [error] = new Dialect().validate(text)
    if (error !== undefined) throw new Error(error.message)
  }

const hive = antlr(HiveSQL)
const trino = antlr(TrinoSQL)
const spark = antlr(SparkSQL)
const bigquery: Grammar = (text) => void parseBigQuery(text, { dialect: 'bigquery' })
const snowflake: Grammar = (text) => void parseSql(text, 'snowflake')
// The two options of COPY that the grammar does not have.
const redshift: Grammar = (text) =>
  void parseSql(text.replace(/^FILLRECORD\n/m, '').replace(/\nENCODING UTF8/, ''), 'redshift')

const location = "s3://bucket/it's/"
const day = '2026-03-07'

function texts(dataset: Dataset): readonly (readonly [name: string, grammar: Grammar, text: string])[] {
  const at = { location, table: 'shop.orders' }
  const columns = [...dataset.columns, { name: 'added "later"' }]
  const published: PublishedDay = {
    day,
    columns,
    files: [{ key: 'a.csv', url: `${location}a.csv`, bytes: 1 }],
    manifest: {
      dialect: { delimiter: ',', quote: '"', escape: '"', bom: false, formulaGuard: false },
      compression: 'none',
    },
  }
  const [files = '', view = ''] = createTable(dataset, 'athena', at).split('\n\n')
  return [
    ['athena: the table of the files', hive, files],
    ['athena: the view', trino, view],
    ['athena: the query', trino, loadCommand(dataset, 'athena', at)],
    ['athena: the query of a day', trino, loadCommand(dataset, 'athena', { ...at, day })],
    ['spark: the table', spark, createTable(dataset, 'spark', at)],
    ['spark: the load', spark, loadCommand(dataset, 'spark', at)],
    ['spark: the load of a day', spark, loadCommand(dataset, 'spark', { ...at, day })],
    ['bigquery: the table', bigquery, createTable(dataset, 'bigquery', at)],
    ['bigquery: the load', bigquery, loadCommand(dataset, 'bigquery', at)],
    [
      'bigquery: the load of a day',
      bigquery,
      loadCommand(dataset, 'bigquery', { ...at, day, role: 'eu.lake' }),
    ],
    ['snowflake: the table', snowflake, createTable(dataset, 'snowflake', at)],
    ['snowflake: the load', snowflake, loadCommand(dataset, 'snowflake', at)],
    [
      'snowflake: the load of a day',
      snowflake,
      loadCommand(dataset, 'snowflake', { ...at, day, role: 'lake' }),
    ],
    ['snowflake: the load of files by name', snowflake, loadCommand(dataset, 'snowflake', { published })],
    ['bigquery: the load of files by name', bigquery, loadCommand(dataset, 'bigquery', { published })],
    ['redshift: the load of a file by name', redshift, loadCommand(dataset, 'redshift', { published })],
    ['redshift: the table', redshift, createTable(dataset, 'redshift', at)],
    [
      'redshift: the load of a day',
      redshift,
      loadCommand(dataset, 'redshift', { ...at, day, role: 'arn:x' }),
    ],
    [
      'redshift: the load of added columns',
      redshift,
      loadCommand(dataset, 'redshift', { ...at, day, columns }),
    ],
    [
      'redshift: the load of a list of files',
      redshift,
      loadCommand(dataset, 'redshift', { ...at, columns, manifest: 's3://bucket/files.json' }),
    ],
  ]
}

/** The text without the first letter of its first word, an opening bracket at the end of a line, or its last quote. */
function damaged(text: string): readonly string[] {
  const word = /^(?:--.*\n)*[A-Z]/.exec(text)?.[0].length ?? 0
  const brackets = [...text.matchAll(/\($/gm)].map(({ index }) => index)
  const quote = /['"`][^'"`]*$/.exec(text)?.index ?? 0
  return [word - 1, ...brackets, quote].map((index) => text.slice(0, index) + text.slice(index + 1))
}

beforeAll(() => init())

describe.each([orders, events, paywallViews].map((dataset) => [dataset.name, dataset] as const))(
  'of %s',
  (_, dataset) => {
    test.each(texts(dataset))('%s is of the dialect', (_, grammar, text) => {
      expect(() => {
        grammar(text)
      }).not.toThrow()
    })

    test.each(texts(dataset))('%s is refused with anything amiss', (_, grammar, text) => {
      for (const broken of damaged(text)) {
        expect(() => {
          grammar(broken)
        }, broken).toThrow()
      }
    })
  },
)
