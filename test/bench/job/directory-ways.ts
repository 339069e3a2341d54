// From rows in memory to a file in a directory, in JavaScript.

import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { stringify, type Options } from 'csv-stringify'
import { dayWindow, directorySink, events, exportWindow } from 'dayfile'
import { DAY } from '../encode/rows.js'
import { publishedFile, roundFolder } from './files.js'
import type { JobInput, WayOut } from './way-out.js'

export function directoryWays(input: JobInput): WayOut[] {
  return [
    exportToDirectory(input, 'gzip'),
    userPipeline(input, 'gzip'),
    exportToDirectory(input, 'none'),
    userPipeline(input, 'none'),
    plainWrite(input),
  ]
}

function exportToDirectory({ rows, folder }: JobInput, compression: 'gzip' | 'none'): WayOut {
  const name = `dayfile exportWindow, ${compression}`
  return {
    name,
    package: 'dayfile',
    way: 'exportWindow of an array with directorySink: digests, manifest, fsync and rename are in its time.',
    async publish(round) {
      const root = await roundFolder(folder, name, round)
      const report = await exportWindow({
        dataset: events,
        window: dayWindow(DAY),
        source: () => rows,
        sink: directorySink({ root }),
        compression,
      })
      return publishedFile(join(root, report.files[0]?.key ?? ''))
    },
  }
}

/** What the pipelines of users have in common: the stream of csv-stringify. */
export function stringifierOptions(): Options {
  return {
    header: true,
    columns: events.columns.map(({ name }) => name),
    record_delimiter: 'windows',
    quote_record_delimiter: true,
    cast: { date: (date) => date.toISOString() },
  }
}

function userPipeline({ rows, folder }: JobInput, compression: 'gzip' | 'none'): WayOut {
  const name = `user pipeline, ${compression}`
  return {
    name,
    package: 'csv-stringify',
    way: 'pipeline: Readable.from(rows), stream of csv-stringify, createGzip() where compressed, createWriteStream.',
    async publish(round) {
      const path = join(await roundFolder(folder, name, round), 'events.csv')
      const source = Readable.from(rows)
      const text = stringify(stringifierOptions())
      if (compression === 'gzip') await pipeline(source, text, createGzip(), createWriteStream(path))
      else await pipeline(source, text, createWriteStream(path))
      return publishedFile(path)
    },
  }
}

/** The floor: bytes that are there already, written to a file and synced. */
function plainWrite({ golden, folder }: JobInput): WayOut {
  const name = 'write of the same bytes'
  return {
    name,
    package: null,
    way: 'The plain CSV as one Buffer, written with writeFile and synced, as directorySink syncs.',
    async publish(round) {
      const path = join(await roundFolder(folder, name, round), 'events.csv')
      const file = await open(path, 'wx')
      try {
        await file.writeFile(golden)
        await file.sync()
      } finally {
        await file.close()
      }
      return publishedFile(path)
    },
  }
}
