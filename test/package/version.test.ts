import { existsSync, readFileSync, readdirSync } from 'node:fs'
import type { Options } from 'tsup'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { VERSION } from '../../src/version.js'
import tsup from '../../tsup.config.js'

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url)

interface Package {
  readonly name: string
  readonly version: string
  readonly engines: Readonly<Record<string, string>>
  readonly files: readonly string[]
  readonly main: string
  readonly types: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>
}

const json = (path: string): unknown => JSON.parse(readFileSync(at(path), 'utf8'))
const manifest = json('package.json') as Package
if (typeof tsup !== 'function') throw new TypeError('expected the build to depend on its options')
const build = (await tsup({})) as Options

test('VERSION is the version of the package, and of its lockfile', () => {
  const lock = json('package-lock.json') as {
    version: string
    packages: Record<string, { version?: string }>
  }
  expect(VERSION).toBe(manifest.version)
  expect([lock.version, lock.packages['']?.version]).toEqual([VERSION, VERSION])
})

test('the newest entry of the changelog is this version, or what follows it', () => {
  const newest = /^## \[?(\d+\.\d+\.\d+|Unreleased)/m.exec(readFileSync(at('CHANGELOG.md'), 'utf8'))?.[1]
  expect([VERSION, 'Unreleased']).toContain(newest)
})

test('the export map has the built entries, in both formats, types first', () => {
  const entries = Object.keys(build.entry ?? {})
  const file = (name: string, types: string, code: string) => ({
    types: `./dist/${name}.${types}`,
    default: `./dist/${name}.${code}`,
  })
  const expected = entries.map((name) => [
    name === 'index' ? '.' : `./${name}`,
    { import: file(name, 'd.ts', 'js'), require: file(name, 'd.cts', 'cjs') },
  ])
  expect(entries).toHaveLength(6)
  // As text, because the order of conditions is what decides.
  expect(JSON.stringify(manifest.exports)).toBe(
    JSON.stringify({ ...Object.fromEntries(expected), './package.json': './package.json' }),
  )
  expect([manifest.main, manifest.types]).toEqual(['./dist/index.cjs', './dist/index.d.cts'])
})

test('your application brings the AWS packages and TypeScript, and may leave them out', () => {
  const peers = Object.keys(manifest.peerDependencies)
  expect(peers).toEqual(['@aws-sdk/client-s3', 'typescript'])
  expect(manifest.peerDependenciesMeta).toEqual(
    Object.fromEntries(peers.map((name) => [name, { optional: true }])),
  )
  expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(peers))
})

test('what src imports is installed with it, brought by your application or bundled, and nothing else is', () => {
  const src = at('src/')
  const imported = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => ts.preProcessFile(readFileSync(new URL(path, src), 'utf8')).importedFiles)
    .map(({ fileName }) => /^(@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? '')
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
  const bundled = (build.noExternal ?? []).map(String)
  const isBundled = (name: string): boolean => bundled.includes(String(new RegExp(`^${name}($|/)`)))
  const { typescript: _, ...peers } = manifest.peerDependencies
  const expected = [
    ...Object.keys({ ...manifest.dependencies, ...peers }),
    ...Object.keys(manifest.devDependencies).filter(isBundled),
  ]
  expect([...new Set(imported)].sort()).toEqual(expected.sort())
})

test('it runs where require() loads ES modules, which typebox is', () => {
  expect(manifest.engines).toEqual({ node: '>=20.19' })
})

test('the tarball takes what is built, the guides, the examples and the changelog', () => {
  const taken = manifest.files.filter((path) => !path.startsWith('!'))
  expect(taken).toEqual(['dist', 'docs', 'examples', 'CHANGELOG.md', 'CONTRIBUTING.md'])
  const tracked = [...taken.slice(1), 'README.md', 'LICENSE']
  expect(tracked.filter((path) => !existsSync(at(path)))).toEqual([])
})

test('the lockfile names no address, so that any registry serves it', () => {
  const lines = readFileSync(at('package-lock.json'), 'utf8').split('\n')
  expect(lines.filter((line) => line.includes('"resolved"'))).toEqual([])
})
