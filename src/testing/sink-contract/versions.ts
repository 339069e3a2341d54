// Which version of an object a writer replaces: the one it names, or none.

import assert from 'node:assert/strict'
import { quiet, type Laws } from './bench.js'
import { assertSame, chunksOf, MIB, patterned } from './bytes.js'
import { assertCode, conflicts, rejection } from './rejections.js'

export const VERSION_LAWS: Laws = {
  async 'the size and ETag of an object are those of its present version, and null if it does not exist'(
    bench,
  ) {
    const { sink, key, publish } = bench
    assert.equal(await sink.stat(key, { signal: quiet() }), null)
    await publish(key, Buffer.from('first'))
    const first = await sink.stat(key, { signal: quiet() })
    assert.equal(first?.bytes, 5)
    assert.deepEqual(await sink.stat(key, { signal: quiet() }), first)
    await publish(key, Buffer.from('other'))
    assert.notEqual((await sink.stat(key, { signal: quiet() }))?.etag, first.etag)
  },

  async 'commit returns the ETag that stat returns'({ sink, key, stage }) {
    // Small, of several parts, and in the place of an older one.
    for (const bytes of [Buffer.from('first'), patterned(12 * MIB), Buffer.from('third')]) {
      const staged = await stage(key, chunksOf(bytes))
      const { etag } = await staged.commit()
      assert.equal(etag, (await sink.stat(key, { signal: quiet() }))?.etag)
    }
  },

  async 'an object names the staging that it came from, where a staging has an id'({ sink, key }) {
    for (const id of ['first', 'second']) {
      const options = { contentType: 'text/csv', id, signal: quiet() }
      const staged = await sink.stage(key, chunksOf(Buffer.from('same')), options)
      await staged.commit()
      if (staged.id === undefined) return
      assert.equal((await sink.stat(key, { signal: quiet() }))?.id, staged.id)
    }
  },

  async 'an object staged for one version is not committed in the place of another'(bench) {
    const { sink, key, stageNext, publish, see } = bench
    // Small, and of several parts.
    for (const bytes of [Buffer.from('late'), patterned(12 * MIB)]) {
      const nothingThere = await stageNext(key, chunksOf(bytes))
      await publish(key, Buffer.from('first'))
      await conflicts(nothingThere.commit())
      const firstThere = await stageNext(key, chunksOf(bytes))
      await publish(key, Buffer.from('second'))
      await conflicts(firstThere.commit())
      assert.equal(String(await see(key)), 'second')
      const secondThere = await stageNext(key, chunksOf(bytes))
      await sink.remove(key, { signal: quiet() })
      await conflicts(secondThere.commit())
      assert.equal(await see(key), null)
      await (await stageNext(key, chunksOf(Buffer.from('third')))).commit()
      await (await stageNext(key, chunksOf(bytes))).commit()
      assertSame((await see(key)) ?? Buffer.alloc(0), bytes)
      await sink.remove(key, { signal: quiet() })
    }
  },

  async 'writing with ifMatch null succeeds once'({ key, write, see }) {
    await write(key, 'first', null)
    await conflicts(write(key, 'second', null))
    assert.equal(String(await see(key)), 'first')
  },

  async 'writing with the ETag of the present version replaces it; with an older one it does not'(bench) {
    const { key, write, see } = bench
    const first = await write(key, 'first', null)
    const second = await write(key, 'second', first)
    await conflicts(write(key, 'third', first))
    assert.equal(String(await see(key)), 'second')
    await write(key, 'third', second)
    assert.equal(String(await see(key)), 'third')
  },

  async 'writing with an ETag where no object exists does nothing'({ sink, key, write, seesNothing }) {
    const etag = await write(key, 'there', null)
    await sink.remove(key, { signal: quiet() })
    const error = await rejection(write(key, 'again', etag))
    assertCode(error, ['SINK_CONFLICT', 'SINK_NOT_FOUND'])
    await seesNothing(key)
  },

  async 'reading returns the bytes and an ETag that writing takes'({ sink, key, write, publish, see }) {
    await publish(key, Buffer.from([0, 255, 10, 13]))
    const stored = await sink.read(key, { signal: quiet() })
    assert.ok(stored !== null)
    assertSame(Buffer.from(stored.bytes), Buffer.from([0, 255, 10, 13]))
    await write(key, 'next', stored.etag)
    assert.equal(String(await see(key)), 'next')
  },

  async 'of writes at once that expect the same version one succeeds, and its bytes stay'(bench) {
    const { key, write, see } = bench
    const texts = ['a', 'b', 'c', 'd', 'e', 'f']
    const results = await Promise.allSettled(texts.map((text) => write(key, text, null)))
    const won = texts.filter((_, index) => results[index]?.status === 'fulfilled')
    assert.equal(won.length, 1, `${won.length} writes succeeded`)
    for (const result of results)
      if (result.status === 'rejected') assertCode(result.reason, ['SINK_CONFLICT'])
    assert.equal(String(await see(key)), won[0])
  },
}
