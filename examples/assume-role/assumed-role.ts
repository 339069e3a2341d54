// A role in a customer's account, which they let this application assume by an ExternalId that it has made for them.

import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'

export interface CustomerRole {
  readonly arn: string
  /** Of this customer alone, made here and not chosen by them. */
  readonly externalId: string
  readonly region: string
}

/** Credentials for s3Sink: asked for when they are needed, and again before they end. */
export function assumeRole({ arn, externalId, region }: CustomerRole) {
  return fromTemporaryCredentials({
    params: { RoleArn: arn, RoleSessionName: 'dayfile', ExternalId: externalId },
    clientConfig: { region },
  })
}

/**
 * Throws for a role that can be assumed without the ExternalId, or with another one. Whoever else uses this application
 * could name that role as their own, and have it write into, or read from, a bucket that is not theirs.
 */
export async function requireExternalId(role: CustomerRole): Promise<void> {
  for (const other of [{}, { ExternalId: `not-${role.externalId}` }]) {
    const params = { RoleArn: role.arn, RoleSessionName: 'dayfile-check', DurationSeconds: 900, ...other }
    const assume = fromTemporaryCredentials({ params, clientConfig: { region: role.region } })
    if (!(await isRefused(assume))) {
      throw new Error(
        `${role.arn} can be assumed without its ExternalId: demand sts:ExternalId in its trust policy`,
      )
    }
  }
}

async function isRefused(assume: () => Promise<unknown>): Promise<boolean> {
  try {
    await assume()
    return false
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDenied') return true
    throw error
  }
}
