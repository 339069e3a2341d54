// In: nothing. Out: what there is of half a year that was exported into memory: always the same.

import { eachDay, exportDays, paywallViews } from 'dayfile'
import { coverage, type Coverage } from 'dayfile/read'
import { memorySink, samplePaywallViews, type MemorySink } from 'dayfile/testing'

const DAYS = eachDay('2026-01-01', '2026-06-30').map(({ day }) => day)

const NEVER_EXPORTED = ['2026-02-21', '2026-02-22', '2026-02-23', '2026-05-17', '2026-06-30']
const WITHOUT_ROWS = ['2026-01-01', '2026-04-05', '2026-04-06']
const SENT_AGAIN = ['2026-01-14', '2026-03-02', '2026-03-03', '2026-05-28']
const CUT = ['2026-04-22']
const WITHOUT_ITS_MANIFEST = ['2026-06-11']
const WITH_A_LEFT_FILE = ['2026-03-19']

/** Half a year of paywall views: more from month to month, fewer at weekends, and with all that can go wrong. */
export async function sampleCoverage(): Promise<Coverage> {
  const sink = memorySink({ prefix: 'exports/com.sample-app' })
  await publish(
    sink,
    DAYS.filter((day) => !NEVER_EXPORTED.includes(day)),
  )
  await publish(sink, SENT_AGAIN, 17)
  const cut = (bytes: Uint8Array) => bytes.subarray(0, -100)
  for (const day of CUT) change(sink, sink.keys.data(paywallViews.name, { day }, '.csv'), cut)
  for (const day of WITHOUT_ITS_MANIFEST) change(sink, sink.keys.manifest(paywallViews.name, { day }), cut)
  for (const day of WITH_A_LEFT_FILE)
    sink.objects.set(sink.keys.data(paywallViews.name, { day }, '_old.csv'), new Uint8Array())
  const archive = { ...sink, location: 's3://analytics/exports/com.sample-app' }
  return coverage(paywallViews, archive, { from: DAYS[0] ?? '', to: DAYS.at(-1) ?? '' })
}

async function publish(sink: MemorySink, days: readonly string[], more = 0): Promise<void> {
  await exportDays({
    dataset: paywallViews,
    days: eachDay(DAYS[0] ?? '', DAYS.at(-1) ?? '').filter(({ day }) => days.includes(day)),
    source: ({ window: { day } }) => samplePaywallViews({ day, count: rowsOf(day) + more }),
    sink,
    ifExists: 'replace',
    // What gzip makes of the rows is not the same with every Node.
    compression: 'none',
    now: () => new Date('2026-07-01T04:00:00Z'),
  })
}

function change({ objects }: MemorySink, key: string, changed: (bytes: Uint8Array) => Uint8Array): void {
  const bytes = objects.get(key)
  if (bytes === undefined) throw new Error(`no object ${key}`)
  objects.set(key, changed(bytes))
}

function rowsOf(day: string): number {
  if (WITHOUT_ROWS.includes(day)) return 0
  const date = new Date(day)
  const [month, number, weekday] = [date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()]
  const luck = 1 + ((number * 7 + month * 5) % 11) / 25
  return Math.round((600 + 120 * month + 4 * number) * luck * (weekday === 0 || weekday === 6 ? 0.6 : 1))
}
