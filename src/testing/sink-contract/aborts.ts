// What an abort does to a staging, and what a staging does to the signal.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import type { Laws } from './bench.js'
import { chunksOf, MIB, patterned } from './bytes.js'
import { probe } from './probe.js'
import { rejection } from './rejections.js'

export const ABORT_LAWS: Laws = {
  async 'an abort before staging rejects with its reason and leaves nothing'(bench) {
    const reason = new Error('aborted before')
    const body = probe({ chunk: patterned(16), chunks: 1, then: 'end' })
    assert.equal(await rejection(bench.stage(bench.key, body, AbortSignal.abort(reason))), reason)
    await bench.seesNothing(bench.key)
  },

  async 'an abort while staging rejects with its reason, closes the body and leaves nothing'(bench) {
    for (const chunks of [1, 11]) {
      const abort = new AbortController()
      const reason = new Error('aborted while staging')
      const body = probe({
        chunk: patterned(MIB),
        chunks: 1000,
        then: 'end',
        onPull: (pull) => {
          if (pull === chunks) abort.abort(reason)
        },
      })
      assert.equal(await rejection(bench.stage(bench.key, body, abort.signal)), reason)
      assert.ok(body.pulls <= chunks + 64, 'the body was read on after the abort')
      assert.ok(body.closed, 'the body was not closed')
      await bench.seesNothing(bench.key)
    }
  },

  async 'an abort ends the staging of a body that never answers'(bench) {
    for (const chunks of [0, 11]) {
      const abort = new AbortController()
      const body = probe({
        chunk: patterned(MIB),
        chunks,
        then: 'silence',
        onPull: (pull) => {
          if (pull > chunks)
            setImmediate(() => {
              abort.abort(new Error('aborted in silence'))
            })
        },
      })
      assert.equal(await rejection(bench.stage(bench.key, body, abort.signal)), abort.signal.reason)
      assert.ok(body.closed, 'the body was not closed')
      await bench.seesNothing(bench.key)
    }
  },

  async 'an abort that makes the body throw rejects with the reason of the abort'(bench) {
    const abort = new AbortController()
    const reason = new Error('the reason')
    async function* body(): AsyncGenerator<Uint8Array, void, void> {
      yield patterned(16)
      await new Promise((_, reject) => {
        abort.signal.addEventListener('abort', () => {
          reject(new Error('what the body makes of it'))
        })
        setImmediate(() => {
          abort.abort(reason)
        })
      })
    }
    assert.equal(await rejection(bench.stage(bench.key, body(), abort.signal)), reason)
    await bench.seesNothing(bench.key)
  },

  async 'a call whose signal is aborted already rejects with its reason and does nothing'(bench) {
    const { sink, key, publish, see } = bench
    await publish(key, Buffer.from('there'))
    // An application may abort with what its own files or its database have thrown.
    const reason = Object.assign(new Error('aborted before'), { code: 'ECONNRESET' })
    const signal = AbortSignal.abort(reason)
    const options = { contentType: 'text/plain', ifMatch: null, signal }
    for (const call of [
      () => sink.read(key, { signal }),
      () => sink.stat(key, { signal }),
      () => sink.write(`${key}.other`, Buffer.from('other'), options),
      () => sink.remove(key, { signal }),
    ]) {
      assert.equal(await rejection(call()), reason)
    }
    assert.equal(String(await see(key)), 'there')
    await bench.seesNothing(`${key}.other`)
  },

  async 'staging leaves no listener on the signal, nor touches its onabort'(bench) {
    const abort = new AbortController()
    const onabort = (): void => undefined
    abort.signal.onabort = onabort
    const before = getEventListeners(abort.signal, 'abort').length
    const staged = await bench.stage(bench.key, chunksOf(patterned(6 * MIB)), abort.signal)
    await staged.commit()
    await bench.sink.read(bench.key, { signal: abort.signal })
    await bench.sink.remove(bench.key, { signal: abort.signal })
    assert.equal(abort.signal.onabort, onabort)
    const after = getEventListeners(abort.signal, 'abort').length
    assert.equal(after, before, 'listeners stay on the signal')
  },
}
