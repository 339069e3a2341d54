// The daily run of the README, copied into a process that does nothing about failures: nobody can overlook one.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFakeS3, type FakeS3 } from '../support/fake-s3/index.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ENTRIES = { dayfile: 'src/index.ts', 'dayfile/s3': 'src/sinks/s3/index.ts' }

let s3: FakeS3
let folder: string
beforeAll(async () => {
  s3 = await startFakeS3({ buckets: ['analytics'] })
  folder = await mkdtemp(join(tmpdir(), 'dayfile-daily-'))
})
afterAll(async () => {
  await s3.close()
  await rm(folder, { recursive: true })
})

/** The snippet under "Run it every day", which a user has pointed at a server and called. */
async function snippet(settings: object, queryEvents: string): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Run it every day'))
  let code = /```ts\n(.*?)```/s.exec(section)?.[1] ?? ''
  for (const [name, path] of Object.entries(ENTRIES)) {
    code = code.replace(`'${name}'`, `'${pathToFileURL(join(ROOT, path)).href}'`)
  }
  const connection = { endpoint: s3.endpoint, credentials: s3.credentials, ...settings }
  code = code.replace('s3Sink({', `s3Sink({ ...${JSON.stringify(connection)},`)
  code = code.replace("region: 'eu-central-1' ", `region: '${s3.region}' `)
  if ('bucket' in settings) code = code.replace("bucket: 'analytics', ", '')
  return `${code}
async function* queryEvents(start: Date, end: Date, signal: AbortSignal): AsyncGenerator<never> { ${queryEvents} }
await exportDaily(new Date('2026-03-02T04:00:00Z'))
`
}

async function run(
  settings: object,
  { queryEvents = '', clock }: { queryEvents?: string; clock?: string } = {},
): Promise<{ code: unknown; out: string; err: string }> {
  const program = join(folder, 'daily.mts')
  await writeFile(program, await snippet(settings, queryEvents))
  const early = clock === undefined ? [] : ['--import', join(ROOT, 'test/examples/shifted-clock.ts')]
  const env = { PATH: process.env.PATH, ...(clock !== undefined && { CLOCK_STARTS_AT: clock }) }
  const child = spawn(process.execPath, ['--import', 'tsx', ...early, program], { cwd: ROOT, env })
  const closed = once(child, 'close')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await closed) as unknown[]
  return { code, out, err }
}

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

test('a run that succeeds prints a line for each day, and exits with 0', async () => {
  expect(await run({})).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^events 2026-03-01: published, 0 rows/) as string,
  })
})

test.each([
  [
    'a source that throws',
    {},
    { queryEvents: "throw new Error('the database is down')" },
    'the database is down',
  ],
  ['a bucket that does not exist', { bucket: 'analytcs' }, {}, 'NoSuchBucket'],
  [
    'an access key that the server does not know',
    { credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'not-to-be-printed' } },
    {},
    'InvalidAccessKeyId',
  ],
  ['a clock that is behind', {}, { clock: '2026-02-20T04:00:00Z' }, 'check the clock'],
])('%s: the reason is on stderr, and the exit code is not 0', async (_, settings, how, reason) => {
  const { code, err, out } = await run(settings, how)
  expect(code).toBe(1)
  expect(err).toContain(reason)
  expect(out + err).not.toContain('not-to-be-printed')
})

test('an endpoint that does not answer: the reason is on stderr, and the exit code is not 0', async () => {
  const { code, err } = await run({ endpoint: `http://127.0.0.1:${await closedPort()}` })
  expect(code).toBe(1)
  expect(err).toContain('ECONNREFUSED')
})
