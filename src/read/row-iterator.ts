// In: rows of which most are there at once. Out: the same as an async generator has them.

/** Where the rows come from. */
export interface RowSupply<Row> {
  /** The next row of those that are there, or undefined. */
  readonly take: () => Row | undefined
  /** Gets more of them; false when there are no more to come. */
  readonly pull: () => Promise<boolean>
  readonly close: () => Promise<void>
}

/**
 * Hands rows out one by one, in the order of the calls, as an async generator would. A generator's own promises for each
 * row took a fifth of the time of reading six columns of 44.
 */
export function rowIterator<Row>({ take, pull, close }: RowSupply<Row>): AsyncGenerator<Row, void, void> {
  let ended = false
  // The last of the calls that are under way: who comes later waits for it.
  let turn: Promise<unknown> | undefined

  function inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const mine = turn === undefined ? step() : turn.then(step, step)
    turn = mine
    const leave = (): void => {
      if (turn === mine) turn = undefined
    }
    mine.then(leave, leave)
    return mine
  }

  async function advance(): Promise<IteratorResult<Row, void>> {
    try {
      while (!ended) {
        const row = take()
        if (row !== undefined) return new Step(row)
        if (!(await pull())) ended = true
      }
      return { done: true, value: undefined }
    } catch (error) {
      return fail(error)
    }
  }

  async function fail(error: unknown): Promise<never> {
    await end()
    throw error
  }

  async function end(): Promise<IteratorResult<Row, void>> {
    ended = true
    await close()
    return { done: true, value: undefined }
  }

  const iterator = {
    next(): Promise<IteratorResult<Row, void>> {
      if (turn !== undefined || ended) return inTurn(advance)
      let row: Row | undefined
      try {
        row = take()
      } catch (error) {
        return inTurn(() => fail(error))
      }
      return row === undefined ? inTurn(advance) : Promise.resolve(new Step(row))
    },
    return: () => inTurn(end),
    throw: (error: unknown) => inTurn(() => fail(error)),
    [Symbol.asyncIterator]: () => iterator,
    // As generators have it from Node 24 on, for `await using`.
    [Symbol.asyncDispose]: async () => {
      await inTurn(end)
    },
  }
  return iterator
}

/** No object literal, for the reason that compiledRowReader has. */
class Step<Row> {
  readonly done = false
  constructor(readonly value: Row) {}
}
