import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

function codesOf(text: string): string[] {
  const { statements } = ts.createSourceFile('errors.ts', text, ts.ScriptTarget.Latest, true)
  const details = statements
    .filter(ts.isInterfaceDeclaration)
    .find(({ name }) => name.text === 'ErrorDetails')
  return (details?.members ?? []).flatMap(({ name }) => (name === undefined ? [] : [name.getText()]))
}

const codes = codesOf(read('src/errors.ts'))
const sections = [...read('docs/errors.md').matchAll(/^## ([A-Z][A-Z0-9_]*)$/gm)].map(([, code]) => code)

test('docs/errors.md has one section for each code, and none for another', () => {
  expect(codes.length).toBeGreaterThan(10)
  expect([...sections].sort()).toEqual([...codes].sort())
})

test('docs/errors.md says something about each code', () => {
  const bodies = read('docs/errors.md').split(/^## /m).slice(1)
  expect(bodies.filter((body) => body.split('\n').slice(1).join('').trim() === '')).toEqual([])
})
