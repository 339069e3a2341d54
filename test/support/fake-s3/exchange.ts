import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errorDocument, S3Error } from './errors.js'
import type { Reply } from './operations.js'

/** One request on the wire and its answer. */
export interface Exchange {
  message: IncomingMessage
  response: ServerResponse
  /** Kept apart from the message, which lets go of its socket once it is destroyed. */
  socket: Socket
  /** True while the client waits for "100 Continue" before it sends its body. */
  awaitsContinue: boolean
  /** Whether a refusal has words, which Ceph's have not. */
  errorMessages: boolean
  /** Settles when the client has left, was answered, or the server closes. */
  over: Promise<void>
}

export function exchange(
  message: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
  errorMessages: boolean,
  closing: AbortSignal,
): Exchange {
  const over = new Promise<void>((resolve) => {
    const finish = () => {
      closing.removeEventListener('abort', finish)
      resolve()
    }
    response.once('close', finish)
    closing.addEventListener('abort', finish)
    if (closing.aborted) finish()
  })
  return { message, response, socket: message.socket, awaitsContinue, errorMessages, over }
}

/** Lets a client that asked first send its body; only after this may the body be read. */
export function letBodyCome(exchange: Exchange): void {
  if (exchange.awaitsContinue) exchange.response.writeContinue()
  exchange.awaitsContinue = false
}

export function resetConnection({ socket }: Exchange): void {
  socket.resetAndDestroy()
}

/** Sends the answer; cut short after `cutAfterBytes` of its body when given. Resolves to whether it all went. */
export async function answer(
  exchange: Exchange,
  reply: Reply | S3Error,
  now: Date,
  cutAfterBytes?: number,
): Promise<boolean> {
  const { message, response, over } = exchange
  // Answering in the middle of an upload would race the client's own writes and turn the answer into a reset.
  if (exchange.awaitsContinue) response.setHeader('Connection', 'close')
  else if (!message.complete) await Promise.race([drained(message), over])
  if (response.destroyed || response.closed) return false

  const requestId = randomBytes(8).toString('hex').toUpperCase()
  const hostId = randomBytes(48).toString('base64')
  response.statusCode = reply.status
  response.setHeader('Server', 'AmazonS3')
  response.setHeader('Date', now.toUTCString())
  response.setHeader('x-amz-request-id', requestId)
  response.setHeader('x-amz-id-2', hostId)
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)

  const failed = reply instanceof S3Error
  const content = failed
    ? errorDocument(reply, requestId, hostId, exchange.errorMessages)
    : (reply.body ?? '')
  const body = typeof content === 'string' ? Buffer.from(content) : content
  if (typeof content === 'string' && content !== '' && !response.hasHeader('Content-Type')) {
    response.setHeader('Content-Type', 'application/xml')
  }
  const bodiless = reply.status === 204 || reply.status === 304
  const headRequest = message.method === 'HEAD'
  if (!bodiless && !(headRequest && failed)) response.setHeader('Content-Length', body.length)
  if (cutAfterBytes !== undefined) {
    await sendPart(response, body.subarray(0, cutAfterBytes))
    exchange.socket.destroy()
    return false
  }
  if (bodiless || headRequest) response.end()
  else response.end(body)
  return true
}

function drained(message: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    message
      .once('end', resolve)
      .once('close', resolve)
      .once('error', () => {
        resolve()
      })
    message.resume()
  })
}

function sendPart(response: ServerResponse, part: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.write(part.length === 0 ? '' : part, () => {
      resolve()
    })
  })
}
