// In: a number, or decimal text. Out: how many bytes it took; 0, and nothing to be kept, where the codec must decide.

const MINUS = 45
const PLUS = 43
const POINT = 46
const ZERO = 48
const NINE = 57

/** Writes a whole number from 0 up to 2^31: up to 10 bytes. Others are refused. */
export function writeWholeNumber(to: Uint8Array, at: number, value: number): number {
  // Arithmetic of 32 bits is what makes this faster than String(value).
  let rest = value | 0
  if (rest !== value || rest < 0) return 0
  let digits = 1
  for (let bound = 10; digits < 10 && value >= bound; bound *= 10) digits++
  for (let index = at + digits - 1; index >= at; index--) {
    const tens = (rest / 10) | 0
    to[index] = ZERO + rest - tens * 10
    rest = tens
  }
  return digits
}

/** Writes text of digits with at most one point and a sign before them: as many bytes as characters. */
export function writeDecimalText(to: Uint8Array, at: number, text: string): number {
  const { length } = text
  let digits = 0
  let points = 0
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code >= ZERO && code <= NINE) digits++
    else if (code === POINT) points++
    else if (index > 0 || (code !== MINUS && code !== PLUS)) return 0
    to[at + index] = code
  }
  return digits > 0 && points <= 1 ? length : 0
}
