// The tests' own S3 server, in a process of its own on this machine.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { S3ClientConfig } from '@aws-sdk/client-s3'

/** Where a server listens, and with what it is to be addressed. */
export type S3Access = Pick<S3ClientConfig, 'endpoint' | 'region' | 'credentials'>

export interface RunningS3 {
  readonly access: S3Access
  stop(): void
}

/** Starts it, with a bucket named `exports`. */
export async function startS3(): Promise<RunningS3> {
  const program = fileURLToPath(new URL('s3-server.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    return { access: JSON.parse(line) as S3Access, stop: () => void child.kill() }
  }
  throw new Error('the fake S3 ended before it said where it listens')
}
