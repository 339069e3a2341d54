// In: the outcome of each check on each server. Out: a table, the reasons, and the counts.

export interface Outcome {
  readonly server: string
  readonly check: string
  readonly is: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped. */
  readonly reason?: string
  /** What was measured on the way. */
  readonly figure?: string
  readonly seconds?: number
}

export function outcomeLine({ server, check, is, reason, figure, seconds }: Outcome): string {
  const said = [reason, figure, seconds === undefined ? undefined : `${seconds.toFixed(1)} s`]
  return `${is.padEnd(7)} ${server}: ${check} (${said.filter((part) => part !== undefined).join('; ')})`
}

export function tableLines(
  outcomes: readonly Outcome[],
  servers: readonly string[],
  names: readonly string[],
): string[] {
  const checks = [...new Set([...names, ...outcomes.map(({ check }) => check)])]
  const reasons: string[] = []
  const cell = (check: string, server: string): string => {
    const found = outcomes.find((outcome) => outcome.check === check && outcome.server === server)
    if (found === undefined) return ''
    if (found.reason === undefined) return found.is
    // Each reason once: most of them are of several checks.
    if (!reasons.includes(found.reason)) reasons.push(found.reason)
    return `${found.is} [${reasons.indexOf(found.reason) + 1}]`
  }
  const rows = [
    ['check', ...servers],
    ...checks.map((check) => [check, ...servers.map((name) => cell(check, name))]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const figures = outcomes.filter(({ figure }) => figure !== undefined)
  return [
    ...rows.slice(0, 1).map(line),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...rows.slice(1).map(line),
    '',
    ...reasons.map((reason, index) => `[${index + 1}] ${reason}`),
    '',
    ...figures.map(({ server, check, figure = '' }) => `${server}: ${check}: ${figure}`),
  ]
}

export function countLine(outcomes: readonly Outcome[]): string {
  const count = (is: Outcome['is']) => outcomes.filter((outcome) => outcome.is === is).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
}
