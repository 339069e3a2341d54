import { escapeXml } from './xml.js'

export interface S3ErrorDetails {
  /** Extra elements of the XML document, such as `Region` in AuthorizationHeaderMalformed. */
  elements?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
}

/** A refusal in the words of S3: thrown anywhere while a request is handled, answered as XML. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  readonly elements: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, details: S3ErrorDetails = {}) {
    super(message)
    this.name = 'S3Error'
    this.status = status
    this.code = code
    this.elements = details.elements ?? {}
    this.headers = details.headers ?? {}
  }
}

/** The client left before its request was complete: there is nobody to answer and nothing to keep. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

export function errorDocument(error: S3Error, requestId: string, hostId: string, withMessage = true): string {
  const elements = {
    Code: error.code,
    // Ceph has words for its own failures alone.
    ...((withMessage || error.status >= 500) && { Message: error.message }),
    ...error.elements,
    RequestId: requestId,
    HostId: hostId,
  }
  const children = Object.entries(elements).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${children.join('')}</Error>`
}

export const noSuchKey = (key: string) =>
  new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { elements: { Key: key } })

export const invalidArgument = (message: string) => new S3Error(400, 'InvalidArgument', message)

export const invalidRequest = (message: string) => new S3Error(400, 'InvalidRequest', message)

export const accessDenied = (message = 'Access Denied') => new S3Error(403, 'AccessDenied', message)

export const notImplemented = (
  message = 'A header you provided implies functionality that is not implemented',
) => new S3Error(501, 'NotImplemented', message)
