// A session token goes out with every request, and servers send back what they refuse. No error may show it.

import { format, inspect } from 'node:util'
import { S3ServiceException } from '@aws-sdk/client-s3'
import { exportWindow, tracingChannels, type AnyDayfileError, type Archive, type Sink } from 'dayfile'
import { readDay } from 'dayfile/read'
import { checkDestination } from 'dayfile/s3'
import { describe, expect, test } from 'vitest'
import { OWN, ownFailure } from '../../src/sinks/s3/s3-error-meanings.js'
import { asS3Error } from '../../src/sinks/s3/s3-errors.js'
import { DAY, failure, noise, orders, orderRows, rejection, window } from '../export/orders.js'
import type { Fault, OperationName } from '../support/fake-s3/index.js'
import { follow } from '../tracing/traces.js'
import { DATA, MANIFEST, place, publish, quiet, SECRETS, write } from './s3-place.js'

/** As AWS makes them, though shorter, and one that could be a name. */
const TOKENS = ['FwoGZXIvYXdzE/secret+session=token//of-the-run', 'SecretSessionToken']

const ACCOUNT = { accessKeyId: 'FAKES3ACCESSKEY', secretAccessKey: 'fake-s3-secret-key' }

const withToken = (sessionToken: string) => ({
  server: { accounts: [ACCOUNT] as const },
  config: { credentials: { ...ACCOUNT, sessionToken } },
})

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined()
}

/** All the ways in which logs print an error, or what holds one. */
function printed(value: unknown): string {
  const { cause } = value as { cause?: unknown }
  return [
    inspect(value),
    inspect(value, { depth: Infinity }),
    inspect(value, { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity }),
    format('%o', value),
    format('%O', value),
    format('%s', value),
    format('%j', cause),
    JSON.stringify(value),
    JSON.stringify({ ...(cause as object) }),
    String(cause instanceof Error ? cause.stack : ''),
  ].join('\n')
}

function expectNoSecret(value: unknown, token: string): void {
  expect(printed(value)).not.toContain(token)
  expect(printed(value)).not.toMatch(SECRETS)
}

const ANSWERS: [string, (token: string) => Fault][] = [
  ['ExpiredToken', (token) => ({ status: 400, code: 'ExpiredToken', elements: { 'Token-0': token } })],
  ['InvalidToken', (token) => ({ status: 400, code: 'InvalidToken', elements: { 'Token-0': token } })],
  [
    'InvalidArgument',
    (token) => ({
      status: 400,
      code: 'InvalidArgument',
      elements: { ArgumentName: 'x-amz-security-token', ArgumentValue: token },
    }),
  ],
  [
    'SignatureDoesNotMatch',
    (token) => ({
      status: 403,
      code: 'SignatureDoesNotMatch',
      elements: {
        CanonicalRequest: `GET\nx-amz-security-token:${token}\n`,
        AWSAccessKeyId: 'FAKES3ACCESSKEY',
      },
    }),
  ],
  [
    'fields that nobody knows',
    (token) => ({
      status: 403,
      code: 'NewRule',
      elements: { Anything: token, code: token, hostname: token, errors: token, cause: token, stack: token },
    }),
  ],
  [
    'fields that are shown',
    (token) => ({
      status: 500,
      code: 'InternalError',
      elements: { RequestId: token, HostId: token },
      headers: { 'x-amz-request-id': token, 'x-amz-id-2': token },
    }),
  ],
  ['the message', (token) => ({ status: 403, code: 'AccessDenied', message: `not with ${token}` })],
  ['the code', (token) => ({ status: 400, code: token })],
  ['a code with more', (token) => ({ status: 400, code: `Refused ${token}` })],
  ['a page of HTML', (token) => ({ instead: { status: 200, body: `<html>${token}<br></html>` } })],
  ['a refusal of HTML', (token) => ({ instead: { status: 403, body: `<html>${token}<br></html>` } })],
  ['a reset', () => 'reset'],
]

const CALLS: [OperationName, (at: { sink: Sink; archive: Archive }) => Promise<unknown>][] = [
  ['GetObject', ({ sink }) => sink.read(MANIFEST, { signal: quiet })],
  ['GetObject', ({ archive }) => drain(archive.open(MANIFEST))],
  ['HeadObject', ({ sink }) => sink.stat(DATA, { signal: quiet })],
  ['ListObjectsV2', ({ archive }) => drain(archive.list(''))],
  ['PutObject', ({ sink }) => write(sink, null)],
  ['DeleteObject', ({ sink }) => sink.remove(MANIFEST, { signal: quiet })],
  ['CreateMultipartUpload', ({ sink }) => publish(sink, 1)],
  ['UploadPart', ({ sink }) => publish(sink, 1)],
  ['CompleteMultipartUpload', ({ sink }) => publish(sink, 1)],
]

describe('what a server sends back of the session token is in no error:', () => {
  test.each(ANSWERS)('%s', async (_, faultOf) => {
    for (const token of TOKENS) {
      const at = await place(withToken(token))
      for (const [operation, call] of CALLS) {
        at.s3.fault({ operation }, faultOf(token))
        const error = await call(at).then(
          () => undefined,
          (thrown: unknown) => thrown as AnyDayfileError,
        )
        // A page is as good as a file to who only reads bytes, and a look-up may answer in its place.
        if (error === undefined) continue
        expectNoSecret(error, token)
        expect((error.details as { reason?: string }).reason).toMatch(/^[\w.]{1,64}$/)
      }
    }
  })

  test('a token that the server does not take', async () => {
    const [token = ''] = TOKENS
    const server = { accounts: [{ ...ACCOUNT, sessionToken: 'another one' }] as const }
    const { sink } = await place({ ...withToken(token), server })
    const error = await failure(sink.read(MANIFEST, { signal: quiet }))
    expect(error).toMatchObject({ code: 'SINK_DENIED', details: { reason: 'InvalidToken' } })
    expectNoSecret(error, token)
  })
})

test('what says how a request was refused is kept', async () => {
  const { sink, s3 } = await place()
  s3.fault(
    { operation: 'PutObject' },
    { status: 403, code: 'AccessDenied', elements: { Reason: 'none of yours' } },
  )
  const { cause } = await failure(write(sink, null))
  expect(cause).toBeInstanceOf(S3ServiceException)
  expect(cause).toMatchObject({
    name: 'AccessDenied',
    message: 'AccessDenied, as the test asked',
    Code: 'AccessDenied',
    $fault: 'client',
    $metadata: { httpStatusCode: 403, attempts: 1 },
    RequestId: expect.stringMatching(/^[0-9A-F]{16}$/) as unknown,
    HostId: expect.stringMatching(/^\S{64}$/) as unknown,
  })
  expect((cause as Error).stack).toMatch(/\n\s+at /)
  expect(cause).not.toHaveProperty('Reason')
  expect(cause).not.toHaveProperty('$response')
})

test('an error of the system below keeps what node says of it', async () => {
  const { sink, s3 } = await place()
  await s3.close()
  const { cause } = await failure(sink.read(MANIFEST, { signal: quiet }))
  expect(cause).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1' })
})

test('an error that is none of the SDK is the cause as it is', () => {
  for (const error of [
    ownFailure(OWN.corruptAnswer, 'other bytes'),
    Object.assign(new Error('own'), { token: 1 }),
  ]) {
    expect(asS3Error('s3://b', 'GetObject', 'k', error).cause).toBe(error)
  }
})

test('no payload of a diagnostics channel shows it, and no step of a check', async () => {
  const [token = ''] = TOKENS
  const { s3, sink, archive } = await place(withToken(token))
  const told = Object.values(tracingChannels).map((name) => follow<{ error?: unknown }>(name))
  const expired: Fault = { status: 400, code: 'ExpiredToken', elements: { 'Token-0': token } }
  const run = () => exportWindow({ dataset: orders, window, source: () => noise(100), sink })
  s3.fault({ operation: 'UploadPart' }, expired)
  await rejection(run())
  await exportWindow({ dataset: orders, window, source: () => orderRows(1), sink })
  s3.fault({ operation: 'GetObject' }, expired)
  await rejection(drain(readDay(orders, archive, DAY)))
  for (const payloads of told) {
    expect(payloads.some(({ then }) => then.error !== undefined)).toBe(true)
    for (const { then } of payloads) expectNoSecret(then, token)
  }
  for (const operation of ['PutObject', 'UploadPart', 'ListObjectsV2'] as const) {
    s3.fault({ operation, times: Infinity }, expired)
  }
  const check = await checkDestination(sink)
  expect(check.ok).toBe(false)
  expectNoSecret(check, token)
})
