// A MariaDB of this process: in a folder for temporary files, on a socket in it, gone when it is closed.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createConnection } from 'mysql2/promise'

const DATABASE = 'dayfile'

export interface LocalMariadb {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Starts `mariadbd` with an empty database. `options` are arguments of its command line.
 *
 * Nothing listens on a port, and only this user can reach the socket, so there are no users and no passwords.
 */
export async function startMariadb(...options: string[]): Promise<LocalMariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'dayfile-mariadb-'))
  const data = join(folder, 'data')
  const socket = join(folder, 'socket')
  const user = unprivilegedUser()
  await mkdir(data)
  if (user !== undefined) for (const path of [folder, data]) await chown(path, user.uid, user.gid)
  const settings = [`--datadir=${data}`, `--socket=${socket}`, '--skip-networking', '--skip-grant-tables']
  // What it holds need not outlast a power cut.
  const fast = ['--innodb-flush-log-at-trx-commit=0', '--skip-innodb-doublewrite']
  const server = spawn('mariadbd', ['--no-defaults', ...settings, ...fast, ...options], {
    ...user,
    // Daemons lie where only root has them in the PATH.
    env: { ...process.env, PATH: [process.env.PATH, '/usr/local/sbin', '/usr/sbin'].join(delimiter) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(server, 'exit')
  const kill = (): void => void server.kill('SIGKILL')
  process.once('exit', kill)
  const close = async (): Promise<void> => {
    server.kill()
    await exited
    process.off('exit', kill)
    await rm(folder, { recursive: true, force: true })
  }

  const said: string[] = []
  const lines = createInterface({ input: server.stderr })
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line)
      if (line.includes('ready for connections')) resolve()
    })
    exited.then(
      () => {
        reject(new Error(`mariadbd has ended:\n${said.slice(-5).join('\n')}`))
      },
      (cause: unknown) => {
        reject(new Error('mariadbd is not installed: apt-get install mariadb-server-core', { cause }))
      },
    )
  })
  try {
    await ready
    const connection = await createConnection({ socketPath: socket })
    await connection.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`)
    await connection.end()
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  return { url: `mysql://localhost/${DATABASE}?socketPath=${encodeURIComponent(socket)}`, close }
}

/** It refuses to be run by root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
