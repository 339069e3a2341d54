// In: names of examples, if not all are wanted. Out: each of them installed and run as its README says, two at a time, and
// what it printed; exit code 1 if any fails.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unavailable } from '../live/servers/packages.js'

const FOLDER = new URL('../../examples/', import.meta.url).pathname

/** What cannot be run here, and why. */
const NEEDS_MORE: Readonly<Record<string, string>> = {
  'assume-role': 'it assumes a role of AWS',
  'source-clickhouse': 'it asks a ClickHouse server; test:live runs its source on the engine itself',
}

/** Programs that an example starts, and the Debian packages that have them. */
const SERVERS: Readonly<Record<string, { readonly packages: string[]; readonly programs: string[] }>> = {
  'bullmq-repeatable': { packages: ['redis-server'], programs: ['redis-server'] },
  'source-mysql': { packages: ['mariadb-server-core'], programs: ['mariadbd', 'mariadb-install-db'] },
}

const AT_ONCE = 2
const LIMIT_MS = 300_000

const wanted = process.argv.slice(2)
const names = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'package.json')))
for (const name of wanted) if (!names.includes(name)) throw new Error(`there is no example ${name}`)
const waiting = wanted.length === 0 ? names : wanted

const counts = { passed: 0, failed: 0, skipped: 0 }
await Promise.all(Array.from({ length: AT_ONCE }, work))
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const server = SERVERS[name]
    const reason = NEEDS_MORE[name] ?? (server === undefined ? undefined : unavailable({ name, ...server }))
    if (reason !== undefined) {
      counts.skipped++
      console.log(`\n== ${name}: SKIPPED: ${reason}`)
      continue
    }
    const startedAt = performance.now()
    const { code, output } = await run(name)
    counts[code === 0 ? 'passed' : 'failed']++
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(
      `\n== ${name}: ${code === 0 ? 'passed' : `FAILED with ${code}`} in ${seconds} s\n${output.trimEnd()}`,
    )
  }
}

async function run(name: string): Promise<{ code: number | string; output: string }> {
  const cwd = join(FOLDER, name)
  const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  const script = 'once' in scripts ? 'once' : 'start'
  const command = `npm install --no-package-lock --no-audit --no-fund --loglevel=error && npm run --silent ${script}`
  const child = spawn('sh', ['-c', command], { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  // All that it has started belongs to its group.
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), LIMIT_MS)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  return { code: code ?? signal ?? 'nothing', output: Buffer.concat(said).toString() }
}
