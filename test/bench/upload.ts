// In: bytes in memory, as compressed CSV comes. Out: how fast each way brings them into S3, and what it costs the process.

import type { Readable } from 'node:stream'
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3'
import { waysTable } from './measure/comparison.js'
import type { Contender } from './measure/contender.js'
import type { Work } from './measure/contender-process.js'
import { versionOf } from './measure/machine.js'
import { peakAlone, ratioOf, timeAlone, timingOf, type TimedAlone } from './measure/rounds.js'
import type { Subject, Table, Value } from './report/result.js'
import { BODY_BYTES, CHUNK_BYTES, CHUNKS, wholeBody } from './upload/body.js'
import { uploadBucket, type UploadBucket } from './upload/bucket.js'
import { uploadContenders, uploadStream, type SendBody } from './upload/contenders.js'

const MB = BODY_BYTES / 1e6

export const upload: Subject = {
  name: 'upload',
  async run({ rounds = 7, progress }) {
    const place = await uploadBucket()
    try {
      await compareStored(place, progress)
      progress(`upload: ${rounds} rounds`)
      const workOf = (contender: string | null): Work => ({
        workload: 'upload',
        contender,
        rows: CHUNKS,
        input: { bucket: place.bucket, access: place.access },
      })
      const timings = await timeAlone(
        uploadContenders.map(({ name }) => workOf(name)),
        { rounds, warmUps: 1 },
      )
      return {
        subject: 'upload',
        title: `${MB.toFixed(0)} MB in memory to an object in S3`,
        compared: [
          `The bytes are noise, as compressed ones are, in chunks of ${CHUNK_BYTES / 1024} KiB, as the gzip stage hands them out: ${CHUNKS.toLocaleString('en-US')} chunks that lie in 16 MiB of memory again and again. All have the same client, parts of 8 MiB and four of them on their way, and send a CRC-32 of each. Every round makes a new object, which is removed outside of the time. Before the rounds, what each has stored is read back and compared byte for byte.`,
          'CPU s/GB is what all threads of the uploading process had of the cores: user and system time, without that of the server. Peak MB is its maximum resident set after all rounds.',
          `The S3 server is ${place.server}. S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY name another one.`,
        ],
        targets: [
          {
            what: 'throughput against Upload of lib-storage, of a stream',
            bound: 'at least',
            wanted: 0.95,
            measured: ratioOf(timingOf(timings, uploadStream.name), timingOf(timings, 'dayfile')),
          },
        ],
        tables: [throughputTable(timings, await peakAlone(workOf(null))), waysTable(uploadContenders)],
      }
    } finally {
      await place.remove()
    }
  },
}

async function compareStored(
  { client, bucket }: UploadBucket,
  progress: (line: string) => void,
): Promise<void> {
  const expected = await wholeBody()
  for (const { name, load } of uploadContenders) {
    progress(`upload: compares ${name}`)
    const send = await load()
    const object = { Bucket: bucket, Key: `compared/${name}` }
    await send({ client, bucket, key: object.Key })
    const { Body } = await client.send(new GetObjectCommand(object))
    await requireSame(name, expected, Body as Readable)
    await client.send(new DeleteObjectCommand(object))
  }
}

async function requireSame(name: string, expected: Buffer, stored: AsyncIterable<Buffer>): Promise<void> {
  let at = 0
  for await (const chunk of stored) {
    if (!chunk.equals(expected.subarray(at, at + chunk.length))) break
    at += chunk.length
  }
  if (at !== expected.length) throw new Error(`${name} has stored other bytes than were sent`)
}

function throughputTable(timings: readonly TimedAlone[], floorMB: number): Table {
  const own = timingOf(timings, 'dayfile')
  const lines = uploadContenders.map((contender, index): Record<string, Value> => {
    const { medianMs: ms, fastestMs, slowestMs } = timingOf(timings, contender.name)
    const timing = timings[index]
    return {
      name: labelOf(contender),
      seconds: ms / 1000,
      megabytesPerSecond: (MB / ms) * 1000,
      ratio: ratioOf(timingOf(timings, contender.name), own),
      spread: (100 * (slowestMs - fastestMs)) / ms,
      firstMegabytes: (MB / (timing?.firstMs ?? NaN)) * 1000,
      cpu: (timing?.cpuMs ?? NaN) / MB,
      peakMB: timing?.peakMB ?? NaN,
    }
  })
  return {
    title: 'One object',
    columns: [
      { key: 'name', title: '' },
      { key: 'seconds', title: 's', digits: 2 },
      { key: 'megabytesPerSecond', title: 'MB/s', digits: 0 },
      { key: 'ratio', title: 'dayfile is', digits: 2 },
      { key: 'spread', title: 'spread %', digits: 0 },
      { key: 'firstMegabytes', title: 'first MB/s', digits: 0 },
      { key: 'cpu', title: 'CPU s/GB', digits: 2 },
      { key: 'peakMB', title: 'peak MB', digits: 0 },
    ],
    rows: [...lines, { name: 'the input in memory, no more', peakMB: floorMB }],
  }
}

function labelOf({ name, package: library }: Contender<SendBody>): string {
  return library === null || library === 'dayfile' ? name : `${name} ${versionOf(library)}`
}
