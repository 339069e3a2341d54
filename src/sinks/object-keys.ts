// In: a dataset and a window. Out: the keys of its objects, which never leave the prefix.

import { DayfileError } from '../errors.js'
import { requireOptions, STRING, type OptionTable } from '../options.js'

/** What a key is made of: the name of a dataset, and a window's first and last day. */
export interface KeyWindow {
  readonly day: string
  /** Only of windows over several days. */
  readonly lastDay?: string | undefined
}

/** The keys of a sink or an archive. */
export interface ObjectKeys {
  /** Before every key: empty, or ending in `/`. */
  readonly prefix: string
  /** The data object of a window; `extension` is `.csv` or `.csv.gz`. */
  data(dataset: string, window: KeyWindow, extension: string): string
  /** The manifest of a window, beside its data. */
  manifest(dataset: string, window: KeyWindow): string
  /** What the keys of all daily objects of a dataset begin with. */
  dailyPrefix(dataset: string): string
  /** The day whose manifest has this key, or undefined when it is no daily manifest of the dataset. */
  dayOfManifest(dataset: string, key: string): string | undefined
}

/** Options of {@link objectKeys}. */
export interface ObjectKeysOptions {
  /** A folder, nested by `/`; with or without one at its end, as `exports/com.sample-app`. Defaults to none. */
  readonly prefix?: string | undefined
  /**
   * The path of a day's data without its extension; defaults to `{dataset}/dt={day}/{dataset}_{day}`. Knows `{dataset}`,
   * `{day}`, `{year}`, `{month}` and `{dayOfMonth}`. Its folder has to tell datasets and days apart.
   */
  readonly keys?: string | undefined
}

export const KEYS_OPTIONS = {
  prefix: STRING,
  keys: ['a template, which is a string', STRING[1]],
} satisfies OptionTable<ObjectKeysOptions>

const DEFAULT_TEMPLATE = '{dataset}/dt={day}/{dataset}_{day}'
const MANIFEST_NAME = '_manifest.json'
// S3's own limit, in bytes of UTF-8.
const MAX_KEY_BYTES = 1024
// How a message ends, by what of a key is wrong.
const CORRECT = {
  prefix: 'correct the option prefix',
  template: 'correct the option keys',
  key: 'correct the prefix, the template or the day that it is made of',
} as const
const PLACEHOLDER = /\{(\w+)\}/g

/**
 * Makes the keys of a sink or an archive from a prefix and a template.
 *
 * A window over several days lies outside of the daily folders, in `ranges/{dataset}/{first}_{last}/`, so that who
 * lists the days never sees a row twice.
 *
 * @throws DayfileError `KEY_INVALID` when prefix or template could give a key that is empty, absolute, longer than
 * 1,024 bytes, has `//`, `.` or `..` as a part, or characters that look like another one or none.
 * @throws TypeError when an option has the wrong shape.
 * @example
 * objectKeys({ prefix: 'exports/' }).data('events', { day: '2026-03-07' }, '.csv.gz')
 * // 'exports/events/dt=2026-03-07/events_2026-03-07.csv.gz'
 */
export function objectKeys(options: ObjectKeysOptions = {}): ObjectKeys {
  requireOptions('objectKeys', options, KEYS_OPTIONS)
  const { prefix = '', keys: template = DEFAULT_TEMPLATE } = options
  if (/^\/+$/.test(prefix)) {
    throw keyInvalid(prefix, 'a prefix of slashes alone names no folder; leave it out')
  }
  const root = prefix.replace(/\/$/, '')
  if (root !== '') requireSafeKey(root, 'prefix')
  const folder = template.slice(0, template.lastIndexOf('/') + 1)
  requireTemplate(template, folder)
  const start = root === '' ? '' : `${root}/`

  const keyOf = (dataset: string, { day, lastDay }: KeyWindow, daily: string, range: string): string => {
    const path =
      lastDay === undefined ? fill(daily, dataset, day) : `ranges/${dataset}/${day}_${lastDay}/${range}`
    return requireSafeKey(start + path, 'key')
  }
  return Object.freeze({
    prefix: start,
    data: (dataset: string, window: KeyWindow, extension: string) =>
      keyOf(
        dataset,
        window,
        template + extension,
        `${dataset}_${window.day}_${window.lastDay ?? ''}${extension}`,
      ),
    manifest: (dataset: string, window: KeyWindow) =>
      keyOf(dataset, window, folder + MANIFEST_NAME, MANIFEST_NAME),
    // Listing begins at the last folder that is the same for all days.
    dailyPrefix(dataset: string) {
      const beforeDay = folder.slice(0, folder.search(/\{(day|year|month|dayOfMonth)\}/))
      return start + fill(beforeDay.slice(0, beforeDay.lastIndexOf('/') + 1), dataset, '0000-00-00')
    },
    dayOfManifest(dataset: string, key: string) {
      const match = manifestPattern(start + folder, dataset).exec(key)
      const { day, year, month, dayOfMonth } = match?.groups ?? {}
      if (match === null) return undefined
      return day ?? `${year ?? ''}-${month ?? ''}-${dayOfMonth ?? ''}`
    },
  })
}

function fill(template: string, dataset: string, day: string): string {
  const [year = '', month = '', dayOfMonth = ''] = day.split('-')
  const values: Record<string, string> = { dataset, day, year, month, dayOfMonth }
  return template.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '')
}

function manifestPattern(folder: string, dataset: string): RegExp {
  const shapes: Record<string, string> = {
    day: String.raw`\d{4}-\d\d-\d\d`,
    year: String.raw`\d{4}`,
    month: String.raw`\d\d`,
    dayOfMonth: String.raw`\d\d`,
  }
  const seen = new Set<string>()
  const source = folder
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      if (name === undefined) return escapeRegExp(part)
      if (name === 'dataset') return escapeRegExp(dataset)
      if (seen.has(name)) return String.raw`\k<${name}>`
      seen.add(name)
      return `(?<${name}>${shapes[name] ?? ''})`
    })
    .join('')
  return new RegExp(`^${source}${escapeRegExp(MANIFEST_NAME)}$`)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}

function requireTemplate(template: string, folder: string): void {
  const known = ['dataset', 'day', 'year', 'month', 'dayOfMonth']
  const unknown = [...template.matchAll(PLACEHOLDER)]
    .map((match) => match[1] ?? '')
    .find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw keyInvalid(
      template,
      `the template knows {dataset}, {day}, {year}, {month} and {dayOfMonth}, not {${unknown}}`,
      CORRECT.template,
    )
  }
  const hasDay =
    folder.includes('{day}') || ['{year}', '{month}', '{dayOfMonth}'].every((each) => folder.includes(each))
  if (!folder.includes('{dataset}') || !hasDay) {
    throw keyInvalid(
      template,
      'the folder of the template has to hold {dataset} and {day}, or two days would share a manifest',
      CORRECT.template,
    )
  }
  if (template.endsWith('/')) {
    throw keyInvalid(template, 'the template has to end in the name of a file', CORRECT.template)
  }
  requireSafeKey(fill(template, 'dataset', '2026-01-01'), 'template')
}

function requireSafeKey(key: string, what: keyof typeof CORRECT): string {
  const next = CORRECT[what]
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw keyInvalid(key, `the ${what} is longer than ${MAX_KEY_BYTES} bytes`, next)
  // Letters, digits and marks of any script, and the ASCII that S3, file systems and SQL all take as it is. Slashes and
  // dots of other scripts, zero-width and control characters are none of these; some letters and marks are invisible.
  if (
    !/^[\p{L}\p{N}\p{M} !'()*+,\-./:=@_~&$;]+$/u.test(key) ||
    /\p{Default_Ignorable_Code_Point}/u.test(key)
  ) {
    throw keyInvalid(key, `the ${what} holds a character that keys may not have`, next)
  }
  if (key.normalize('NFKC') !== key) {
    throw keyInvalid(key, `the ${what} holds characters that look like others; write it in Unicode form NFKC`)
  }
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw keyInvalid(key, `the ${what} begins or ends with "/", or has "//", "/./" or "/../"`, next)
  }
  return key
}

/** `next` says what to do where the rule does not. */
export function keyInvalid(key: string, rule: string, next?: string): DayfileError {
  const told = next === undefined ? rule : `${rule}; ${next}`
  return new DayfileError('KEY_INVALID', `object key ${JSON.stringify(key)}: ${told}`, { key, rule })
}
