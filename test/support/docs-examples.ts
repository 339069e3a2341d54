// In: the docstrings of src, and the Markdown of the package. Out: their examples, ready to be checked and run.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The entry points, and the file that each of them is. */
export const ENTRIES = {
  dayfile: 'src/index.ts',
  'dayfile/s3': 'src/sinks/s3/index.ts',
  'dayfile/read': 'src/read/index.ts',
  'dayfile/sql': 'src/sql/index.ts',
  'dayfile/calendar': 'src/calendar/index.ts',
  'dayfile/testing': 'src/testing/index.ts',
} as const

export interface Example {
  /** Where it stands, as `file:line`. */
  readonly at: string
  readonly file: string
  readonly code: string
  /** The last statement, when it is an expression. */
  readonly last: { readonly start: number; readonly end: number; readonly text: string } | undefined
  /** The comment behind the last expression: what it has to be. */
  readonly expected: string | undefined
}

/** The `@example` of every docstring in src. */
export function docstringExamples(): Example[] {
  return filesUnder('src', '.ts').flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(/^[ \t]*\/\*\*[^]*?\*\//gm)].flatMap(({ 0: comment, index }) =>
      [...comment.matchAll(/^[ \t]*\* @example\n((?:[ \t]*\*(?!\/| @).*\n)*)/gm)].map((found) => {
        const code = (found[1] ?? '').replace(/^[ \t]*\* ?/gm, '')
        return exampleOf(file, lineAt(text, index + found.index), code)
      }),
    )
  })
}

/** The TypeScript blocks of README.md and docs, with and without a value to compare with. */
export function markdownExamples(): Example[] {
  return [
    ...(existsSync(join(ROOT, 'README.md')) ? ['README.md'] : []),
    ...filesUnder('docs', '.md'),
  ].flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(/^```(?:ts|typescript)\n([^]*?)^```/gm)].map((found) =>
      exampleOf(file, lineAt(text, found.index), found[1] ?? ''),
    )
  })
}

function exampleOf(file: string, line: number, code: string): Example {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const statement = source.statements.at(-1)
  const at = `${file}:${String(line)}`
  if (statement === undefined || !ts.isExpressionStatement(statement))
    return { at, file, code, last: undefined, expected: undefined }
  const comment = /^;?[ \t]*\n?[ \t]*(\/\/[^]*)$/.exec(code.slice(statement.end))?.[1]
  return {
    at,
    file,
    code,
    last: { start: statement.getStart(), end: statement.end, text: statement.expression.getText() },
    expected: comment?.replace(/^[ \t]*\/\/ ?/gm, '').trim(),
  }
}

/** Whether an example is a program to copy: then it has to import every name that it uses. */
export function isWhole({ file, code }: Example): boolean {
  return file === 'README.md' && ts.preProcessFile(code).importedFiles.length > 0
}

/**
 * Makes the body of an async function out of an example: it returns the value of the last expression, and finds
 * what was imported by calling `load`.
 */
export function functionBody({ code, last }: Example): string {
  const whole =
    last === undefined ? code : `${code.slice(0, last.start)}\nreturn (${last.text})\n${code.slice(last.end)}`
  const source = ts.createSourceFile('example.ts', whole, ts.ScriptTarget.Latest, true)
  const statements = source.statements.map((statement) =>
    ts.isImportDeclaration(statement) ? bindings(statement) : withoutExport(statement),
  )
  const wrapped = `const example = async () => {\n${statements.join('\n')}\n}`
  const { outputText } = ts.transpileModule(wrapped, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  })
  return `${outputText}\nreturn example()`
}

function bindings({ importClause, moduleSpecifier }: ts.ImportDeclaration): string {
  const module = `await load(${moduleSpecifier.getText()})`
  if (importClause === undefined) return module
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return ''
  const { name, namedBindings } = importClause
  const whole = name === undefined ? '' : `const ${name.text} = (${module}).default;`
  if (namedBindings === undefined) return whole
  if (ts.isNamespaceImport(namedBindings)) return `${whole}const ${namedBindings.name.text} = ${module}`
  const names = namedBindings.elements
    .filter((element) => !element.isTypeOnly)
    .map(
      (element) =>
        (element.propertyName === undefined ? '' : `${element.propertyName.text}: `) + element.name.text,
    )
  return `${whole}const { ${names.join(', ')} } = ${module}`
}

/**
 * Checks the types of examples, each as a module of its own with the public names in scope.
 *
 * @returns What the compiler says, one text a finding, each with the place of its example.
 */
export function typeErrors(examples: readonly Example[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ROOT,
  )
  const disk = ts.createCompilerHost({ ...options, ...EXAMPLE_OPTIONS })
  const texts = new Map<string, string>()
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const text = texts.get(path)
      return text === undefined
        ? disk.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, text, language, true)
    },
  }

  const entryFiles = Object.values(ENTRIES).map((file) => join(ROOT, file))
  const files = new Set([...entryFiles, ...examples.filter(isDocstring).map(({ file }) => join(ROOT, file))])
  const names = exportedNames(ts.createProgram([...files], options))
  const publicNames = new Map<string, string>()
  for (const [entry, file] of Object.entries(ENTRIES))
    for (const name of names.get(join(ROOT, file)) ?? [])
      if (!publicNames.has(name)) publicNames.set(name, entry)

  const at = new Map<string, Example>()
  for (const [index, example] of examples.entries()) {
    const path = join(ROOT, `test/package/example-${String(index)}.mts`)
    const own = isDocstring(example) ? (names.get(join(ROOT, example.file)) ?? []) : []
    const module = `../../${example.file.replace(/\.ts$/, '.js')}`
    const from = new Map<string, string>(own.map((name) => [name, module]))
    if (!isWhole(example)) for (const [name, entry] of publicNames) from.set(name, entry)
    const { imports, statements } = partsOf(example.code)
    const used = [...from].filter(
      ([name]) => mentions(example.code, name) && !imports.some((line) => mentions(line, name)),
    )
    const prelude = used.map(([name, source]) => `import { ${name} } from '${source}'`)
    at.set(path, example)
    // In a function, where a name of the example's own may hide one of ours.
    const text = [...prelude, ...imports, 'export const example = async () => {', ...statements, '}']
    texts.set(path, text.join('\n'))
  }
  const program = ts.createProgram([...texts.keys()], { ...options, ...EXAMPLE_OPTIONS }, host)
  return [...at].flatMap(([path, example]) => {
    const source = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.flatMap((diagnostic) => {
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
      if (IMPLICIT_ANY.includes(diagnostic.code)) return []
      if (!isDocstring(example) && isOfTheReader(diagnostic.code, message, publicNames)) return []
      return [`${example.at}: ${message}`]
    })
  })
}

// An example is there to be read: it leaves out what a program needs beside the point.
const EXAMPLE_OPTIONS: ts.CompilerOptions = {
  noUncheckedIndexedAccess: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  verbatimModuleSyntax: false,
}

// Not by noImplicitAny: false, which would make every `const rows = []` a list of nothing.
const IMPLICIT_ANY = [7005, 7006, 7031, 7034]

/** A guide may use the reader's own names and packages. */
function isOfTheReader(code: number, message: string, publicNames: ReadonlyMap<string, string>): boolean {
  const CANNOT_FIND_MODULE = [2307, 7016]
  const CANNOT_FIND_NAME = [2304, 2552, 18004]
  const name = /'([^']+)'/.exec(message)?.[1] ?? ''
  if (CANNOT_FIND_MODULE.includes(code)) return !name.startsWith('dayfile')
  return CANNOT_FIND_NAME.includes(code) && !publicNames.has(name)
}

function mentions(code: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(code)
}

function partsOf(code: string): { imports: string[]; statements: string[] } {
  const { statements } = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const texts = (wanted: boolean) =>
    statements.filter((statement) => ts.isImportDeclaration(statement) === wanted).map(withoutExport)
  return { imports: texts(true), statements: texts(false) }
}

// Examples become functions, from which nothing is exported.
function withoutExport(statement: ts.Statement): string {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  const found = modifiers.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  const text = statement.getFullText()
  const start = statement.getFullStart()
  return found === undefined ? text : text.slice(0, found.getStart() - start) + text.slice(found.end - start)
}

function isDocstring({ file }: Example): boolean {
  return file.endsWith('.ts')
}

function exportedNames(program: ts.Program): ReadonlyMap<string, string[]> {
  const checker = program.getTypeChecker()
  return new Map(
    program.getRootFileNames().map((file) => {
      const source = program.getSourceFile(file)
      const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
      return [file, symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(({ name }) => name)]
    }),
  )
}

function filesUnder(folder: string, ending: string): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .sort()
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replaceAll('\r\n', '\n')
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
