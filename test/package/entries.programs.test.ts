import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// What an import of an entry loads, looked up in a build of its own: the files of ES modules by their static imports, those
// of CommonJS by what a fresh process has in its cache. What is loaded later, at first use, is in neither.

const root = fileURLToPath(new URL('../../', import.meta.url))
const ENTRIES = ['index', 's3', 'read', 'sql', 'calendar', 'testing'] as const
type Entry = (typeof ENTRIES)[number]

/** Packages that an entry loads, and the size that its code may have, with what is bundled of others. */
const LOADS: Readonly<Record<Entry, { packages: string[]; kib: number }>> = {
  index: { packages: [], kib: 370 },
  s3: { packages: [], kib: 106 },
  read: { packages: [], kib: 280 },
  sql: { packages: [], kib: 50 },
  calendar: { packages: [], kib: 40 },
  testing: { packages: [], kib: 72 },
}

let dist = ''

beforeAll(() => {
  // Inside of the package, so that the packages it imports are found; not dist, which others may be using.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  dist = mkdtempSync(join(cache, 'dayfile-entries-'))
  const tsup = join(root, 'node_modules/tsup/dist/cli-default.js')
  execFileSync(process.execPath, [tsup, '--no-dts', '--silent', '--out-dir', dist], { cwd: root })
})

afterAll(() => {
  rmSync(dist, { recursive: true, force: true })
})

function filesOf(entry: Entry): { own: string[]; packages: string[] } {
  const own = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string): void => {
    if (own.has(file)) return
    own.add(file)
    for (const fileName of staticImportsOf(readFileSync(join(dist, file), 'utf8'))) {
      if (fileName.startsWith('.')) visit(join(fileName))
      else if (!isBuiltin(fileName)) packages.add(packageOf(fileName))
    }
  }
  visit(`${entry}.js`)
  return { own: [...own], packages: [...packages].sort() }
}

function staticImportsOf(text: string): string[] {
  const { statements } = ts.createSourceFile(
    'entry.js',
    text,
    ts.ScriptTarget.Latest,
    false,
    ts.ScriptKind.JS,
  )
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text] : []
  })
}

function isBuiltin(specifier: string): boolean {
  return builtinModules.includes(specifier.replace(/^node:/, ''))
}

function packageOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''
}

// On Node 20 each S3 client tells when the AWS SDK will stop supporting it: true, and nothing of ours.
const QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }

/** Runs a program in a process of its own. What it writes to stderr, a warning say, fails the test. */
function run(kind: 'module' | 'commonjs', program: string): unknown {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [`--input-type=${kind}`, '--eval', program.replaceAll('DIST', dist)],
    { cwd: root, encoding: 'utf8', env: { ...process.env, ...QUIET } },
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

test('the build has the six entries in both formats, and beside them chunks and licenses alone', () => {
  const isChunk = (file: string): boolean => /-[0-9A-Z]{8}\.c?js$/.test(file)
  const files = readdirSync(dist).filter((file) => !file.endsWith('.map') && !isChunk(file))
  expect(files.sort()).toEqual(
    [...ENTRIES.flatMap((entry) => [`${entry}.cjs`, `${entry}.js`]), 'licenses.txt'].sort(),
  )
})

test('the licenses of all packages that are bundled are beside them', () => {
  const maps = readdirSync(dist).filter((file) => file.endsWith('.map'))
  const sources = maps.flatMap((file) => {
    const { sources } = JSON.parse(readFileSync(join(dist, file), 'utf8')) as { sources: string[] }
    return sources
  })
  const bundled = sources.flatMap((source) => {
    const path = relative(join(root, 'node_modules'), join(dist, source)).replaceAll('\\', '/')
    // What is made by the build, in the folder of this test, is no package.
    return path.startsWith('.') ? [] : [packageOf(path)]
  })
  const licenses = readFileSync(join(dist, 'licenses.txt'), 'utf8').split('-'.repeat(80))
  const names = licenses.map((license) => license.trim().split('\n')[0])
  expect(names.sort()).toEqual([...new Set(bundled)].sort())
  for (const license of licenses) expect(license).toContain('Permission is hereby granted')
})

describe.each(ENTRIES)('the entry %s', (entry) => {
  test('imports its own packages alone as an ES module', () => {
    const { packages } = LOADS[entry]
    expect(packages).toEqual(expect.arrayContaining(filesOf(entry).packages))
  })

  test('loads its own packages alone by require(), and without a warning', () => {
    const loaded = run(
      'commonjs',
      `require('DIST/${entry}.cjs')
       const found = Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/').split('/node_modules/').at(-1))
       console.log(JSON.stringify(found))`,
    ) as string[]
    const packages = new Set(loaded.filter((file) => !file.startsWith('.cache/')).map(packageOf))
    expect(LOADS[entry].packages).toEqual(expect.arrayContaining([...packages]))
  })

  test('keeps to its size', () => {
    const bytes = filesOf(entry).own.reduce((sum, file) => sum + statSync(join(dist, file)).size, 0)
    expect(bytes / 1024).toBeLessThan(LOADS[entry].kib)
  })
})

describe('where the AWS SDK is not installed', () => {
  let alone = ''

  beforeAll(() => {
    // Outside of the package, where none of its packages is found.
    alone = mkdtempSync(join(tmpdir(), 'dayfile-no-sdk-'))
    cpSync(dist, alone, { recursive: true })
    writeFileSync(join(alone, 'package.json'), '{ "type": "module" }')
  })

  afterAll(() => {
    rmSync(alone, { recursive: true, force: true })
  })

  test.each([
    ['module', `import { s3Sink } from 'ALONE/s3.js'`],
    ['commonjs', `const { s3Sink } = require('ALONE/s3.cjs')`],
  ] as const)('a sink says at its first request what to install: %s', (kind, load) => {
    const result = run(
      kind,
      `${load.replace('ALONE', alone)}
       const sink = s3Sink({ bucket: 'analytics', region: 'eu-central-1' })
       sink.stat('events/x.csv', { signal: new AbortController().signal }).catch(({ code, retryable, message }) =>
         console.log(JSON.stringify({ code, retryable, message })))`,
    )
    expect(result).toEqual({
      code: 'SINK_UNAVAILABLE',
      retryable: false,
      message:
        's3://analytics: HeadObject events/x.csv: SdkNotLoaded: @aws-sdk/client-s3 could not be loaded (see cause); ' +
        'install it beside dayfile: npm install @aws-sdk/client-s3 (in a bundle, see docs/s3.md)',
    })
  })
})

const THROWN_BY_EACH = `
  const thrown = []
  const attempt = async (work) => { try { await work() } catch (error) { thrown.push(error) } }
  await attempt(() => entries.index.dayWindow('2026-02-30'))
  await attempt(() => entries.sql.loadCommand(entries.read.events, 'duckdb', { location: 's3://b/', day: '2026-02-30' }))
  await attempt(() => entries.s3.s3Sink({ bucket: 'b', region: 'eu-central-1' }).keys.data('../up', { day: '2026-03-07' }, '.csv'))
  await attempt(() => entries.testing.memorySink().keys.data('../up', { day: '2026-03-07' }, '.csv'))
  await attempt(async () => { for await (const _ of entries.read.readCsv(entries.read.events, [])); })
`

describe('one error class', () => {
  test.each([
    ['module', 'js', 'import'],
    ['commonjs', 'cjs', 'require'],
  ] as const)('across the entries of one format: %s', (kind, extension, load) => {
    const imports = ENTRIES.map((entry) => `${entry}: await ${load}('DIST/${entry}.${extension}')`)
    const result = run(
      kind,
      `async function main() {
         const entries = { ${imports.join(', ')} }
         ${THROWN_BY_EACH}
         const { DayfileError } = entries.index
         console.log(JSON.stringify({
           same: DayfileError === entries.read.DayfileError,
           codes: thrown.map((error) => error instanceof DayfileError ? error.code : String(error)),
         }))
       }
       main()`,
    )
    expect(result).toMatchObject({ same: true })
    expect((result as { codes: string[] }).codes).toEqual([
      'WINDOW_INVALID',
      'WINDOW_INVALID',
      'KEY_INVALID',
      'KEY_INVALID',
      'CSV_MALFORMED',
    ])
  })

  test('is two between the formats, and known by its brand', () => {
    const result = run(
      'module',
      `import { createRequire } from 'node:module'
       import { DayfileError, isDayfileError } from 'DIST/index.js'
       const required = createRequire('DIST/')('DIST/index.cjs')
       const error = new required.DayfileError('ZONE_UNKNOWN', 'no', { zone: 'Mars/Base' })
       console.log(JSON.stringify([
         error instanceof DayfileError, isDayfileError(error), isDayfileError(error, 'ZONE_UNKNOWN'),
         required.isDayfileError(new DayfileError('ZONE_UNKNOWN', 'no', { zone: 'Mars/Base' })),
       ]))`,
    )
    expect(result).toEqual([false, true, true, true])
  })
})
