/**
 * Whether functions may be made from strings here: `node --disallow-code-generation-from-strings`, a Content Security
 * Policy and some edge runtimes refuse it.
 */
export function allowsCodeGeneration(): boolean {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- only asks whether it would work
    new Function('')
    return true
  } catch {
    return false
  }
}
