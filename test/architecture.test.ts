/** Rules for the whole of src/ that no compiler knows. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { parse } from 'yaml'

const ROOT = new URL('..', import.meta.url).pathname

const read = (folder: string, ending: RegExp) =>
  new Map(
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => ending.test(name))
      .map((name) => [name, readFileSync(join(ROOT, folder, name), 'utf8')] as const),
  )

const sources = read('src', /\.ts$/)

/** What a file imports of src/, types included. */
const importsOf = (file: string): string[] =>
  ts
    .preProcessFile(sources.get(file) ?? '')
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file), name)))
    .filter((name) => sources.has(name))

/** Files that import each other, the first of them once more at the end; undefined where none do. */
function cycle(): string[] | undefined {
  const sound = new Set<string>()
  const walk = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (sound.has(file)) return undefined
    for (const next of importsOf(file)) {
      const found = walk(next, [...way, file])
      if (found) return found
    }
    sound.add(file)
    return undefined
  }
  for (const file of sources.keys()) {
    const found = walk(file, [])
    if (found) return found
  }
  return undefined
}

t.test('no files import each other in a circle, types included', async (t) => {
  t.equal(cycle()?.join(' > '), undefined)
})

t.test('imports of every file are found', async (t) => {
  t.ok(importsOf('cli.ts').includes('commands.ts'))
  t.ok(importsOf('commands.ts').includes('commands/serve.ts'))
  t.ok(importsOf('scenario/decide.ts').includes('scenario/definition.ts'))
})

/** Folders that do not know each other: deleting one is deleting a feature. */
const SIBLINGS = ['contract', 'scenario', 'response', 'journal', 'store']

/** Types that one of them takes from another; nothing else may be. */
const ALLOWED = [
  'journal/coverage.ts > scenario/definition.ts',
  'journal/journal.ts > scenario/decide.ts',
  'journal/journal.ts > scenario/definition.ts',
  'journal/shown.ts > scenario/decide.ts',
  'journal/shown.ts > scenario/definition.ts',
  'journal/tally.ts > scenario/definition.ts',
]

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, sources.get(file) ?? '', ts.ScriptTarget.Latest, true)
}

/** Whether a statement brings in more than types. */
function bringsCode(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly
  if (!ts.isImportDeclaration(statement)) return false
  const { importClause } = statement
  if (!importClause) return true
  if (importClause.isTypeOnly) return false
  const { namedBindings } = importClause
  if (importClause.name || !namedBindings || !ts.isNamedImports(namedBindings)) return true
  return namedBindings.elements.some(({ isTypeOnly }) => !isTypeOnly)
}

/** Imports from one of the folders into another, as `from > to`. */
function crossings(wanted: (statement: ts.Statement) => boolean): string[] {
  return [...sources.keys()].flatMap((file) => {
    const own = file.split('/')[0] ?? ''
    if (!SIBLINGS.includes(own)) return []
    return parsed(file)
      .statements.filter(wanted)
      .flatMap((statement) => ts.preProcessFile(statement.getText()).importedFiles)
      .map(({ fileName }) => normalize(join(dirname(file), fileName)))
      .filter((name) => SIBLINGS.includes(name.split('/')[0] ?? '') && !name.startsWith(`${own}/`))
      .map((name) => `${file} > ${name}`)
  })
}

t.test('folders do not use the code of each other', async (t) => {
  t.same(crossings(bringsCode), [])
})

t.test('the admin API looks at all of them, and only the server knows it', async (t) => {
  const users = [...sources.keys()].filter(
    (file) => !file.startsWith('admin/') && importsOf(file).some((name) => /^admin\//.test(name)),
  )
  t.same(users, ['server.ts'])
})

t.test('folders take only those types from each other that are listed here', async (t) => {
  t.same(crossings(() => true).toSorted(), ALLOWED)
})

/** Places in src/ where something stands in the code, as `file:line`. */
function places(wanted: (node: ts.Node) => boolean): string[] {
  return [...sources.keys()].flatMap((file) => {
    const source = parsed(file)
    const found: string[] = []
    const visit = (node: ts.Node): void => {
      if (wanted(node)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart())
        found.push(`${file}:${line + 1}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
    return found
  })
}

const isMember = (node: ts.Node, object: string, name: string) =>
  ts.isPropertyAccessExpression(node) &&
  node.expression.getText() === object &&
  node.name.text === name

const isNow = (node: ts.Node) =>
  isMember(node, 'Date', 'now') ||
  isMember(node, 'performance', 'now') ||
  (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)

const isTimer = (node: ts.Node) =>
  ts.isIdentifier(node) && ['setTimeout', 'setInterval'].includes(node.text)

const outsideOf = (file: string, found: readonly string[]) =>
  found.filter((place) => !place.startsWith(`${file}:`))

t.test('the system clock is read in clock.ts alone', async (t) => {
  t.ok(places(isNow).length > 0)
  t.same(outsideOf('clock.ts', places(isNow)), [])
})

t.test('timers are set in clock.ts alone', async (t) => {
  t.ok(places(isTimer).length > 0)
  t.same(outsideOf('clock.ts', places(isTimer)), [])
})

t.test('nothing happens at random', async (t) => {
  t.same(
    places((node) => isMember(node, 'Math', 'random')),
    [],
  )
})

t.test('nothing has the type any', async (t) => {
  t.same(
    places((node) => node.kind === ts.SyntaxKind.AnyKeyword),
    [],
  )
})

// The vendors

type Json = Readonly<Record<string, unknown>>

const documents = [...read('spec', /\.yaml$/).values()].map((text) => parse(text) as Json)

/** Every value in a document, with the key it stands under. */
function* values(node: unknown, key = ''): Generator<[key: string, value: unknown]> {
  yield [key, node]
  if (typeof node !== 'object' || node === null) return
  for (const [name, child] of Object.entries(node)) yield* values(child, name)
}

const all = documents.flatMap((document) => [...values(document)])

const operationIds = all.flatMap(([key, value]) => (key === 'operationId' ? [String(value)] : []))

/** Static pieces of paths, with the sign before them: `/stepup`, `:verify`. */
const pieces = documents
  .flatMap(({ paths, servers }) => [
    ...Object.keys(paths as Json),
    ...(servers as { url: string }[]).map(({ url }) => url),
  ])
  .flatMap((path) => path.match(/[/:][\w-]+/g) ?? [])

/** Error codes and the like: values of enums and names of examples. */
const codes = all
  .flatMap(([key, value]) => {
    if (key === 'enum') return value as unknown[]
    return key === 'examples' ? Object.keys(value as Json) : []
  })
  .flatMap((value) => String(value).split(':'))
  .filter((word) => /^[A-Z0-9]+(_[A-Z0-9]+)+$/.test(word))

const VENDORS = ['weavr', 'plumery', 'plmr']

/** Words of the admin API's own paths that a vendor uses, too. */
const OUR_OWN: Readonly<Record<string, RegExp>> = { '/challenges': /^(admin|client)\// }

/** Files of src/ in which a word stands, as a word of its own. */
function using(word: string, flags = ''): string[] {
  const escaped = word.replace(/[^\w]/g, '\\$&')
  const pattern = new RegExp(`(?<![\\w])${escaped}(?![\\w-])`, flags)
  return [...sources]
    .filter(([file, text]) => !OUR_OWN[word]?.test(file) && pattern.test(text))
    .map(([file]) => file)
}

t.test('the words of the documents are found', async (t) => {
  for (const words of [operationIds, pieces, codes]) t.ok(words.length > 10)
})

for (const word of new Set([...operationIds, ...pieces, ...codes])) {
  t.test(`${word} of a vendor does not stand in src/`, async (t) => {
    t.same(using(word), [])
  })
}

for (const vendor of VENDORS) {
  t.test(`the name ${vendor} does not stand in src/`, async (t) => {
    t.same(
      [...sources].filter(([, text]) => text.toLowerCase().includes(vendor)).map(([file]) => file),
      [],
    )
  })
}
