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
    // All of them first: pages are counted from an upload that must still be there.
    for (const upload of await unfinishedUploads(client, bucket, siblings(key), options)) {
      const command = new AbortMultipartUploadCommand({ Bucket: bucket, ...upload })
      // Somebody else may have been quicker.
      await client.send(command, options).catch(() => undefined)
    }
  } catch {
    // Not allowed, not known to this server, or aborted: what comes next tells the last one.
  }
}

interface UnfinishedUpload {
  readonly Key: string
  readonly UploadId: string | undefined
}

async function unfinishedUploads(
  client: S3Client,
  bucket: string,
  keys: readonly [string, ...string[]],
  options: { readonly abortSignal: AbortSignal },
): Promise<UnfinishedUpload[]> {
  const uploads: UnfinishedUpload[] = []
  let from: Partial<ListMultipartUploadsCommandInput> = {}
  for (;;) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: keys[0], ...from })
    const page = await client.send(command, options)
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key !== undefined && keys.includes(Key)) uploads.push({ Key, UploadId })
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return uploads
    from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}

/** The key, and that of the same data with or without compression; the first is the beginning of all. */
function siblings(key: string): readonly [string, ...string[]] {
  const stem = /^(.*\.csv)(\.gz)?$/s.exec(key)?.[1]
  return stem === undefined ? [key] : [stem, `${stem}.gz`]
}
