import { S3Error } from './errors.js'
import type { Call, Reply } from './operations.js'
import { addBucket, bucketNamed, compareKeys } from './store.js'
import { branch, document, leaf } from './xml.js'

export function createBucket({ store, request }: Call): Reply {
  const name = request.bucket
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.')
  }
  if (store.buckets.has(name)) {
    throw new S3Error(
      409,
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    )
  }
  addBucket(store, name)
  return { status: 200, headers: { Location: `/${name}` } }
}

export function headBucket({ store, request }: Call): Reply {
  bucketNamed(store, request.bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': store.region } }
}

export function deleteBucket({ store, request }: Call): Reply {
  const bucket = bucketNamed(store, request.bucket)
  if (bucket.objects.size > 0) {
    throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty')
  }
  store.buckets.delete(bucket.name)
  return { status: 204 }
}

export function getBucketLocation({ store, request }: Call): Reply {
  bucketNamed(store, request.bucket)
  // The oldest region has no name here, an accident of S3's history that clients have to know about.
  const location = store.region === 'us-east-1' ? '' : store.region
  return { status: 200, body: document('LocationConstraint', [location]) }
}

export function listBuckets({ store }: Call): Reply {
  const buckets = [...store.buckets.values()].sort((a, b) => compareKeys(a.name, b.name))
  const entries = buckets.map((bucket) =>
    branch('Bucket', [leaf('Name', bucket.name), leaf('CreationDate', bucket.created.toISOString())]),
  )
  const owner = branch('Owner', [leaf('ID', store.accountId)])
  return {
    status: 200,
    body: document('ListAllMyBucketsResult', [owner, branch('Buckets', entries)]),
  }
}
