import { csvEncoder, dayWindow, exportWindow, type Dialect } from 'dayfile'
import { readCsv } from 'dayfile/read'
import { memorySink } from 'dayfile/testing'
import { describe, expect, test } from 'vitest'
import { resolveDialect, RFC_4180 } from '../../src/csv/dialect.js'
import { parseManifest } from '../../src/publish/manifest-json.js'
import { at, orders } from './orders.js'

const window = dayWindow('2026-03-07')

describe('an option that is undefined', () => {
  test.each(Object.keys(RFC_4180))('is the default: %s', (option) => {
    expect(resolveDialect({ [option]: undefined })).toEqual(RFC_4180)
  })

  test('leaves the escape to the quote', () => {
    expect(resolveDialect({ quote: "'", escape: undefined }).escape).toBe("'")
  })

  test('leads to a manifest that can be read', async () => {
    const sink = memorySink()
    const dialect = { delimiter: ';', bom: undefined } as unknown as Partial<Dialect>
    const report = await exportWindow({
      dataset: orders,
      window,
      source: () => [{ at }],
      sink,
      csv: { dialect },
    })
    const bytes = sink.objects.get(report.manifestKey) ?? new Uint8Array()
    expect((await parseManifest(bytes, report.manifestKey)).dialect).toMatchObject({
      delimiter: ';',
      bom: false,
    })
  })
})

test('what is no option of a dialect does not get into it', () => {
  expect(resolveDialect({ header: false } as never)).toEqual(RFC_4180)
})

describe('a TypeError names', () => {
  test.each<[string, unknown, string]>([
    ['bom', { bom: 'yes' }, 'dialect.bom: expected a boolean, received string'],
    ['bom that is null', { bom: null }, 'dialect.bom: expected a boolean, received null'],
    ['a dialect that is text', ';', 'dialect: expected an object of options, received string'],
    ['a dialect that is null', null, 'dialect: expected an object of options, received null'],
    ['a dialect that is a list', [';'], 'dialect: expected an object of options, received an array'],
  ])('%s', (_, dialect, message) => {
    for (const make of [
      () => csvEncoder(orders, { dialect: dialect as never }),
      () => readCsv(orders, [], { dialect: dialect as never }),
    ]) {
      expect(make).toThrow(TypeError)
      expect(make).toThrow(message)
    }
  })
})
