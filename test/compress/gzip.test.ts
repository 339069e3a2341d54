import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { crc32, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digest } from '../../src/compress/digest.js'
import { gunzip, gzip, isGzip } from '../../src/compress/gzip.js'

const MIB = 1024 * 1024

async function* chunksOf(chunks: Iterable<Uint8Array>) {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const compressed = (...chunks: Uint8Array[]) => gathered(gzip(chunksOf(chunks)))

// More than three members, of which the last is short, and the second does not compress.
const BYTES = Buffer.concat([
  Buffer.alloc(MIB, 'a,b\r\n'),
  randomBytes(MIB + 1),
  Buffer.alloc(1.5 * MIB, 'x'),
])
const CUT = Array.from({ length: Math.ceil(BYTES.length / 60_000) }, (_, index) =>
  BYTES.subarray(index * 60_000, (index + 1) * 60_000),
)

describe('what is compressed is read', () => {
  test('by node:zlib, and by this package, in chunks cut anywhere', async () => {
    const bytes = await compressed(...CUT)
    expect(isGzip(bytes)).toBe(true)
    expect(gunzipSync(bytes).equals(BYTES)).toBe(true)
    for (const size of [1000, 65_537, bytes.length]) {
      const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      expect((await gathered(gunzip(chunksOf(cut)))).equals(BYTES)).toBe(true)
    }
  })

  const PROGRAMS: [string, string[]][] = [
    ['gzip', ['-dc']],
    ['python3', ['-c', 'import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))']],
  ]
  test.each(PROGRAMS)('by %s', async (program, args) => {
    if (spawnSync(program, ['--version']).status !== 0) {
      console.log(`skipped: there is no ${program} on this machine`)
      return
    }
    for (const bytes of [BYTES, Buffer.alloc(0)]) {
      const run = spawnSync(program, args, { input: await compressed(bytes), maxBuffer: 2 * BYTES.length })
      expect(String(run.stderr)).toBe('')
      expect(run.stdout.equals(bytes)).toBe(true)
    }
  })

  test('whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), async (chunks) => {
        expect(gunzipSync(await compressed(...chunks))).toEqual(Buffer.concat(chunks))
      }),
    )
  })
})

test('the same input gives the same bytes, also when its chunks are small', async () => {
  const once = await compressed(...CUT)
  expect((await compressed(...CUT)).equals(once)).toBe(true)
  // RFC 1952: no time and no name in the header.
  expect(once.subarray(3, 8)).toEqual(Buffer.alloc(5))
})

test('the bytes do not depend on where the chunks are cut', async () => {
  const once = await compressed(BYTES)
  for (const size of [9973, MIB - 1, MIB, MIB + 1, 2 * MIB]) {
    const cut = Array.from({ length: Math.ceil(BYTES.length / size) }, (_, index) =>
      BYTES.subarray(index * size, (index + 1) * size),
    )
    expect((await compressed(...cut)).equals(once), `chunks of ${size} bytes`).toBe(true)
  }
})

test('what a chunk held when it was given is compressed, whatever is written over it later', async () => {
  // More than twice the blocks that are in memory at once, each unlike the others.
  const bytes = randomBytes(12 * MIB + 1)
  async function* oneBuffer() {
    const buffer = Buffer.alloc(60_000)
    for (let from = 0; from < bytes.length; from += buffer.length) {
      const length = bytes.copy(buffer, 0, from)
      yield buffer.subarray(0, length)
      buffer.fill('!')
    }
  }
  expect(gunzipSync(await gathered(gzip(oneBuffer()))).equals(bytes)).toBe(true)
})

test('nothing makes one empty member', async () => {
  expect(gunzipSync(await compressed()).length).toBe(0)
  expect((await compressed()).length).toBeGreaterThan(0)
})

test('no more than three blocks are pulled ahead of what was taken', async () => {
  let pulled = 0
  async function* source() {
    for (;;) {
      pulled += 64 * 1024
      yield randomBytes(64 * 1024)
    }
  }
  const members = gzip(source())
  for (let taken = 0; taken < 5; taken++) {
    await members.next()
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(pulled).toBeLessThanOrEqual((taken + 3) * MIB)
  }
  await members.return()
})

test('leaving early closes the input and settles, before and after the first bytes', async () => {
  for (const taken of [0, 1, 3]) {
    let closed = false
    async function* source() {
      try {
        for (;;) yield randomBytes(MIB)
      } finally {
        closed = true
      }
    }
    const members = gzip(source())
    for (let index = 0; index < taken; index++) await members.next()
    expect(await members.return()).toEqual({ done: true, value: undefined })
    // What was never asked for anything has nothing to close.
    expect(closed).toBe(taken > 0)
  }
})

test('an input that fails passes its error on', async () => {
  const failure = new Error('input')
  async function* source() {
    yield randomBytes(MIB)
    throw failure
  }
  await expect(gathered(gzip(source()))).rejects.toBe(failure)
  await expect(gathered(gunzip(source()))).rejects.toThrow()
  async function* failing() {
    yield await compressed(BYTES)
    throw failure
  }
  await expect(gathered(gunzip(failing()))).rejects.toBe(failure)
})

test('damaged and cut gzip is an error of zlib', async () => {
  const bytes = await compressed(...CUT)
  const flipped = Buffer.from(bytes)
  flipped.writeUInt8(flipped.readUInt8(1500) ^ 1, 1500)
  for (const broken of [bytes.subarray(0, -1), bytes.subarray(0, 1000), flipped]) {
    await expect(gathered(gunzip(chunksOf([broken])))).rejects.toMatchObject({
      code: expect.stringMatching(/^Z_/) as string,
    })
  }
})

test('all of the input is read, also what lies behind the last member', async () => {
  const whole = await compressed(Buffer.from('a,b\r\n'))
  const counted = digest()
  async function* chunks() {
    yield whole
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    yield Buffer.from('garbage')
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    yield Buffer.alloc(300_000, 'g')
  }
  const read = await gathered(gunzip(counted.through(chunks()))).catch(() => undefined)
  if (read !== undefined) expect(counted.bytes).toBe(whole.length + 7 + 300_000)
})

test('a digest counts and hashes what passes', async () => {
  const counted = digest()
  const passed = await gathered(counted.through(chunksOf(CUT)))
  expect(passed.equals(BYTES)).toBe(true)
  expect(counted.bytes).toBe(BYTES.length)
  expect(counted.sha256()).toBe(createHash('sha256').update(BYTES).digest('hex'))
  expect(counted.crc32()).toBe(crc32(BYTES).toString(16).padStart(8, '0'))
  expect(counted.sha256()).toBe(counted.sha256())
})

describe('gunzip gives all or an error', () => {
  const first = gzipSync('first\n')
  const second = gzipSync('second\n')

  async function text(...chunks: Uint8Array[]): Promise<string> {
    return (await gathered(gunzip(chunksOf(chunks)))).toString()
  }

  test('members one after the other', async () => {
    expect(await text(first, second)).toBe('first\nsecond\n')
  })

  test.each([
    ['zeros between two members', [first, Buffer.alloc(20), second]],
    ['a second member that became zeros', [first, Buffer.alloc(second.length)]],
    ['text after the last member', [first, Buffer.from('more')]],
  ])('%s', async (_, chunks) => {
    await expect(text(...chunks)).rejects.toMatchObject({ code: 'Z_DATA_ERROR' })
  })
})
