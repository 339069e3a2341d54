import { readFileSync } from 'node:fs'

/**
 * The most memory that this process has had, in MB.
 *
 * On Linux by its own mark: that of process.resourceUsage() begins with what the process that started it had at that moment.
 */
export function peakMB(): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(statusText())?.[1] ?? process.resourceUsage().maxRSS
  return (Number(kib) * 1024) / 1e6
}

function statusText(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1')
  } catch {
    return ''
  }
}
