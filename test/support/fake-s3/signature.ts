import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Chunk } from './aws-chunked.js'
import { accessDenied, invalidArgument, invalidRequest, S3Error } from './errors.js'
import { decodePath, queryValue, type S3Request } from './request.js'

export interface Account {
  accessKeyId: string
  secretAccessKey: string
  /** When set, requests must carry this token; when not, any token passes. */
  sessionToken?: string
}

export interface Signer {
  accounts: readonly Account[]
  region: string
  now: () => Date
}

export interface VerifiedSignature {
  /** Value of x-amz-content-sha256: a hex digest, or how the body is framed. */
  payload: string
  signature: string
  signingKey: Buffer
  amzDate: string
  scope: string
}

interface Claim {
  inQuery: boolean
  credential: string
  signedHeaders: string[]
  signature: string
  amzDate: string
  expiresSeconds: number | undefined
  payload: string
}

const algorithm = 'AWS4-HMAC-SHA256'
const maxSkewMs = 15 * 60_000
const maxExpirySeconds = 7 * 24 * 3600
const emptyDigest = sha256('')

const namedPayloads = new Set([
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
])

/** Checks everything about the signature but the body, which has not been read yet. */
export function verifySignature(request: S3Request, signer: Signer): VerifiedSignature {
  const claim = 'authorization' in request.headers ? claimOfHeader(request) : claimOfQuery(request)
  const [accessKeyId = '', day = '', region = '', service, terminator, ...rest] = claim.credential.split('/')
  const malformed = claim.inQuery ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed'
  if (
    service !== 's3' ||
    terminator !== 'aws4_request' ||
    rest.length > 0 ||
    !claim.amzDate.startsWith(day)
  ) {
    throw new S3Error(400, malformed, 'The authorization is malformed; the Credential is mal-formed.')
  }
  const account = signer.accounts.find((candidate) => candidate.accessKeyId === accessKeyId)
  if (account === undefined) {
    throw new S3Error(
      403,
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    )
  }
  if (region !== signer.region) {
    throw new S3Error(
      400,
      malformed,
      `The authorization is malformed; the region '${region}' is wrong; expecting '${signer.region}'`,
      { elements: { Region: signer.region } },
    )
  }
  checkToken(request, account)
  checkTime(claim, signer.now())
  checkPayload(claim)

  const scope = `${day}/${region}/s3/aws4_request`
  const signingKey = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, step) => hmac(key, step),
    Buffer.from(`AWS4${account.secretAccessKey}`),
  )
  const toSign = [algorithm, claim.amzDate, scope, sha256(canonicalRequest(request, claim))].join('\n')
  if (!sameHex(hmac(signingKey, toSign).toString('hex'), claim.signature)) {
    throw signatureMismatch({ StringToSign: toSign })
  }
  return { payload: claim.payload, signature: claim.signature, signingKey, amzDate: claim.amzDate, scope }
}

/** Each chunk's signature covers the one before, so a chunk cannot be dropped or moved unseen. */
export function verifyChunkSignatures(
  { signature, signingKey, amzDate, scope }: VerifiedSignature,
  chunks: readonly Chunk[],
  trailers: Readonly<Record<string, string>>,
): void {
  let previous = signature
  for (const chunk of chunks) {
    const lines = [`${algorithm}-PAYLOAD`, amzDate, scope, previous, emptyDigest, sha256(chunk.bytes)]
    previous = hmac(signingKey, lines.join('\n')).toString('hex')
    if (!sameHex(previous, chunk.signature ?? '')) throw signatureMismatch()
  }
  const trailerSignature = trailers['x-amz-trailer-signature']
  const signed = Object.entries(trailers).filter(([name]) => name !== 'x-amz-trailer-signature')
  if (signed.length === 0) return
  const canonical = signed.map(([name, value]) => `${name}:${value}\n`).join('')
  const lines = [`${algorithm}-TRAILER`, amzDate, scope, previous, sha256(canonical)]
  if (!sameHex(hmac(signingKey, lines.join('\n')).toString('hex'), trailerSignature ?? '')) {
    throw signatureMismatch()
  }
}

export function verifyPayloadDigest(payload: string, body: Buffer): void {
  if (!namedPayloads.has(payload) && sha256(body) !== payload) {
    throw new S3Error(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
}

function claimOfHeader(request: S3Request): Claim {
  const header = request.headers.authorization ?? ''
  const field = (name: string) => new RegExp(`[ ,]${name}=([^, ]+)`).exec(header)?.[1]
  const credential = field('Credential')
  const signedHeaders = field('SignedHeaders')
  const signature = field('Signature')
  if (!header.startsWith(`${algorithm} `) || !credential || !signedHeaders || !signature) {
    throw new S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.')
  }
  const payload = request.headers['x-amz-content-sha256']
  if (payload === undefined) {
    throw invalidRequest('Missing required header for this request: x-amz-content-sha256')
  }
  const amzDate = request.headers['x-amz-date'] ?? compactDate(request.headers.date)
  const signed = signedHeaders.split(';')
  for (const name of Object.keys(request.headers)) {
    if ((name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name)) {
      throw accessDenied(`There were headers present in the request which were not signed: ${name}`)
    }
  }
  return {
    inQuery: false,
    credential,
    signedHeaders: signed,
    signature,
    amzDate,
    expiresSeconds: undefined,
    payload,
  }
}

function claimOfQuery(request: S3Request): Claim {
  if (queryValue(request, 'X-Amz-Signature') === undefined) throw accessDenied()
  const field = (name: string): string => {
    const value = queryValue(request, `X-Amz-${name}`)
    if (value !== undefined) return value
    throw new S3Error(
      400,
      'AuthorizationQueryParametersError',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
        'X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  const expiresSeconds = Number(field('Expires'))
  if (!(expiresSeconds >= 1 && expiresSeconds <= maxExpirySeconds) || field('Algorithm') !== algorithm) {
    throw new S3Error(
      400,
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be between 1 and 604800 seconds',
    )
  }
  return {
    inQuery: true,
    credential: field('Credential'),
    signedHeaders: field('SignedHeaders').split(';'),
    signature: field('Signature'),
    amzDate: field('Date'),
    expiresSeconds,
    payload: request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  }
}

function checkToken(request: S3Request, account: Account): void {
  const token = request.headers['x-amz-security-token'] ?? queryValue(request, 'X-Amz-Security-Token')
  if (account.sessionToken !== undefined && token !== account.sessionToken) {
    // S3 does send it back.
    throw new S3Error(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.', {
      elements: { 'Token-0': token ?? '' },
    })
  }
}

function checkTime(claim: Claim, now: Date): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.amzDate)
  if (parts === null) throw accessDenied('AWS authentication requires a valid Date or x-amz-date header')
  const [, year, month, day, hour, minute, second] = parts.map(Number)
  const signedMs = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
  const aheadMs = signedMs - now.getTime()
  if (claim.expiresSeconds !== undefined) {
    if (-aheadMs > claim.expiresSeconds * 1000) throw accessDenied('Request has expired')
    if (aheadMs > maxSkewMs) throw accessDenied('Request is not valid yet')
  } else if (Math.abs(aheadMs) > maxSkewMs) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        elements: {
          RequestTime: claim.amzDate,
          ServerTime: now.toISOString(),
          MaxAllowedSkewMilliseconds: String(maxSkewMs),
        },
      },
    )
  }
}

function checkPayload({ payload }: Claim): void {
  if (!namedPayloads.has(payload) && !/^[0-9a-f]{64}$/.test(payload)) {
    throw invalidArgument(
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- value, or a valid sha256 value.',
    )
  }
}

function canonicalRequest(request: S3Request, claim: Claim): string {
  // S3 encodes the path once, unlike every other service, so decode-then-encode gives what was signed
  // even from a client that leaves `$` or `!` as they are.
  const path = decodePath(request.rawPath).split('/').map(uriEncode).join('/')
  const query = request.query
    .filter(([name]) => !(claim.inQuery && name === 'X-Amz-Signature'))
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => compareAscii(a, b) || compareAscii(x, y))
    .map(([name, value]) => `${name}=${value}`)
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    path,
    query.join('&'),
    headers.join(''),
    claim.signedHeaders.join(';'),
    claim.payload,
  ].join('\n')
}

function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

const compareAscii = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function compactDate(httpDate: string | undefined): string {
  const time = Date.parse(httpDate ?? '')
  return Number.isNaN(time) ? '' : new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')
}

// node:http hands header bytes over as latin1, so latin1 gives back the very bytes that were signed.
function sha256(data: string | Uint8Array): string {
  const hash = createHash('sha256')
  return (typeof data === 'string' ? hash.update(data, 'latin1') : hash.update(data)).digest('hex')
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function sameHex(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))
}

function signatureMismatch(elements: Record<string, string> = {}): S3Error {
  return new S3Error(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided.',
    { elements },
  )
}
