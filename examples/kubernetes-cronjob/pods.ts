// Runs main.ts as the pods of a few Jobs: in, what cronjob.yaml would put into their environment; out, their exit codes.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openBucket } from '../bucket.js'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

const bucket = await openBucket()
await runPod('The Job of 2026-03-08 at 04:00 UTC', { JOB_NAME: 'export-yesterday-29549040' })
await runPod('Its next pod, as the first one was lost', { JOB_NAME: 'export-yesterday-29549040' })
await runPod('The day before once more, by hand', { JOB_NAME: 'again-29547600' })
await runPod('A Job whose name has no time', { JOB_NAME: 'export-yesterday-20260308' })
await runPod('A bucket that does not exist', {
  JOB_NAME: 'again-29547600',
  S3_BUCKET: 'no-such-bucket-of-dayfile',
})
await bucket.close()

async function runPod(title: string, env: NodeJS.ProcessEnv): Promise<void> {
  console.log(`${title}: ${JSON.stringify(env)}`)
  const child = spawn(process.execPath, ['--no-warnings', '--import', 'tsx', MAIN], {
    env: { ...process.env, ...bucketEnvironment(), ...env },
    stdio: 'inherit',
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  console.log(`exit code ${code ?? 'none'}\n`)
}

/** Where the bucket of this process is; nothing if it is that of S3_BUCKET. */
function bucketEnvironment(): NodeJS.ProcessEnv {
  const { bucket: name, endpoint = '', credentials } = bucket.options
  if (process.env.S3_BUCKET !== undefined || typeof credentials !== 'object') return {}
  return {
    S3_BUCKET: name,
    S3_ENDPOINT: typeof endpoint === 'string' ? endpoint : '',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
}
