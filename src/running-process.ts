/** Whether there is a process with this number, be it another user's. */
export function isRunning(pid: number): boolean {
  try {
    // Signal 0 is never sent: it asks whether there is such a process.
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
