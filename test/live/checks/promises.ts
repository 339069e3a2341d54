// What a server may take and not do: a run that asked for it must not pass over that.

import assert from 'node:assert/strict'
import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { S3SinkOptions } from 'dayfile/s3'
import { clientOf, placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'
import type { Check } from './check.js'
import { assertIntact, exportSample, failure } from './day.js'

const DAY = '2026-03-07'
const TAGS = { team: 'data', kind: 'daily export' }

export const promiseChecks: readonly Check[] = [
  {
    name: 'encryption that is asked for is there, or the run fails and leaves nothing',
    run: (server) =>
      keptOrRefused(server, 'encrypted', { encryption: { type: 'SSE-S3' } }, async (Bucket, Key) => {
        const head = await clientOf(server).send(new HeadObjectCommand({ Bucket, Key }))
        assert.equal(head.ServerSideEncryption, 'AES256', Key)
      }),
  },
  {
    name: 'tags that are asked for are there, or the run fails and leaves nothing',
    run: (server) =>
      keptOrRefused(server, 'tagged', { tags: TAGS }, async (Bucket, Key) => {
        const { TagSet = [] } = await clientOf(server).send(new GetObjectTaggingCommand({ Bucket, Key }))
        assert.deepEqual(Object.fromEntries(TagSet.map((tag) => [tag.Key, tag.Value])), TAGS, Key)
      }),
  },
]

async function keptOrRefused(
  server: LiveServer,
  folder: string,
  options: Partial<S3SinkOptions>,
  assertKept: (bucket: string, key: string) => Promise<void>,
): Promise<string> {
  const place = placeIn(server, folder, options)
  const running = exportSample(place, DAY, { count: 20 })
  const report = await running.catch(() => undefined)
  if (report === undefined) {
    const { code } = await failure(running)
    assert.deepEqual([await place.keys(), await place.uploads()], [[], []])
    return `refused as ${code}`
  }
  await assertIntact(place, DAY, report)
  for (const key of await place.keys()) await assertKept(server.bucket, key)
  return 'kept'
}
