// What consumers do with the files of a real bucket: into the table of an engine, and every cell compared.

import { deliveries, replacedDelivery, type Delivery } from '../../ddl/delivered-days.js'
import { deletionOf } from '../../ddl/documented.js'
import { keepsEveryCell, replacesDay, type Place as Days, type Warehouse } from '../../ddl/warehouse.js'
import { placeIn } from '../place.js'
import type { Credentials, LiveServer } from '../servers/live-server.js'
import { clickhouse, clickhouseMissing } from '../warehouses/clickhouse.js'
import { postgres, postgresMissing, psqlInput } from '../warehouses/postgres.js'
import type { Check } from './check.js'

interface Engine {
  readonly name: string
  readonly skip: (server: LiveServer) => string | undefined
  readonly of: (server: LiveServer) => Warehouse
  readonly loads: Readonly<Record<string, Delivery>>
}

const engines: readonly Engine[] = [
  { name: 'PostgreSQL', skip: postgresMissing, of: () => postgres, loads: deliveries },
  {
    name: 'PostgreSQL, fed by psql',
    skip: postgresMissing,
    of: () => psqlInput,
    // One of the others has a line that psql before 18 takes for the end, as the guide says.
    loads: { events: deliveries.events },
  },
  {
    name: 'ClickHouse',
    skip: (server) => (keysOf(server) === undefined ? 'it is given no keys' : clickhouseMissing()),
    of: (server) => clickhouse(keysOf(server) ?? { accessKeyId: '', secretAccessKey: '' }),
    loads: deliveries,
  },
]

/** They start and install programs, for which nothing else can wait. */
export const warehouseChecks: readonly Check[] = engines.flatMap(({ name, skip, of, loads }) => [
  ...Object.entries(loads).map(([dataset, delivery]): Check => ({
    name: `${name}: every cell of two days of ${dataset}, the second with added columns, is in one table`,
    alone: true,
    skip,
    async run(server) {
      await keepsEveryCell(of(server), delivery, daysIn(server, `table/${name}/${dataset}`))
      return `${count(delivery)} rows of ${delivery.consumed.columns.length} columns`
    },
  })),
  {
    name: `${name}: a replaced day is deleted as the guide says, and loaded again`,
    alone: true,
    skip,
    async run(server) {
      await replacesDay(
        of(server),
        replacedDelivery,
        deletionOf(name.replace(/,.*/, '')),
        daysIn(server, `table/${name}/replaced`),
      )
      return undefined
    },
  },
])

function daysIn(server: LiveServer, folder: string): Days {
  const { sink, archive } = placeIn(server, folder)
  const { connection, bucket, prefix } = server
  const bucketUrl = connection.endpoint === undefined ? `s3://${bucket}` : `${connection.endpoint}/${bucket}`
  return { sink, archive, location: `${bucketUrl}/${prefix}/${folder}` }
}

function keysOf({ connection: { credentials } }: LiveServer): Credentials | undefined {
  return typeof credentials === 'object' && 'accessKeyId' in credentials ? credentials : undefined
}

function count({ days }: Delivery): number {
  return Object.values(days).flat().length
}
