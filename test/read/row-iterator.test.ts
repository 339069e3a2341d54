import { expect, test } from 'vitest'
import { rowIterator } from '../../src/read/row-iterator.js'

/** Rows that come in pulls, each of which ends only when it is let. */
function supply(...pulls: number[][]) {
  const ready: number[] = []
  const waiting: (() => void)[] = []
  let closed = 0
  const iterator = rowIterator<number>({
    take: () => ready.shift(),
    async pull() {
      await new Promise<void>((resolve) => waiting.push(resolve))
      const rows = pulls.shift()
      ready.push(...(rows ?? []))
      return rows !== undefined
    },
    close() {
      closed++
      return Promise.resolve()
    },
  })
  const release = async (): Promise<void> => {
    while (waiting.length === 0) await Promise.resolve()
    waiting.shift()?.()
  }
  return { iterator, release, closed: () => closed }
}

const END = { done: true, value: undefined }

test('calls that do not wait for each other are answered in their order', async () => {
  const { iterator, release } = supply([1, 2], [3])
  const answers = [iterator.next(), iterator.next(), iterator.next(), iterator.next(), iterator.next()]
  for (let pull = 0; pull < 3; pull++) await release()
  expect(await Promise.all(answers)).toEqual([
    ...[1, 2, 3].map((value) => ({ done: false, value })),
    END,
    END,
  ])
})

test('return comes after the call that is under way, closes once, and ends', async () => {
  const { iterator, release, closed } = supply([1, 2])
  const answers = [iterator.next(), iterator.return(), iterator.next()]
  expect(closed()).toBe(0)
  await release()
  expect(await Promise.all(answers)).toEqual([{ done: false, value: 1 }, END, END])
  expect(closed()).toBe(1)
})

test('an error closes, is thrown once, and ends', async () => {
  for (const place of ['take', 'pull'] as const) {
    const failure = new Error(place)
    let closed = false
    const fail = (): never => {
      throw failure
    }
    const iterator = rowIterator<number>({
      take: place === 'take' ? fail : () => undefined,
      pull: place === 'pull' ? () => Promise.reject(failure) : () => Promise.resolve(true),
      close() {
        closed = true
        return Promise.resolve()
      },
    })
    await expect(iterator.next()).rejects.toBe(failure)
    expect(closed).toBe(true)
    expect(await iterator.next()).toEqual(END)
  }
})

test('what is thrown into it comes out untouched', async () => {
  const { iterator, closed } = supply([1])
  const mine = Object.assign(new Error('mine'), { code: 'Z_DATA_ERROR' })
  await expect(iterator.throw(mine)).rejects.toBe(mine)
  expect(closed()).toBe(1)
  expect(await iterator.next()).toEqual(END)
})

test('disposing closes what is read, as `await using` does, and rows end then', async () => {
  const { iterator, closed } = supply([1])
  await (iterator as AsyncGenerator<number> & AsyncDisposable)[Symbol.asyncDispose]()
  expect(closed()).toBe(1)
  expect(await iterator.next()).toEqual(END)
})
