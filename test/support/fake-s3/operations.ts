import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.js'
import { completeMultipartUpload } from './completion.js'
import { copyObject } from './copy.js'
import { deleteObject, deleteObjects } from './deletion.js'
import { notImplemented } from './errors.js'
import { listMultipartUploads, listObjectsV2, listParts } from './listing.js'
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart.js'
import { getObject, headObject, putObject } from './objects.js'
import type { Payload } from './payload.js'
import type { S3Request } from './request.js'
import type { Store } from './store.js'
import { getObjectTagging, putObjectTagging } from './tagging.js'

export interface Call {
  store: Store
  request: S3Request
  payload: Payload
}

export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: Buffer | string
}

export type OperationName =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CopyObject'
  | 'CreateBucket'
  | 'CreateMultipartUpload'
  | 'DeleteBucket'
  | 'DeleteObject'
  | 'DeleteObjects'
  | 'GetBucketLocation'
  | 'GetObject'
  | 'GetObjectTagging'
  | 'HeadBucket'
  | 'HeadObject'
  | 'ListBuckets'
  | 'ListMultipartUploads'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'PutObject'
  | 'PutObjectTagging'
  | 'UploadPart'
  | 'Unsupported'

/**
 * Handlers are synchronous on purpose: the body has already arrived, so a condition and the write it
 * guards run in one turn of the event loop and no other request can come between them.
 */
export const operations: Readonly<Record<OperationName, (call: Call) => Reply>> = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  GetBucketLocation: getBucketLocation,
  GetObject: getObject,
  GetObjectTagging: getObjectTagging,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutObject: putObject,
  PutObjectTagging: putObjectTagging,
  UploadPart: uploadPart,
  Unsupported: () => {
    throw notImplemented('The fake S3 server does not know this operation')
  },
}
