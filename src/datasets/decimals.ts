// The one grammar of decimals: as patterns of schemas, and as the parts of a text.

// Written so that no digit can match in two ways: long text that is not a decimal would take quadratic time.
const PLAIN = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)'

/** Digits with at most one point, and a sign before them. */
export const DECIMAL_PATTERN = `^${PLAIN}$`

/** The same, and an exponent after them or not. */
export const SCIENTIFIC_PATTERN = `^${PLAIN}(?:[eE][+-]?[0-9]+)?$`

/** A decimal taken apart in its text: as a number it would have no more than 17 digits. */
export interface DecimalParts {
  readonly sign: string
  /** Those before the point and after it, without the point. */
  readonly digits: string
  /** How many digits come before the point, once the exponent has moved it. */
  readonly point: number
  readonly hasExponent: boolean
}

const PARTS = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/

/** The parts of a decimal with an exponent or without one; undefined for other text. */
export function decimalParts(text: string): DecimalParts | undefined {
  const parts = PARTS.exec(text)
  if (parts === null) return undefined
  const [, sign = '', whole = '', behind = '', alone = '', exponent] = parts
  const point = whole.length + Number(exponent ?? 0)
  return { sign, digits: whole + behind + alone, point, hasExponent: exponent !== undefined }
}

/** The same text for equal decimals, such as 15e-1, 1.5 and +01.50. Other text stays as it is. */
export function canonicalDecimal(text: string): string {
  const parts = decimalParts(text)
  if (parts === undefined) return text
  const significant = parts.digits.replace(/^0+/, '')
  const digits = significant.replace(/0+$/, '')
  const scale = parts.point - parts.digits.length + significant.length - digits.length
  return digits === '' ? '0' : `${parts.sign === '-' ? '-' : ''}${digits}e${scale}`
}
