import type { IncomingMessage } from 'node:http'
import { decodeAwsChunked, incompleteBody, malformedTrailer, type ChunkedBody } from './aws-chunked.js'
import { checksumIn, verifyChecksum, verifyContentMd5, type Checksum } from './checksums.js'
import { ClientGone, invalidRequest, notImplemented, S3Error } from './errors.js'
import type { Traits } from './providers.js'
import type { S3Request } from './request.js'
import { verifyChunkSignatures, verifyPayloadDigest, type VerifiedSignature } from './signature.js'

/** A request body that has arrived whole and matches everything its sender said about it. */
export interface Payload {
  bytes: Buffer
  checksum?: Checksum
}

/** Reads to the end, or to `cutAfterBytes`, at which it gives up as if the network had. */
export async function readBody(message: IncomingMessage, cutAfterBytes = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length >= cutAfterBytes) break
    }
  } catch (cause) {
    throw new ClientGone('the client left before its request body was complete', { cause })
  }
  if (!message.complete && cutAfterBytes === Infinity) {
    throw new ClientGone('the client left before its request body was complete')
  }
  return Buffer.concat(chunks, length)
}

export function requireLength({ operation, headers }: S3Request, { chunkedBodies }: Traits): void {
  if (headers['x-amz-content-sha256']?.startsWith('STREAMING-') && chunkedBodies !== 'taken') {
    throw chunkedBodies === 'MissingContentLength'
      ? missingContentLength()
      : notImplemented('Transfering payloads in multiple chunks using aws-chunked is not supported.')
  }
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  if ((operation === 'PutObject' || operation === 'UploadPart') && length === undefined) {
    throw missingContentLength()
  }
}

function missingContentLength(): S3Error {
  return new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.')
}

export function openPayload(
  body: Buffer,
  request: S3Request,
  verified: VerifiedSignature,
  { checksums }: Traits,
): Payload {
  const { headers } = request
  const streaming = verified.payload.startsWith('STREAMING-')
  const framed = streaming ? openFrames(body, headers, verified) : { bytes: body, trailers: {} }
  verifyPayloadDigest(verified.payload, framed.bytes)
  const md5 = headers['content-md5']
  if (md5 !== undefined) verifyContentMd5(md5, framed.bytes)
  if (!checksums) return { bytes: framed.bytes }

  const checksum = checksumIn({ ...checksumHeadersOf(request), ...framed.trailers })
  if (checksum === undefined) {
    if ('x-amz-sdk-checksum-algorithm' in headers) {
      throw invalidRequest(
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer ' +
          'headers were found.',
      )
    }
    return { bytes: framed.bytes }
  }
  verifyChecksum(checksum, framed.bytes)
  return { bytes: framed.bytes, checksum }
}

// On Complete these headers speak of the finished object, not of the XML in the request.
function checksumHeadersOf({ operation, headers }: S3Request): Readonly<Record<string, string>> {
  return operation === 'CompleteMultipartUpload' ? {} : headers
}

function openFrames(
  body: Buffer,
  headers: S3Request['headers'],
  verified: VerifiedSignature,
): { bytes: Buffer; trailers: Record<string, string> } {
  const decoded: ChunkedBody = decodeAwsChunked(body)
  if (verified.payload.startsWith('STREAMING-AWS4-HMAC-SHA256')) {
    verifyChunkSignatures(verified, decoded.chunks, decoded.trailers)
  }
  const bytes = Buffer.concat(decoded.chunks.map((chunk) => chunk.bytes))
  if (Number(headers['x-amz-decoded-content-length']) !== bytes.length) throw incompleteBody()
  const trailers: Record<string, string> = {}
  for (const name of (headers['x-amz-trailer'] ?? '').split(',').map((part) => part.trim().toLowerCase())) {
    if (name === '') continue
    const value = decoded.trailers[name]
    if (value === undefined) throw malformedTrailer()
    trailers[name] = value
  }
  return { bytes, trailers }
}
