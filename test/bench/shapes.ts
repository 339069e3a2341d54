// In: rows of unusual shapes. Out: what a cell of each costs, and where dayfile is slower than another library.

import { ratioOf, timingOf, type Timing } from './measure/rounds.js'
import type { Subject, Table, Target, Value } from './report/result.js'
import { measuredShape, type MeasuredShape } from './shapes/measured-shape.js'
import { linearNames, shapeMakers } from './shapes/shapes.js'

const MOST_UNEVEN = 1.25

export const shapes: Subject = {
  name: 'shapes',
  async run({ rows = 20_000, rounds = 5, progress }) {
    const measured: MeasuredShape[] = []
    for (const [index, make] of shapeMakers({ rows }).entries()) {
      const shape = make()
      progress(`shapes: ${shape.name}`)
      measured.push(await measuredShape(shape, { index, rows, rounds }))
    }
    return {
      subject: 'shapes',
      title: 'what a cell costs, whatever the rows look like',
      compared: [
        'Every dataset has a time, as ISO text, and text columns; cells have 8 characters by default and no two of them are the same. Encoding is done as in the subject encode, reading as in the subject read: bytes in chunks of 64 KiB, typed rows.',
        'A cliff is a shape in which dayfile is slower than another library. The outputs of dayfile are compared before; those of d3-dsv end records with LF throughout.',
      ],
      targets: targetsOf(measured, linearNames({ rows })),
      tables: [
        shapesTable('Encoding: nanoseconds a cell', measured, ({ encode }) => encode),
        {
          ...shapesTable('Reading: nanoseconds a cell', measured, ({ read }) => read),
          notes: measured.flatMap(({ differences }) => differences),
        },
      ],
    }
  },
}

type TimingsOf = (measured: MeasuredShape) => readonly Timing[]

function shapesTable(title: string, measured: readonly MeasuredShape[], timingsOf: TimingsOf): Table {
  const others = (measured[0] === undefined ? [] : timingsOf(measured[0])).slice(1).map(({ name }) => name)
  const rows = measured.map((each): Record<string, Value> => {
    const { name, cells, csvBytes } = each
    const timings = timingsOf(each)
    const own = timingOf(timings, 'dayfile')
    const line: Record<string, Value> = {
      name,
      own: (own.medianMs / cells) * 1e6,
      speed: csvBytes / own.medianMs / 1000,
      cliff: cliffs(timings).join(', '),
    }
    for (const other of others) {
      const theirs = timingOf(timings, other)
      line[other] = (theirs.medianMs / cells) * 1e6
      line[`${other} ratio`] = ratioOf(theirs, own)
    }
    return line
  })
  return {
    title,
    columns: [
      { key: 'name', title: '' },
      { key: 'speed', title: 'MB/s', digits: 0 },
      { key: 'own', title: 'dayfile', digits: 0 },
      ...others.flatMap((other) => [
        { key: other, title: libraryOf(other), digits: 0 },
        { key: `${other} ratio`, title: 'dayfile is', digits: 2 },
      ]),
      { key: 'cliff', title: 'cliff' },
    ],
    rows,
  }
}

/** Contenders have the name of the library first, and its way after that. */
function libraryOf(contender: string): string {
  return contender.split(/[/ ]/)[0] ?? contender
}

function cliffs(timings: readonly Timing[]): string[] {
  const own = timingOf(timings, 'dayfile')
  return timings.filter((timing) => ratioOf(timing, own) < 1).map(({ name }) => libraryOf(name))
}

function targetsOf(measured: readonly MeasuredShape[], linear: readonly string[]): Target[] {
  const [few, , many] = linear
  return (['encode', 'read'] as const).flatMap((work): Target[] => {
    const perCell = (name: string | undefined): number => {
      const found = measured.find((each) => each.name === name)
      return found === undefined ? NaN : timingOf(found[work], 'dayfile').medianMs / found.cells
    }
    const atMost = (what: string, wanted: number, value: number): Target => ({
      what: `${work}: ${what}`,
      bound: 'at most',
      wanted,
      measured: value,
    })
    return [
      atMost('cost of a row, 100 times the rows, as a multiple', MOST_UNEVEN, perCell(many) / perCell(few)),
      atMost(
        'cost of a cell, 200 columns against 44, as a multiple',
        MOST_UNEVEN,
        perCell('200 columns') / perCell('44 columns'),
      ),
      atMost('shapes with a cliff', 0, measured.filter((each) => cliffs(each[work]).length > 0).length),
    ]
  })
}
