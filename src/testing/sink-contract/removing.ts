// What removing leaves, and that it may be repeated.

import { quiet, type Laws } from './bench.js'

export const REMOVAL_LAWS: Laws = {
  async 'removing is the same the second time'({ sink, key, publish, seesNothing }) {
    await publish(key, Buffer.from('gone soon'))
    for (let times = 0; times < 2; times++) {
      await sink.remove(key, { signal: quiet() })
      await seesNothing(key)
    }
  },
}
