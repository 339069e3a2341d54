// Calls about one path, one after the other.

const turns = new Map<string, Promise<unknown>>()

/**
 * Runs when all earlier calls for the same path have ended.
 *
 * Comparing and then renaming are two calls of the file system: within a process nobody comes between them. Another
 * process may; the folder of a day is not for two of them at once.
 */
export async function inTurn<T>(path: string, run: () => Promise<T>): Promise<T> {
  const before = turns.get(path)
  const turn = (async () => {
    await before?.catch(() => undefined)
    return run()
  })()
  turns.set(path, turn)
  try {
    return await turn
  } finally {
    if (turns.get(path) === turn) turns.delete(path)
  }
}
