import { column } from 'dayfile'
import { describe, expect, test } from 'vitest'

describe('an option of the wrong shape is a TypeError that names column and option', () => {
  test.each<[object, string]>([
    [{ nullable: 'no' }, 'option nullable: expected a boolean, received string'],
    [{ nullable: null }, 'option nullable: expected a boolean, received null'],
    [{ values: 'abc' }, 'option values: expected a list of strings, received string'],
    [{ values: [1] }, 'option values: expected a list of strings, received an array'],
    [{ aliases: 'x' }, 'option aliases: expected a list of strings, received string'],
    [{ description: 5 }, 'option description: expected a string, received number'],
    [{ since: 5 }, 'option since: expected a string, received number'],
    [{ since: new Date(0) }, 'option since: expected a string, received object'],
    [{ source: 5 }, 'option source: expected a string, received number'],
    [{ lowerCase: 1 }, 'option lowerCase: expected a boolean, received number'],
  ])('%o', (options, message) => {
    for (const kind of ['text', 'integer', 'decimal', 'boolean', 'date', 'instant', 'json'] as const) {
      const make = (): unknown => column[kind]('price', options)
      expect(make).toThrow(TypeError)
      expect(make).toThrow(`column "price": ${message}`)
    }
  })

  test.each([null, 'required', true])('options that are none: %j', (options) => {
    expect(() => column.text('note', options as never)).toThrow(
      'options of column "note": expected an object of options, received',
    )
  })

  test('a name that begins with a byte order mark, which a reader would take away', () => {
    expect(() => column.text('\uFEFFnote')).toThrow('byte order mark')
    expect(() => column.text('note', { aliases: ['\uFEFFnotes'] })).toThrow('byte order mark')
  })

  test('an alias that cannot be a header', () => {
    expect(() => column.text('note', { aliases: [''] })).toThrow(TypeError)
  })
})

describe('are taken:', () => {
  test('options that are undefined, as if they were left out', () => {
    const { name, kind, ...fields } = column.text('note')
    const options = Object.fromEntries(Object.keys(fields).map((each) => [each, undefined]))
    expect(column.text('note', options)).toEqual(column.text('note'))
  })

  test('the fields of another column', () => {
    const note = column.text('note', { values: ['a'], aliases: ['memo'] })
    expect(column.text('note', note as never)).toEqual(note)
  })
})
