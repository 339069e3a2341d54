// In: a TypeScript that has a compiler API, and configurations. Out: what it says of the applications and of our declarations.
//
//   node compile-applications.mjs TYPESCRIPT CONFIGURATION…
//
// The first configuration is checked whole, with the declarations of other packages, as an application without skipLibCheck does it:
// of the AWS SDK alone that takes ten times as long as all else. Of the others, whose options differ, the applications and our own
// declarations are checked.

import { createRequire } from 'node:module'
import { dirname, resolve, sep } from 'node:path'

const [typescript, ...configurations] = process.argv.slice(2)
const ts = createRequire(import.meta.url)(resolve(typescript))
const root = dirname(resolve(configurations[0]))
const others = resolve(root, 'node_modules') + sep
const ours = resolve(others, 'dayfile') + sep

// Files are parsed once for each way to resolve modules: it is what says which of them are ES modules.
const parsed = new Map()

function hostOf(options) {
  const host = ts.createCompilerHost(options)
  return {
    ...host,
    getSourceFile(path, ...rest) {
      const key = `${options.module} ${path}`
      if (!parsed.has(key)) parsed.set(key, host.getSourceFile(path, ...rest))
      return parsed.get(key)
    },
  }
}

function findingsOf(configuration, isWhole) {
  const { config, error } = ts.readConfigFile(configuration, ts.sys.readFile)
  if (error !== undefined) return [error]
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(fileNames, options, hostOf(options))
  const isChecked = ({ fileName }) =>
    isWhole || fileName.startsWith(ours) || !fileName.startsWith(others.slice(0, -1))
  const files = program.getSourceFiles().filter(isChecked)
  return [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ]
}

for (const [index, configuration] of configurations.entries()) {
  const findings = findingsOf(resolve(configuration), index === 0)
  if (findings.length === 0) continue
  process.exitCode = 1
  console.log(`TypeScript ${ts.version}, ${configuration}`)
  console.log(
    ts.formatDiagnostics(findings, {
      getCanonicalFileName: (path) => path,
      getCurrentDirectory: () => root,
      getNewLine: () => '\n',
    }),
  )
}
