// How a sink reads the body it is given: slowly enough, to its end or its failure, and no further.

import assert from 'node:assert/strict'
import type { Laws } from './bench.js'
import { MIB, patterned } from './bytes.js'
import { probe, settledCount } from './probe.js'
import { rejection } from './rejections.js'

export const BODY_LAWS: Laws = {
  async 'a body that throws rejects with that very error, is closed, and leaves nothing'(bench) {
    const failure = new Error('the body failed')
    // At once, within the first part, and when parts are on their way already.
    for (const chunks of [0, 1, 12]) {
      const body = probe({ chunk: patterned(MIB), chunks, then: failure })
      assert.equal(await rejection(bench.stage(bench.key, body)), failure)
      assert.equal(body.pulls, chunks + 1, 'the body was asked again after it had failed')
      await bench.seesNothing(bench.key)
    }
  },

  async 'a body that throws an error of this package rejects with that one, not one of the sink'(bench) {
    const failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const body = probe({ chunk: patterned(16), chunks: 1, then: failure })
    assert.equal(await rejection(bench.stage(bench.key, body)), failure)
    await bench.seesNothing(bench.key)
  },

  async 'the body is asked for one chunk at a time, and never after its end'(bench) {
    const body = probe({ chunk: patterned(MIB), chunks: 12, then: 'end' })
    await (await bench.stage(bench.key, body)).discard()
    assert.equal(body.mostPending, 1, 'the body was asked for a chunk before it had given the one before')
    assert.equal(body.pulls, 13)
  },

  async 'a storage that takes nothing holds the body back'(bench) {
    if (bench.holdStorage === undefined) return
    const chunks = 256
    const release = bench.holdStorage()
    const abort = new AbortController()
    const body = probe({ chunk: patterned(MIB), chunks, then: 'end' })
    const staging = bench.stage(bench.key, body, abort.signal)
    staging.catch(() => undefined)
    try {
      const pulls = await settledCount(() => body.pulls)
      assert.ok(pulls < chunks / 2, `${pulls} MiB were taken from the body while the storage took none`)
    } finally {
      abort.abort(new Error('seen enough'))
      release()
    }
    assert.equal(await rejection(staging), abort.signal.reason)
    await bench.seesNothing(bench.key)
  },
}
