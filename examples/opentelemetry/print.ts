import { SpanStatusCode } from '@opentelemetry/api'
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'

/** Prints each span below its parent, with its attributes. */
export function printSpans(spans: readonly ReadableSpan[], parentId?: string, indent = ''): void {
  for (const span of spans) {
    if (span.parentSpanContext?.spanId !== parentId) continue
    const failed = span.status.code === SpanStatusCode.ERROR ? ' ERROR' : ''
    console.log(`${indent}${span.name}${failed} ${listed(span.attributes)}`)
    for (const { name, attributes = {} } of span.events)
      console.log(`${indent}  ! ${name} ${listed(attributes)}`)
    printSpans(spans, span.spanContext().spanId, `${indent}  `)
  }
}

/** Prints a line for each series. */
export function printMetrics(metrics: readonly MetricData[]): void {
  for (const { descriptor, dataPoints, dataPointType } of metrics) {
    for (const { attributes, value } of dataPoints) {
      const said =
        dataPointType === DataPointType.HISTOGRAM && typeof value === 'object' && 'sum' in value
          ? `${value.count} times, ${(value.sum ?? 0).toFixed(2)} ${descriptor.unit} in all`
          : `${JSON.stringify(value)} ${descriptor.unit}`
      console.log(`${descriptor.name}: ${said} ${listed(attributes)}`)
    }
  }
}

function listed(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}
