// What removing leaves, and that it may be repeated.

import assert from 'node:assert/strict'
import { quiet, type Laws } from './bench.js'

export const REMOVAL_LAWS: Laws = {
  async 'removing is the same the second time'({ sink, key, publish, seesNothing }) {
    await publish(key, Buffer.from('gone soon'))
    for (let times = 0; times < 2; times++) {
      await sink.remove(key, { signal: quiet() })
      await seesNothing(key)
    }
  },

  async 'removing a version leaves another one alone'({ sink, key, publish, see, seesNothing }) {
    await publish(key, Buffer.from('first'))
    const first = await sink.stat(key, { signal: quiet() })
    assert.ok(first !== null)
    await publish(key, Buffer.from('second'))
    await sink.remove(key, { ifMatch: first.etag, signal: quiet() })
    assert.equal(String(await see(key)), 'second')
    const second = await sink.stat(key, { signal: quiet() })
    assert.ok(second !== null)
    await sink.remove(key, { ifMatch: second.etag, signal: quiet() })
    await seesNothing(key)
    await sink.remove(key, { ifMatch: second.etag, signal: quiet() })
  },
}
