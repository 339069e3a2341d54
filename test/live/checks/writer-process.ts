// In: orders for a process of its own. Out: what it says of each, one by one.

import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LiveServer } from '../servers/live-server.js'
import type { Order, Tidings } from './writer.js'

const PROGRAM = fileURLToPath(new URL('writer.ts', import.meta.url))

export interface WriterProcess {
  readonly begin: (order: Omit<Order, 'server' | 'id'>) => Run
  /** Kills it, as a machine that fails would. */
  readonly kill: () => Promise<void>
}

/** One export of a writer. */
export interface Run {
  readonly next: () => Promise<Tidings>
  readonly goOn: () => void
}

export function writerProcess({ name, provider, bucket, connection, prefix }: LiveServer): WriterProcess {
  const child = fork(PROGRAM, {
    execArgv: [...process.execArgv, '--disable-warning=NodeVersionSupportWarning'],
  })
  const server = { name, provider, bucket, connection, prefix, gaps: {} }
  const heard: Tidings[][] = []
  const news = new EventEmitter().setMaxListeners(0)
  let ended: string | undefined
  child.on('message', ({ id, tidings }: { id: number; tidings: Tidings }) => {
    heard[id]?.push(tidings)
    news.emit('news')
  })
  child.on('exit', (code, signal) => {
    ended = String(code ?? signal)
    news.emit('news')
  })

  async function next(id: number): Promise<Tidings> {
    for (;;) {
      const tidings = heard[id]?.shift()
      if (tidings !== undefined) return tidings
      if (ended !== undefined) throw new Error(`the writer has ended with ${ended}`)
      await once(news, 'news')
    }
  }

  return {
    begin(order) {
      const id = heard.push([]) - 1
      child.send({ ...order, id, server })
      return { next: () => next(id), goOn: () => child.send({ goOn: id }) }
    },
    async kill() {
      if (ended !== undefined) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
