import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { keyOf, SETTINGS, typeOf } from '../../src/config/settings.ts'
import { ROOT } from '../fixtures/built.ts'

t.test('no two settings share a flag, a variable or a key', async (t) => {
  const names = SETTINGS.flatMap(({ short, environment, platformVariable, ...setting }) => [
    keyOf({ environment, ...setting }),
    environment,
    ...[short, platformVariable].filter((each) => each !== undefined),
  ])
  t.equal(new Set(names).size, names.length)
})

t.test('a setting is read from strings as what its default is', async (t) => {
  for (const setting of SETTINGS.filter(({ fallback }) => !Array.isArray(fallback))) {
    const { fallback, read } = setting
    if (fallback !== undefined) t.equal(read(String(fallback), 'x'), fallback)
    if (fallback !== undefined) t.equal(typeOf(setting), typeof fallback)
  }
})

/** The options of `createSandbox()`, as the package declares them: their types and comments. */
function declaredOptions(): Map<string, readonly [type: string, comment: string]> {
  const file = join(ROOT, 'dist/index.d.ts')
  const { NodeNext: module } = ts.ModuleKind
  const { NodeNext: moduleResolution } = ts.ModuleResolutionKind
  const options = { module, moduleResolution, strict: true, types: [] }
  const program = ts.createProgram([file], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const exported = source && checker.getSymbolAtLocation(source)
  const alias = exported?.exports?.get('SandboxOptions' as ts.__String)
  if (!source || !alias) throw new Error(`${file} does not export SandboxOptions`)
  const type = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(alias))
  return new Map(
    checker.getPropertiesOfType(type).map((property) => {
      const declared = checker.typeToString(checker.getTypeOfSymbolAtLocation(property, source))
      const comment = ts.displayPartsToString(property.getDocumentationComment(checker))
      return [property.name, [declared, comment]] as const
    }),
  )
}

t.test('users of the library see the type and the comment of each option', async (t) => {
  const options = declaredOptions()
  const names = SETTINGS.map(({ name }) => name).filter((name) => !/^log/.test(name))
  t.same([...options.keys()].toSorted(), [...names, 'clock', 'logger'].toSorted())
  for (const [name, [, comment]] of options) t.ok(comment.length > 20, `${name}: ${comment}`)
  t.same(options.get('port'), [
    'number | undefined',
    'Port to listen on; 0 picks a free one. Default: 0, on the command line 4010.',
  ])
  t.equal(options.get('specs')?.[0], 'string | readonly string[] | undefined')
  t.equal(options.get('tls')?.[0], '"self-signed" | undefined')
  t.equal(options.get('cors')?.[0], 'boolean | undefined')
})
