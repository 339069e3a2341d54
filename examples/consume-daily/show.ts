// Shows that the consumer takes each day exactly once, whatever happens: `npm start`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { directoryArchive } from 'dayfile/read'
import { compare } from './compare.js'
import { openDatabase } from './database.js'
import { publishDay } from './publish.js'

const CONSUMER = fileURLToPath(new URL('./main.ts', import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'dayfile-consume-daily-'))
const exports = join(folder, 'exports')
try {
  console.log('Three days are published:')
  for (const day of ['2026-03-05', '2026-03-06', '2026-03-07']) await publishDay(exports, day)

  console.log('\nThe consumer is killed in the middle of the second day:')
  await consume({ killAt: '2026-03-06: 2000 rows' })
  console.log('\nStarted again, it goes on with that day:')
  await consume()

  console.log('\nA day is published again, with late rows:')
  await publishDay(exports, '2026-03-06', 321)
  console.log('\nThe consumer is killed while it takes that:')
  await consume({ killAt: '2026-03-06: 2000 rows' })
  console.log('\nStarted again:')
  await consume()
  console.log('\nAnd once more:')
  await consume()

  console.log('\nWhat the files hold, and what the table holds:')
  const database = await openDatabase(join(folder, 'database'), process.env.DATABASE_URL)
  const isEqual = await compare(directoryArchive({ root: exports }), database)
  await database.close()
  console.log(isEqual ? '\nEvery row is in the table exactly once.' : '\nTHE TABLE DIFFERS FROM THE FILES')
  if (!isEqual) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Runs the consumer in a process of its own, and kills that once it prints a line that begins with `killAt`. */
async function consume({ killAt }: { killAt?: string } = {}): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', CONSUMER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(`  ${line}`)
    if (killAt !== undefined && line.startsWith(killAt)) child.kill('SIGKILL')
  }
  const [code, signal] = (await exited) as [number | null, string | null]
  if (killAt !== undefined) {
    if (signal !== 'SIGKILL') throw new Error(`the consumer ended before it was killed, at "${killAt}"`)
    console.log(`  ${signal}`)
  } else if (code !== 0) throw new Error(`the consumer ended with ${code ?? signal}`)
}
