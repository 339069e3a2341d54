// The columns of events and two more: what the producer and the new consumer share.

import { column, events } from 'dayfile/read'

/** Columns are only ever appended: `extend` has no way to rename, move or retype one. */
export const extendedEvents = events.extend([
  column.json('attributes', { description: 'Custom attributes of the profile.', since: '2026-03-08' }),
  // Written as its source writes it, {'amplitude_device_id': 'd-7'}. That is no JSON, so it stays text, byte for byte.
  column.text('integration_ids', { description: 'Ids of the profile elsewhere.', since: '2026-03-08' }),
])
