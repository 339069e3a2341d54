// The check of a destination before the first export, as a host runs it.

import assert from 'node:assert/strict'
import { checkDestination } from 'dayfile/s3'
import { placeIn } from '../place.js'
import { onlyWithFaults, type Check } from './check.js'

export const destinationChecks: readonly Check[] = [
  {
    name: 'checkDestination passes with the right provider, and leaves nothing',
    async run(server) {
      const place = placeIn(server, 'destination')
      const { ok, steps, hints } = await checkDestination(place.sink)
      assert.ok(ok, JSON.stringify({ steps, hints }))
      assert.deepEqual([await place.keys(), await place.uploads()], [[], []])
      const counts = steps.filter(({ outcome }) => outcome === 'passed').length
      return `${counts} of ${steps.length} steps passed${hints.length === 0 ? '' : `; ${hints.join(' ')}`}`
    },
  },
  {
    name: "checkDestination says so when the server is not the 'aws' that is declared",
    skip: onlyWithFaults,
    async run(server) {
      const place = placeIn(server, 'declared', { provider: 'aws' })
      const { hints } = await checkDestination(place.sink)
      assert.match(hints.join(' '), new RegExp(`"${server.provider}"`))
      assert.deepEqual([await place.keys(), await place.uploads()], [[], []])
      return undefined
    },
  },
  {
    name: 'checkDestination names what a user without rights is missing',
    skip: onlyWithFaults,
    async run(server) {
      const credentials = server.faults?.stranger
      assert.ok(credentials !== undefined)
      const { ok, steps } = await checkDestination(placeIn(server, 'refused', { credentials }).sink)
      assert.equal(ok, false)
      const put = steps.find(({ step }) => step === 'put')
      assert.deepEqual([put?.outcome, put?.action], ['failed', 's3:PutObject'])
      return undefined
    },
  },
]
