import ts from 'typescript'
import { readFileSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

// Who may import whom. A file is in the room with the longest name that its path starts with.

interface Room {
  /** Files and folders (with a slash) that the room may import beside its own and those open to all. */
  readonly imports: readonly string[]
  /** Files and folders of which it may import the types alone. */
  readonly types?: readonly string[]
}

/** Beside the rooms: for all, and importing nothing but each other. */
const OPEN_TO_ALL = [
  'abort.ts',
  'calendar-day.ts',
  'did-you-mean.ts',
  'errors.ts',
  'options.ts',
  'quantities.ts',
  'tracing.ts',
  'version.ts',
]

/** What a sink or an archive is, and how its objects are called: no sink itself. */
const CONTRACTS = ['sinks/sink.ts', 'sinks/object-keys.ts', 'read/archive.ts']

const ROOMS: Readonly<Record<string, Room>> = {
  'datasets/': { imports: [] },
  'windows/': { imports: [] },
  'csv/': { imports: ['datasets/'] },
  'compress/': { imports: [] },
  'sinks/': { imports: CONTRACTS },
  'sinks/s3/': { imports: CONTRACTS },
  'publish/': { imports: ['datasets/', 'windows/'], types: ['sinks/sink.ts', 'sinks/object-keys.ts'] },
  'export/': {
    imports: ['datasets/', 'windows/', 'csv/', 'compress/', 'publish/', ...CONTRACTS].concat([
      // What is due is read from the manifests that are there.
      'read/published-days.ts',
    ]),
  },
  'read/': {
    imports: ['csv/', 'datasets/', 'publish/', 'compress/'],
    // readDays takes the windows that eachDay gives; an archive brings the keys of its sink.
    types: ['windows/', 'sinks/object-keys.ts'],
  },
  'calendar/': { imports: [], types: ['read/coverage.ts'] },
  // The entry point of consumers hands out the archive that needs no package.
  'read/index.ts': {
    imports: ['read/', 'calendar/', 'datasets/', 'sinks/directory-archive.ts', 'sinks/object-keys.ts'],
    types: ['csv/', 'publish/', 'sinks/directory.ts'],
  },
  'sql/': { imports: ['datasets/'] },
  'testing/': { imports: ['datasets/', ...CONTRACTS] },
  'index.ts': {
    imports: ['datasets/', 'windows/', 'csv/', 'export/', 'read/', 'calendar/'].concat([
      'sinks/directory-sink.ts',
      'sinks/directory-archive.ts',
      'sinks/object-keys.ts',
    ]),
    types: ['sinks/sink.ts', 'sinks/directory.ts', 'publish/'],
  },
}

/** The only places of each package. What is not here is not imported. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // Loaded by the first request: it takes longer than all of dayfile.
  '@aws-sdk/client-s3': ['sinks/s3/aws-sdk-exports.ts'],
  'csv-stringify': ['csv/encoder.ts'],
  'date-fns': ['windows/'],
  'date-fns-tz': ['windows/zone.ts'],
  typebox: [
    'datasets/',
    'publish/',
    'read/strict-rows.ts',
    'read/strict-schema.ts',
    'read/strict-findings.ts',
  ],
}

/** Where the types alone of a package may be imported, too. */
const TYPES_OF_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-s3': ['sinks/s3/'],
}

const NAMES_OF_NOTHING = /^(utils?|helpers?|common|types|misc|shared)$/

const AMBIENT_MODULES = ['node:process', 'node:perf_hooks', 'node:os']
const AMBIENT_READS =
  /^(Date\.now|Math\.random|performance\.(now|timeOrigin)|process\.(env|hrtime|uptime)|globalThis\.(crypto|process|performance))$/
const RANDOM_NAMES =
  /^(randomUUID|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues|webcrypto)$/

interface Import {
  readonly specifier: string
  readonly typesOnly: boolean
}

type Sources = ReadonlyMap<string, string>

function breaches(sources: Sources): string[] {
  const files = [...sources].map(([path, text]) => ({ path, ...facts(path, text) }))
  return [
    ...files.flatMap(({ path, imports }) => imports.flatMap((found) => breachOf(path, found) ?? [])),
    // The composition has a default clock; what it is composed of has none.
    ...files
      .filter(({ path }) => !path.startsWith('export/'))
      .flatMap(({ path, ambient }) => ambient.map((what) => `${path} reads ${what}; take it as an argument`)),
    ...files.flatMap(({ path }) =>
      path
        .replace(/\.ts$/, '')
        .split('/')
        .filter((name) => NAMES_OF_NOTHING.test(name))
        .map((name) => `${path}: "${name}" says nothing about what is inside`),
    ),
    ...cycles(new Map(files.map(({ path, imports }) => [path, targets(path, imports)]))),
  ]
}

function breachOf(path: string, { specifier, typesOnly }: Import): string | undefined {
  const verb = `${path} imports ${typesOnly ? 'the types of ' : ''}`
  if (!specifier.startsWith('.')) {
    // The composition alone knows where temporary files may lie.
    if (AMBIENT_MODULES.includes(specifier) && !path.startsWith('export/'))
      return `${verb}${specifier}: clock and environment are arguments`
    if (specifier.startsWith('node:')) return undefined
    const name = specifier.startsWith('@')
      ? specifier.split('/').slice(0, 2).join('/')
      : (specifier.split('/')[0] ?? '')
    const places = [...(PACKAGES[name] ?? []), ...(typesOnly ? (TYPES_OF_PACKAGES[name] ?? []) : [])]
    return isAmong(path, places) ? undefined : `${verb}${specifier}`
  }
  const target = resolve(path, specifier)
  if (OPEN_TO_ALL.includes(target)) return undefined
  const home = roomOf(path)
  if (home === undefined) return `${verb}${target}: what is open to all stands on nothing`
  // The door of a folder is for those outside of the package.
  if (posix.basename(target) === 'index.ts') return `${verb}${target}: name the file that has it`
  if (roomOf(target) === home && home.endsWith('/')) return undefined
  const { imports, types = [] } = ROOMS[home] ?? { imports: [] }
  if (isAmong(target, imports) || (typesOnly && isAmong(target, types))) return undefined
  return `${verb}${target}`
}

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((room) => isAmong(path, [room]))
    .sort((a, b) => b.length - a.length)[0]
}

function isAmong(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
}

function targets(path: string, imports: readonly Import[]): string[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => resolve(path, specifier))
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' > ')}`)
    } else if (!done.has(path)) {
      for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
      done.add(path)
    }
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}

function facts(path: string, text: string): { imports: Import[]; ambient: string[] } {
  const imports: Import[] = []
  const ambient: string[] = []
  const add = (specifier: ts.Node | undefined, typesOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier))
      imports.push({ specifier: specifier.text, typesOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypesOnly(node.importClause))
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypesOnly(node))
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false)

    if (ts.isPropertyAccessExpression(node) && AMBIENT_READS.test(node.getText()))
      ambient.push(node.getText())
    else if (ts.isIdentifier(node) && RANDOM_NAMES.test(node.text)) ambient.push(node.text)
    else if (isDateOfNow(node)) ambient.push(node.getText())
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  return { imports, ambient }
}

function isTypesOnly(clause: ts.ImportClause | ts.ExportDeclaration | undefined): boolean {
  if (clause === undefined) return false
  if (ts.isExportDeclaration(clause)) {
    const { exportClause } = clause
    if (clause.isTypeOnly) return true
    return exportClause !== undefined && ts.isNamedExports(exportClause) && allTypes(exportClause.elements)
  }
  const { namedBindings } = clause
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  if (clause.name !== undefined || namedBindings === undefined) return false
  return ts.isNamedImports(namedBindings) && allTypes(namedBindings.elements)
}

function allTypes(elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): boolean {
  return elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly)
}

function isDateOfNow(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return false
  if (node.expression.getText() !== 'Date') return false
  return ts.isCallExpression(node) || (node.arguments ?? []).length === 0
}

const SRC = new URL('../../src/', import.meta.url)

function sourcesOfThePackage(): Sources {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return new Map(
    paths.sort().map((path) => [path.replaceAll('\\', '/'), readFileSync(new URL(path, SRC), 'utf8')]),
  )
}

test('src keeps to who may import whom', () => {
  expect(breaches(sourcesOfThePackage())).toEqual([])
})

test('every room of src has a rule', () => {
  const rooms = [...sourcesOfThePackage().keys()].filter((path) => !OPEN_TO_ALL.includes(path)).map(roomOf)
  expect(rooms).not.toContain(undefined)
})

test('every rule is about a file or a folder that exists', () => {
  const named = [
    ...OPEN_TO_ALL,
    ...Object.entries(ROOMS).flatMap(([room, { imports, types = [] }]) => [room, ...imports, ...types]),
    ...Object.values(PACKAGES).flat(),
  ]
  const paths = [...sourcesOfThePackage().keys()]
  expect(named.filter((place) => !paths.some((path) => isAmong(path, [place])))).toEqual([])
})

describe('the rules notice', () => {
  test.each([
    ['an upward import', 'datasets/a.ts', `import { b } from '../csv/b.js'`],
    ['windows that know datasets', 'windows/a.ts', `import type { Dataset } from '../datasets/dataset.js'`],
    ['a reader that exports', 'read/a.ts', `import type { ExportReport } from '../export/report.js'`],
    ['a reader that knows a sink', 'read/a.ts', `import { b } from '../sinks/directory-archive.js'`],
    [
      'a sink contract that is loaded',
      'publish/a.ts',
      `import { objectKeys } from '../sinks/object-keys.js'`,
    ],
    ['one value among types', 'read/a.ts', `import { type DayWindow, dayWindow } from '../windows/b.js'`],
    ['a re-export', 'csv/a.ts', `export * from '../export/report.js'`],
    ['an import that is a call', 'csv/a.ts', `await import('../windows/zone.js')`],
    ['an import inside a type', 'csv/a.ts', `let a: import('../windows/zone.js').Zone`],
    ['the composition inside a sink', 'sinks/a.ts', `import '../export/source.js'`],
    ['S3 in the first entry', 'index.ts', `export { s3Sink } from './sinks/s3/s3-sink.js'`],
    ['S3 in another sink', 'sinks/a.ts', `import { b } from './s3/s3-errors.js'`],
    ['a door used from inside', 'sql/a.ts', `import { createTable } from './index.js'`],
    ['AWS that is loaded at once', 'sinks/s3/a.ts', `import { S3Client } from '@aws-sdk/client-s3'`],
    ['AWS outside of S3', 'sinks/a.ts', `import type { S3Client } from '@aws-sdk/client-s3'`],
    ['csv-stringify elsewhere', 'csv/a.ts', `import { stringify } from 'csv-stringify/sync'`],
    ['date-fns elsewhere', 'export/a.ts', `import { addDays } from 'date-fns'`],
    ['date-fns-tz elsewhere', 'windows/a.ts', `import { toZonedTime } from 'date-fns-tz'`],
    ['a package nobody declared', 'csv/a.ts', `import 'left-pad'`],
    ['an error that stands on a room', 'errors.ts', `import './datasets/column.js'`],
    ['the time', 'testing/a.ts', `export const a = Date.now()`],
    ['today', 'windows/a.ts', `export const a = new Date()`],
    ['today as text', 'windows/a.ts', `export const a = Date()`],
    ['chance', 'testing/a.ts', `export const a = Math.random()`],
    ['the environment', 'sinks/s3/a.ts', `export const a = process.env['AWS_REGION']`],
    ['a random id', 'sinks/a.ts', `import { randomUUID } from 'node:crypto'`],
    ['the clock by import', 'csv/a.ts', `import { performance } from 'node:perf_hooks'`],
    ['a drawer', 'csv/utils.ts', ``],
    ['a folder that is a drawer', 'csv/helpers/quotes.ts', ``],
    ['a file that imports itself', 'csv/a.ts', `import './a.js'`],
  ])('%s', (_, path, text) => {
    expect(breaches(new Map([[path, text]]))).toHaveLength(1)
  })

  test('a cycle, of types too', () => {
    const sources = new Map([
      ['csv/a.ts', `import type { B } from './b.js'`],
      ['csv/b.ts', `import { c } from './c.js'`],
      ['csv/c.ts', `export { a } from './a.js'`],
    ])
    expect(breaches(sources)).toEqual(['cycle: csv/a.ts > csv/b.ts > csv/c.ts > csv/a.ts'])
  })

  test('nothing in what is allowed', () => {
    const sources = new Map([
      ['read/a.ts', `import { type DayWindow } from '../windows/day-window.js'`],
      ['export/a.ts', `export const now = () => new Date()`],
      ['csv/a.ts', `export const a = (at: string) => new Date(at)`],
      [
        'sinks/s3/a.ts',
        `import type { S3Client } from '@aws-sdk/client-s3'\nimport '../sink.js'\nimport '../../abort.js'`,
      ],
    ])
    expect(breaches(sources)).toEqual([])
  })
})
