// What the archive of the same place opens and lists. Without an archive there is nothing to keep.

import assert from 'node:assert/strict'
import { DAY, listed, quiet, type Laws } from './bench.js'
import { chunksOf, gathered } from './bytes.js'
import { assertCode, rejection } from './rejections.js'

export const ARCHIVE_LAWS: Laws = {
  async 'an archive throws for a missing object, on the first pull'({ archive, key }) {
    if (archive === undefined) return
    const opened = archive.open(key)
    assertCode(await rejection(gathered(opened)), ['SINK_NOT_FOUND'])
  },

  async 'an archive opens and lists nothing once the signal is aborted'({ archive, key, publish }) {
    if (archive === undefined) return
    await publish(key, Buffer.from('there'))
    const reason = Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    const signal = AbortSignal.abort(reason)
    assert.equal(await rejection(gathered(archive.open(key, { signal }))), reason)
    assert.equal(await rejection(gathered(archive.open(`${key}.missing`, { signal }))), reason)
    assert.equal(
      await rejection(archive.list(archive.keys.prefix, { signal })[Symbol.asyncIterator]().next()),
      reason,
    )
  },

  async 'an archive lists what begins with a prefix, with sizes, in the order of keys'(bench) {
    const { sink, archive, publish, stage } = bench
    if (archive === undefined) return
    const sizes = new Map<string, number>()
    for (const day of ['2026-03-09', '2025-12-31', '2026-03-07']) {
      const key = sink.keys.data('contract', { day }, '.csv')
      sizes.set(key, day.length + Number(day.slice(-2)))
      await publish(key, Buffer.alloc(sizes.get(key) ?? 0, 'x'))
    }
    await publish(sink.keys.data('contracts', { day: DAY }, '.csv'), Buffer.from('of another dataset'))
    const unfinished = await stage(sink.keys.data('contract', { day: '2026-01-01' }, '.csv'), chunksOf())
    const entries = await listed(archive, archive.keys.dailyPrefix('contract'))
    await unfinished.discard()
    const sorted = [...sizes].map(([key, bytes]) => ({ key, bytes })).sort((a, b) => (a.key < b.key ? -1 : 1))
    assert.deepEqual(entries, sorted)
    assert.deepEqual(await listed(archive, archive.keys.dailyPrefix('nothing')), [])
  },

  async 'an archive opens the version that it is asked for, and no other'({ sink, archive, key, publish }) {
    if (archive === undefined) return
    const etags: string[] = []
    for (const text of ['first', 'second']) {
      await publish(key, Buffer.from(text))
      etags.push((await sink.stat(key, { signal: quiet() }))?.etag ?? '')
      for await (const entry of archive.list(key)) assert.equal(entry.etag ?? etags.at(-1), etags.at(-1))
      assert.equal(String(await gathered(archive.open(key, { ifMatch: etags.at(-1) ?? '' }))), text)
    }
    assertCode(await rejection(gathered(archive.open(key, { ifMatch: etags[0] ?? '' }))), ['SINK_CONFLICT'])
    await sink.remove(key, { signal: quiet() })
    assertCode(await rejection(gathered(archive.open(key, { ifMatch: etags[0] ?? '' }))), ['SINK_NOT_FOUND'])
  },
}
