import { S3Error } from './errors.js'

export interface Chunk {
  bytes: Buffer
  signature: string | undefined
}

export interface ChunkedBody {
  /** Every chunk in order, the empty last one included: it carries a signature too. */
  chunks: Chunk[]
  trailers: Record<string, string>
}

/** Undoes the `aws-chunked` framing, which lies inside HTTP's own chunked transfer encoding. */
export function decodeAwsChunked(framed: Buffer): ChunkedBody {
  const chunks: Chunk[] = []
  let position = 0
  for (;;) {
    const header = lineAt(framed, position)
    if (header === undefined) throw incompleteBody()
    const match = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(header.text)
    if (match === null) throw incompleteBody()
    const size = Number.parseInt(match[1] ?? '', 16)
    const signature = match[2]
    if (size === 0) {
      chunks.push({ bytes: Buffer.alloc(0), signature })
      return { chunks, trailers: readTrailers(framed, header.next) }
    }
    const end = header.next + size
    if (framed.length < end + 2 || framed.toString('latin1', end, end + 2) !== '\r\n') throw incompleteBody()
    chunks.push({ bytes: framed.subarray(header.next, end), signature })
    position = end + 2
  }
}

function readTrailers(framed: Buffer, start: number): Record<string, string> {
  const trailers: Record<string, string> = {}
  let position = start
  for (;;) {
    const line = lineAt(framed, position)
    // Some clients leave out the empty line after the last trailer, and S3 does not insist on it.
    if (line === undefined || line.text === '') return trailers
    const colon = line.text.indexOf(':')
    if (colon < 1) throw malformedTrailer()
    trailers[line.text.slice(0, colon).trim().toLowerCase()] = line.text.slice(colon + 1).trim()
    position = line.next
  }
}

function lineAt(framed: Buffer, start: number): { text: string; next: number } | undefined {
  const end = framed.indexOf('\r\n', start, 'latin1')
  return end === -1 ? undefined : { text: framed.toString('latin1', start, end), next: end + 2 }
}

export function malformedTrailer(): S3Error {
  return new S3Error(
    400,
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  )
}

export function incompleteBody(): S3Error {
  return new S3Error(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  )
}
