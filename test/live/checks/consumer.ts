// What consumers find by: lists with the tags of the manifests, and each revision once.

import assert from 'node:assert/strict'
import { events } from 'dayfile'
import { auditDays, readNew, type Archive, type ReadCursor } from 'dayfile/read'
import { placeIn } from '../place.js'
import type { Check } from './check.js'
import { exportSample } from './day.js'

const DAYS = ['2026-03-05', '2026-03-06', '2026-03-08']
// Of two parts at least, as the tag of such an object is no digest of its bytes.
const LARGE = { count: 20_000 }

export const consumerChecks: readonly Check[] = [
  {
    name: 'a consumer is given each revision once, and gaps are found',
    async run(server) {
      const place = placeIn(server, 'consumer')
      for (const day of DAYS) await exportSample(place, day, day === DAYS[0] ? LARGE : { count: 50 })
      const first = await consumed(place.archive, null)
      assert.deepEqual(first.seen, [`${DAYS[0] ?? ''} r1 20000`, '2026-03-06 r1 50', '2026-03-08 r1 50'])

      const { archive, opened } = watched(place.archive)
      assert.deepEqual(await gapsOf(archive), ['2026-03-07 missing'])
      const files = opened.filter((key) => !key.endsWith('.json'))

      await exportSample(place, '2026-03-07', { count: 7 })
      await exportSample(place, '2026-03-06', { count: 51, seed: 2 })
      const second = await consumed(place.archive, first.cursor)
      assert.deepEqual(second.seen, ['2026-03-06 r2 51 replaced', '2026-03-07 r1 7'])
      assert.deepEqual((await consumed(place.archive, second.cursor)).seen, [])
      assert.deepEqual(await gapsOf(place.archive), [])
      return files.length === 0 ? 'gaps by the list alone' : `${files.length} of 3 days read to find gaps`
    },
  },
]

async function consumed(archive: Archive, kept: ReadCursor | null) {
  const seen: string[] = []
  let cursor = kept
  for await (const { day, revision, replaced, rows, ...publication } of readNew(events, archive, kept)) {
    let count = 0
    while ((await rows.next()).done !== true) count++
    seen.push(`${day} r${revision} ${count}${replaced ? ' replaced' : ''}`)
    cursor = JSON.parse(JSON.stringify(publication.cursor)) as ReadCursor
  }
  return { seen, cursor }
}

async function gapsOf(archive: Archive): Promise<string[]> {
  const found: string[] = []
  for await (const { day, reason } of auditDays(events, archive)) found.push(`${day} ${reason}`)
  return found
}

/** Takes note of the objects that are opened. */
function watched(archive: Archive): { readonly archive: Archive; readonly opened: readonly string[] } {
  const opened: string[] = []
  const open: Archive['open'] = (key, options) => {
    opened.push(key)
    return archive.open(key, options)
  }
  return { archive: { ...archive, open }, opened }
}
