import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import wabt from 'wabt'
import { expect, onTestFinished, test, vi } from 'vitest'
import { byteMarker, marker, markOf, placeOf, wasmMarker, type Marker } from '../../src/csv/marks.js'

const RFC_4180 = { delimiter: ',', quote: '"', escape: '"' }
const OTHER = { delimiter: '\t', quote: "'", escape: '\\' }

const source = (name: string) => fileURLToPath(new URL(`../../src/csv/${name}`, import.meta.url))

test('marks-wasm.ts is marks.wat', async () => {
  const module = (await wabt()).parseWat('marks.wat', readFileSync(source('marks.wat'), 'utf8'), {
    simd: true,
  })
  const { buffer } = module.toBinary({})
  const lines = Buffer.from(buffer)
    .toString('base64')
    .replaceAll(/.{1,100}/g, '$&\n')
  const file = `// marks.wat as WebAssembly, in base 64. After a change of it: UPDATE=1 npx vitest run test/csv/marks.test.ts
export const MARKS_WASM = \`
${lines}\`
`
  if (process.env.UPDATE === '1') writeFileSync(source('marks-wasm.ts'), file)
  expect(readFileSync(source('marks-wasm.ts'), 'utf8')).toBe(file)
})

/** As a reader of few lines would find them. */
function expectedMarks(bytes: Uint8Array, { delimiter, quote, escape }: typeof RFC_4180): number[] {
  let isBeyondAscii = 0
  const marks: number[] = []
  for (const [place, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte)
    if (byte >= 0x80) isBeyondAscii = 1
    if (![delimiter, quote, escape, '\r', '\n'].includes(character)) continue
    marks.push(place * 4 + (character === delimiter ? 0 : 2) + isBeyondAscii)
    isBeyondAscii = 0
  }
  return [...marks, isBeyondAscii]
}

function foundMarks(find: Marker | undefined, bytes: Uint8Array, cuts: readonly number[]): number[] {
  if (find === undefined) return expect.unreachable()
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let marks = [0]
  let from = 0
  for (const end of ends) {
    const open = marks.pop() ?? 0
    marks = [...marks, ...find(bytes.subarray(from, end), from, open)]
    from = end
  }
  return marks
}

const engines = [
  ['bytes', byteMarker],
  ['WebAssembly', wasmMarker],
] as const

test.each(engines)('%s finds each special byte, wherever pieces are cut', (_, engine) => {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from(',"\t\'\\\r\n')), fc.nat(255), fc.constant(0x61))
  const bytes = fc.uint8Array({ min: 0, max: 255, maxLength: 400 })
  const nasty = fc.array(byte, { maxLength: 400, size: 'max' }).map((codes) => Uint8Array.from(codes))
  fc.assert(
    fc.property(
      fc.oneof(bytes, nasty),
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.constantFrom(RFC_4180, OTHER),
      (file, cuts, dialect) => {
        expect(foundMarks(engine(dialect), file, cuts)).toEqual(expectedMarks(file, dialect))
      },
    ),
    { numRuns: 1000 },
  )
})

test.each(engines)('%s takes pieces of up to 64 KiB, and all of one special byte', (_, engine) => {
  for (const length of [0, 1, 63, 64, 65, 65_535, 65_536]) {
    for (const code of [0x2c, 0x22, 0x0a, 0x61, 0xe9]) {
      const bytes = new Uint8Array(length).fill(code)
      const marks = foundMarks(engine(RFC_4180), bytes, [])
      expect(marks.length).toBe(code === 0x61 || code === 0xe9 ? 1 : length + 1)
      expect(marks).toEqual(expectedMarks(bytes, RFC_4180))
    }
  }
})

test('a mark holds a place before the first byte, and any within half a GiB', () => {
  for (const place of [-1, 0, 2 ** 29 - 1]) expect(placeOf(markOf(place, 3))).toBe(place)
})

test('WebAssembly is what runs where there is some', () => {
  const memoryOf = (find: Marker | undefined) => find?.(new Uint8Array(), 0, 0).buffer
  expect(memoryOf(marker(RFC_4180))).toBe(memoryOf(wasmMarker(RFC_4180)))
})

test('where there is none files are read all the same', async () => {
  vi.stubGlobal('WebAssembly', undefined)
  onTestFinished(() => void vi.unstubAllGlobals())
  vi.resetModules()
  const { wasmMarker: missing } = await import('../../src/csv/marks.js')
  expect(missing(RFC_4180)).toBeUndefined()
  const { encodeCsv, events } = await import('dayfile')
  const { readCsv } = await import('dayfile/read')
  const { sampleEvents } = await import('dayfile/testing')
  const rows = sampleEvents({ day: '2026-03-07', count: 500 })
  const read: object[] = []
  for await (const each of readCsv(events, encodeCsv(events, rows), { decimals: 'string' })) read.push(each)
  expect(read).toEqual(rows)
})
