// A body that watches its reader.

export interface Probe extends AsyncIterable<Uint8Array> {
  readonly pulls: number
  readonly mostPending: number
  /** Whether it has ended, failed, or was told to stop. */
  readonly closed: boolean
}

/** A body that watches how it is read. No generator: that would hide a pull made while another one is pending. */
export function probe(plan: {
  readonly chunk: Uint8Array
  readonly chunks: number
  readonly then: 'end' | 'silence' | Error
  readonly onPull?: (pull: number) => void
}): Probe {
  const seen = { pulls: 0, mostPending: 0, closed: false }
  let pending = 0
  const answer = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    seen.pulls++
    plan.onPull?.(seen.pulls)
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    if (seen.pulls <= plan.chunks) return { done: false, value: plan.chunk }
    if (plan.then === 'silence') return new Promise(() => undefined)
    seen.closed = true
    if (plan.then === 'end') return { done: true, value: undefined }
    throw plan.then
  }
  return Object.defineProperties({} as Probe, {
    pulls: { get: () => seen.pulls },
    mostPending: { get: () => seen.mostPending },
    closed: { get: () => seen.closed },
    [Symbol.asyncIterator]: {
      value: () => ({
        next: () => {
          seen.mostPending = Math.max(seen.mostPending, ++pending)
          return answer().finally(() => pending--)
        },
        return: () => {
          seen.closed = true
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    },
  })
}

/** The count once it has stayed the same for many turns of the event loop, which the storage has too. */
export async function settledCount(count: () => number): Promise<number> {
  let before = -1
  for (let same = 0; same < 5000;) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    same = count() === before ? same + 1 : 0
    before = count()
  }
  return before
}
