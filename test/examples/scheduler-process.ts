// A scheduler's program in a process of its own: what it says, line by line, and how it ends.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { FakeS3 } from '../support/fake-s3/index.js'

export interface SchedulerProcess {
  readonly child: ChildProcess
  /** What stdout has said so far. */
  readonly lines: readonly string[]
  /** Waits until stdout has said a line that matches. Throws with what it has said when the process ends before. */
  readonly line: (pattern: RegExp) => Promise<void>
  readonly ended: Promise<{ code: number | null; stderr: string }>
}

export function startProcess(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): SchedulerProcess {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const stderr = text(child.stderr)
  const ended = closed.then(async ([code]: (number | null)[]) => ({
    code: code ?? null,
    stderr: await stderr,
  }))
  return {
    child,
    lines,
    ended,
    async line(pattern) {
      const isSaid = () => lines.some((line) => pattern.test(line))
      while (!isSaid()) {
        const end = await Promise.race([once(reader, 'line').then(() => undefined), ended])
        if (end !== undefined && !isSaid())
          throw new Error(`ended with ${end.code}, having said: ${[...lines, end.stderr].join(' | ')}`)
      }
    },
  }
}

/** The variables by which an example exports into that server. */
export function environmentOf({ endpoint, region, credentials }: FakeS3): NodeJS.ProcessEnv {
  return {
    S3_BUCKET: 'analytics',
    S3_ENDPOINT: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
}
