// Programs and libraries that other people read gzip with take a file of this package to its last byte.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip, gunzipSync, inflateRawSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { dayWindow, directorySink, encodeCsv, events, exportWindow } from 'dayfile'
import { sampleEvents } from 'dayfile/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gather } from '../csv/gather.js'

const DAY = '2026-03-07'
const rows = sampleEvents({ day: DAY, count: 15_000 })

const folder = mkdtempSync(join(tmpdir(), 'dayfile-gzip-'))
const path = join(folder, 'events.csv.gz')
let csv: Buffer = Buffer.alloc(0)
let bytes: Buffer = Buffer.alloc(0)

async function exported(root: string): Promise<Buffer> {
  const { files } = await exportWindow({
    dataset: events,
    window: dayWindow(DAY),
    source: () => rows,
    sink: directorySink({ root }),
  })
  return readFileSync(join(root, files[0]?.key ?? ''))
}

beforeAll(async () => {
  csv = await gather(encodeCsv(events, rows))
  bytes = await exported(join(folder, 'first'))
  writeFileSync(path, bytes)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

const HEADER_BYTES = 10
const TRAILER_BYTES = 8

interface Member {
  readonly header: Buffer
  /** Where its compressed data ends and the trailer begins. */
  readonly end: number
  readonly length: number
}

/** The members, found as RFC 1952 has them: a header without optional fields, deflated data, a trailer. */
function membersOf(file: Buffer): Member[] {
  const members: Member[] = []
  for (let start = 0; start < file.length;) {
    const { buffer, engine } = inflateRawSync(file.subarray(start + HEADER_BYTES), {
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    const end = start + HEADER_BYTES + engine.bytesWritten
    members.push({ header: file.subarray(start, start + HEADER_BYTES), end, length: buffer.length })
    start = end + TRAILER_BYTES
  }
  return members
}

describe('node:zlib', () => {
  test('reads all of it at once', () => {
    expect(csv.length).toBeGreaterThan(5 * 1024 * 1024)
    expect(gunzipSync(bytes).equals(csv)).toBe(true)
  })

  test.each([512, 4096, 65_537])('reads all of it as a stream of chunks of %i bytes', async (size) => {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    expect((await gather(Readable.from(chunks).pipe(createGunzip()))).equals(csv)).toBe(true)
  })
})

function isMissing(program: string, args: string[]): boolean {
  const { error, status } = spawnSync(program, args)
  const missing = error !== undefined || status !== 0
  if (missing) console.log(`gzip readers: ${program} is skipped, as it is not installed here`)
  return missing
}

const PYTHON_WHOLE = `
import gzip, sys
sys.stdout.buffer.write(gzip.decompress(open(sys.argv[1], 'rb').read()))
`
const PYTHON_STREAM = `
import gzip, shutil, sys
with gzip.open(sys.argv[1]) as file: shutil.copyfileobj(file, sys.stdout.buffer, 1000)
`

const PROGRAMS: [title: string, program: string, args: string[]][] = [
  ['gzip', 'gzip', ['-dc']],
  ['zcat', 'zcat', []],
  ['python3, whole', 'python3', ['-c', PYTHON_WHOLE]],
  ['python3, as a stream', 'python3', ['-c', PYTHON_STREAM]],
]
for (const [title, program, args] of PROGRAMS) {
  test.skipIf(isMissing(program, ['--version']))(`${title} reads all of it`, () => {
    const { stdout, stderr } = spawnSync(program, [...args, path], { maxBuffer: 2 * csv.length })
    expect(String(stderr)).toBe('')
    expect(stdout.equals(csv)).toBe(true)
  })
}

test.skipIf(isMissing('gzip', ['--version']))('gzip finds it whole', () => {
  const { status, stderr } = spawnSync('gzip', ['-t', path])
  expect(String(stderr)).toBe('')
  expect(status).toBe(0)
})

test('DuckDB counts and sums what was exported', async () => {
  let cents = 0n
  for (const { revenue_usd: revenue } of rows) {
    if (typeof revenue !== 'string') continue
    const [whole = '', fraction = ''] = revenue.split('.')
    cents += BigInt(whole + fraction.padEnd(2, '0'))
  }
  expect(cents).toBeGreaterThan(0n)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(
      `SELECT count(*), sum(CAST(revenue_usd AS DECIMAL(18, 2)) * 100)::BIGINT
        FROM read_csv('${path.replaceAll("'", "''")}', header = true, all_varchar = true, quote = '"', escape = '"')`,
    )
    expect(reader.getRows()).toEqual([[BigInt(rows.length), cents]])
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
})

// java.util.zip.GZIPInputStream asks, behind a member, whether its input has bytes ready. A file has; what comes over a
// network may say that it has none, and then only a header that lies in the buffer of 512 bytes tells that there is
// more. Otherwise the file ends there, without an error. Where the buffer ends depends on how long the first read was.

const BUFFER_BYTES = 512

/** What such a reader takes of a file when its first read brings so many bytes behind the header. */
function takenAsInJava(members: readonly Member[], total: number, firstRead: number): number {
  let taken = 0
  let filledTo = HEADER_BYTES + firstRead
  for (const { end, length } of members) {
    while (filledTo < end) filledTo = Math.min(total, filledTo + BUFFER_BYTES)
    taken += length
    const buffered = filledTo - end
    if (buffered <= TRAILER_BYTES + HEADER_BYTES + TRAILER_BYTES) return taken
  }
  return taken
}

test('a reader that goes by what it has buffered finds all of it, wherever its buffer ends', () => {
  const members = membersOf(bytes)
  const lost = Array.from({ length: BUFFER_BYTES }, (_, index) => index + 1)
    .map((firstRead) => ({ firstRead, bytes: csv.length - takenAsInJava(members, bytes.length, firstRead) }))
    .filter((each) => each.bytes > 0)
  expect(lost.slice(0, 3), `${lost.length} of ${BUFFER_BYTES} ways to read lose bytes`).toEqual([])
})

// Prints how many bytes it reads of the file, and then of a stream over it that never has bytes ready, with first reads
// of so many bytes.
const JAVA = `
import java.io.*;
import java.util.zip.GZIPInputStream;

class Gunzip {
  public static void main(String[] args) throws Exception {
    byte[] file = new FileInputStream(args[0]).readAllBytes();
    try (InputStream in = new FileInputStream(args[0])) { count(in); }
    for (int first = 1; first <= 512; first += 16) {
      int length = first;
      count(new ByteArrayInputStream(file) {
        boolean begun = false;
        @Override public int available() { return 0; }
        @Override public int read(byte[] to, int offset, int size) {
          // What is shorter is of a header.
          boolean first = !begun && size == 512;
          begun = begun || first;
          return super.read(to, offset, first ? length : size);
        }
      });
    }
  }

  static void count(InputStream in) throws IOException {
    byte[] buffer = new byte[65536];
    long total = 0;
    GZIPInputStream gzip = new GZIPInputStream(in);
    for (int read; (read = gzip.read(buffer)) > 0; ) total += read;
    System.out.println(total);
  }
}
`

/** It runs from its source alone where there is a JDK. */
function countsOfJava(): number[] {
  const source = join(folder, 'Gunzip.java')
  writeFileSync(source, JAVA)
  const { stdout, stderr } = spawnSync('java', [source, path], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.trim().split('\n').map(Number)
}

function lacksJdk(): boolean {
  const { error, stdout } = spawnSync('java', ['--list-modules'], { encoding: 'utf8' })
  const missing = error !== undefined || !stdout.includes('jdk.compiler')
  if (missing) console.log('gzip readers: java is skipped, as there is no JDK here')
  return missing
}

describe.skipIf(lacksJdk())("Java's GZIPInputStream", () => {
  let counts: number[] = []
  beforeAll(() => {
    counts = countsOfJava()
  })

  test('reads all of a file', () => {
    expect(counts[0]).toBe(csv.length)
  })

  test('reads all of a stream that has no bytes ready', () => {
    expect(counts.slice(1)).toEqual(Array<number>(32).fill(csv.length))
  })
})

describe('the bytes', () => {
  test('are the same for the same rows', async () => {
    expect(sha256(await exported(join(folder, 'second')))).toBe(sha256(bytes))
  })

  test('hold no time and no name, and the same header in every member', () => {
    const members = membersOf(bytes)
    expect(members.reduce((total, { length }) => total + length, 0)).toBe(csv.length)
    for (const { header } of members) {
      // RFC 1952: magic, deflate, no flags, no time; then XFL and OS.
      expect([...header.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
      expect(header).toEqual(members[0]?.header)
    }
  })
})
