// The AWS SDK takes longer to load than all of dayfile: the first request loads it, not the import of this package.

import { OWN, ownFailure } from './s3-error-meanings.js'

/** What is used of the SDK. */
export type AwsSdk = typeof import('./aws-sdk-exports.js')

export async function awsSdk(): Promise<AwsSdk> {
  try {
    return await import('./aws-sdk-exports.js')
  } catch (cause) {
    throw ownFailure(
      OWN.sdkNotLoaded,
      '@aws-sdk/client-s3 could not be loaded (see cause); install it beside dayfile: npm install @aws-sdk/client-s3',
      cause,
    )
  }
}
