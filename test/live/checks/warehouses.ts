// What consumers do with the files of a real bucket: into the table of an engine, and every cell compared.

import assert from 'node:assert/strict'
import { publications, replacedDay, unusual, type Publication } from '../../sql/published-days.js'
import { deletionOf } from '../../sql/documented.js'
import { keepsEveryCell, replacesDay, type Place as Days, type Warehouse } from '../../sql/warehouse.js'
import { placeIn } from '../place.js'
import type { Credentials, LiveServer } from '../servers/live-server.js'
import { clickhouse, clickhouseAtOnce, clickhouseMissing } from '../warehouses/clickhouse.js'
import { postgres, postgresMissing, psqlInput } from '../warehouses/postgres.js'
import type { Check } from './check.js'

interface Engine {
  readonly name: string
  readonly skip: (server: LiveServer) => string | undefined
  readonly of: (server: LiveServer) => Warehouse
  readonly loads: Readonly<Record<string, Publication>>
  /** Whether it loads one day without the others. */
  readonly replaces: boolean
}

const loads = {
  ...publications,
  'events, in several files that are not compressed': { ...publications.events, how: unusual },
}

const clickhouseEngine: Engine = {
  name: 'ClickHouse',
  skip: (server) => (keysOf(server) === undefined ? 'it is given no keys' : clickhouseMissing()),
  of: (server) => clickhouse(keysOf(server) ?? { accessKeyId: '', secretAccessKey: '' }),
  loads,
  replaces: true,
}

const engines: readonly Engine[] = [
  { name: 'PostgreSQL', skip: postgresMissing, of: () => postgres, loads, replaces: true },
  {
    name: 'PostgreSQL, fed by psql',
    skip: postgresMissing,
    of: () => psqlInput,
    // One of the others has a line that psql before 18 takes for the end, as the guide says.
    loads: { events: publications.events },
    replaces: true,
  },
  clickhouseEngine,
  {
    ...clickhouseEngine,
    name: 'ClickHouse, all days at once',
    of: (server) => clickhouseAtOnce(keysOf(server) ?? { accessKeyId: '', secretAccessKey: '' }),
    loads: publications,
    replaces: false,
  },
]

/** They start and install programs, for which nothing else can wait. */
export const warehouseChecks: readonly Check[] = [
  ...engines.flatMap((engine) => [
    ...Object.entries(engine.loads).map(([dataset, publication]) => loading(engine, dataset, publication)),
    ...(engine.replaces ? [replacing(engine)] : []),
  ]),
  refusingDays(clickhouseEngine),
]

function loading({ name, skip, of }: Engine, dataset: string, publication: Publication): Check {
  return {
    name: `${name}: every cell of two days of ${dataset}, the second with added columns, is in one table`,
    alone: true,
    skip,
    async run(server) {
      await keepsEveryCell(of(server), publication, daysIn(server, `${name}/${dataset}`))
      return `${count(publication)} rows of ${publication.consumed.columns.length} columns`
    },
  }
}

function replacing({ name, skip, of }: Engine): Check {
  return {
    name: `${name}: a replaced day is deleted as the guide says, and loaded again`,
    alone: true,
    skip,
    async run(server) {
      const deletion = deletionOf(name.replace(/,.*/, ''))
      await replacesDay(of(server), replacedDay, deletion, daysIn(server, `${name}/replaced`))
      return undefined
    },
  }
}

// It would store the last day of its range for 9999-12-31, by which some say that something never ends.
function refusingDays({ name, skip, of }: Engine): Check {
  const { orders } = publications
  return {
    name: `${name}: a calendar day outside of the range of its type is refused`,
    alone: true,
    skip,
    async run(server) {
      for (const [index, due_on] of ['1899-12-31', '2300-01-01', '9999-12-31'].entries()) {
        const row = { order_id: 'a', ordered_at: '2026-03-07T12:00:00.000Z', due_on }
        const publication = { ...orders, days: { '2026-03-07': [row] } }
        const days = daysIn(server, `${name}/days/${index}`)
        await assert.rejects(
          keepsEveryCell(of(server), publication, days),
          /column due_on: Date32 has the days/,
        )
      }
      return undefined
    },
  }
}

// ClickHouse takes no URL with a blank in it.
function daysIn(server: LiveServer, check: string): Days {
  const folder = `table/${check.replaceAll(/[, ]+/g, '-')}`
  const { sink, archive } = placeIn(server, folder)
  const { connection, bucket, prefix } = server
  const bucketUrl = connection.endpoint === undefined ? `s3://${bucket}` : `${connection.endpoint}/${bucket}`
  return {
    sink,
    archive,
    location: `${bucketUrl}/${prefix}/${folder}`,
    urlOf: (key) => `${bucketUrl}/${key}`,
  }
}

function keysOf({ connection: { credentials } }: LiveServer): Credentials | undefined {
  return typeof credentials === 'object' && 'accessKeyId' in credentials ? credentials : undefined
}

function count({ days }: Publication): number {
  return Object.values(days).flat().length
}
