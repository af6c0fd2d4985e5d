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

t.test('no files import each other in a cycle, types included', async (t) => {
  t.equal(cycle()?.join(' > '), undefined)
})

t.test('imports of every file are found', async (t) => {
  t.ok(importsOf('cli.ts').includes('cli/program.ts'))
  t.ok(importsOf('cli/program.ts').includes('cli/serve.ts'))
  t.ok(importsOf('scenario/decide.ts').includes('scenario/model.ts'))
})

/**
 * The rooms of the house, from the ground up: a file imports its own room or a lower floor, types
 * included. docs/architecture.md says what each of them is for, in the same order.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'clock.ts', 'suggest.ts', 'lru.ts', 'yaml-file.ts'],
  ['client'],
  ['contract'],
  ['store'],
  ['config'],
  ['webhook'],
  ['scenario'],
  ['generate'],
  ['response'],
  ['exchange'],
  ['journal'],
  ['sandbox'],
  ['pipeline'],
  ['admin'],
  ['server'],
  ['cli'],
  ['index.ts', 'cli.ts'],
  ['testing'],
]

const roomOf = (file: string) => file.split('/')[0] ?? file
const floorOf = (file: string) => FLOORS.findIndex((rooms) => rooms.includes(roomOf(file)))

/** Files of the ground floor may import each other, as files of one room may. */
const isNeighbour = (file: string, other: string) =>
  roomOf(file) === roomOf(other) || (floorOf(file) === 0 && floorOf(other) === 0)

t.test('every file lies in a room, and only seven lie beside the rooms', async (t) => {
  const astray = [...sources.keys()].filter((file) => floorOf(file) < 0)
  t.same(astray, [], 'put it into the room of its subject, or give a new subject a room in FLOORS')
  const loose = [...sources.keys()].filter((file) => !file.includes('/'))
  t.same(
    loose.toSorted(),
    FLOORS.flat()
      .filter((room) => room.endsWith('.ts'))
      .toSorted(),
  )
  t.equal(loose.length, 7)
})

t.test('every room of the list has files', async (t) => {
  const rooms = new Set([...sources.keys()].map(roomOf))
  t.same(
    FLOORS.flat().filter((room) => !rooms.has(room)),
    [],
  )
})

t.test('a file imports its own room or a lower floor, types included', async (t) => {
  const wrong = [...sources.keys()].flatMap((file) =>
    importsOf(file)
      .filter((other) => !isNeighbour(file, other) && floorOf(other) >= floorOf(file))
      .map((other) => {
        const names = namesFrom(file, other).join(', ')
        return `${file} imports ${names} from ${other}, a floor above it: move ${names} into ${roomOf(file)} or below, or hand it in from above`
      }),
  )
  t.same(wrong, [])
})

t.test('an import from a floor above is found', async (t) => {
  t.ok(floorOf('pipeline/pipeline.ts') < floorOf('server/server.ts'))
  t.same(namesFrom('cli.ts', 'cli/program.ts'), [])
  t.ok(namesFrom('pipeline/pipeline.ts', 'pipeline/match.ts').includes('match'))
})

/** What one file imports from another, by name. */
function namesFrom(file: string, other: string): string[] {
  return parsed(file).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) {
      return []
    }
    const target = normalize(join(dirname(file), statement.moduleSpecifier.text))
    const { importClause } = statement
    if (target !== other || !importClause?.namedBindings) return []
    const { namedBindings } = importClause
    return ts.isNamedImports(namedBindings)
      ? namedBindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
      : [namedBindings.name.text]
  })
}

t.test('no type is exported twice under one name', async (t) => {
  const homes = new Map<string, string[]>()
  for (const file of sources.keys()) {
    for (const statement of parsed(file).statements) {
      const isType =
        ts.isInterfaceDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement) ||
        ts.isClassDeclaration(statement)
      if (!isType || !statement.name) continue
      if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue
      const name = statement.name.text
      homes.set(name, [...(homes.get(name) ?? []), file])
    }
  }
  t.ok(homes.size > 100)
  const twice = [...homes].filter(([, files]) => files.length > 1)
  t.same(
    twice.map(
      ([name, files]) => `${name} is exported by ${files.join(' and ')}: rename one of them`,
    ),
    [],
  )
})

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, sources.get(file) ?? '', ts.ScriptTarget.Latest, true)
}

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
