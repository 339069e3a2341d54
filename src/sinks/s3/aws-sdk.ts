// The AWS SDK takes longer to load than all of dayfile: the first request loads it, not the import of this package.

import { OWN, ownFailure } from './s3-error-meanings.js'

/** What is used of the SDK. */
export type AwsSdk = typeof import('./aws-sdk-exports.js')

// An import() that was done before still passes all hooks of the loader, which took a millisecond a request under tsx.
let loaded: AwsSdk | undefined

export async function awsSdk(): Promise<AwsSdk> {
  try {
    return (loaded ??= await import('./aws-sdk-exports.js'))
  } catch (cause) {
    throw ownFailure(
      OWN.sdkNotLoaded,
      '@aws-sdk/client-s3 could not be loaded (see cause); install it beside dayfile: npm install @aws-sdk/client-s3 (in a bundle, see docs/s3.md)',
      cause,
    )
  }
}
