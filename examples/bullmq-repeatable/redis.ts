// In: REDIS_URL, or the program redis-server. Out: a Redis; one that this process has started ends with it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Redis {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Without REDIS_URL: a server that only this machine reaches, by a socket in a folder of its own, and that keeps nothing. */
export async function openRedis(env: NodeJS.ProcessEnv): Promise<Redis> {
  if (env.REDIS_URL !== undefined) return { url: env.REDIS_URL, close: () => Promise.resolve() }
  const folder = await mkdtemp(join(tmpdir(), 'dayfile-redis-'))
  const url = join(folder, 'redis.sock')
  const options = ['--port', '0', '--unixsocket', url, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'close')
  const end = () => {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', end)
  try {
    await Promise.race([
      accepting(server.stdout),
      ended.then(() => {
        throw new Error('redis-server ended before it was ready')
      }),
    ])
    const close = async () => {
      process.off('exit', end)
      end()
      await ended
    }
    return { url, close }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error('no Redis: set REDIS_URL, or install redis-server (Debian: apt-get install redis-server)')
  }
}

async function accepting(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    if (line.includes('eady to accept connections')) break
  }
  // Or the server would stop once the pipe is full.
  output.resume()
}
