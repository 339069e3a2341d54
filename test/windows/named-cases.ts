// Days that go wrong easily, with their bounds as the zone data has them, written by hand.

export const NAMED_CASES: readonly (readonly [
  zone: string,
  day: string,
  start: string,
  end: string,
  why: string,
])[] = [
  ['UTC', '2026-03-07', '2026-03-07T00:00:00Z', '2026-03-08T00:00:00Z', 'a plain day'],
  ['UTC', '2024-02-29', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z', 'a leap day'],
  ['UTC', '9999-12-31', '9999-12-31T00:00:00Z', '+010000-01-01T00:00:00Z', 'the last day of all'],
  ['UTC', '1000-01-01', '1000-01-01T00:00:00Z', '1000-01-02T00:00:00Z', 'the first day of all'],
  ['America/New_York', '2026-03-08', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', '23 hours'],
  ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', '25 hours'],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', '23 hours'],
  ['Asia/Kathmandu', '2026-03-07', '2026-03-06T18:15:00Z', '2026-03-07T18:15:00Z', 'an offset of 5:45'],
  ['Asia/Kathmandu', '1986-01-01', '1985-12-31T18:30:00Z', '1986-01-01T18:15:00Z', '00:00 to 00:15 skipped'],
  ['Australia/Lord_Howe', '2023-10-01', '2023-09-30T13:30:00Z', '2023-10-01T13:00:00Z', '23.5 hours'],
  ['Australia/Lord_Howe', '2024-04-07', '2024-04-06T13:00:00Z', '2024-04-07T13:30:00Z', '24.5 hours'],
  [
    'Africa/Cairo',
    '2023-04-27',
    '2023-04-26T22:00:00Z',
    '2023-04-27T22:00:00Z',
    'ends at a skipped midnight',
  ],
  ['Africa/Cairo', '2023-04-28', '2023-04-27T22:00:00Z', '2023-04-28T21:00:00Z', 'midnight skipped'],
  ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z', 'midnight skipped'],
  ['America/Havana', '2023-03-12', '2023-03-12T05:00:00Z', '2023-03-13T04:00:00Z', 'midnight skipped'],
  ['Asia/Beirut', '2022-03-27', '2022-03-26T22:00:00Z', '2022-03-27T21:00:00Z', 'midnight skipped'],
  ['America/Havana', '2023-11-05', '2023-11-05T04:00:00Z', '2023-11-06T05:00:00Z', 'midnight comes twice'],
  ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00Z', '2018-02-18T03:00:00Z', '23:00 comes twice'],
  [
    'America/St_Johns',
    '2006-10-28',
    '2006-10-28T02:30:00Z',
    '2006-10-29T02:30:00Z',
    'back to 23:01 at 00:01',
  ],
  [
    'America/St_Johns',
    '2006-10-29',
    '2006-10-29T02:30:00Z',
    '2006-10-30T03:30:00Z',
    'the evening in it again',
  ],
  ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z', 'the next day is missing'],
  ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z', 'the day before is missing'],
  ['Africa/Monrovia', '1971-07-01', '1971-07-01T00:44:30Z', '1971-07-02T00:44:30Z', 'an offset with seconds'],
  ['Africa/Monrovia', '1972-01-07', '1972-01-07T00:44:30Z', '1972-01-08T00:00:00Z', 'seconds dropped'],
  ['Europe/Amsterdam', '1885-05-01', '1885-04-30T23:42:30Z', '1885-05-01T23:42:30Z', 'local mean time'],
]

/** Days that their zone skipped. */
export const MISSING_DAYS: readonly (readonly [zone: string, day: string])[] = [
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Fakaofo', '2011-12-30'],
  ['Pacific/Kwajalein', '1993-08-21'],
  ['Pacific/Enderbury', '1994-12-31'],
  ['Pacific/Kiritimati', '1994-12-31'],
]
