// In: what dayfile tells on its tracing channels. Out: spans and metrics of whatever OpenTelemetry providers there are.

import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel'
import {
  context,
  metrics,
  trace as traces,
  type Attributes,
  type MeterProvider,
  type Span,
  type TracerProvider,
} from '@opentelemetry/api'
import { tracingChannels, type ExportTrace, type UploadPartTrace } from 'dayfile'
import { type ReadTrace } from 'dayfile/read'
import { errorType, recordFailure } from './failure.js'
import { dayfileMetrics } from './metrics.js'

/** The providers; defaults to the global ones. */
export interface InstrumentationOptions {
  readonly tracerProvider?: TracerProvider
  readonly meterProvider?: MeterProvider
}

/** Follows every export, uploaded part and read of this process. Gives what ends the following. */
export function instrumentDayfile({
  tracerProvider,
  meterProvider,
}: InstrumentationOptions = {}): () => void {
  const tracer = (tracerProvider ?? traces).getTracer('dayfile')
  const count = dayfileMetrics((meterProvider ?? metrics).getMeter('dayfile'))
  const running = new WeakMap<object, { readonly span: Span; readonly startedAt: number }>()

  function begin(payload: object, name: string, attributes: Attributes, parent = context.active()): Span {
    const span = tracer.startSpan(name, { attributes }, parent)
    running.set(payload, { span, startedAt: performance.now() })
    return span
  }

  function end(
    payload: { readonly error?: unknown },
    attributes: Attributes,
    measure: (seconds: number, failed: Attributes) => void,
  ): void {
    const begun = running.get(payload)
    if (begun === undefined) return
    const { span, startedAt } = begun
    span.setAttributes(attributes)
    // Of an export that succeeded there is no error: to be undefined is to have been thrown.
    const failed = 'error' in payload ? { 'error.type': errorType(payload.error) } : {}
    if ('error' in payload) recordFailure(span, payload.error)
    measure((performance.now() - startedAt) / 1000, failed)
    span.end()
  }

  // A store that is bound to the start of an export is there at the start of its parts: that is how they find their parent.
  const exportSpan = new AsyncLocalStorage<Span>()
  const exports = tracingChannel<Span, ExportTrace>(tracingChannels.export)
  exports.start.bindStore(exportSpan, (payload) => begin(payload, 'dayfile.export', aboutExport(payload)))
  const stopExports = listen<ExportTrace>(tracingChannels.export, undefined, (payload) => {
    end(payload, reported(payload), (seconds, failed) => {
      count.export(payload, seconds, failed)
    })
  })

  const stopParts = listen<UploadPartTrace>(
    tracingChannels.uploadPart,
    (payload) => {
      const parent = exportSpan.getStore()
      const within = parent === undefined ? context.active() : traces.setSpan(context.active(), parent)
      begin(payload, 'dayfile.upload_part', aboutPart(payload), within)
    },
    (payload) => {
      const { attempts } = payload
      end(payload, attempts === undefined ? {} : { 'dayfile.attempts': attempts }, count.uploadPart)
    },
  )

  const stopReads = listen<ReadTrace>(
    tracingChannels.read,
    (payload) => begin(payload, 'dayfile.read', aboutRead(payload)),
    (payload) => {
      end(payload, readSoFar(payload), (seconds, failed) => {
        count.read(payload, seconds, failed)
      })
    },
  )

  return () => {
    exports.start.unbindStore(exportSpan)
    for (const stop of [stopExports, stopParts, stopReads]) stop()
  }
}

/** Listens to the start and the end, which are all that is needed. */
function listen<Payload extends object>(
  name: string,
  start: ((payload: Payload) => unknown) | undefined,
  asyncEnd: (payload: Payload) => void,
): () => void {
  const channel = tracingChannel<unknown, Payload>(name)
  // Node takes some of the five; its types ask for all.
  const listeners = { ...(start && { start }), asyncEnd } as unknown as TracingChannelSubscribers<Payload>
  channel.subscribe(listeners)
  return () => {
    channel.unsubscribe(listeners)
  }
}

function aboutExport({ dataset, window, location }: ExportTrace): Attributes {
  return { 'dayfile.dataset': dataset, 'dayfile.day': window.day, 'dayfile.location': location }
}

function reported({ report }: ExportTrace): Attributes {
  if (report === undefined) return {}
  const { outcome, revision, rows, bytes } = report
  return {
    'dayfile.outcome': outcome,
    'dayfile.revision': revision,
    'dayfile.rows': rows,
    'dayfile.bytes': bytes,
  }
}

function aboutPart({ location, key, partNumber, bytes }: UploadPartTrace): Attributes {
  return {
    'aws.s3.bucket': new URL(location).hostname,
    'aws.s3.key': key,
    'aws.s3.part_number': partNumber,
    'dayfile.bytes': bytes,
  }
}

function aboutRead({ dataset, day, location }: ReadTrace): Attributes {
  return { 'dayfile.dataset': dataset, 'dayfile.day': day, 'dayfile.location': location }
}

function readSoFar({ revision, rows, bytes, ended }: ReadTrace): Attributes {
  return {
    ...(revision === undefined ? {} : { 'dayfile.revision': revision }),
    ...(ended === undefined ? {} : { 'dayfile.ended': ended }),
    'dayfile.rows': rows,
    'dayfile.bytes': bytes,
  }
}
