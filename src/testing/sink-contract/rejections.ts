// How a promise was rejected.

import assert from 'node:assert/strict'
import { isDayfileError, type ErrorCode } from '../../errors.js'

export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    () => ({ error: undefined, rejected: false }),
    (error: unknown) => ({ error, rejected: true }),
  )
  assert.ok(settled.rejected, 'expected a rejection, received a result')
  return settled.error
}

export async function conflicts(promise: Promise<unknown>): Promise<void> {
  assertCode(await rejection(promise), ['SINK_CONFLICT'])
}

export function assertCode(error: unknown, codes: readonly ErrorCode[]): void {
  const matches = isDayfileError(error) && codes.includes(error.code)
  assert.ok(matches, `expected a DayfileError ${codes.join(' or ')}, received ${String(error)}`)
}
