// In: bytes in chunks cut anywhere. Out: the same bytes in pieces of whole characters, each of them UTF-8.

import { isUtf8 } from 'node:buffer'

/** Bytes that are not UTF-8. */
export class InvalidUtf8 extends Error {}

export interface Utf8Pieces {
  /** The chunk in pieces; a character that it cuts waits for the next one. */
  write(chunk: Uint8Array): Generator<Uint8Array, void, void>
  /** Throws when the file ends within a character. */
  end(): void
}

// What is looked at at once, so that a whole file given as one chunk is not a second time in memory.
const PIECE_BYTES = 64 * 1024

/**
 * Checks UTF-8 strictly, as an invalid byte must not become U+FFFD in somebody's name. What stands before the damage
 * comes out before the error.
 *
 * @throws InvalidUtf8
 */
export function utf8Pieces(): Utf8Pieces {
  let cut: Uint8Array = new Uint8Array()

  function* checked(bytes: Uint8Array): Generator<Uint8Array, void, void> {
    if (isUtf8(bytes)) {
      yield bytes
      return
    }
    yield bytes.subarray(0, validLength(bytes))
    throw new InvalidUtf8('bytes that are not UTF-8')
  }

  return {
    *write(chunk) {
      let from = 0
      if (cut.length > 0) {
        from = Math.min(characterLength(cut[0] ?? 0) - cut.length, chunk.length)
        const character = Buffer.concat([cut, chunk.subarray(0, from)])
        cut = character.subarray(wholeCharacters(character))
        yield* checked(character.subarray(0, character.length - cut.length))
      }
      for (; from < chunk.length; from += PIECE_BYTES) {
        const piece = chunk.subarray(from, from + PIECE_BYTES)
        const end = wholeCharacters(piece)
        yield* checked(piece.subarray(0, end))
        if (end === piece.length) continue
        if (from + PIECE_BYTES < chunk.length) from -= piece.length - end
        // A copy: a stream may fill the memory of its chunk again.
        else cut = Uint8Array.from(piece.subarray(end))
      }
    },
    end() {
      if (cut.length > 0) throw new InvalidUtf8('bytes that are not UTF-8')
    },
  }
}

/** The length without the character that the end cuts, if it cuts one. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0b1100_0000) === 0b1000_0000) continue
    return characterLength(byte) > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** How many bytes a character has that begins with this one. */
function characterLength(byte: number): number {
  return byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1
}

/** How many bytes come before the first one that is not UTF-8. */
function validLength(bytes: Uint8Array): number {
  for (let at = 0; ;) {
    const next = at + characterLength(bytes[at] ?? 0)
    if (next > bytes.length || !isUtf8(bytes.subarray(at, next))) return at
    at = next
  }
}
