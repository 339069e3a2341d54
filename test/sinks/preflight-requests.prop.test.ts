// What a check of a destination leaves, whichever of its requests is the last one.

import { checkDestination, s3Sink } from 'dayfile/s3'
import { expect, onTestFinished, test } from 'vitest'
import { cases } from '../support/cases.js'
import { connectedFake } from '../support/fake-s3/client.js'
import { BUCKET, PREFIX } from './places.js'

async function destination() {
  const { s3, client, close } = await connectedFake()
  onTestFinished(close)
  const sink = s3Sink({ client, bucket: BUCKET, prefix: PREFIX, provider: 'aws' })
  const left = () => [...s3.objects(BUCKET).keys(), ...s3.uploads(BUCKET).map(({ key }) => key)]
  return { s3, sink, left }
}

test('a check that is killed at any of its requests is cleared by the next one', async () => {
  const whole = await destination()
  await checkDestination(whole.sink)
  const requests = whole.s3.operations.length
  expect(requests).toBeGreaterThan(20)
  for (const index of cases(Array(requests).keys())) {
    const { s3, sink, left } = await destination()
    s3.fault({ index }, { answerThenReset: true })
    // From there on nobody hears of the client any more.
    let killed = false
    s3.setPolicy(() => !killed)
    s3.fault({ index: index + 1 }, () => {
      killed = true
    })
    await checkDestination(sink)
    s3.setPolicy(undefined)
    const { ok } = await checkDestination(sink)
    expect([index, ok, left()]).toEqual([index, true, []])
  }
})

test('an abort at any request of a check rejects with its reason, when all has been cleared', async () => {
  const whole = await destination()
  await checkDestination(whole.sink)
  for (const index of cases(whole.s3.operations.keys())) {
    const { s3, sink, left } = await destination()
    const application = new AbortController()
    const reason = new Error('the application is leaving')
    s3.fault({ index }, () => {
      application.abort(reason)
    })
    await expect(checkDestination(sink, { signal: application.signal })).rejects.toBe(reason)
    expect([index, left()]).toEqual([index, []])
  }
})
