// What one call of an encoder leaves for the next: nothing but its counts.

import { column, csvEncoder, defineDataset, encodeCsv, events } from 'dayfile'
import { sampleEvents } from 'dayfile/testing'
import { expect, test } from 'vitest'

const AT = '2026-03-07'
const notes = defineDataset({
  name: 'notes',
  timeColumn: 'at',
  columns: [column.instant('at', { nullable: false }), column.text('note'), column.json('tags')],
})

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

test('a handler that encodes a mended row leaves the rows of the outer call alone', () => {
  let mended: Uint8Array = new Uint8Array()
  const encoder = csvEncoder(notes, {
    onInvalidRow: () => {
      mended = encoder.encode([{ at: AT, note: 'mended' }])
      return 'skip'
    },
  })
  const rows = [{ at: AT, note: 'first' }, { at: 'never' }, { at: AT, note: 'third' }]
  expect(text(encoder.encode(rows))).toBe(`${AT},first,\r\n${AT},third,\r\n`)
  expect(text(mended)).toBe(`${AT},mended,\r\n`)
  expect(encoder.report).toMatchObject({ rows: 3, rejectedRows: 1 })
})

test('a row that encodes others while it is encoded is written whole', () => {
  const encoder = csvEncoder(notes)
  const inner: string[] = []
  const encodes = (note: string) => ({
    toJSON() {
      inner.push(text(encoder.encode([{ at: AT, note }])))
      return note
    },
  })
  const rows = ['a', 'b', 'c'].map((note) => ({ at: AT, note, tags: encodes(`in ${note}`) }))
  expect(text(encoder.encode(rows))).toBe(
    ['a', 'b', 'c'].map((note) => `${AT},${note},"""in ${note}"""\r\n`).join(''),
  )
  expect(inner).toEqual(['a', 'b', 'c'].map((note) => `${AT},in ${note},\r\n`))
})

test('nothing of a call that failed is in the next one', () => {
  const encoder = csvEncoder(notes)
  expect(() =>
    encoder.encode([
      { at: AT, note: 'lost' },
      { at: AT, note: {} as never },
    ]),
  ).toThrow('row 2')
  expect(text(encoder.encode([{ at: AT, note: 'next' }]))).toBe(`${AT},next,\r\n`)
})

test('bytes that were handed out never change, and may be transferred', () => {
  const rows = sampleEvents({ day: AT, count: 6400 })
  const whole = text(csvEncoder(events).encode(rows))
  for (const isTransferred of [false, true]) {
    const encoder = csvEncoder(events, { onInvalidRow: 'skip' })
    const records: Uint8Array[] = []
    for (let from = 0; from < rows.length; from += 64) {
      const bytes = encoder.encode(rows.slice(from, from + 64))
      records.push(isTransferred ? Buffer.from(bytes) : bytes)
      if (isTransferred) structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })
    }
    expect(text(Buffer.concat(records)) === whole).toBe(true)
    expect(encoder.report).toMatchObject({ rows: 6400, rejectedRows: 0 })
  }
})

test('a stream of bytes, which transfers each chunk, gets all of them', async () => {
  const rows = sampleEvents({ day: AT, count: 3000 })
  const chunks = encodeCsv(events, rows)
  const stream = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
  const csv = await new Response(stream as never).text()
  expect(csv.match(/\r\n/g)?.length).toBeGreaterThanOrEqual(3001)
})

test('column names that would make a header of more than 64 MiB are an error of their row', () => {
  const encoder = csvEncoder(notes)
  const row = { at: AT, ['k'.repeat(64 * 1024 * 1024)]: 1 }
  expect(() => encoder.encode([row])).toThrow(expect.objectContaining({ code: 'ROW_INVALID' }))
})

test('small encoders take little memory', () => {
  const before = process.memoryUsage().external
  const kept = Array.from({ length: 500 }, () => {
    const encoder = csvEncoder(notes)
    return [encoder, encoder.encode([{ at: AT }])]
  })
  expect(kept).toHaveLength(500)
  expect(process.memoryUsage().external - before).toBeLessThan(8 * 1024 * 1024)
})

// Short text is copied character by character, longer text by the runtime.
test('text of every length up to 130 is written alike, whatever stands in it', () => {
  for (const special of ['x', ',', '"', '\n', '\r', 'é', '€', '😀', '\ud800']) {
    for (let length = 0; length <= 130; length++) {
      for (const place of [0, Math.floor(length / 2), length]) {
        const note = 'a'.repeat(place) + special + 'b'.repeat(length - place)
        const cell = /[",\r\n]/.test(note) ? `"${note.replaceAll('"', '""')}"` : note
        const expected = Buffer.from(`${AT},${cell},\r\n`)
        expect(expected.equals(csvEncoder(notes).encode([{ at: AT, note }])), `${special} ${length}`).toBe(
          true,
        )
      }
    }
  }
})
