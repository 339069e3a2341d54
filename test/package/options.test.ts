// Settings come from process.env and from objects that may lack them. With `exactOptionalPropertyTypes`, an option that is
// declared as `x?: T` refuses them, so each one is `x?: T | undefined`.

import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { ENTRIES, ROOT } from '../support/docs-examples.js'

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
  ts.sys,
  ROOT,
)
const entries = Object.values(ENTRIES).map((file) => join(ROOT, file))
const program = ts.createProgram(entries, options)
const checker = program.getTypeChecker()

// What comes from one of our functions, and is handed to another as it is.
const MADE_BY_US = ['Manifest', 'ExportReport', 'FailedDay', 'PlannedDay', 'ReadCursor', 'DayfileError']

const seen = new Set<ts.Type>()
/** By the place of each optional property, whether it takes undefined. */
const optionals = new Map<string, boolean>()

function visit(type: ts.Type): void {
  if (seen.has(type)) return
  seen.add(type)
  if (MADE_BY_US.includes((type.aliasSymbol ?? type.getSymbol())?.name ?? '')) return
  for (const part of partsOf(type)) if (part !== undefined) visit(part)
  for (const property of checker.getPropertiesOfType(type)) {
    const [declaration] = property.declarations ?? []
    const file = declaration?.getSourceFile()
    if (declaration === undefined || file?.fileName.startsWith(join(ROOT, 'src')) !== true) continue
    const own = checker.getTypeOfSymbol(property)
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0
    // A method that a sink may lack is no option.
    if (isOptional && !(property.flags & ts.SymbolFlags.Method)) {
      const line = file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1
      const place = `${file.fileName.slice(ROOT.length)}:${String(line)} ${property.name}`
      optionals.set(place, takesUndefined(own) && optionals.get(place) !== false)
    }
    visit(own)
  }
  for (const signature of type.getCallSignatures()) visitParameters(signature)
}

function partsOf(type: ts.Type): readonly (ts.Type | undefined)[] {
  if (type.isUnionOrIntersection()) return type.types
  return [checker.getBaseConstraintOfType(type), type.getNumberIndexType(), type.getStringIndexType()]
}

function visitParameters(signature: ts.Signature): void {
  for (const parameter of signature.getParameters()) visit(checker.getTypeOfSymbol(parameter))
}

// The undefined of a key that may be left out is another one.
function takesUndefined(type: ts.Type): boolean {
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return true
  return type.isUnion() && type.types.includes(checker.getUndefinedType())
}

test('every option of every public function may be undefined', () => {
  for (const entry of entries) {
    const source = program.getSourceFile(entry)
    const module = source && checker.getSymbolAtLocation(source)
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
      const value = checker.getTypeOfSymbol(symbol)
      const members = checker.getPropertiesOfType(value).map((member) => checker.getTypeOfSymbol(member))
      for (const called of [value, ...members]) called.getCallSignatures().forEach(visitParameters)
      if (exported.name.endsWith('Options')) visit(checker.getDeclaredTypeOfSymbol(symbol))
    }
  }
  expect(optionals.size).toBeGreaterThan(80)
  const refused = [...optionals].filter(([, takes]) => !takes).map(([place]) => place)
  expect(refused.sort()).toEqual([])
})
