import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Published } from './way-out.js'

/** A new folder for each contender and round. */
export async function roundFolder(folder: string, name: string, round: number): Promise<string> {
  const path = join(folder, name.replace(/\W+/g, '-'), String(round))
  await mkdir(path, { recursive: true })
  return path
}

export function publishedFile(path: string): Published {
  return {
    async csv() {
      return unpacked(await readFile(path))
    },
    async storedBytes() {
      return (await stat(path)).size
    },
    remove: () => rm(path),
  }
}

export function unpacked(bytes: Uint8Array): Buffer {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  return isGzip ? gunzipSync(bytes) : Buffer.from(bytes)
}
