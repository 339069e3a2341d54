// In: bytes in chunks cut anywhere. Out: text in pieces.

/** Bytes that are not UTF-8. */
export class InvalidUtf8 extends Error {}

export interface Utf8Decoder {
  /** The text of this chunk in pieces; a character that the chunk cuts waits for the next one. */
  write(chunk: Uint8Array): Generator<string, void, void>
  /** Throws when the file ends within a character. */
  end(): void
}

// What is decoded at once, so that a whole file given as one chunk is not a second time in memory as text.
const PIECE_BYTES = 64 * 1024

const LF = 10

/**
 * Decodes UTF-8 strictly, as a byte that is none must not become U+FFFD in somebody's name. A byte order mark at the
 * very start is passed over. The lines before the damage come out before the error.
 *
 * @throws InvalidUtf8
 */
export function utf8Decoder(): Utf8Decoder {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let cut: Uint8Array = new Uint8Array()
  let atStart = true

  function decode(bytes: Uint8Array): string {
    let text: string
    try {
      text = decoder.decode(bytes)
    } catch (error) {
      throw new InvalidUtf8('bytes that are not UTF-8', { cause: error })
    }
    if (!atStart || text === '') return text
    atStart = false
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  }

  function* decodePiece(bytes: Uint8Array): Generator<string, void, void> {
    let text: string
    try {
      text = decode(bytes)
    } catch {
      for (const line of linesOf(bytes)) yield decode(line)
      return
    }
    yield text
  }

  return {
    *write(chunk) {
      for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
        const piece = chunk.subarray(from, from + PIECE_BYTES)
        const bytes = cut.length === 0 ? piece : Buffer.concat([cut, piece])
        const end = wholeCharacters(bytes)
        // A copy: a stream may fill the memory of its chunk again.
        cut = Uint8Array.from(bytes.subarray(end))
        yield* decodePiece(bytes.subarray(0, end))
      }
    },
    end() {
      decode(cut)
    },
  }
}

/** The length without the character that the end cuts, if it cuts one. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0b1100_0000) === 0b1000_0000) continue
    const length = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1
    return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  for (let from = 0; from < bytes.length;) {
    const lineEnd = bytes.indexOf(LF, from)
    const next = lineEnd < 0 ? bytes.length : lineEnd + 1
    yield bytes.subarray(from, next)
    from = next
  }
}
