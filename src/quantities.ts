// In: numbers. Out: the same for readers of English: with nouns, and in units of 1,000.

// A formatter that is made here would cost every import its data of the language.
export function numberText(number: number): string {
  return number.toLocaleString('en-US')
}

/** '1 row', '5,000 rows'. */
export function counted(number: number, noun: string): string {
  return `${numberText(number)} ${noun}${number === 1 ? '' : 's'}`
}

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Three digits at most, in the largest unit that they fill: '999 bytes', '1.0 kB', '28.9 MB', '526 kB'. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte')
  let value = bytes / 1000
  let unit = 0
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${UNITS[unit] ?? ''}`
}
