// Runs of some days in a minute: what works, what fails for a while in one way and in another, and what the webhook gets of it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dayWindow, events, exportDue, type Sink, type Source } from 'dayfile'
import { s3Sink } from 'dayfile/s3'
import { generateEvents } from 'dayfile/testing'
import { openBucket } from '../bucket.js'
import { incidentAlerts } from './incident-alerts.js'
import { localWebhook } from './local-webhook.js'
import { observedDays, observedRun } from './observations.js'

const folder = await mkdtemp(join(tmpdir(), 'dayfile-alerts-'))
const statePath = join(folder, 'alerts.json')
const bucket = await openBucket()
const webhook = await localWebhook((text) => {
  console.log(`    webhook: ${text.replaceAll('\n', '\n             ')}`)
})
// With ALERT_WEBHOOK_URL the messages go to a real one.
const webhookUrl = process.env.ALERT_WEBHOOK_URL ?? webhook.url

const working: Source<typeof events> = ({ window }) => generateEvents({ day: window.day, count: 1000 })
const broken: Source<typeof events> = () => Promise.reject(new Error('the database does not answer'))
// Keys that nobody has: what the bucket answers when a credential has been taken away.
const credentials = { accessKeyId: 'AKIAREVOKED', secretAccessKey: 'revoked' }
const denied = s3Sink({ ...bucket.options, credentials })

/** What a scheduler starts, each time as a process of its own. */
async function run(day: string, source: Source<typeof events>, sink: Sink = bucket.sink): Promise<void> {
  const runs = await exportDue({
    days: [dayWindow(day)],
    onFailure: 'report',
    destinations: [{ dataset: events, source, sink }],
  })
  console.log(`  export of ${day}: ${runs.flatMap(({ reports }) => reports.map(outcomeOf)).join()}`)
  const now = new Date()
  await incidentAlerts({ webhookUrl, statePath })(runs.map((each) => observedRun(each, now)))
}

function outcomeOf(report: { readonly outcome: string; readonly error?: unknown }): string {
  const { code } = (report.error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? `${report.outcome} (${code})` : report.outcome
}

async function watch(to: string): Promise<void> {
  console.log(`  watchdog: do all days up to ${to} exist?`)
  const observation = await observedDays(events, bucket.archive, { from: '2026-03-07', to }, new Date())
  await incidentAlerts({ webhookUrl, statePath })([observation])
}

console.log('A day that works')
await run('2026-03-07', working)

console.log('\nThe database is down: the scheduler tries three times, and there is one alert')
for (let attempt = 0; attempt < 3; attempt++) await run('2026-03-08', broken)

console.log('\nIt answers, and the credential is refused now: the same incident')
await run('2026-03-08', working, denied)

console.log('\nIt works again, while the webhook is down')
webhook.isDown = true
await run('2026-03-08', working)

console.log('\nThe webhook is back: what it has missed comes with the next run')
webhook.isDown = false
await run('2026-03-09', working)

console.log('\nThe scheduler is down for a day, and the watchdog looks twice')
await watch('2026-03-10')
await watch('2026-03-10')

console.log('\nSomebody exports the day')
await run('2026-03-10', working)
await watch('2026-03-10')

await webhook.close()
await bucket.close()
await rm(folder, { recursive: true, force: true })
