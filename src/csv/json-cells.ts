// JSON in a cell: what a value becomes, and what the cell becomes again.

import { types } from 'node:util'
import { typeName, UnfitCell } from './unfit-cell.js'

// The library's type leaves out that functions and symbols give undefined.
const stringifyJson: (value: unknown) => string | undefined = JSON.stringify

/** Writes a value as JSON. What JSON.stringify would write as something else than it is, is refused. */
export function encodeJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new UnfitCell(`expected a JSON value, received ${String(value)}`)
  }
  if (typeof value === 'string' && isJsonText(value)) {
    throw new UnfitCell(
      'expected a JSON value, received JSON text, which would be encoded twice; pass JSON.parse of it',
    )
  }
  let text: string | undefined
  try {
    text = stringifyJson(value)
  } catch {
    // The message of JSON.stringify names properties of the value, which are content: it is not passed on.
    throw new UnfitCell(
      'expected a JSON value, received one that JSON.stringify refuses (a cycle or a bigint)',
    )
  }
  if (text === undefined) throw new UnfitCell(`expected a JSON value, received ${typeName(value)}`)
  if (LOSSY.test(text)) refuseLossy(value)
  return text
}

// What a Map, a Set, a Buffer and an array of bytes become. Looking for it in the text adds a quarter to the time that
// JSON.stringify takes; looking into every value first doubled it.
const LOSSY = /\{\}|\{"type":"Buffer"|\{"0":/

const LOSSY_TYPES: readonly (readonly [(value: unknown) => boolean, string])[] = [
  [types.isMap, 'a Map, which JSON.stringify writes as {}; pass Object.fromEntries of it'],
  [types.isSet, 'a Set, which JSON.stringify writes as {}; pass an array of it'],
  [isBinary, 'bytes; pass text of them, as buffer.toString("base64") gives'],
]

/** Text has no cycles: JSON.stringify has walked the value before. */
function refuseLossy(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [isOfType, what] of LOSSY_TYPES)
    if (isOfType(value)) throw new UnfitCell(`expected a JSON value, received ${what}`)
  // What writes itself may hold anything.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return
  for (const each of Object.values(value)) refuseLossy(each)
}

function isBinary(value: unknown): boolean {
  return types.isArrayBuffer(value) || types.isSharedArrayBuffer(value) || ArrayBuffer.isView(value)
}

/** Whether text is that of an object or an array. A lone number or word may be meant as text. */
function isJsonText(text: string): boolean {
  const start = text.trimStart()
  if (!start.startsWith('{') && !start.startsWith('[')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Reads JSON. Text that is not JSON stays text: other producers' files have Python's dictionaries, {'a': True}. */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Reads JSON, and nothing else. */
export function decodeStrictJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UnfitCell('expected JSON')
  }
}
