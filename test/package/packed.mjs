// The package as its users get it: built, packed, checked as a tarball, installed in an empty project, compiled there by
// every TypeScript that it supports, loaded by programs of each kind on every Node release line, by Bun and by Deno, and bundled
// into one file by esbuild.
//
//   npm run test:package            KEEP=1 leaves the temporary project in its place and prints where that is.

import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const NODE_LINES = [20, 22, 24]
/** npm packages with a binary, the script that puts it in its place, and how a program is run. */
const RUNTIMES = {
  bun: { version: '1.4.5', setUp: 'install.js', run: ['bin/bun.exe'] },
  deno: { version: '2.9.6', setUp: 'install.cjs', run: ['deno', 'run', '--allow-all', '--quiet'] },
}
/** The SDK's CommonJS asks for Node's modules by require(), which a bundle in ES modules does not have by itself. */
const BUNDLES = {
  "of the SDK's ES modules": ['--main-fields=module,main'],
  'with a require()': [
    "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  ],
}
/** The oldest TypeScript that is supported, the last of its line, and the newest; the repository's own is one more. */
const TYPESCRIPTS = { 5.5: '5.5.4', 5.9: '5.9.3', 7: '7.0.2' }
const RESOLUTIONS = {
  nodenext: { module: 'nodenext' },
  node16: { module: 'node16' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
}
const NPM_OPTIONS = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

const root = fileURLToPath(new URL('../../', import.meta.url))
const scratch = await mkdtemp(join(tmpdir(), 'dayfile-packed-'))
const project = join(scratch, 'project')
const results = []

/** Runs a command to its end. Standard input is closed; what it prints is returned, and shown if it fails. */
async function run(command, args, { cwd = root } = {}) {
  // npm tells its scripts about the project that they are in; this one starts others elsewhere.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name),
    ),
  )
  // On Node 20 each S3 client tells when the AWS SDK will stop supporting it: true, and nothing of ours.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (out.stdout += chunk))
  child.stderr.on('data', (chunk) => (out.stderr += chunk))
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (status !== 0)
    throw new Error(`${[command, ...args].join(' ')}: exit ${status}\n${out.stdout}${out.stderr}`)
  return out
}

/** A check that this machine cannot do. */
class Skipped extends Error {}

function skip(note, { message }) {
  results.push({ ...note, isSkipped: true, detail: message })
  return false
}

/** Does one check and notes how it went: a failure is kept for the table, and the others go on. */
async function check(name, work) {
  const start = performance.now()
  const note = { name, passed: true, seconds: 0, detail: '' }
  try {
    note.detail = (await work()) ?? ''
  } catch (error) {
    if (error instanceof Skipped) return skip(note, error)
    note.passed = false
    console.error(`\nFAILED ${name}\n${error.stack ?? error}\n`)
  }
  note.seconds = (performance.now() - start) / 1000
  results.push(note)
  return note.passed
}

function silent({ stdout, stderr }, expected = 'ok\n') {
  if (stdout !== expected || stderr !== '') throw new Error(`unexpected output\n${stdout}${stderr}`)
}

let tarball = ''

async function build() {
  const { stdout, stderr } = await run('npm', ['run', 'build'])
  const warnings = `${stdout}${stderr}`.split('\n').filter((line) => /warn|deprecat/i.test(line))
  if (warnings.length > 0) throw new Error(warnings.join('\n'))
}

async function pack() {
  // It was built a moment ago, by the check before.
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch])
  const [{ filename, files, size }] = JSON.parse(stdout)
  tarball = join(scratch, filename)
  const packed = files.map(({ path }) => path)
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const named = JSON.stringify(exports).match(/\.\/dist\/[^"]+/g)
  const missing = [...named.map((path) => path.slice(2)), 'README.md', 'LICENSE', 'CHANGELOG.md'].filter(
    (path) => !packed.includes(path),
  )
  if (missing.length > 0) throw new Error(`missing in the tarball: ${missing.join(', ')}`)
  // An entry that is built and not exported, or anything of the repository that users do not need.
  const stray = packed.filter(
    (path) =>
      !/^(package\.json|LICENSE|dist\/licenses\.txt|(README|CHANGELOG|CONTRIBUTING)\.md|docs\/.+\.(md|svg)|examples\/.+)$/.test(
        path,
      ) &&
      !/^dist\/.+\.map$|^dist\/[\w-]+-[0-9A-Z]{8}\.c?js$|^dist\/[\w-]+-[\w-]{8}\.d\.c?ts$/.test(path) &&
      !named.includes(`./${path}`),
  )
  if (stray.length > 0) throw new Error(`not expected in the tarball: ${stray.join(', ')}`)
  return `${files.length} files, ${Math.ceil(size / 1024)} KiB`
}

async function lint() {
  const { stdout } = await run('npx', ['--no-install', 'publint', 'run', tarball, '--strict'])
  if (/warning|suggestion/i.test(stdout)) throw new Error(stdout)
}

async function typesOfTheTarball() {
  // The profile leaves out resolution as Node 10 did it, which knows no export maps: the package needs Node 20.19.
  await run('npx', [
    '--no-install',
    'attw',
    tarball,
    '--profile',
    'node16',
    '--format',
    'ascii',
    '--no-emoji',
  ])
}

async function install() {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const locked = (name) => `${name}@${packages[`node_modules/${name}`].version}`
  await mkdir(project)
  await cp(new URL('./consumers', import.meta.url), project, { recursive: true })
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  const others = ['@aws-sdk/client-s3', 'typescript', '@types/node'].map(locked)
  const compilers = Object.entries(TYPESCRIPTS).map(
    ([line, version]) => `typescript-${line}@npm:typescript@${version}`,
  )
  await run('npm', ['install', ...NPM_OPTIONS, tarball, ...others, ...compilers], { cwd: project })
  await writeReadmePrograms()
  await cp(join(project, 'surface.mts'), join(project, 'surface.cts'))
  return others.filter((name) => !name.startsWith('@aws')).join(' ')
}

/** The programs of the README as files, as an ES module and as CommonJS: each in a function, as CommonJS waits in no other place. */
async function writeReadmePrograms() {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code)
  if (blocks.length < 3) throw new Error(`expected the README's programs, found ${blocks.length}`)
  for (const [index, code] of blocks.entries()) {
    const { statements } = ts.createSourceFile('readme.ts', code, ts.ScriptTarget.Latest, true)
    const textOf = (statement) => statement.getText().replace(/^export /, '')
    const isImport = (statement) => ts.isImportDeclaration(statement)
    const text = [
      ...statements.filter(isImport).map(textOf),
      "declare function queryEvents(start: Date, end: Date, signal: AbortSignal): AsyncIterable<import('dayfile').EventRow>",
      'export async function example(): Promise<void> {',
      ...statements.filter((statement) => !isImport(statement)).map(textOf),
      '}',
    ].join('\n')
    for (const ending of ['mts', 'cts']) await writeFile(join(project, `readme-${index}.${ending}`), text)
  }
}

/** The options of a strict application that checks declarations too. */
const STRICT = {
  target: 'es2022',
  lib: ['es2023'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  rootDir: '.',
}

/** Compiles the programs that are run. They were checked before. */
async function compile(files, outDir) {
  const compilerOptions = { ...STRICT, noCheck: true, module: 'nodenext', outDir }
  await writeFile(join(project, 'compiled.json'), JSON.stringify({ compilerOptions, files }))
  silent(
    await run(process.execPath, ['node_modules/typescript/lib/tsc.js', '-p', 'compiled.json'], {
      cwd: project,
    }),
    '',
  )
}

/** A configuration for each way to resolve modules, with and without exactOptionalPropertyTypes. */
async function writeConfigurations() {
  const files = (await readdir(project)).filter((name) => /\.[cm]ts$/.test(name))
  const names = []
  for (const [name, resolution] of Object.entries(RESOLUTIONS))
    for (const exactOptionalPropertyTypes of [true, false]) {
      const configuration = `${name}${exactOptionalPropertyTypes ? '' : '-inexact'}.json`
      const compilerOptions = { ...STRICT, ...resolution, exactOptionalPropertyTypes, noEmit: true }
      await writeFile(join(project, configuration), JSON.stringify({ compilerOptions, files }))
      names.push(configuration)
    }
  return names
}

/** Compiles every application by one TypeScript. Since 7 it has no compiler API, and is fast enough to be run for each of them. */
async function compileApplications(name, configurations) {
  const folder = join(project, 'node_modules', name)
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  if (Number.parseInt(version) < 7) {
    const program = fileURLToPath(new URL('./compile-applications.mjs', import.meta.url))
    silent(await run(process.execPath, [program, folder, ...configurations], { cwd: project }), '')
  } else {
    for (const configuration of configurations)
      silent(
        await run(process.execPath, [join(folder, 'bin/tsc'), '-p', configuration], { cwd: project }),
        '',
      )
  }
  return `${version}, ${Object.keys(RESOLUTIONS).join(', ')}`
}

async function everyTypeScript() {
  const configurations = await writeConfigurations()
  const names = ['typescript', ...Object.keys(TYPESCRIPTS).map((line) => `typescript-${line}`)]
  const next = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift())
      await check(`types: ${name.replace('-', ' ')}`, () => compileApplications(name, configurations))
  }
  await Promise.all([next(), next()])
}

/** The path of a Node of that line: this one, or the one in the npm package `node`. */
async function nodeOf(line) {
  if (Number(process.versions.node.split('.')[0]) === line) return process.execPath
  const folder = join(scratch, `node-${line}`)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: `node-${line}`, private: true }))
  // The package fetches the binary in an install script. Newer npm runs none that is not approved by name, older npm
  // knows no approval: started by hand it is the same with all of them.
  await run('npm', ['install', '--ignore-scripts', ...NPM_OPTIONS, `node@${line}`], { cwd: folder })
  const installed = join(folder, 'node_modules/node')
  await run(process.execPath, ['installArchSpecificPackage.js'], { cwd: installed })
  return join(installed, 'bin/node')
}

async function everyProgramOn(line) {
  let node = ''
  const found = await check(`node ${line}: available`, async () => {
    node = await nodeOf(line)
    const { stdout } = await run(node, ['--version'])
    if (!stdout.startsWith(`v${line}.`)) throw new Error(`expected v${line}, received ${stdout}`)
    return stdout.trim()
  })
  if (!found) return
  const programs = {
    'ES module': 'program.mjs',
    CommonJS: 'program.cjs',
    'TypeScript, ES module': 'compiled/typed.mjs',
    'TypeScript, CommonJS': 'compiled/typed.cjs',
  }
  for (const [kind, program] of Object.entries(programs))
    await check(`node ${line}: ${kind}`, async () => {
      const days = await mkdtemp(join(scratch, 'days-'))
      // A warning, of require() for the ES modules of typebox say, is a failure.
      silent(await run(node, [program, days], { cwd: project }))
      const [folder = ''] = await readdir(join(days, 'events'))
      return folder
    })
}

/** The tests' own S3 server, in a process of its own. */
async function startS3() {
  const program = fileURLToPath(new URL('../bench/s3/s3-server.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout }))
    return { access: JSON.parse(line), stop: () => child.kill() }
  throw new Error('the S3 server ended before it said where it listens')
}

/** Runs a program that exports to S3. */
async function onS3(command, args, { access }) {
  const given = JSON.stringify({ access, prefix: `run-${++runs}` })
  silent(await run(command, [...args, given], { cwd: project }))
}
let runs = 0

/** The runtimes beside Node, where npm can install them. */
async function everyRuntime(s3) {
  for (const [
    name,
    {
      version,
      setUp,
      run: [binary, ...args],
    },
  ] of Object.entries(RUNTIMES)) {
    const folder = join(scratch, name)
    const installed = join(folder, 'node_modules', name)
    const found = await check(`${name}: available`, async () => {
      await mkdir(folder)
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name: `of-${name}`, private: true }))
      try {
        await run('npm', ['install', '--ignore-scripts', ...NPM_OPTIONS, `${name}@${version}`], {
          cwd: folder,
        })
        await run(process.execPath, [setUp], { cwd: installed })
      } catch (error) {
        throw new Skipped(
          `skipped, as npm cannot install it: ${error.message.split('\n').slice(0, 3).join(' ')}`,
        )
      }
      const { stdout } = await run(join(installed, binary), ['--version'])
      if (!stdout.includes(version)) throw new Error(`expected ${version}, received ${stdout}`)
      return version
    })
    if (!found) continue
    const command = join(installed, binary)
    await check(`${name}: ES module`, async () => {
      const days = await mkdtemp(join(scratch, 'days-'))
      silent(await run(command, [...args, 'program.mjs', days], { cwd: project }))
    })
    await check(`${name}: S3`, () => onS3(command, [...args, 's3.mjs'], s3))
  }
}

/** An application on S3 in one file, which is run where no package is found. */
async function everyBundle(s3) {
  const esbuild = join(root, 'node_modules/esbuild/bin/esbuild')
  for (const [index, [name, options]] of Object.entries(BUNDLES).entries())
    await check(`esbuild: ${name}`, async () => {
      const file = join(scratch, `bundle-${index}.mjs`)
      const bundling = [
        '--bundle',
        '--platform=node',
        '--target=node20',
        '--format=esm',
        '--log-level=warning',
      ]
      silent(
        await run(esbuild, ['s3.mjs', ...bundling, ...options, `--outfile=${file}`], { cwd: project }),
        '',
      )
      await onS3(process.execPath, [file], s3)
      return `${Math.ceil((await stat(file)).size / 1024)} KiB`
    })
}

try {
  const packed = (await check('build, without a warning', build)) && (await check('pack', pack))
  if (packed) {
    await check('publint', lint)
    await check('are the types wrong', typesOfTheTarball)
    if (await check('install', install)) {
      await everyTypeScript()
      await check('compile, ES module and CommonJS', () => compile(['typed.mts', 'typed.cts'], 'compiled'))
      for (const line of NODE_LINES) await everyProgramOn(line)
      const s3 = await startS3()
      try {
        await check('S3, ES module', () => onS3(process.execPath, ['s3.mjs'], s3))
        await everyBundle(s3)
        await everyRuntime(s3)
      } finally {
        s3.stop()
      }
    }
  }
} finally {
  if (process.env.KEEP === '1') console.log(`left in ${scratch}`)
  else await rm(scratch, { recursive: true, force: true })
}

const skipped = results.filter(({ isSkipped }) => isSkipped).length
const failed = results.filter(({ passed }) => !passed).length
for (const { name, passed, isSkipped, seconds, detail } of results)
  console.log(
    `${isSkipped ? 'skip' : passed ? 'pass' : 'FAIL'}  ${name.padEnd(42)} ${`${seconds.toFixed(1)} s`.padStart(7)}  ${detail}`.trimEnd(),
  )
console.log(`${results.length - failed - skipped} passed, ${skipped} skipped, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
