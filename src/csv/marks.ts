// In: bytes. Out: where among them those lie that mean something in CSV, as marks.
//
// A mark is a number: the place of a delimiter, a quote, an escape, a CR or an LF, and two bits beside it.

import type { Dialect } from './dialect.js'
import { MARKS_WASM } from './marks-wasm.js'

/** Bytes beyond ASCII lie between the mark before and this one. */
export const BEYOND_ASCII = 0b01
/** It is no delimiter. */
export const NO_DELIMITER = 0b10

export function markOf(place: number, bits = 0): number {
  return (place << 2) | bits
}

export function placeOf(mark: number): number {
  return mark >> 2
}

/** The most bytes that are looked at at once. */
export const PIECE_BYTES = 65_536

/**
 * Gives the marks of a piece, with `offset` added to each place, and behind the last one {@link BEYOND_ASCII} or 0, for the
 * bytes that follow it; `beyondAscii` is that of the piece before. The marks are written over the next time, by any reader.
 */
export type Marker = (piece: Uint8Array, offset: number, beyondAscii: number) => Int32Array

type Codes = Pick<Dialect, 'delimiter' | 'quote' | 'escape'>

/** The fastest one that may run here. */
export function marker(dialect: Codes): Marker {
  return wasmMarker(dialect) ?? byteMarker(dialect)
}

const LF = 10
const CR = 13

/** Goes byte by byte. */
export function byteMarker({ delimiter, quote, escape }: Codes): Marker {
  const delimiterCode = delimiter.charCodeAt(0)
  const special = new Uint8Array(0x100)
  for (const code of [delimiterCode, quote.charCodeAt(0), escape.charCodeAt(0), LF, CR]) special[code] = 1
  return (piece, offset, beyondAscii) => {
    byteMarks ??= new Int32Array(PIECE_BYTES + 1)
    let count = 0
    let highBits = beyondAscii << 7
    for (let index = 0; index < piece.length; index++) {
      const code = piece[index] ?? 0
      highBits |= code
      if (special[code] === 0) continue
      const bits = ((highBits & 0x80) >> 7) | (code === delimiterCode ? 0 : NO_DELIMITER)
      byteMarks[count++] = markOf(offset + index, bits)
      highBits = 0
    }
    byteMarks[count] = (highBits & 0x80) >> 7
    return byteMarks.subarray(0, count + 1)
  }
}

let byteMarks: Int32Array | undefined

// Of marks.wat.
const MARKS_START = 65_600

interface Program {
  readonly piece: Uint8Array
  readonly marks: Int32Array
  readonly mark: (
    length: number,
    offset: number,
    beyondAscii: number,
    delimiter: number,
    quote: number,
    escape: number,
  ) => number
}

/**
 * By the vector instructions of WebAssembly, 64 bytes at a time: to find the cells of 20,000 events took 4.6 ms, and 17 byte
 * by byte. undefined if WebAssembly is missing, as under --jitless.
 *
 * One memory serves all readers, as nobody comes between: each instance of it would reserve gigabytes of address space.
 */
export function wasmMarker({ delimiter, quote, escape }: Codes): Marker | undefined {
  program ??= compiledProgram()
  if (program === 'none') return undefined
  const { piece: programPiece, marks: programMarks, mark } = program
  const delimiterCode = delimiter.charCodeAt(0)
  const quoteCode = quote.charCodeAt(0)
  const escapeCode = escape.charCodeAt(0)
  return (piece, offset, beyondAscii) => {
    programPiece.set(piece)
    const count = mark(piece.length, offset, beyondAscii, delimiterCode, quoteCode, escapeCode)
    return programMarks.subarray(0, count + 1)
  }
}

let program: Program | 'none' | undefined

// No declaration that comes with Node has it.
interface Host {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object) => { readonly exports: unknown }
  }
}

function compiledProgram(): Program | 'none' {
  try {
    const { Module, Instance } = (globalThis as unknown as Host).WebAssembly
    const { exports } = new Instance(new Module(Buffer.from(MARKS_WASM, 'base64')))
    const { memory, mark } = exports as { memory: { readonly buffer: ArrayBuffer }; mark: Program['mark'] }
    return {
      piece: new Uint8Array(memory.buffer, 0, PIECE_BYTES),
      marks: new Int32Array(memory.buffer, MARKS_START, PIECE_BYTES + 1),
      mark,
    }
  } catch {
    return 'none'
  }
}
