// In: results. Out: lines for a terminal of 110 columns.

import type { Machine } from '../measure/machine.js'
import { formatted, isReached, type SubjectResult, type Table, type Target } from './result.js'

const WIDTH = 110

export function machineLines({ node, v8, cpu, cores, memoryGB, system, versions }: Machine): string[] {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Node ${node} (V8 ${v8}), ${system}, ${cpu}, ${cores} cores, ${memoryGB} GB`,
    ...wrapped(list.join(', '), ''),
  ]
}

export function resultLines(result: SubjectResult): string[] {
  return [
    '',
    `${result.subject.toUpperCase()}: ${result.title}`,
    ...result.compared.flatMap((paragraph) => wrapped(paragraph, '  ')),
    ...result.tables.flatMap((table) => ['', ...tableLines(table)]),
    '',
    ...targetLines(result.targets),
  ]
}

function tableLines({ title, columns, rows, notes = [] }: Table): string[] {
  const texts = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map(({ key, digits }) => formatted(row[key], digits))),
  ]
  const widths = columns.map((_, at) => Math.max(...texts.map((cells) => cells[at]?.length ?? 0)))
  const lines = texts.map((cells) =>
    cells
      .map((text, at) => {
        const width = widths[at] ?? 0
        return columns[at]?.digits === undefined ? text.padEnd(width) : text.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
  const [head = '', ...body] = lines
  const rule = '-'.repeat(Math.min(WIDTH, Math.max(...lines.map(({ length }) => length))))
  return [title, head, rule, ...body, ...notes.flatMap((note) => wrapped(note, '  '))]
}

function targetLines(targets: readonly Target[]): string[] {
  const width = Math.max(0, ...targets.map(({ what }) => what.length))
  return targets.map((target) => {
    const { what, bound, wanted, measured } = target
    return `${isReached(target) ? 'reached' : 'missed '}  ${what.padEnd(width)}  ${measured.toFixed(2)} (${bound} ${wanted})`
  })
}

export function wrapped(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line]
}
