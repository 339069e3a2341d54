// A process that exports what its parent asks for, several windows at once if asked so.

import { isDayfileError } from 'dayfile'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'
import { exportSample } from './day.js'

/** What the parent asks for. */
export interface Order {
  /** Which one it is: what is said of it has the same. */
  readonly id: number
  /** Without its functions, which do not travel. */
  readonly server: LiveServer
  readonly folder: string
  readonly day: string
  readonly count: number
  readonly seed: number
  /** The row before which the source says 'reading' and waits for 'go on'. */
  readonly waitAt: number
}

/** What the parent is told of an order. */
export type Tidings =
  | { readonly is: 'reading' }
  | {
      readonly is: 'published'
      readonly outcome: string
      readonly revision: number
      readonly rows: number
      readonly sha256: string
    }
  | { readonly is: 'failed'; readonly code: string; readonly message: string; readonly retryable: boolean }

/** What goes on when its parent says so. */
const waiting = new Map<number, () => void>()

if (process.send !== undefined) {
  process.on('message', (message: Order | { readonly goOn: number }) => {
    if ('goOn' in message) waiting.get(message.goOn)?.()
    else
      void carryOut(message).then((tidings) => {
        tell(message, tidings)
      })
  })
  // The parent is gone, however it went.
  process.on('disconnect', () => process.exit(1))
}

async function carryOut(order: Order): Promise<Tidings> {
  const { id, server, folder, day, count, seed, waitAt } = order
  try {
    const place = placeIn(server, folder)
    const report = await exportSample(place, day, { count, seed }, async (row) => {
      if (row !== waitAt) return
      const goOn = new Promise<void>((resolve) => waiting.set(id, resolve))
      tell(order, { is: 'reading' })
      await goOn
    })
    const { outcome, revision, rows, files } = report
    return { is: 'published', outcome, revision, rows, sha256: files[0]?.sha256 ?? '' }
  } catch (error) {
    if (!isDayfileError(error)) throw error
    const { code, message, retryable } = error
    return { is: 'failed', code, message, retryable }
  }
}

function tell({ id }: Order, tidings: Tidings): void {
  process.send?.({ id, tidings })
}
