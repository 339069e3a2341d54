import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { directoryArchive, directorySink, isDayfileError, type Sink } from 'dayfile'
import { afterEach, describe, expect, test } from 'vitest'
import { asSinkError } from '../../src/sinks/directory.js'
import { directoryPlace } from './places.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function place() {
  const made = await directoryPlace()
  cleanups.push(() => made.close())
  return made
}

const { signal } = new AbortController()
const KEY = 'events/dt=2026-03-07/events_2026-03-07.csv'

const stage = (sink: Sink, ...chunks: string[]) => stageAt(sink, KEY, ...chunks)

const stageAt = (sink: Sink, key: string, ...chunks: string[]) =>
  sink.stage(key, chunksOf(chunks), { contentType: 'text/csv', signal })

async function* chunksOf(chunks: readonly string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

const giveUp = async (sink: Sink, ...tokens: (string | undefined)[]) =>
  sink.unstage?.(KEY, { tokens: tokens.map(String), mayBeCommitting: false, signal })

async function failure(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDayfileError(error)) throw new Error('expected a DayfileError', { cause: error })
  return error
}

/** Another process that stages the day's data under KEY, and waits to be told to commit. */
async function otherProcess(root: string) {
  const script = `
    import { directorySink } from ${JSON.stringify(new URL('../../src/sinks/directory-sink.ts', import.meta.url).href)}
    async function* body() {
      yield Buffer.from('of the other process')
      console.log('staging')
      await new Promise((resolve) => process.stdin.once('data', resolve))
    }
    const staged = await directorySink({ root: ${JSON.stringify(root)} }).stage(${JSON.stringify(KEY)}, body(), {
      contentType: 'text/csv', signal: new AbortController().signal,
    })
    await staged.commit()
    process.exit()`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await closed
  })
  await once(child.stdout, 'data')
  return {
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    async commit() {
      child.stdin.end('now')
      await closed
      return child.exitCode
    },
  }
}

const MANIFEST = 'events/dt=2026-03-07/_manifest.json'

describe('what a killed run left', () => {
  test('is hidden, and removed by the next run of the same day', async () => {
    const { root, sink, keys, residue } = await place()
    await (await otherProcess(root)).kill()
    expect(await residue()).not.toEqual([])
    expect(await keys()).toEqual([])

    const staged = await stage(sink, 'whole')
    await staged.commit()
    expect(await residue()).toEqual([])
    expect(await keys()).toEqual([KEY])
    expect(await readFile(join(root, KEY), 'utf8')).toBe('whole')
  })

  test('is removed by a run that compresses, or no longer does', async () => {
    const { root, sink, residue } = await place()
    await (await otherProcess(root)).kill()
    expect(await residue()).not.toEqual([])
    await (await stageAt(sink, `${KEY}.gz`, 'whole')).commit()
    expect(await residue()).toEqual([])
  })

  test('of a manifest too, by one that writes it', async () => {
    const { root, sink, residue } = await place()
    await mkdir(join(root, 'events/dt=2026-03-07/._manifest.json.staging-abcdef'), { recursive: true })
    await sink.write(MANIFEST, Buffer.from('{}'), { contentType: 'application/json', ifMatch: null, signal })
    expect(await residue()).toEqual([])
  })

  test('of a manifest too, by a run that finds nothing changed', async () => {
    const { root, sink, residue } = await place()
    const folder = join(root, 'events/dt=2026-03-07/._manifest.json.staging-abcdef')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '_manifest.json'), '{')
    await (await stage(sink, 'the same as before')).discard()
    expect(await residue()).toEqual([])
  })

  test('by a process that had the number of this one', async () => {
    const { root, sink, residue } = await place()
    const name = `._manifest.json.staging-${process.pid}-abcdef`
    await mkdir(join(root, 'events/dt=2026-03-07', name), { recursive: true })
    await (await stage(sink, 'whole')).commit()
    expect(await residue()).toEqual([])
  })

  test('is told from hidden files of others, which stay', async () => {
    const { root, sink, residue } = await place()
    const folder = join(root, 'events/dt=2026-03-07')
    await mkdir(join(folder, '.snapshot'), { recursive: true })
    await mkdir(join(folder, '.notes.staging-area'))
    await writeFile(join(folder, '.notes.staging-abcdef'), 'a file, and no folder')
    const before = await residue()
    await (await stage(sink, 'whole')).commit()
    expect(new Set(await residue())).toEqual(new Set(before))
  })

  // Root may remove anything.
  test.skipIf(process.getuid?.() === 0)('is no obstacle where it cannot be removed', async () => {
    const { root, sink, keys } = await place()
    const folder = join(root, 'events/dt=2026-03-07/._manifest.json.staging-abcdef')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '_manifest.json'), '{')
    await chmod(folder, 0o555)
    await (await stage(sink, 'whole')).commit()
    await chmod(folder, 0o755)
    expect(await keys()).toEqual([KEY])
  })
})

describe('runs that stage other files of the same folder at once leave each other alone:', () => {
  test('in one process', async () => {
    const { sink, residue, keys, bytes } = await place()
    const plain = await stage(sink, 'plain')
    const compressed = await stageAt(sink, `${KEY}.gz`, 'compressed')
    const options = { contentType: 'application/json', ifMatch: null, signal }
    await sink.write(MANIFEST, Buffer.from('{}'), options)
    await plain.commit()
    await compressed.commit()
    expect(await keys()).toEqual([MANIFEST, KEY, `${KEY}.gz`])
    expect(String(await bytes(KEY))).toBe('plain')
    expect(String(await bytes(`${KEY}.gz`))).toBe('compressed')
    expect(await residue()).toEqual([])
  })

  test('many of them, that begin in the same moment', async () => {
    const { root, sink, residue, bytes } = await place()
    const sinks = [sink, directorySink({ root })]
    for (let round = 0; round < 10; round++) {
      const names = Array.from({ length: 12 }, (_, run) => `events/dt=2026-03-07/${round}-${run}`)
      await Promise.all(
        names.flatMap((name, run) => [
          stageAt(sinks[run % 2] ?? sink, `${name}.csv`, name).then((staged) => staged.commit()),
          sink.write(`${name}.json`, Buffer.from(name), {
            contentType: 'application/json',
            ifMatch: null,
            signal,
          }),
        ]),
      )
      for (const name of names) {
        expect(String(await bytes(`${name}.csv`))).toBe(name)
        expect(String(await bytes(`${name}.json`))).toBe(name)
      }
    }
    expect(await residue()).toEqual([])
  })

  test('in two processes', async () => {
    const { root, sink, residue, bytes } = await place()
    const other = await otherProcess(root)
    await (await stageAt(sink, `${KEY}.gz`, 'of this process')).commit()
    expect(await other.commit()).toBe(0)
    expect(String(await bytes(KEY))).toBe('of the other process')
    expect(String(await bytes(`${KEY}.gz`))).toBe('of this process')
    expect(await residue()).toEqual([])
  })
})

describe('two runs at once', () => {
  test('one that another gives up ends with SINK_CONFLICT', async () => {
    const { sink, residue, bytes } = await place()
    const older = await stage(sink, 'older')
    const newer = await stage(sink, 'newer')
    const tokens = (await sink.stagings?.(KEY, { signal }))?.map(({ token }) => token)
    expect(tokens?.sort()).toEqual([older.token, newer.token].sort())
    await giveUp(sink, older.token)
    const prefix = KEY.slice(0, KEY.lastIndexOf('/') + 2)
    expect(await sink.stagings?.(prefix, { signal })).toEqual([{ key: KEY, token: newer.token }])
    const error = await failure(older.commit())
    expect(error).toMatchObject({ code: 'SINK_CONFLICT', retryable: true })
    expect(error.message).toContain('run again')
    await newer.commit()
    await older.discard()
    expect(String(await bytes(KEY))).toBe('newer')
    expect(await residue()).toEqual([])
  })

  test('one that is given up while it still writes ends with SINK_CONFLICT', async () => {
    const { sink, bytes } = await place()
    async function* body() {
      yield Buffer.from('older, ')
      await giveUp(sink, ...((await sink.stagings?.(KEY, { signal })) ?? []).map(({ token }) => token))
      yield Buffer.from('all of it')
    }
    const older = await sink.stage(KEY, body(), { contentType: 'text/csv', signal })
    expect(await failure(older.commit())).toMatchObject({ code: 'SINK_CONFLICT' })
    await expect(bytes(KEY)).rejects.toThrow()
  })

  test('many that stage and commit at once leave one whole file, and no other error than SINK_CONFLICT', async () => {
    const { sink, residue, bytes, keys } = await place()
    for (let round = 0; round < 10; round++) {
      const texts = Array.from({ length: 12 }, (_, run) => `${round}.${run} `.repeat(1000))
      const results = await Promise.allSettled(
        texts.map(async (text) => {
          const staged = await stage(sink, text)
          await staged.commit()
        }),
      )
      const codes = results.map((each) => (each.status === 'fulfilled' ? 'ok' : describeError(each.reason)))
      expect(codes.filter((code) => code !== 'SINK_CONFLICT' && code !== 'ok')).toEqual([])
      expect(codes).toContain('ok')
      const won = texts.filter((_, run) => codes[run] === 'ok')
      expect(won).toContain(String(await bytes(KEY)))
    }
    expect(await keys()).toEqual([KEY])
    expect(await residue()).toEqual([])
  })

  test('many that write the same small object leave one winner, and no other error than SINK_CONFLICT', async () => {
    const { sink, residue } = await place()
    const options = { contentType: 'application/json', signal }
    for (let round = 0; round < 20; round++) {
      const key = `events/dt=2026-03-07/${round}.json`
      const results = await Promise.allSettled(
        Array.from({ length: 12 }, (_, run) =>
          sink.write(key, Buffer.from(String(run)), { ...options, ifMatch: null }),
        ),
      )
      const codes = results.map((each) => (each.status === 'fulfilled' ? 'ok' : describeError(each.reason)))
      expect(codes.filter((code) => code !== 'SINK_CONFLICT')).toEqual(['ok'])
      const winner = codes.indexOf('ok')
      expect(String((await sink.read(key, { signal }))?.bytes)).toBe(String(winner))
    }
    expect(await residue()).toEqual([])
  })
})

function describeError(error: unknown): string {
  return isDayfileError(error) ? error.code : String(error)
}

test('chunks of all sizes are written whole and in order', async () => {
  const { sink, root } = await place()
  const sizes = [0, 1, 30_000, 1024 * 1024 - 1, 3 * 1024 * 1024, 0, ...Array<number>(60).fill(40_000)]
  const chunks = sizes.map((size, index) => String.fromCharCode(97 + (index % 26)).repeat(size))
  await (await stage(sink, ...chunks)).commit()
  expect((await readFile(join(root, KEY), 'latin1')) === chunks.join('')).toBe(true)
  await (await stage(sink)).commit()
  expect((await stat(join(root, KEY))).size).toBe(0)
})

test('a file system that takes a part of the bytes and no more is SINK_UNAVAILABLE, and nothing stays', async () => {
  const { root } = await place()
  const script = `
    import { directorySink } from ${JSON.stringify(new URL('../../src/sinks/directory-sink.ts', import.meta.url).href)}
    async function* body() { for (let chunk = 0; chunk < 26; chunk++) yield Buffer.alloc(100_000, 'x') }
    try {
      await directorySink({ root: ${JSON.stringify(root)} }).stage(${JSON.stringify(KEY)}, body(), {
        contentType: 'text/csv', signal: new AbortController().signal,
      })
    } catch (error) {
      console.log(error.code, error.cause?.code)
    }`
  // No file may have more than 2,500 KiB, which the last write crosses: it takes a part and says no word of the rest.
  const limited = `trap '' XFSZ; ulimit -f 2500; exec "$0" --import tsx --input-type=module -e "$1"`
  const child = spawn('bash', ['-c', limited, process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  expect(await text(child.stdout)).toBe('SINK_UNAVAILABLE EFBIG\n')
  expect(await readdir(join(root, 'events/dt=2026-03-07'))).toEqual([])
})

test('a replacement is a rename: who has the old file open reads it to its end', async () => {
  const { root, sink, archive } = await place()
  await (await stage(sink, 'old '.repeat(200_000))).commit()
  const before = await stat(join(root, KEY))
  const reading = archive.open(KEY)[Symbol.asyncIterator]()
  const first = await reading.next()
  await (await stage(sink, 'new')).commit()
  expect((await stat(join(root, KEY))).ino).not.toBe(before.ino)
  let text = Buffer.from(first.value ?? '').toString()
  for (;;) {
    const step = await reading.next()
    if (step.done === true) break
    text += Buffer.from(step.value).toString()
  }
  expect(text).toBe('old '.repeat(200_000))
})

describe('failures of the file system', () => {
  test('a root under a file is SINK_UNAVAILABLE and names the operation', async () => {
    const { root } = await place()
    await writeFile(join(root, 'file'), '')
    const sink = directorySink({ root: join(root, 'file') })
    const error = await failure(stage(sink, 'x'))
    expect(error).toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: false,
      details: { operation: 'stage', key: KEY, reason: 'ENOTDIR' },
    })
    expect(error.cause).toMatchObject({ code: 'ENOTDIR' })
  })

  test('a folder in the place of the file is an error that leaves nothing staged', async () => {
    const { root, sink, residue } = await place()
    await mkdir(join(root, KEY, 'inside'), { recursive: true })
    const staged = await stage(sink, 'x')
    expect(await failure(staged.commit())).toMatchObject({ code: 'SINK_UNAVAILABLE' })
    await staged.discard()
    expect(await residue()).toEqual([])
  })

  // Root may write anywhere.
  test.skipIf(process.getuid?.() === 0)('a folder that may not be written is SINK_DENIED', async () => {
    const { root, sink } = await place()
    await chmod(root, 0o555)
    const error = await failure(stage(sink, 'x'))
    await chmod(root, 0o755)
    expect(error).toMatchObject({ code: 'SINK_DENIED', retryable: false, details: { reason: 'EACCES' } })
  })

  test.each([
    ['EACCES', 'SINK_DENIED', false, 'permissions'],
    ['EPERM', 'SINK_DENIED', false, 'permissions'],
    ['EROFS', 'SINK_DENIED', false, 'read-only'],
    ['ENOENT', 'SINK_NOT_FOUND', false, 'check the root'],
    ['EEXIST', 'SINK_CONFLICT', true, 'run again'],
    ['ENOSPC', 'SINK_UNAVAILABLE', true, 'free space'],
    ['ENOTDIR', 'SINK_UNAVAILABLE', false, 'check the root'],
    ['EISDIR', 'SINK_UNAVAILABLE', false, 'check the root'],
    ['ENAMETOOLONG', 'SINK_UNAVAILABLE', false, 'check the root'],
    ['EDQUOT', 'SINK_UNAVAILABLE', true, 'free space'],
    ['EIO', 'SINK_UNAVAILABLE', true, 'run again'],
    ['EMFILE', 'SINK_UNAVAILABLE', true, 'run again'],
  ])('%s is %s', (errno, code, retryable, next) => {
    const cause = Object.assign(new Error(`${errno}: what the system says`), { code: errno })
    const error = asSinkError('file:///exports', 'stage', KEY, cause)
    expect(error).toMatchObject({ code, retryable })
    expect(error).toHaveProperty('details', {
      location: 'file:///exports',
      operation: 'stage',
      key: KEY,
      reason: errno,
    })
    expect(error).toHaveProperty('message', expect.stringContaining(next))
    expect(error).toHaveProperty('cause', cause)
  })

  test('an error that is not of the file system passes as it is', () => {
    for (const error of [
      new Error('no code'),
      Object.assign(new Error('other'), { code: 'ERR_X' }),
      'text',
    ]) {
      expect(asSinkError('file:///exports', 'stage', KEY, error)).toBe(error)
    }
  })
})

test('a key that leaves the root is KEY_INVALID, and nothing is written', async () => {
  const { root, sink, archive } = await place()
  for (const key of ['../outside', '/etc/passwd', 'a/../../outside', '..']) {
    await expect(async () =>
      sink.stage(key, chunksOf(['x']), { contentType: 'text/csv', signal }),
    ).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await expect(async () => sink.read(key, { signal })).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await expect(async () => sink.remove(key, { signal })).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await expect(archive.open(key)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'KEY_INVALID',
    })
  }
  expect(await readdir(root)).toEqual([])
})

test.each([undefined, '', 5, null])('the root %j is refused when the sink is made', (root) => {
  expect(() => directorySink({ root: root as string })).toThrow(TypeError)
  expect(() => directoryArchive({ root: root as string })).toThrow(TypeError)
})

test('no file handle stays open, whatever became of the runs', async () => {
  const { sink, archive } = await place()
  const open = async () => (await readdir('/proc/self/fd').catch(() => [])).length
  await (await stage(sink, 'warm')).commit()
  const before = await open()
  for (let run = 0; run < 20; run++) {
    await (await stage(sink, 'a')).commit()
    await (await stage(sink, 'b')).discard()
    async function* failing() {
      yield Buffer.from('c')
      throw new Error('body')
    }
    await sink.stage(KEY, failing(), { contentType: 'text/csv', signal }).catch(() => undefined)
    for await (const chunk of archive.open(KEY)) if (chunk.length > 0) break
  }
  expect(await open()).toBeLessThanOrEqual(before + 1)
})
