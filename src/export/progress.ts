import type { CsvReport } from '../csv/csv-options.js'
import type { ExportProgress } from './report.js'

const INTERVAL_MS = 100

/** Tells a host how far the bytes have come as they pass: at most ten times a second, and once at the end. */
export function progressOf(
  onProgress: ((progress: ExportProgress) => unknown) | undefined,
  run: { readonly dataset: string; readonly day: string; readonly startedAt: Date; readonly now: () => Date },
) {
  const { dataset, day, startedAt, now } = run
  return {
    async *through<Chunk>(
      chunks: AsyncIterable<Chunk>,
      report: () => CsvReport,
    ): AsyncGenerator<Chunk, void, void> {
      if (onProgress === undefined) {
        yield* chunks
        return
      }
      // A host's async function is waited for: what it throws fails the export as what a plain one throws does.
      const tell = async (): Promise<void> => {
        const { rows, bytes } = report()
        await onProgress({
          dataset,
          day,
          rows,
          csvBytes: bytes,
          elapsedMs: now().getTime() - startedAt.getTime(),
        })
      }
      let told = startedAt.getTime()
      for await (const chunk of chunks) {
        yield chunk
        const time = now().getTime()
        if (time - told < INTERVAL_MS) continue
        told = time
        await tell()
      }
      await tell()
    },
  }
}
