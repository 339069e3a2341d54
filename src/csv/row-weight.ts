// What a value takes besides its characters, about: a reference, a number, the head of an object.
const VALUE_BYTES = 16

/**
 * How many bytes a row holds, about, counted up to `enough`: text and bytes by their length, lists and objects by what they
 * hold. A cycle is counted until it is enough.
 */
export function weightOf(row: unknown, enough: number): number {
  const waiting: unknown[] = [row]
  let weight = 0
  while (waiting.length > 0 && weight < enough) {
    const value = waiting.pop()
    weight += VALUE_BYTES
    if (typeof value === 'string') weight += value.length
    else if (ArrayBuffer.isView(value)) weight += value.byteLength
    else if (typeof value === 'object' && value !== null) {
      addHeld(value, waiting, waiting.length + (enough - weight) / VALUE_BYTES)
    }
  }
  return weight
}

function addHeld(object: object, held: unknown[], most: number): void {
  try {
    if (Array.isArray(object)) {
      for (let index = 0; index < object.length && held.length < most; index++) held.push(object[index])
      return
    }
    for (const key in object) {
      if (held.length >= most) return
      held.push((object as Readonly<Record<string, unknown>>)[key])
    }
  } catch {
    // Reading it threw; writing the row says so, with its number.
  }
}
