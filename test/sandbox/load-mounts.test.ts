/** Paths as containers give them: mounts that may be missing or empty, and documents that replace. */
import { relative } from 'node:path'
import t, { type Test } from 'tap'
import { StartError } from '../../src/errors.ts'
import { BUILT_IN, type Files, listFiles, loadApis } from '../../src/sandbox/load.ts'
import { BANK, documentOf, failure } from '../fixtures/files.ts'

type Tree = NonNullable<Parameters<Test['testdir']>[0]>

const SCENARIO = 'scenario: s\nsummary: x'

const path = (name: string, status = 200) =>
  documentOf({ [name]: { get: { responses: { [status]: { description: 'x' } } } } })

/** A folder of files for one test, its path as messages show it, and what loading finds in it. */
function mounted(t: Test, tree: Tree) {
  const folder = t.testdir(tree)
  const shown = relative(process.cwd(), folder)
  const inside = ({ specs = [], scenarios = [] }: Partial<Files>): Files => ({
    specs: specs.map((name) => `${folder}/${name}`),
    scenarios: scenarios.map((name) => `${folder}/${name}`),
  })
  return {
    folder,
    shown,
    load: (files: Partial<Files>) => loadApis(inside(files)),
    faults: (files: Partial<Files>) =>
      failure(() => loadApis(inside(files))).map((fault) => fault.replaceAll(shown, '.')),
    files: (files: Partial<Files>) =>
      listFiles(inside(files)).map((name) => name.replace(folder, '.')),
    refusal: (files: Partial<Files>) => {
      try {
        loadApis(inside(files))
      } catch (error) {
        if (error instanceof StartError) return error.message.replaceAll(shown, '.')
        throw error
      }
      throw new Error('it loads')
    },
  }
}

// A path that may be missing

t.test('a path that ends with ? may be missing', async (t) => {
  t.test('as documents', async (t) => {
    const { load } = mounted(t, { 'bank.yaml': BANK })
    t.same([...load({ specs: ['bank.yaml', 'specs?'] }).byName.keys()], ['bank'])
    t.same([...load({ specs: ['none.yaml?', 'bank.yaml'] }).byName.keys()], ['bank'])
  })

  t.test('as scenarios', async (t) => {
    const { load } = mounted(t, { 'bank.yaml': BANK })
    t.same([...load({ specs: ['bank.yaml'], scenarios: ['none?'] }).scenarioNames], ['default'])
  })

  t.test('and is read where it is not', async (t) => {
    const { load } = mounted(t, {
      specs: { 'bank.yaml': BANK },
      'pin.yaml': path('/pins'),
      scenarios: { bank: { 's.yaml': SCENARIO } },
    })
    const { byName, scenarioNames } = load({
      specs: ['specs?', 'pin.yaml?'],
      scenarios: ['scenarios?'],
    })
    t.same([...byName.keys()], ['bank', 'pin'])
    t.ok(scenarioNames.has('s'))
  })

  t.test('and is told without it where it has faults', async (t) => {
    const { faults, refusal } = mounted(t, {
      'bank.yaml': 'openapi: 3.1.0\npaths: {}',
      specs: {},
    })
    t.match(faults({ specs: ['bank.yaml?'] }), [/^\.\/bank\.yaml:2:1: the document/])
    t.match(refusal({ specs: ['specs?'] }), /^there is no OpenAPI document in \.\/specs: /)
  })

  t.test('and without the ? it must be there', async (t) => {
    const { refusal } = mounted(t, { 'bank.yaml': BANK })
    const gone = (name: string) => `cannot read ./${name}: no such file or folder`
    t.equal(refusal({ specs: ['bank.yaml', 'specs'] }), gone('specs'))
    t.equal(refusal({ specs: ['bank.yaml'], scenarios: ['mine'] }), gone('mine'))
  })
})

t.test('where every document may be missing, and is, the remedy is told', async (t) => {
  const { refusal } = mounted(t, {})
  const expected = 'there is no OpenAPI document: name one, or a folder of them, with --spec'
  t.equal(refusal({ specs: ['specs?'] }), expected)
  t.equal(refusal({ specs: ['one.yaml?', 'two?'], scenarios: ['mine?'] }), expected)
})

// What is there, and empty

t.test('a folder without documents is told with the form that they have', async (t) => {
  const { refusal } = mounted(t, { specs: {}, other: { 'README.md': '' }, nested: { specs: {} } })
  const empty = (name: string) => `there is no OpenAPI document in ./${name}: *.yaml or *.json`
  for (const name of ['specs', 'other', 'nested']) t.equal(refusal({ specs: [name] }), empty(name))
})

t.test('a folder without scenarios is told with the form that it has', async (t) => {
  const { refusal } = mounted(t, {
    'bank.yaml': BANK,
    empty: {},
    other: { 'README.md': '' },
    hidden: { '.git': {}, '.DS_Store': '' },
  })
  for (const name of ['empty', 'other', 'hidden']) {
    t.equal(
      refusal({ specs: ['bank.yaml'], scenarios: [name] }),
      `there is no scenario in ./${name}: it has a folder for each API, such as ./${name}/bank`,
    )
  }
})

t.test('an empty folder of an API is no fault: its first scenario is being written', async (t) => {
  const { load } = mounted(t, { 'bank.yaml': BANK, scenarios: { bank: {} } })
  t.doesNotThrow(() => load({ specs: ['bank.yaml'], scenarios: ['scenarios'] }))
})

// What lies beside

t.test('hidden files are passed over', async (t) => {
  const lock = t.fixture('symlink', 'me@here.1')
  const { load } = mounted(t, {
    specs: { 'bank.yaml': BANK, '._bank.yaml': '\0', '.#bank.yaml': lock },
    scenarios: {
      '.yaml': 'x',
      bank: { '.s.yaml': 'scenario: [', '.#s.yaml': lock, 's.yaml': SCENARIO },
    },
  })
  const { byName, scenarioNames } = load({ specs: ['specs'], scenarios: ['scenarios'] })
  t.same([...byName.keys()], ['bank'])
  t.same([...scenarioNames].toSorted(), ['default', 's'])
})

// Documents that replace others

const answers = (apis: ReturnType<typeof loadApis>, api: string) =>
  [...(apis.byName.get(api)?.contract.operations.values() ?? [])].flatMap(({ responses }) => [
    ...responses.keys(),
  ])

t.test('a document of a later --spec replaces one of the same name', async (t) => {
  const { load } = mounted(t, {
    first: { 'one.yaml': path('/one', 200), 'two.yaml': path('/two', 200) },
    second: { 'one.json': path('/one', 204) },
  })
  const apis = load({ specs: ['first', 'second'] })
  t.same([...apis.byName.keys()], ['one', 'two'])
  t.same(answers(apis, 'one'), ['204'])
  t.same(answers(apis, 'two'), ['200'])
  t.same(answers(load({ specs: ['second', 'first'] }), 'one'), ['200'])
})

t.test('a document that was replaced has no path any more', async (t) => {
  const { load } = mounted(t, {
    first: { 'one.yaml': path('/old') },
    second: { 'one.yaml': path('/new'), 'two.yaml': path('/old') },
  })
  const { router, byName } = load({ specs: ['first', 'second'] })
  t.equal(router.match('GET', '/new').kind, 'found')
  t.match(router.match('GET', '/old'), { kind: 'found', operation: { api: 'two' } })
  t.equal(byName.size, 2)
})

t.test('scenarios of a document that was replaced are measured by the new one', async (t) => {
  const { faults } = mounted(t, {
    first: { 'bank.yaml': BANK },
    second: { 'bank.yaml': path('/pins') },
    scenarios: {
      bank: { 's.yaml': `${SCENARIO}\noperations: { getCode: { calls: [respond: 200] } }` },
    },
  })
  t.match(faults({ specs: ['first', 'second'], scenarios: ['scenarios'] }), [
    /^\.\/scenarios\/bank\/s\.yaml:3:15: .*getCode/,
  ])
})

t.test('built-in documents can be replaced by name, and served beside others', async (t) => {
  const { folder } = mounted(t, { 'plumery-mfa.yaml': path('/mine'), 'pin.yaml': path('/pins') })
  const beside = loadApis({ specs: [BUILT_IN.spec, `${folder}/pin.yaml`], scenarios: [] })
  t.same([...beside.byName.keys()], ['plumery-mfa', 'weavr-multi', 'weavr-simulator', 'pin'])
})

t.test('two documents of one name in one folder are told', async (t) => {
  const { faults } = mounted(t, {
    specs: { 'one.json': path('/one'), 'one.yaml': path('/one'), 'one.yml': path('/one') },
  })
  t.same(faults({ specs: ['specs'] }), [
    './specs/one.yaml:1:1: two documents are called "one": ./specs/one.json is the other',
    './specs/one.yml:1:1: two documents are called "one": ./specs/one.yaml is the other',
  ])
})

t.test('two documents of one name are told though a later one replaces both', async (t) => {
  const { faults } = mounted(t, {
    specs: { 'one.json': path('/one'), 'one.yaml': path('/one') },
    'one.yaml': path('/one'),
  })
  t.equal(faults({ specs: ['specs', 'one.yaml'] }).length, 1)
})

t.test('a document without faults does not make up for one of the same name', async (t) => {
  const { faults } = mounted(t, {
    first: { 'one.yaml': 'openapi: 3.1.0\npaths: {}' },
    second: { 'one.yaml': path('/one') },
  })
  t.match(faults({ specs: ['first', 'second'] }), [/^\.\/first\/one\.yaml:2:1: /])
})

t.test('two documents that claim the same path are told, from whichever --spec', async (t) => {
  const { faults } = mounted(t, {
    first: { 'one.yaml': path('/codes/{id}') },
    second: { 'two.yaml': path('/codes/{id}') },
  })
  t.match(faults({ specs: ['first', 'second'] }), [
    /^\.\/second\/two\.yaml:1:1: \/codes\/\{id\} is already a path of "one" \(\.\/first\/one\.yaml\)$/,
  ])
})

// What is watched

t.test('filesOf', async (t) => {
  t.test('names the built-in folders where nothing is said', async (t) => {
    t.same(listFiles({ specs: [], scenarios: [] }), [BUILT_IN.spec, BUILT_IN.scenarios])
  })

  t.test('names documents in place of the built-in ones, and scenarios beside', async (t) => {
    const { files } = mounted(t, { 'bank.yaml': BANK, specs: {}, scenarios: {} })
    t.same(files({ specs: ['bank.yaml', 'specs'], scenarios: ['scenarios'] }), [
      './bank.yaml',
      './specs',
      BUILT_IN.scenarios,
      './scenarios',
    ])
  })

  t.test('names what may be missing, too, since it may come, without its ?', async (t) => {
    const { files } = mounted(t, { specs: {}, scenarios: {} })
    const optional = { specs: ['specs?', 'more?'], scenarios: ['scenarios?', 'none?'] }
    t.same(files(optional), ['./specs', './more', BUILT_IN.scenarios, './scenarios', './none'])
  })
})
