import { SpanStatusCode, type Span } from '@opentelemetry/api'
import { isDayfileError } from 'dayfile'

/** What `error.type` says: the code of a DayfileError, or the name of what else was thrown. */
export function errorType(error: unknown): string {
  if (isDayfileError(error)) return error.code
  return error instanceof Error ? error.name : '_OTHER'
}

/**
 * Marks a span as failed. The message of a DayfileError has no content; those of drivers, of its `cause` and of your application
 * errors may have a row in them, and a stack begins with its message: none of them is recorded.
 */
export function recordFailure(span: Span, error: unknown): void {
  const name = errorType(error)
  const message = isDayfileError(error) ? error.message : 'see the log of your application'
  span.setAttribute('error.type', name)
  span.recordException({ name, message })
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}
