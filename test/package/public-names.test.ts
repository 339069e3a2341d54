import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const ENTRY = fileURLToPath(new URL('../../src/index.ts', import.meta.url))

test('dayfile exports at most 100 names, each by name', () => {
  const { statements } = ts.createSourceFile(ENTRY, readFileSync(ENTRY, 'utf8'), ts.ScriptTarget.Latest)
  const names = statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) throw new Error('expected nothing but exports of names')
    const { exportClause } = statement
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) throw new Error('expected names')
    return exportClause.elements.map(({ name }) => name.text)
  })
  expect(names).toContain('exportWindow')
  expect(names.length).toBeLessThanOrEqual(100)
})
