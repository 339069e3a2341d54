import { dayWindow, isDayfileError, objectKeys } from 'dayfile'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const day = { day: '2026-03-07' }
const range = { day: '2026-03-07', lastDay: '2026-03-09' }

function refusal(call: () => unknown): string {
  try {
    return `accepted: ${String(call())}`
  } catch (error) {
    return isDayfileError(error, 'KEY_INVALID') ? error.details.rule : `threw ${String(error)}`
  }
}

describe('keys', () => {
  test('of a day lie in one folder that names dataset and day', () => {
    const keys = objectKeys()
    expect(keys.data('events', day, '.csv.gz')).toBe('events/dt=2026-03-07/events_2026-03-07.csv.gz')
    expect(keys.manifest('events', day)).toBe('events/dt=2026-03-07/_manifest.json')
    expect(keys.dailyPrefix('events')).toBe('events/')
    expect(keys.prefix).toBe('')
  })

  test('take whole windows', () => {
    expect(objectKeys().manifest('events', dayWindow('2026-03-07'))).toBe(
      'events/dt=2026-03-07/_manifest.json',
    )
  })

  test.each([
    ['exports', 'exports/'],
    ['exports/', 'exports/'],
    ['exports/com.sample-app', 'exports/com.sample-app/'],
    ['', ''],
    ['экспорт/日本', 'экспорт/日本/'],
  ])('begin with the prefix %j as %j', (prefix, start) => {
    const keys = objectKeys({ prefix })
    expect(keys.prefix).toBe(start)
    expect(keys.data('events', day, '.csv')).toBe(`${start}events/dt=2026-03-07/events_2026-03-07.csv`)
    expect(keys.dailyPrefix('events')).toBe(`${start}events/`)
  })

  test('of a range lie outside of all daily folders', () => {
    const keys = objectKeys({ prefix: 'exports' })
    expect(keys.data('events', range, '.csv.gz')).toBe(
      'exports/ranges/events/2026-03-07_2026-03-09/events_2026-03-07_2026-03-09.csv.gz',
    )
    const manifest = keys.manifest('events', range)
    expect(manifest).toBe('exports/ranges/events/2026-03-07_2026-03-09/_manifest.json')
    expect(manifest.startsWith(keys.dailyPrefix('events'))).toBe(false)
    expect(keys.dayOfManifest('events', manifest)).toBeUndefined()
  })
})

describe('templates', () => {
  test.each([
    ['{year}/{month}/{dayOfMonth}/{dataset}/file', '2026/03/07/events/file.csv', ''],
    ['{dataset}/{year}/{month}/{dayOfMonth}/part', 'events/2026/03/07/part.csv', 'events/'],
    [
      '{dataset}/y={year}/m={month}/d={dayOfMonth}/{day}',
      'events/y=2026/m=03/d=07/2026-03-07.csv',
      'events/',
    ],
    ['a/{dataset}-{day}/{dataset}', 'a/events-2026-03-07/events.csv', 'a/'],
  ])('%s', (template, data, dailyPrefix) => {
    const keys = objectKeys({ keys: template })
    expect(keys.data('events', day, '.csv')).toBe(data)
    expect(keys.dailyPrefix('events')).toBe(dailyPrefix)
    expect(keys.dayOfManifest('events', keys.manifest('events', day))).toBe('2026-03-07')
  })

  test('whose parts of a date disagree in a key name no day', () => {
    const keys = objectKeys({ keys: '{dataset}/{year}/{year}-{month}/{dayOfMonth}/x' })
    expect(keys.dayOfManifest('events', 'events/2026/2026-03/07/_manifest.json')).toBe('2026-03-07')
    expect(keys.dayOfManifest('events', 'events/2026/2027-03/07/_manifest.json')).toBeUndefined()
  })
})

describe('dayOfManifest', () => {
  const keys = objectKeys({ prefix: 'a+b/c.d' })
  test.each([
    ['a+b/c.d/events/dt=2026-03-07/_manifest.json', '2026-03-07'],
    ['a+b/c.d/events/dt=2026-03-07/events_2026-03-07.csv.gz', undefined],
    ['a+b/cxd/events/dt=2026-03-07/_manifest.json', undefined],
    ['aab/c.d/events/dt=2026-03-07/_manifest.json', undefined],
    ['a+b/c.d/events2/dt=2026-03-07/_manifest.json', undefined],
    ['a+b/c.d/events/dt=2026-3-7/_manifest.json', undefined],
    ['a+b/c.d/events/dt=2026-03-07/_manifest.json.bak', undefined],
    ['x/a+b/c.d/events/dt=2026-03-07/_manifest.json', undefined],
    ['a+b/c.d/events/dt=2026-03-07/deeper/_manifest.json', undefined],
  ])('of %s is %s', (key, expected) => {
    expect(keys.dayOfManifest('events', key)).toBe(expected)
  })
})

describe('are refused:', () => {
  const LONG = 'x'.repeat(1000)
  test.each([
    ['a parent folder', '..', '"/../"'],
    ['a parent folder inside', 'a/../b', '"/../"'],
    ['a present folder', 'a/./b', '"/./"'],
    ['an absolute prefix', '/a', 'begins or ends with "/"'],
    ['a slash alone', '/', 'names no folder; leave it out'],
    ['slashes alone', '///', 'names no folder; leave it out'],
    ['two slashes at the end', 'a//', '"//"'],
    ['two slashes inside', 'a//b', '"//"'],
    ['a control character', 'a\u0007b', 'a character that keys may not have'],
    ['a line feed', 'a\nb', 'a character that keys may not have'],
    ['NUL', 'a\u0000b', 'a character that keys may not have'],
    ['a zero-width space', 'a\u200Bb', 'a character that keys may not have'],
    ['a zero-width joiner', 'a\u200Db', 'a character that keys may not have'],
    ['a combining grapheme joiner, which nobody sees', 'a\u034Fb', 'a character that keys may not have'],
    ['a variation selector, which nobody sees', 'a\uFE0Fb', 'a character that keys may not have'],
    ['a Hangul filler, which nobody sees', 'a\u115Fb', 'a character that keys may not have'],
    ['a right-to-left override', 'a\u202Eb', 'a character that keys may not have'],
    ['a full-width slash', 'a\uFF0Fb', 'a character that keys may not have'],
    ['a division slash', 'a\u2215b', 'a character that keys may not have'],
    ['a full-width full stop twice', '\uFF0E\uFF0E', 'a character that keys may not have'],
    ['a full-width letter', '\uFF41', 'NFKC'],
    ['a letter in two code points', 'cafe\u0301', 'NFKC'],
    ['a lone surrogate', 'a\uD800', 'a character that keys may not have'],
    ['a backslash', 'a\\b', 'a character that keys may not have'],
    ['a placeholder', '{dataset}', 'a character that keys may not have'],
    ['more than 1,024 bytes', `${LONG}/${LONG}`, '1024 bytes'],
    ['more than 1,024 bytes in fewer letters', '語'.repeat(342), '1024 bytes'],
  ])('prefixes with %s', (_, prefix, rule) => {
    expect(refusal(() => objectKeys({ prefix }))).toContain(rule)
  })

  test.each([
    ['{dataset}/{day}/../x', '"/../"'],
    ['/{dataset}/{day}/x', 'begins or ends with "/"'],
    ['{dataset}//{day}/x', '"//"'],
    ['{dataset}/{day}/', 'the name of a file'],
    ['{dataset}/{hour}/{day}/x', 'not {hour}'],
    ['{dataset}/{day', '{dataset} and {day}'],
    ['{day}/x', '{dataset} and {day}'],
    ['{dataset}/x-{day}', '{dataset} and {day}'],
    ['{dataset}/{year}/{month}/x', '{dataset} and {day}'],
    ['', '{dataset} and {day}'],
    [`{dataset}/{day}/${LONG}${LONG}`, '1024 bytes'],
    ['{dataset}/{day}/a\u200Bb', 'a character that keys may not have'],
  ])('the template %j', (keys, rule) => {
    expect(refusal(() => objectKeys({ keys }))).toContain(rule)
  })

  test.each(['..', '../..', 'a/../../b', '/a', 'a\u0000', '', 'a//b', 'x'.repeat(1025)])(
    'the dataset name %j, when a key is made of it',
    (dataset) => {
      const keys = objectKeys({ prefix: 'exports' })
      expect(refusal(() => keys.data(dataset, day, '.csv'))).not.toContain('accepted')
      expect(refusal(() => keys.manifest(dataset, day))).not.toContain('accepted')
    },
  )

  test.each<[object, string]>([
    [{ prefix: '../x' }, '; correct the option prefix'],
    [{ prefix: 'a\nb' }, '; correct the option prefix'],
    [{ prefix: '/' }, '; leave it out'],
    [{ prefix: '\uFF41' }, '; write it in Unicode form NFKC'],
    [{ keys: '{day}/x' }, '; correct the option keys'],
    [{ keys: '{dataset}/{hour}/{day}/x' }, '; correct the option keys'],
    [{ keys: '{dataset}/{day}/' }, '; correct the option keys'],
    [{ keys: '{dataset}//{day}/x' }, '; correct the option keys'],
  ])('%j with a message that ends in the next step', (options, next) => {
    expect(() => objectKeys(options)).toThrow(new RegExp(`^object key ".*": .*${next}$`))
  })

  test('a day that is none with a message that names it', () => {
    const day = { day: '../..' }
    expect(() => objectKeys().manifest('events', day)).toThrow(
      '; correct the prefix, the template or the day',
    )
  })

  test.each<[unknown, string]>([
    [{ prefix: 5 }, 'option prefix: expected a string, received number'],
    [{ prefix: null }, 'option prefix: expected a string, received null'],
    [{ keys: () => 'x' }, 'option keys: expected a template, which is a string, received function'],
    [{ keys: objectKeys() }, 'option keys: expected a template, which is a string, received object'],
    ['exports', 'options of objectKeys: expected an object of options, received string'],
  ])('options of the wrong shape, by name (%#)', (options, message) => {
    expect(() => objectKeys(options as object)).toThrow(TypeError)
    expect(() => objectKeys(options as object)).toThrow(message)
  })

  test('a prefix that is short enough alone and too long with a key', () => {
    const keys = objectKeys({ prefix: 'x'.repeat(1010) })
    expect(refusal(() => keys.data('events', day, '.csv'))).toContain('1024 bytes')
  })
})

describe('whatever is asked for', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'a',
      '/',
      '.',
      '..',
      '//',
      'é',
      '\u0301',
      '\uFF0F',
      '\u200B',
      '{day}',
      '{dataset}',
      '\u0000',
      ' ',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  const dates = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))

  test('a key is refused, or lies under the prefix with no empty or relative part', () => {
    fc.assert(
      fc.property(text, text, text, dates, (prefix, template, dataset, date) => {
        const made = [
          () => objectKeys({ prefix }),
          () => objectKeys({ prefix, keys: template }),
          () => objectKeys({ prefix, keys: `{dataset}/${template}/{day}/${template}` }),
        ].flatMap((make) => {
          try {
            const keys = make()
            const window = { day: date }
            return [
              [keys, keys.data(dataset, window, '.csv')],
              [keys, keys.manifest(dataset, { ...window, lastDay: '9999-12-31' })],
            ] as const
          } catch (error) {
            if (!isDayfileError(error, 'KEY_INVALID')) throw error
            return []
          }
        })
        for (const [keys, key] of made) {
          expect(key.startsWith(keys.prefix)).toBe(true)
          expect(key.split('/').filter((part) => part === '' || part === '.' || part === '..')).toEqual([])
          expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024)
          expect(key.normalize('NFKC')).toBe(key)
          expect(Buffer.from(key).toString()).toBe(key)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('dayOfManifest is the inverse of manifest, and the manifest lies under dailyPrefix', () => {
    const templates = fc.constantFrom(
      '{dataset}/dt={day}/{dataset}_{day}',
      '{year}/{dataset}/{month}/{dayOfMonth}/x',
      '{dataset}/{year}{month}{dayOfMonth}/x',
      'a.b/{day}.{dataset}/{day}/x',
    )
    const datasets = fc.constantFrom('events', 'paywall_views', 'a-b', '2026-03-07')
    fc.assert(
      fc.property(templates, datasets, dates, (template, dataset, date) => {
        const keys = objectKeys({ prefix: 'p', keys: template })
        const manifest = keys.manifest(dataset, { day: date })
        expect(keys.dayOfManifest(dataset, manifest)).toBe(date)
        expect(manifest.startsWith(keys.dailyPrefix(dataset))).toBe(true)
      }),
    )
  })
})
