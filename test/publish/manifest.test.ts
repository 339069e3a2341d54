import { events, isDayfileError, type DayfileError, type Manifest } from 'dayfile'
import { describe, expect, test } from 'vitest'
import { decideContent } from '../../src/publish/decide.js'
import { parseIntent, parseManifest, serializeManifest } from '../../src/publish/manifest-json.js'
import { isWholeWindow, manifestColumns, manifestWindow } from '../../src/publish/manifest.js'
import { dayRange, dayWindow } from '../../src/windows/day-window.js'

const KEY = 'events/dt=2026-03-07/_manifest.json'
const SHA = 'a'.repeat(64)

const manifest: Manifest = {
  manifestVersion: 2,
  dataset: 'events',
  ...manifestWindow(dayWindow('2026-03-07')),
  revision: 2,
  columns: manifestColumns(events.columns.slice(0, 3), ['extra']),
  dialect: {
    delimiter: ',',
    quote: '"',
    escape: '"',
    recordDelimiter: '\r\n',
    quoting: 'minimal',
    bom: false,
    formulaGuard: false,
  },
  compression: 'gzip',
  filter: { eventTypes: null },
  files: [
    { key: 'events/dt=2026-03-07/e.csv.gz', bytes: 10, sha256: SHA, rows: 3, csvBytes: 20, csvSha256: SHA },
  ],
  totals: { rows: 3, bytes: 10, csvBytes: 20 },
  created: '2026-03-08T04:00:00.000Z',
  producer: { name: 'dayfile', version: '0.1.0' },
}

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value))

async function refusalOf(parsed: Promise<unknown>): Promise<DayfileError<'MANIFEST_INVALID'>> {
  try {
    await parsed
  } catch (error) {
    if (isDayfileError(error, 'MANIFEST_INVALID')) return error
    throw error
  }
  throw new Error('it was accepted')
}

const refusal = (bytes: Uint8Array) => refusalOf(parseManifest(bytes, KEY))

describe('a manifest', () => {
  test('is written with the fields of its schema, in their order', async () => {
    const { ManifestSchema } = await import('../../src/publish/manifest-schema.js')
    const all = Object.fromEntries(Object.keys(ManifestSchema.properties).map((field) => [field, 1]))
    const reversed = Object.fromEntries(Object.entries(all).reverse())
    expect(String(serializeManifest(reversed as never))).toBe(`${JSON.stringify(all, null, 2)}\n`)
  })

  test('comes back as it was written', async () => {
    expect(await parseManifest(serializeManifest(manifest), KEY)).toEqual(manifest)
    const range = { ...manifest, ...manifestWindow(dayRange('2026-03-05', '2026-03-07')) }
    expect(await parseManifest(serializeManifest(range), KEY)).toEqual(range)
    expect(range.lastDay).toBe('2026-03-07')
  })

  test('has the same bytes whatever the order of its keys, in lines, ending in one', () => {
    const reversed = Object.fromEntries(Object.entries(manifest).reverse()) as Manifest
    const text = String(serializeManifest(manifest))
    expect(String(serializeManifest(reversed))).toBe(text)
    expect(text.startsWith('{\n  "manifestVersion": 2,\n')).toBe(true)
    expect(text.endsWith('}\n')).toBe(true)
  })

  test('of a later release keeps the fields that this one does not know', async () => {
    const later = {
      ...manifest,
      signature: 'x',
      files: manifest.files.map((file) => ({ ...file, crc64: 'y' })),
    }
    expect(await parseManifest(bytesOf(later), KEY)).toEqual(later)
  })

  test('of a newer version is refused, and the advice is not to delete it', async () => {
    const error = await refusal(bytesOf({ ...manifest, manifestVersion: 3 }))
    expect(error.message).toContain('version 3')
    expect(error.message).toContain('update')
    expect(error.message).not.toContain('delete')
  })

  test.each<[string, unknown, string]>([
    ['no version', { ...manifest, manifestVersion: undefined }, 'manifestVersion'],
    ['a version in text', { ...manifest, manifestVersion: '1' }, '/manifestVersion'],
    ['a day that is none', { ...manifest, day: '7.3.2026' }, '/day'],
    ['a revision of zero', { ...manifest, revision: 0 }, '/revision'],
    ['a revision that a number cannot count on from', { ...manifest, revision: 2 ** 53 }, '/revision'],
    ['a month that does not exist', { ...manifest, created: '2026-13-01T00:00:00.000Z' }, 'created'],
    ['a window with an offset', { ...manifest, window: { ...manifest.window, end: 'x' } }, '/window/end'],
    ['negative rows', { ...manifest, files: [{ ...manifest.files[0], rows: -1 }] }, '/files/0/rows'],
    ['a short hash', { ...manifest, files: [{ ...manifest.files[0], sha256: 'abc' }] }, '/files/0/sha256'],
    ['no files', { ...manifest, files: [] }, '/files'],
    ['another compression', { ...manifest, compression: 'zstd' }, '/compression'],
    ['totals of other rows', { ...manifest, totals: { ...manifest.totals, rows: 4 } }, 'totals'],
    ['totals of other bytes', { ...manifest, totals: { ...manifest.totals, bytes: 11 } }, 'totals'],
    ['totals of other CSV bytes', { ...manifest, totals: { ...manifest.totals, csvBytes: 21 } }, 'totals'],
    ['a list', [], ''],
    ['null', null, ''],
    ['a number', 5, ''],
  ])('with %s is MANIFEST_INVALID naming the place', async (_, value, place) => {
    const error = await refusal(bytesOf(value))
    expect(error.details.key).toBe(KEY)
    expect(error.details.rule).toContain(place)
    expect(error.message).toContain(KEY)
    expect(error.message).toContain('export the day again')
    expect(error.retryable).toBe(false)
  })

  test.each(['', '{', 'not JSON', '\uFFFD'])('that is %j is MANIFEST_INVALID', async (text) => {
    const error = await refusal(Buffer.from(text))
    expect(error.details.rule).toBe('is not JSON')
    expect(error.cause).toBeInstanceOf(SyntaxError)
  })
})

const INTENT_KEY = 'events/dt=2026-03-07/_intent.json'
const [file] = manifest.files
const other = { ...manifest, files: [{ ...file, key: 'events/dt=2026-03-07/f.csv.gz' }] }

describe.each<[string, string, (intent: unknown) => Promise<DayfileError<'MANIFEST_INVALID'>>]>([
  [
    'of a first publication',
    INTENT_KEY,
    (intent) => refusalOf(parseIntent(bytesOf(intent), INTENT_KEY, manifest)),
  ],
  ['of a replacement', KEY, (intent) => refusal(bytesOf({ ...manifest, revision: 1, intent }))],
])('an intent %s', async (_, key, refused) => {
  const files = manifest.files.map((each) => ({ key: each.key, token: 't', id: 'i', replaces: null }))

  test.each<[string, unknown, string]>([
    [
      'totals of other rows',
      { manifest: { ...manifest, totals: { ...manifest.totals, rows: 4 } } },
      'totals',
    ],
    [
      'a month that does not exist',
      { manifest: { ...manifest, created: '2026-13-01T00:00:00.000Z' } },
      'created',
    ],
    ['a revision of zero', { manifest: { ...manifest, revision: 0 } }, 'manifest/revision'],
    ['a revision that is no count', { manifest: { ...manifest, revision: 2 ** 53 } }, 'manifest/revision'],
    ['no files to publish', { manifest: { ...manifest, files: [] } }, 'manifest/files'],
    ['another dataset', { manifest: { ...manifest, dataset: 'orders' } }, 'belong'],
    ['another day', { manifest: { ...manifest, day: '2026-03-08' } }, 'belong'],
    ['several days', { manifest: { ...manifest, lastDay: '2026-03-08' } }, 'belong'],
    ['files of another name', { manifest: other }, 'files'],
    [
      'fewer files',
      {
        manifest: {
          ...manifest,
          files: [file, ...other.files],
          totals: { rows: 6, bytes: 20, csvBytes: 40 },
        },
      },
      'files',
    ],
    ['files that replace nothing said', { files: [{ key: file?.key }] }, 'files/0'],
    ['no manifest', { manifest: undefined }, 'manifest'],
  ])('with %s is MANIFEST_INVALID naming the key and the rule', async (__, changes, place) => {
    const error = await refused({ manifest, files, ...(changes as object) })
    expect(error.details.key).toBe(key)
    expect(error.details.rule).toContain(place)
    expect(error.message).toContain(key)
    expect(error.message).toContain('export the day again')
  })
})

test('an intent comes back as it was written, also one of a run that only clears up', async () => {
  for (const files of [[], manifest.files.map((each) => ({ key: each.key, replaces: 'x' }))]) {
    const intent = { manifest, files }
    expect(await parseIntent(bytesOf(intent), INTENT_KEY, manifest)).toEqual(intent)
    const replacement = { ...manifest, intent }
    expect(await parseManifest(bytesOf(replacement), KEY)).toEqual(replacement)
  }
})

test('an intent to go back to an older revision is refused, as consumers have had the newer one', async () => {
  const { message } = await refusal(bytesOf({ ...manifest, revision: 3, intent: { manifest, files: [] } }))
  expect(message).toContain('the revision goes back')
})

describe('what is to be done with content', () => {
  const content = { ...manifest, created: undefined, revision: undefined }

  test('that was not there is a first revision', () => {
    expect(decideContent(null, content, [null], manifest.created)).toEqual({
      outcome: 'published',
      revision: 1,
    })
  })

  test('that is the same is nothing, whoever wrote it, when, and however gzip packed it', () => {
    const current: Manifest = {
      ...manifest,
      created: '2027-01-01T00:00:00.000Z',
      producer: { name: 'other', version: '9' },
      files: manifest.files.map((file) => ({ ...file, bytes: 11, sha256: 'b'.repeat(64) })),
      dialect: Object.fromEntries(Object.entries(manifest.dialect).reverse()) as Manifest['dialect'],
    }
    expect(decideContent(current, content, [{ bytes: 11, etag: 'any' }], manifest.created)).toEqual({
      outcome: 'unchanged',
      current,
    })
  })

  test.each<[string, Partial<Manifest>]>([
    ['rows', { files: manifest.files.map((file) => ({ ...file, csvSha256: 'b'.repeat(64) })) }],
    ['columns', { columns: manifest.columns.slice(1) }],
    ['kinds of columns', { columns: manifest.columns.map((each) => ({ ...each, kind: 'json' })) }],
    ['dialect', { dialect: { ...manifest.dialect, delimiter: ';' } }],
    ['formula guard', { dialect: { ...manifest.dialect, formulaGuard: true } }],
    ['compression', { compression: 'none' }],
    ['filter', { filter: { eventTypes: ['sale'] } }],
    ['zone', { zone: 'Asia/Kolkata' }],
    ['bounds', { window: { ...manifest.window, end: '2026-03-07T23:00:00.000Z' } }],
    ['number of files', { files: [...manifest.files, ...manifest.files] }],
  ])('with other %s is a replacement, one revision up', (_, other) => {
    const stored = [{ bytes: manifest.totals.bytes, etag: 'any' }]
    const decision = decideContent({ ...manifest, ...other }, content, stored, manifest.created)
    expect(decision).toEqual({ outcome: 'replaced', revision: 3 })
  })

  test.each([null, 0, manifest.totals.bytes + 1])('that is the same replaces data of %s bytes', (bytes) => {
    const stored = bytes === null ? null : { bytes, etag: 'any' }
    expect(decideContent(manifest, content, [stored], manifest.created)).toEqual({
      outcome: 'replaced',
      revision: 3,
    })
  })

  test('that is the same replaces data of the same size that is another version', () => {
    const { bytes } = manifest.totals
    const current = { ...manifest, files: manifest.files.map((file) => ({ ...file, etag: 'a' })) }
    const outcomeOf = (etag: string) =>
      decideContent(current, content, [{ bytes, etag }], manifest.created).outcome
    expect(['a', 'b'].map(outcomeOf)).toEqual(['unchanged', 'replaced'])
  })

  test('that is the same completes a publication from before the end of its window, once', () => {
    const { end } = manifest.window
    const before = new Date(Date.parse(end) - 1).toISOString()
    const stored = [{ bytes: manifest.totals.bytes, etag: 'any' }]
    const outcomeOf = (was: string, created: string) =>
      decideContent({ ...manifest, created: was }, content, stored, created).outcome
    expect(outcomeOf(before, before)).toBe('unchanged')
    expect(outcomeOf(before, end)).toBe('replaced')
    expect(outcomeOf(end, end)).toBe('unchanged')
    expect(outcomeOf(end, before)).toBe('unchanged')
  })

  test('of manifests from before there were more filters, what is not there is as without the option', () => {
    const stored = [{ bytes: manifest.totals.bytes, etag: 'any' }]
    const outcomeOf = (filter: Manifest['filter']) =>
      decideContent(manifest, { ...content, filter }, stored, manifest.created).outcome
    const { filter } = manifest
    const same: Manifest['filter'] = { ...filter, excludeHistorical: false, withoutProfile: 'include' }
    expect(outcomeOf(same)).toBe('unchanged')
    for (const other of [
      { excludeHistorical: true },
      { withoutProfile: 'exclude' },
      { attributes: true },
    ] as const)
      expect(outcomeOf({ ...filter, ...other })).toBe('replaced')
  })

  test('is the whole window where bounds, time and standing say so', () => {
    const bounds = { ...dayWindow('2026-03-07') }
    const { start, end } = bounds
    const whole = {
      ...manifest,
      window: { start: start.toISOString(), end: end.toISOString() },
      created: end.toISOString(),
    }
    expect(isWholeWindow(whole, bounds)).toBe(true)
    expect(isWholeWindow(whole, { ...bounds, start: new Date(start.getTime() + 1) })).toBe(false)
    expect(isWholeWindow(whole, { ...bounds, end: new Date(end.getTime() - 1) })).toBe(false)
    expect(isWholeWindow({ ...whole, created: new Date(end.getTime() - 1).toISOString() }, bounds)).toBe(
      false,
    )
    expect(isWholeWindow({ ...whole, intent: { manifest: whole, files: [] } }, bounds)).toBe(false)
  })
})
