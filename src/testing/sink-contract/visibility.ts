// What a reader sees of an object: nothing before its commit, and nothing new of one that was given up.

import assert from 'node:assert/strict'
import { quiet, type Laws } from './bench.js'
import { chunksOf, MIB, patterned } from './bytes.js'

export const VISIBILITY_LAWS: Laws = {
  async 'reading a missing object returns null'({ sink, key }) {
    assert.equal(await sink.read(key, { signal: quiet() }), null)
  },

  async 'a staged object is invisible until commit, and complete after it'({ key, stage, seesNothing, see }) {
    const staged = await stage(key, chunksOf(Buffer.from('one,'), Buffer.from('two')))
    await seesNothing(key)
    await staged.commit()
    assert.equal(String(await see(key)), 'one,two')
  },

  async 'a discarded object leaves nothing'({ key, stage, seesNothing }) {
    for (const bytes of [Buffer.from('small'), patterned(12 * MIB)]) {
      const staged = await stage(key, chunksOf(bytes))
      await staged.discard()
      await seesNothing(key)
    }
  },

  async 'a discarded object leaves the older one as it was'({ key, stage, publish, see }) {
    await publish(key, Buffer.from('old'))
    await (await stage(key, chunksOf(Buffer.from('new')))).discard()
    assert.equal(String(await see(key)), 'old')
  },

  async 'discarding twice, or after a commit, does not fail'({ key, stage, see }) {
    const given = await stage(key, chunksOf(Buffer.from('given up')))
    await given.discard()
    await given.discard()
    const kept = await stage(key, chunksOf(Buffer.from('kept')))
    await kept.commit()
    await kept.discard()
    assert.equal(String(await see(key)), 'kept')
  },
}
