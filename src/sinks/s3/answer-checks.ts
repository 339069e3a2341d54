// What was sent, against what the server says it has; and whether a list is one, and all of it.

import { unquoted } from './etags.js'
import { hidesMd5, type EncryptionAnswer } from './object-settings.js'
import type { Part } from './part-buffer.js'
import type { S3Abilities } from './providers.js'
import { OWN, ownFailure } from './s3-error-meanings.js'

interface StoredAnswer extends EncryptionAnswer {
  readonly ETag?: string | undefined
  readonly ChecksumCRC32?: string | undefined
}

/** Throws when the answer to a part or a put names other bytes than those that were sent. */
export function requireSameBytes(
  what: string,
  { md5, crc32 }: Pick<Part, 'md5' | 'crc32'>,
  answer: StoredAnswer,
  { etagIsMd5 }: S3Abilities,
): void {
  const tag = unquoted(answer.ETag).toLowerCase()
  // Tags of another form are none, and under a key service they are of the encrypted bytes.
  if (md5 !== undefined && etagIsMd5 && /^[0-9a-f]{32}$/.test(tag) && !hidesMd5(answer)) {
    if (tag !== Buffer.from(md5, 'base64').toString('hex')) throw otherBytes(what, 'MD5')
  }
  if (crc32 !== undefined) requireSameCrc32(what, crc32, answer)
}

/** The same of a checksum alone, which servers that know none leave out. */
export function requireSameCrc32(
  what: string,
  crc32: string,
  { ChecksumCRC32: answered }: Pick<StoredAnswer, 'ChecksumCRC32'>,
): void {
  if (answered !== undefined && answered !== '' && answered !== crc32) throw otherBytes(what, 'CRC-32')
}

/** Throws when an answer is not a page of a list: each one says whether it is the last. */
export function requireList({ IsTruncated }: ListPage): void {
  if (IsTruncated === undefined) throw ownFailure(OWN.unreadable, 'the answer is not a list')
}

/** Where a list goes on; undefined at its end. Throws when it cannot be read to its end. `seen` are the marks before. */
export function nextOf(page: ListPage, mark: string | undefined, seen: Set<string>): string | undefined {
  requireList(page)
  if (mark !== undefined && mark !== '' && !seen.has(mark)) {
    seen.add(mark)
    return mark
  }
  // A part of a list that passes for all of it would make days that are there missing.
  if (page.IsTruncated === true) throw ownFailure(OWN.cutList, CUT_LIST)
  return undefined
}

interface ListPage {
  readonly IsTruncated?: boolean | undefined
}

const CUT_LIST =
  'the server says that the list goes on, and not where; run again, and see whether a proxy changes the answer'

function otherBytes(what: string, checksum: string): Error {
  return ownFailure(OWN.corruptAnswer, `the server answers another ${checksum} of ${what} than was sent`)
}
