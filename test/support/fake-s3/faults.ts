import type { OperationName, Reply } from './operations.js'
import { leaf } from './xml.js'

/** One line of the log: what a client asked for, and what it was told. */
export interface FakeS3Operation {
  /** Place in the log, from 0. */
  readonly index: number
  readonly operation: OperationName
  /** Empty when the request names none. */
  readonly bucket: string
  readonly key: string
  /** Request headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly uploadId?: string
  readonly partNumber?: number
  /** Of the keys that a listing asks for. */
  readonly prefix?: string
  /** HTTP status of the outcome; 0 until there is one. */
  readonly status: number
  /** True once the answer was handed over whole: a carried out but lost one has a status and false here. */
  readonly answered: boolean
  /** Bytes of content, without framing: of the request body in writes, of the answer in GetObject. */
  readonly bytes: number
}

export interface FaultMatcher {
  operation?: OperationName
  bucket?: string
  key?: string | RegExp
  /** Matches the operation at this place in the log. */
  index?: number
  /** Lets this many matching operations pass first; 0 when absent. */
  after?: number
  /** How often the fault strikes; 1 when absent, `Infinity` for always. */
  times?: number
}

export interface ErrorAnswer {
  status: number
  code: string
  message?: string
  headers?: Record<string, string>
  /** More elements of the answer, such as `Token-0`. */
  elements?: Record<string, string>
}

/**
 * What goes wrong, or merely happens, when an operation matches.
 *
 * An error answer, `'reset'` and `'stall'` strike instead of the operation, which is not carried out.
 * `resetAfterBytes` cuts the request body of a write, which then never happens, or the answer of a GET.
 * `answerThenReset` carries the operation out and loses the answer; `answerEtag` writes the ETag of the answer in
 * another way, as S3-compatible servers do. `instead` is an answer of something that stands between client and server: nothing is
 * carried out. `rewrite` carries the operation out and changes its answer. `hold` and a function run before the body is
 * read; the operation then goes on, unless its client has left in the meantime.
 */
export type Fault =
  | ErrorAnswer
  | 'reset'
  | 'stall'
  | { resetAfterBytes: number }
  | { hold: Promise<unknown> }
  | { answerThenReset: true }
  | { answerEtag: (etag: string) => string }
  | { instead: Reply }
  | { rewrite: (reply: Reply) => Reply }
  | ((operation: FakeS3Operation) => void | Promise<void>)

export interface FaultScript {
  add(matcher: FaultMatcher, fault: Fault): void
  /** The fault for this operation, if any; the one that was added first wins, and is used up. */
  take(operation: FakeS3Operation): Fault | undefined
}

export function faultScript(): FaultScript {
  const entries: { matcher: FaultMatcher; fault: Fault; passes: number; strikes: number }[] = []
  return {
    add(matcher, fault) {
      entries.push({ matcher, fault, passes: matcher.after ?? 0, strikes: matcher.times ?? 1 })
    },
    take(operation) {
      let taken: Fault | undefined
      for (const entry of entries) {
        if (!matchesOperation(entry.matcher, operation)) continue
        // Every matching entry counts the operation, so two `after`s both count from where they were added.
        if (entry.passes > 0) entry.passes--
        else if (entry.strikes > 0 && taken === undefined) {
          entry.strikes--
          taken = entry.fault
        }
      }
      return taken
    },
  }
}

function matchesOperation(matcher: FaultMatcher, operation: FakeS3Operation): boolean {
  const { key } = matcher
  return (
    (matcher.operation === undefined || matcher.operation === operation.operation) &&
    (matcher.bucket === undefined || matcher.bucket === operation.bucket) &&
    (matcher.index === undefined || matcher.index === operation.index) &&
    (key === undefined || (typeof key === 'string' ? key === operation.key : key.test(operation.key)))
  )
}

/** The reply as the fault says: another one, or with its ETag in another form, be it a header or an element. */
export function rewritten(reply: Reply, fault: Fault | undefined): Reply {
  if (typeof fault !== 'object') return reply
  if ('rewrite' in fault) return fault.rewrite(reply)
  if (!('answerEtag' in fault)) return reply
  const { headers, body } = reply
  return {
    ...reply,
    ...(headers?.ETag !== undefined && { headers: { ...headers, ETag: fault.answerEtag(headers.ETag) } }),
    ...(typeof body === 'string' && {
      body: body.replace(/<ETag>(.*?)<\/ETag>/, (_, etag: string) =>
        leaf('ETag', fault.answerEtag(etag.replaceAll('&quot;', '"'))),
      ),
    }),
  }
}
