// The S3 that an example exports into while a test runs, and the days of events that are there.

import { events } from 'dayfile'
import { listDays } from 'dayfile/read'
import { s3Archive } from 'dayfile/s3'
import { onTestFinished } from 'vitest'
import { startFakeS3, type FakeS3 } from '../support/fake-s3/index.js'

export async function startS3(): Promise<FakeS3> {
  const s3 = await startFakeS3({ buckets: ['analytics'] })
  onTestFinished(() => s3.close())
  return s3
}

export async function daysIn(s3: FakeS3): Promise<string[]> {
  const { endpoint, region, credentials } = s3
  const archive = s3Archive({ bucket: 'analytics', prefix: 'exports', endpoint, region, credentials })
  const days: string[] = []
  for await (const { day } of listDays(events, archive)) days.push(day)
  return days
}
