import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  docstringExamples,
  ENTRIES,
  functionBody,
  isWhole,
  markdownExamples,
  ROOT,
  typeErrors,
  type Example,
} from '../support/docs-examples.js'

// Each example is run with all public names in scope, and with those of its own file; a program in the README has
// to import what it uses. The comment behind its last expression, on that line or below, has to be that expression's value.

type Names = Readonly<Record<string, unknown>>

const docstrings = docstringExamples()
const guides = markdownExamples()

/** A guide's block is run only if it says what comes out: others may need a database or a bucket. */
const executed = [...docstrings, ...guides.filter(({ expected }) => expected !== undefined)]

const load = (name: string): Promise<Names> =>
  import(name in ENTRIES ? join(ROOT, ENTRIES[name as keyof typeof ENTRIES]) : name) as Promise<Names>

async function namesFor(example: Example): Promise<Names> {
  if (isWhole(example)) return {}
  const own = example.file.endsWith('.md') ? {} : await load(join(ROOT, example.file))
  const entries = await Promise.all(Object.keys(ENTRIES).map(load))
  return Object.assign({}, own, ...entries) as Names
}

// Text as code is the point here: the examples are text.
const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<unknown>

function evaluate(body: string, names: Names): Promise<unknown> {
  return new AsyncFunction('load', ...Object.keys(names), body)(load, ...Object.values(names))
}

/** The value that the comment writes down; its text where it is no expression. */
async function expectedValue(comment: string, names: Names): Promise<{ value: unknown } | { text: string }> {
  try {
    const values = (await evaluate(`return [${comment}\n]`, names)) as unknown[]
    return values.length === 1 ? { value: values[0] } : { text: comment }
  } catch {
    return { text: comment }
  }
}

const home = process.cwd()
const scratch = mkdtempSync(join(tmpdir(), 'dayfile-examples-'))

beforeAll(() => {
  process.chdir(scratch)
})

afterAll(() => {
  process.chdir(home)
  rmSync(scratch, { recursive: true, force: true })
})

describe('examples run and give what they say', () => {
  test.each(executed.map((example) => [example.at, example] as const))('%s', async (_, example) => {
    const names = await namesFor(example)
    const value = await evaluate(functionBody(example), names)
    if (example.expected === undefined) return
    const expected = await expectedValue(example.expected, names)
    if ('value' in expected) expect(value).toEqual(expected.value)
    else expect(String(value)).toBe(expected.text)
  })
})

test('docstrings have examples, and all of them say what comes out', () => {
  expect(docstrings.length).toBeGreaterThan(25)
  expect(docstrings.filter(({ expected }) => expected === undefined).map(({ at }) => at)).toEqual([])
})

test('examples and the guides have the right types', () => {
  expect(typeErrors([...docstrings, ...guides])).toEqual([])
})
