import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'

/**
 * Aborts the uploads that killed runs have left unfinished under a key: nobody sees them, and their parts are paid for.
 *
 * Data of a window is looked for under both of its extensions, as the run may have had another compression; keys that
 * merely begin so are others'. It is housekeeping: what may not be listed or aborted stays, and is no failure.
 *
 * A run that is still alive is taken over as in a directory: its next part or its completion is NoSuchUpload, a conflict.
 * Of runs that begin at once the last one to list is aborted by nobody, as each lists before it creates its own.
 */
export async function abortUnfinishedUploads(
  client: S3Client,
  { bucket, key, signal }: { readonly bucket: string; readonly key: string; readonly signal: AbortSignal },
): Promise<void> {
  const options = { abortSignal: signal }
  try {
    for (const Key of siblings(key)) {
      // All of them first: pages are counted from an upload that must still be there.
      for (const UploadId of await unfinishedUploads(client, bucket, Key, options)) {
        const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })
        // Somebody else may have been quicker.
        await client.send(command, options).catch(() => undefined)
      }
    }
  } catch {
    // Not allowed, not known to this server, or aborted: what comes next tells the last one.
  }
}

// One list a key, although the first begins the other: MinIO takes a prefix for a whole key.
async function unfinishedUploads(
  client: S3Client,
  bucket: string,
  key: string,
  options: { readonly abortSignal: AbortSignal },
): Promise<string[]> {
  const ids: string[] = []
  let from: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> = {}
  for (;;) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key, ...from })
    const page = await client.send(command, options)
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key === key && UploadId !== undefined) ids.push(UploadId)
    }
    const next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
    // A server that passes over the markers gives the first page for ever.
    const stands = next.KeyMarker === from.KeyMarker && next.UploadIdMarker === from.UploadIdMarker
    if (page.IsTruncated !== true || stands) return ids
    from = next
  }
}

/** The key, and that of the same data with or without compression. */
function siblings(key: string): readonly string[] {
  const stem = /^(.*\.csv)(\.gz)?$/s.exec(key)?.[1]
  return stem === undefined ? [key] : [stem, `${stem}.gz`]
}
