// Exports yesterday into a customer's bucket, by a role of theirs. What does not work is found before the first export.

import { events, exportWindow, previousDay } from 'dayfile'
import { checkDestination, s3Sink } from 'dayfile/s3'
import { generateEvents } from 'dayfile/testing'
import { assumeRole, requireExternalId } from './assumed-role.js'

const region = setting('AWS_REGION')
const role = { arn: setting('ROLE_ARN'), externalId: setting('EXTERNAL_ID'), region }
await requireExternalId(role)

const sink = s3Sink({
  bucket: setting('S3_BUCKET'),
  prefix: setting('S3_PREFIX'),
  region,
  credentials: assumeRole(role),
  // A bucket of that name in another account would be refused.
  expectedBucketOwner: role.arn.split(':')[4] ?? '',
})

const check = await checkDestination(sink)
console.table(check.steps, ['step', 'outcome', 'action', 'reason', 'next'])
check.assert()

const window = previousDay(new Date())
const source = () => generateEvents({ day: window.day, count: 5000 })
const report = await exportWindow({ dataset: events, window, source, sink })
console.log(`${report.dataset} ${report.window.day}: ${report.outcome}, into ${report.location}`)

function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`set ${name}`)
  return value
}
