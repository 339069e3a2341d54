// Whatever its size and its name, what was committed is what is there.

import assert from 'node:assert/strict'
import type { StoredPart } from '../../sinks/sink.js'
import { DAY, quiet, type Laws } from './bench.js'
import { assertSame, chunksOf, MIB, patterned } from './bytes.js'

export const CONTENT_LAWS: Laws = {
  async 'a commit replaces the older object, whatever their sizes'({ key, publish, see }) {
    for (const bytes of [Buffer.from('first'), patterned(6 * MIB), Buffer.from('last')]) {
      await publish(key, bytes)
      assertSame(await see(key), bytes)
    }
  },

  async 'an empty body makes an empty object'({ key, stage, see }) {
    for (const body of [chunksOf(), chunksOf(Buffer.alloc(0), Buffer.alloc(0))]) {
      await (await stage(key, body)).commit()
      assert.equal((await see(key))?.length, 0)
    }
  },

  async 'a large body of many chunks arrives byte for byte'({ key, stage, see }) {
    const bytes = patterned(12 * MIB + 12_345)
    async function* body(): AsyncGenerator<Uint8Array, void, void> {
      // Sizes that fit no block: 1 byte, 3 bytes, … up to more than a part.
      for (let from = 0, size = 1; from < bytes.length; from += size, size = size * 3)
        yield bytes.subarray(from, from + size)
    }
    await (await stage(key, body())).commit()
    assertSame(await see(key), bytes)
  },

  async 'the reported parts make up the body, and each is reported once'({ sink, key }) {
    const bytes = patterned(12 * MIB + 12_345)
    const parts: StoredPart[] = []
    const onPart = (part: StoredPart): void => void parts.push(part)
    const staged = await sink.stage(key, chunksOf(bytes), {
      contentType: 'text/csv',
      onPart,
      signal: quiet(),
    })
    const count = parts.length
    await staged.commit()
    assert.equal(parts.length, count, 'a part was reported after the staging was over')
    // A sink that sends no parts tells of none.
    if (count === 0) return
    const numbers = parts.map(({ number }) => number).sort((a, b) => a - b)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    )
    assert.equal(
      parts.reduce((sum, part) => sum + part.bytes, 0),
      bytes.length,
    )
  },

  async 'keys of any script are written, read and removed'({ sink, see, publish, write, seesNothing }) {
    for (const dataset of ['größe', 'イベント', 'события', "it's (1) + 2 = 3, $4 & @5;~!*"]) {
      const data = sink.keys.data(dataset, { day: DAY }, '.csv')
      const manifest = sink.keys.manifest(dataset, { day: DAY })
      await publish(data, Buffer.from(dataset))
      await write(manifest, dataset, null)
      assert.equal(String(await see(data)), dataset)
      assert.equal(String(await see(manifest)), dataset)
      for (const key of [data, manifest]) {
        await sink.remove(key, { signal: quiet() })
        await seesNothing(key)
      }
    }
  },
}
