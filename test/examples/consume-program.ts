// The consumer of examples/consume-daily in a folder. It prints each of its steps, and kills itself at one of them.

import { PGlite } from '@electric-sql/pglite'
import { promises, writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { consumeNew } from '../../examples/consume-daily/consume.js'
import type { Database } from '../../examples/consume-daily/database.js'
import { directoryArchive } from '../../src/read/index.js'

const [folder = '', killAt] = process.argv.slice(2)
const cursorPath = join(folder, 'cursor.json')
let steps = 0

function step(name: string): void {
  // Synchronous: what is printed has left the process before it dies.
  writeSync(1, `${name}\n`)
  if (String(steps++) === killAt) process.kill(process.pid, 'SIGKILL')
}

function stepping(database: Database): Database {
  return {
    async query(sql, values) {
      const [verb = ''] = sql.split(' ')
      // Before the first of these there is nothing to lose.
      if (['DELETE', 'INSERT', 'COMMIT'].includes(verb)) step(verb)
      const result = await database.query(sql, values)
      if (verb === 'COMMIT') step('committed')
      return result
    },
    close: () => database.close(),
  }
}

/** Makes what is done to the cursor's file, and to those beside it, steps too. */
function stepThroughCursorFiles(): void {
  const { open, rename } = promises
  promises.open = async (path, ...rest) => {
    const isCursor = String(path).startsWith(cursorPath)
    if (isCursor) step('open cursor')
    const file = await open(path, ...rest)
    if (isCursor) step('write cursor')
    return file
  }
  promises.rename = async (from, to) => {
    if (to === cursorPath) step('rename cursor')
    await rename(from, to)
    if (to === cursorPath) step('cursor renamed')
  }
  syncBuiltinESMExports()
}

stepThroughCursorFiles()
const database = await PGlite.create({ dataDir: join(folder, 'database') })
const archive = directoryArchive({ root: join(folder, 'exports') })
await consumeNew(archive, stepping(database), cursorPath, () => undefined)
step('end')
await database.close()
