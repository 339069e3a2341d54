import { createHash } from 'node:crypto'
import { crc32, crc32c, crc64nvme } from './crc.js'
import { invalidRequest, notImplemented, S3Error } from './errors.js'

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'
/** Base64 values by algorithm; a composite one ends in `-N`, the number of parts. */
export type Checksums = Partial<Record<ChecksumAlgorithm, string>>

export interface Checksum {
  algorithm: ChecksumAlgorithm
  value: string
}

const digests: Readonly<Record<ChecksumAlgorithm, (bytes: Uint8Array) => Buffer>> = {
  CRC32: crc32,
  CRC32C: crc32c,
  CRC64NVME: crc64nvme,
  SHA1: (bytes) => createHash('sha1').update(bytes).digest(),
  SHA256: (bytes) => createHash('sha256').update(bytes).digest(),
}

export const checksumAlgorithms = Object.keys(digests) as readonly ChecksumAlgorithm[]

const prefix = 'x-amz-checksum-'
const notValues = new Set(['mode', 'algorithm', 'type'])

export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  return digests[algorithm](bytes).toString('base64')
}

/** The checksum of checksums that S3 gives to an object put together from parts. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, partValues: readonly string[]): string {
  const joined = Buffer.concat(partValues.map((value) => Buffer.from(value, 'base64')))
  return `${checksumOf(algorithm, joined)}-${partValues.length}`
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return prefix + algorithm.toLowerCase()
}

export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase())
  if (found === undefined) throw invalidRequest('Checksum algorithm provided is unsupported.')
  return found
}

/** The one checksum value among headers or trailers; two would leave open which one is meant. */
export function checksumIn(headers: Readonly<Record<string, string>>): Checksum | undefined {
  const names = Object.keys(headers).filter(
    (name) => name.startsWith(prefix) && !notValues.has(name.slice(prefix.length)),
  )
  const name = names[0]
  if (name === undefined) return undefined
  if (names.length > 1) throw invalidRequest('Expecting a single x-amz-checksum- header.')
  const algorithm = checksumAlgorithms.find((candidate) => checksumHeader(candidate) === name)
  if (algorithm === undefined) throw notImplemented()
  return { algorithm, value: headers[name] ?? '' }
}

export function verifyChecksum({ algorithm, value }: Checksum, bytes: Uint8Array): void {
  const expected = digests[algorithm](bytes)
  const given = Buffer.from(value, 'base64')
  if (given.length !== expected.length || given.toString('base64') !== value) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`)
  }
  if (!given.equals(expected)) {
    throw new S3Error(
      400,
      'BadDigest',
      `The ${algorithm} you specified did not match the calculated checksum.`,
    )
  }
}

export function verifyContentMd5(value: string, bytes: Uint8Array): void {
  const given = Buffer.from(value, 'base64')
  if (given.length !== 16) {
    throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.')
  }
  if (!given.equals(createHash('md5').update(bytes).digest())) {
    throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
}
