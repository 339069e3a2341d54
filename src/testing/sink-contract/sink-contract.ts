// The laws of a sink, and of the archive that reads what it wrote. They name no test framework: each is a sentence and
// a function that rejects when the sink breaks it.

import assert from 'node:assert/strict'
import { FUNCTION, isObject, required, requireOptions, type OptionTable } from '../../options.js'
import { ABORT_LAWS } from './aborts.js'
import { ARCHIVE_LAWS } from './archive.js'
import { bench, type Check, type SinkUnderTest } from './bench.js'
import { BODY_LAWS } from './bodies.js'
import { CONTENT_LAWS } from './contents.js'
import { REMOVAL_LAWS } from './removing.js'
import { TAKEOVER_LAWS } from './takeovers.js'
import { VERSION_LAWS } from './versions.js'
import { VISIBILITY_LAWS } from './visibility.js'

/** Options of {@link sinkContract}. */
export interface SinkContractOptions {
  readonly open: () => SinkUnderTest | Promise<SinkUnderTest>
  /** Laws that do not hold, by their sentence, each with the reason. A sentence that is no law is refused. */
  readonly skip?: Readonly<Record<string, string>> | undefined
}

const CONTRACT_OPTIONS = {
  open: required(FUNCTION),
  skip: ['an object of sentences', isObject],
} satisfies OptionTable<SinkContractOptions>

/** One law. */
export interface SinkLaw {
  /** A sentence, to be the title of a test. */
  readonly law: string
  /** Why it is not checked; `check` then does nothing. */
  readonly skipped?: string
  /** Rejects with an AssertionError when the sink breaks the law. */
  readonly check: () => Promise<void>
}

/**
 * Gives the laws that every sink has to keep, as checks for the test framework of your application.
 *
 * Each check opens a sink of its own and closes it. The largest object has 12 MiB; a law about holding back offers
 * 256 MiB to a storage that takes nothing.
 *
 * @throws TypeError when `open` is no function, or `skip` names a sentence that is no law.
 * @example
 * const [first] = sinkContract({ open: () => ({ sink: memorySink() }) })
 * await first.check() // in a test file, for each of them: test(law, check)
 * first.law // 'reading a missing object returns null'
 */
export function sinkContract(options: SinkContractOptions): readonly SinkLaw[] {
  requireOptions('sinkContract', options, CONTRACT_OPTIONS)
  const { open, skip = {} } = options
  const unknown = Object.keys(skip).find((sentence) => !LAWS.some(([law]) => law === sentence))
  if (unknown !== undefined)
    throw new TypeError(`sinkContract: option skip: unknown test ${JSON.stringify(unknown)}`)
  return LAWS.map(([law, check]) => {
    const skipped = skip[law]
    if (skipped !== undefined) return { law, skipped, check: () => Promise.resolve() }
    return { law, check: () => checked(open, check) }
  })
}

// In the order in which who writes a sink comes to them.
const LAWS: readonly (readonly [string, Check])[] = [
  VISIBILITY_LAWS,
  BODY_LAWS,
  ABORT_LAWS,
  CONTENT_LAWS,
  VERSION_LAWS,
  TAKEOVER_LAWS,
  REMOVAL_LAWS,
  ARCHIVE_LAWS,
].flatMap((group) => Object.entries(group))

async function checked(open: SinkContractOptions['open'], law: Check) {
  const opened = await open()
  try {
    await law(bench(opened))
    if (opened.residue !== undefined)
      assert.deepEqual(await opened.residue(), [], 'something was left behind')
  } finally {
    await opened.close?.()
  }
}
