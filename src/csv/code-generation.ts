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

type Build = (...values: unknown[]) => unknown

const KEPT = 32
const builds = new Map<string, Build>()

/**
 * Makes a function whose code sees the values of `scope` by their names; `code` returns it.
 *
 * The same code gives functions that share what the runtime has learnt and compiled: without that each file began in the
 * interpreter, and 20,000 rows took twice as long.
 */
export function generatedFunction(code: string, scope: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(scope)
  const key = `${names.join()}\n${code}`
  let build = builds.get(key)
  if (build === undefined) {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what this is for; the callers show their code
    build = new Function(...names, code) as Build
    const oldest = builds.keys().next()
    if (builds.size >= KEPT && oldest.done !== true) builds.delete(oldest.value)
    builds.set(key, build)
  }
  return build(...Object.values(scope))
}
