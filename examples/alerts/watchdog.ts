// Are the days there that have to be there by now? Another scheduler starts this, on another machine if possible, some hours
// after the exports: a scheduler that is down raises no error of its own.

import { events, paywallViews, previousDay } from 'dayfile'
import { openBucket } from '../bucket.js'
import { incidentAlerts } from './incident-alerts.js'
import { observedDays } from './observations.js'

// Exports run at 04:00 UTC, and have two hours.
const DUE_AFTER_MS = 6 * 60 * 60 * 1000

const { ALERT_WEBHOOK_URL: webhookUrl, ALERT_STATE: statePath = 'alerts.json', FIRST_DAY: from } = process.env
if (webhookUrl === undefined || from === undefined)
  throw new Error('set ALERT_WEBHOOK_URL, and FIRST_DAY to the first day that must exist')

const bucket = await openBucket()
const now = new Date()
const { day: to } = previousDay(new Date(now.getTime() - DUE_AFTER_MS))
const observations = []
for (const dataset of [events, paywallViews])
  observations.push(await observedDays(dataset, bucket.archive, { from, to }, now))
await incidentAlerts({ webhookUrl, statePath })(observations)
await bucket.close()
