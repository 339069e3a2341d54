import { expect, test } from 'vitest'
import { RecordCells, type Field } from '../../src/csv/record-cells.js'
import { RecordScanner } from '../../src/csv/record-scanner.js'

// What a reader of whole files cannot see, or only by accident.

const RFC_4180 = { delimiter: ',', quote: '"', escape: '"' }

function opened() {
  const scanner = new RecordScanner(RFC_4180)
  const cells = new RecordCells(scanner, RFC_4180)
  /** The first cells of the records that have an end by now. */
  function* records(count: number): Generator<Field[]> {
    while (scanner.next()) {
      cells.begin(count - 1)
      yield Array.from({ length: count }, (_, index) => cells.field(index))
    }
  }
  return { scanner, records }
}

test.each([
  ['commas', ','],
  ['escaped quotes', '""'],
  ['line ends', '\n'],
])('a quoted cell of %s takes no memory for the marks within it', (_, content) => {
  const { scanner, records } = opened()
  const piece = Buffer.from(content.repeat(60_000 / content.length))
  scanner.write(Buffer.from('"'))
  for (let count = 0; count < 100; count++) {
    scanner.write(piece)
    expect(scanner.next()).toBe(false)
  }
  expect(scanner.marks.length).toBeLessThan(4 * piece.length)
  scanner.write(Buffer.from('"\n'))
  const expected = content.replaceAll('""', '"').repeat((100 * 60_000) / content.length)
  expect([...records(1)].map(([cell]) => cell === expected)).toEqual([true])
})

test('text beyond ASCII that nobody reads does not shift the cells of the next records', () => {
  const record = (row: number) => `é${row},漢字,ééééééééé`
  for (let rows = 1; rows < 400; rows++) {
    const { scanner, records } = opened()
    const found: Field[][] = []
    const all = Array.from({ length: rows + 400 }, (_, row) => record(row))
    // The end of a record that is in the text already comes with another block.
    scanner.write(Buffer.from(all.slice(0, rows).join('\n')))
    found.push(...records(2))
    scanner.write(Buffer.from(`\n${all.slice(rows).join('\n')}\n`))
    found.push(...records(2))
    expect(found).toEqual(all.map((_, row) => [`é${row}`, '漢字']))
  }
})

test('U+FEFF within the file is text', () => {
  const { scanner, records } = opened()
  scanner.write(Buffer.from('éa,éb\n\uFEFFx,é\n\uFEFFy,é\n'))
  expect([...records(2)]).toEqual([
    ['éa', 'éb'],
    ['\uFEFFx', 'é'],
    ['\uFEFFy', 'é'],
  ])
})
