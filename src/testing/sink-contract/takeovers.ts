// What a run that has died or hangs leaves staged, and that its successor can end it. A sink without these methods keeps
// the laws.

import assert from 'node:assert/strict'
import { quiet, type Laws } from './bench.js'
import { chunksOf, MIB, patterned } from './bytes.js'
import { conflicts } from './rejections.js'

export const TAKEOVER_LAWS: Laws = {
  async 'what is staged is found by its key and its token until it is committed or discarded'({
    sink,
    key,
    stage,
  }) {
    if (sink.stagings === undefined) return
    const stagings = async (): Promise<readonly string[]> => {
      const found = (await sink.stagings?.(key, { signal: quiet() })) ?? []
      return found
        .filter((each) => each.key === key)
        .map(({ token }) => token)
        .sort()
    }
    assert.deepEqual(await stagings(), [])
    const committed = await stage(key, chunksOf(Buffer.from('small')))
    const discarded = await stage(key, chunksOf(patterned(12 * MIB)))
    const other = await stage(sink.keys.data('contract', { day: '2026-03-08' }, '.csv'), chunksOf())
    assert.deepEqual(await stagings(), [committed.token, discarded.token].sort())
    await committed.commit()
    assert.deepEqual(await stagings(), [discarded.token])
    await discarded.discard()
    assert.deepEqual(await stagings(), [])
    await other.discard()
  },

  async 'what another run gives up is not committed'({ sink, key, stage, publish, see }) {
    if (sink.unstage === undefined) return
    await publish(key, Buffer.from('old'))
    for (const mayBeCommitting of [true, false]) {
      const given = await stage(key, chunksOf(patterned(6 * MIB)))
      const kept = await stage(key, chunksOf(Buffer.from('kept')))
      const tokens = given.token === undefined ? [] : [given.token]
      // Twice: another successor may have been quicker.
      for (let times = 0; times < 2; times++) {
        await sink.unstage(key, { tokens, mayBeCommitting, signal: quiet() })
      }
      await conflicts(given.commit())
      await given.discard()
      await kept.commit()
      assert.equal(String(await see(key)), 'kept')
    }
  },

  async 'what has been committed stays when it is given up'({ sink, key, stage, see }) {
    if (sink.unstage === undefined) return
    const staged = await stage(key, chunksOf(Buffer.from('there')))
    await staged.commit()
    const tokens = staged.token === undefined ? [] : [staged.token]
    await sink.unstage(key, { tokens, mayBeCommitting: true, signal: quiet() })
    assert.equal(String(await see(key)), 'there')
  },
}
