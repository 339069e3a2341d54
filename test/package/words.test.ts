// The words of this package, in what users read: documents, docstrings, and the messages of src and of examples.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What not to write, and what to write instead. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/\bunless (?:it is )?said\b/i, 'defaults to …'],
  [/\b(?:to|of|for|by|and|or|as) who (?:reads?|lists?|loads?|has|asks?|needs?|takes?)\b/i, 'readers that …'],
  [
    /(?:^|[.:;,] )who(?:ever)? (?:reads?|lists?|loads?|has|asks|needs|takes|wants|cannot|knows)\b(?![^.]*\?)/i,
    'readers that …',
  ],
  [/\b(?:is|are) none\b(?! of)/i, 'is not a valid …, does not exist'],
  [/\b(?:is|are) there (?:already|no more|any more)\b/i, 'exists, is published'],
  [/\b(?:is|are|was|were) not there\b/i, 'does not exist'],
  [/\b(?:lies|lie|lay) (?:in|there|under|beside|apart|as)\b/i, 'is stored, is in'],
  [/\bof which\b/i, 'whose, from which'],
  [/\blook.alikes?\b/i, 'S3-compatible'],
  [/\bthe hosts?(?:'s)? (?:code|own|may|gives|called)\b/i, 'your application'],
  [/\bhas not settled\b|\bsettles? until\b/i, 'grace period'],
  [/\bdeliver(?:s|y|ies|ed)\b/i, 'published, publication'],
  [/\bis told\b|\bare told\b|\bis to be told\b/i, 'is called with, is reported'],
  [/\bthere has to be\b|\bthat has to be\b/i, 'must exist'],
  [/\bfiles of before\b/i, 'older files'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix, repair'],
]

function filesIn(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => endings.some((ending) => file.endsWith(ending)) && !/node_modules|[\\/]dist[\\/]/.test(file),
    )
    .map((file) => join(folder, file))
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** One line, as sentences go on over the end of a line. */
const flat = (text: string): string => text.replace(/\s*\n[ \t]*(?:\*(?!\/)|\/\/)?[ \t]*/g, ' ')

function found(file: string, texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    INSTEAD.flatMap(([words, instead]) => {
      const match = words.exec(flat(text))
      return match === null ? [] : [`${file}: "${match[0].trim()}" (say: ${instead})`]
    }),
  )
}

/** The texts of a program: words alone, as keys and code have other rules. */
function messagesOf(file: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest)
  const messages: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      messages.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return messages
}

const docstringsOf = (file: string): string[] => read(file).match(/\/\*\*[^]*?\*\//g) ?? []

// Written by a program from one run, and from the datasets.
const GENERATED = ['docs/benchmarks.md', 'docs/columns.md']

// Their subject is what was said before.
const HISTORY = ['CHANGELOG.md']

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...HISTORY,
  ...filesIn('docs', ['.md']),
  ...filesIn('examples', ['.md']),
].filter((file) => ![...GENERATED, ...HISTORY].includes(file))
const sources = filesIn('src', ['.ts'])
const programs = filesIn('examples', ['.ts', '.mjs'])

describe('words that are not used', () => {
  test('in documents', () => {
    expect(documents.length).toBeGreaterThan(20)
    expect(documents.flatMap((file) => found(file, read(file).split('\n\n')))).toEqual([])
  })

  test('in messages', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect([...sources, ...programs].flatMap((file) => found(file, messagesOf(file)))).toEqual([])
  })

  test('in docstrings', () => {
    expect(sources.flatMap((file) => found(file, docstringsOf(file)))).toEqual([])
  })
})
