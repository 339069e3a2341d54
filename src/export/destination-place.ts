// Where a destination publishes: its archive has to read there, and no other one may publish the same dataset there.

import { requireArchive, type Archive } from '../read/archive.js'
import type { Sink } from '../sinks/sink.js'

interface Destination {
  readonly dataset: { readonly name: string }
  readonly sink: Sink
}

// Places are compared by the keys of one day.
const ANY_DAY = { day: '2026-03-07' }

/** In another place no day is published, and one that failed would never be due again. */
export function requireSamePlace(place: string, { dataset, sink }: Destination, archive: unknown): void {
  requireArchive(archive)
  const { keys, location, endpoint } = archive as Archive
  const isSame =
    location === sink.location &&
    (endpoint ?? sink.endpoint) === (sink.endpoint ?? endpoint) &&
    keys.manifest(dataset.name, ANY_DAY) === sink.keys.manifest(dataset.name, ANY_DAY)
  if (isSame) return
  throw new TypeError(
    `${place}: option archive: it reads ${location}, and the sink writes ${sink.location}, or the two differ in endpoint, prefix or keys; leave it out, as the sink is an archive too`,
  )
}

/** Each of two destinations in one place would replace the days of the other. */
export function requireOwnPlace(
  subject: string,
  { dataset, sink }: Destination,
  name: string,
  places: Map<string, string>,
): void {
  const place = [sink.location, sink.endpoint, sink.keys.manifest(dataset.name, ANY_DAY)].join('\n')
  const other = places.get(place)
  places.set(place, name)
  if (other === undefined) return
  throw new TypeError(
    `${subject}: it writes dataset ${dataset.name} into the place of destination ${other}, ${sink.location}, and each would replace the days of the other; give it another prefix`,
  )
}
