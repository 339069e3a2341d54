import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const program = `
  const { csvEncoder, events } = await import(${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)})
  const { sampleEvents } = await import(${JSON.stringify(new URL('../../src/testing/index.ts', import.meta.url).href)})
  const { createHash } = await import('node:crypto')
  let generates = true
  try { new Function('') } catch { generates = false }
  const rows = sampleEvents({ day: '2026-03-07', count: 500 })
  rows.push(JSON.parse('{"event_type":"Trial_Started","event_datetime":"2026-03-07","__proto__":"p","a,b":""}'))
  const encoder = csvEncoder(events)
  const records = encoder.encode(rows)
  const sha256 = createHash('sha256').update(encoder.header()).update(records).digest('hex')
  console.log(JSON.stringify({ generates, sha256, bytes: encoder.report.bytes, columns: encoder.columns.length }))
`

function run(...flags: string[]): Record<string, unknown> {
  const options = ['--import', 'tsx', '--input-type=module', '--eval', program]
  return JSON.parse(execFileSync(process.execPath, [...flags, ...options], { encoding: 'utf8' })) as Record<
    string,
    unknown
  >
}

test('the bytes are the same where code generation from strings is not allowed', () => {
  const compiled = run()
  expect(compiled).toMatchObject({ generates: true, columns: 46 })
  expect(run('--disallow-code-generation-from-strings')).toEqual({ ...compiled, generates: false })
})
