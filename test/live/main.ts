// In: S3_BUCKET, or else nothing; and words of the names of servers and checks, if not all are wanted. Out: what holds on
// real servers, as a table; exit code 1 if anything does not.

import { bullmqChecks } from './checks/bullmq.js'
import type { Check } from './checks/check.js'
import { clickhouseSourceChecks } from './checks/clickhouse-source.js'
import { consumerChecks } from './checks/consumer.js'
import { contractChecks } from './checks/contract.js'
import { destinationChecks } from './checks/destination.js'
import { faultChecks } from './checks/faults.js'
import { largeExport } from './checks/large-export.js'
import { mysqlSourceChecks } from './checks/mysql-source.js'
import { postgresSourceChecks } from './checks/postgres-source.js'
import { promiseChecks } from './checks/promises.js'
import { scheduleChecks } from './checks/schedules.js'
import { twoWriters } from './checks/two-writers.js'
import { warehouseChecks } from './checks/warehouses.js'
import { countLine, outcomeLine, tableLines, type Outcome } from './report.js'
import { ceph } from './servers/ceph.js'
import { givenBucket } from './servers/given-bucket.js'
import type { LiveServer, Startable } from './servers/live-server.js'
import { unavailable } from './servers/packages.js'
import { swift } from './servers/swift.js'

/** Beyond this a check hangs, and would for ever. */
const LIMIT_SECONDS = 150

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const checks = wanted<Check>([
  ...contractChecks(),
  ...destinationChecks,
  ...promiseChecks,
  ...consumerChecks,
  twoWriters,
  ...faultChecks,
  largeExport,
  ...warehouseChecks,
  ...postgresSourceChecks,
  ...mysqlSourceChecks,
  ...clickhouseSourceChecks,
  ...bullmqChecks,
  ...scheduleChecks,
])
const alone = checks.filter((check) => check.alone === true)
const beside = checks.filter((check) => check.alone !== true)
const outcomes: Outcome[] = []
const open = new Set<LiveServer>()

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => void closeAll().finally(() => process.exit(code)))
}

const given = givenBucket(process.env)
const startables: readonly Startable[] =
  given === undefined
    ? wanted([ceph, swift])
    : [{ name: given.name, packages: [], programs: [], start: async () => given }]
try {
  const servers: LiveServer[] = []
  for (const startable of startables) {
    const server = await started(startable)
    if (server !== undefined) servers.push(server)
  }
  await Promise.all(servers.map((server) => checked(server, beside)))
  for (const server of servers) await checked(server, alone)
} finally {
  await closeAll()
}
const table = tableLines(
  outcomes,
  startables.map(({ name }) => name),
  checks.map(({ name }) => name),
)
console.log(`\n${table.join('\n')}\n`)
console.log(countLine(outcomes))
process.exit(outcomes.some(({ is }) => is === 'failed') ? 1 : 0)

/** Those that a word names, or all when none does. */
function wanted<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  const named = all.filter(({ name }) => words.some((word) => name.toLowerCase().includes(word)))
  return named.length === 0 ? all : named
}

async function started({ name, ...startable }: Startable): Promise<LiveServer | undefined> {
  const reason = unavailable({ name, ...startable })
  if (reason !== undefined) {
    console.log(`\n!!! ${name} IS NOT CHECKED: ${reason}\n`)
    for (const check of checks) outcomes.push({ server: name, check: check.name, is: 'skipped', reason })
    return undefined
  }
  try {
    console.log(`${name}: starting`)
    const server = await startable.start()
    open.add(server)
    return server
  } catch (error) {
    // Its checks say nothing of it, but that is no success.
    outcomes.push({ server: name, check: 'the server starts', is: 'failed', reason: messageOf(error) })
    return undefined
  }
}

async function checked(server: LiveServer, some: readonly Check[]): Promise<void> {
  for (const check of some) {
    const outcome = await outcomeOf(check, server)
    console.log(outcomeLine(outcome))
    outcomes.push(outcome)
  }
}

async function outcomeOf(check: Check, server: LiveServer): Promise<Outcome> {
  const about = { server: server.name, check: check.name }
  const reason = server.gaps[check.name] ?? check.skip?.(server)
  if (reason !== undefined) return { ...about, is: 'skipped', reason }
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it hangs: nothing after ${LIMIT_SECONDS} s`))
    }, LIMIT_SECONDS * 1000)
  })
  try {
    const figure = await Promise.race([check.run(server), limit])
    return { ...about, is: 'passed', seconds: seconds(), ...(figure === undefined ? {} : { figure }) }
  } catch (error) {
    return { ...about, is: 'failed', seconds: seconds(), reason: messageOf(error) }
  } finally {
    clearTimeout(timer)
    // Or one failure would be that of all that come after it.
    server.faults?.goOn()
  }
}

async function closeAll(): Promise<void> {
  for (const server of open) {
    open.delete(server)
    await server.close()
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}
