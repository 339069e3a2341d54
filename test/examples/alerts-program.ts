// Tells one failed run of a dataset, as a process of its own: WEBHOOK STATE.

import { incidentAlerts } from '../../examples/alerts/incident-alerts.js'

const [webhookUrl = '', statePath = ''] = process.argv.slice(2)
const failure = { day: '2026-03-07', code: 'SOURCE_FAILED', message: 'no rows', retryable: true }
const about = { dataset: 'events', location: 's3://exports', by: 'export', at: new Date() } as const
await incidentAlerts({ webhookUrl, statePath })([{ ...about, failures: [failure] }])
