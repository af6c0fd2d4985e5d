import { relative } from 'node:path'
import t, { type Test } from 'tap'
import { StartError } from '../../src/errors.ts'
import { BUILT_IN, loadApis } from '../../src/sandbox/load.ts'
import { BANK, documentOf, failure } from '../fixtures/files.ts'

const SCENARIO = 'scenario: s\nsummary: x'

type Files = NonNullable<Parameters<Test['testdir']>[0]>

/** A folder of files for one test; its path as messages show it. */
function folder(t: Test, files: Files) {
  const path = t.testdir(files)
  return { path, shown: relative(process.cwd(), path) }
}

/** What is wrong with the bank and scenario files of it, without the folder's name. */
function faultsOf(t: Test, scenarios: Files): string[] {
  const { path, shown } = folder(t, { 'bank.yaml': BANK, scenarios })
  const files = { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
  return failure(() => loadApis(files)).map((fault) => fault.replace(`${shown}/scenarios`, '.'))
}

t.test('without a word about it the built-in documents and scenarios are loaded', async (t) => {
  const { byName, scenarioNames } = loadApis({ specs: [], scenarios: [] })
  t.equal(byName.size, 3)
  for (const { contract, scenarioSet } of byName.values()) {
    t.ok(contract.operations.size > 0)
    t.ok(scenarioSet.scenarios.size > 1)
    t.same(scenarioSet.api, contract.name)
  }
  t.ok(scenarioNames.has('default'))
})

t.test('a document takes the place of the built-in ones', async (t) => {
  const { path } = folder(t, { 'bank.yaml': BANK })
  const { byName, router } = loadApis({ specs: [`${path}/bank.yaml`], scenarios: [] })
  t.same([...byName.keys()], ['bank'])
  t.equal(router.match('GET', '/codes/7').kind, 'found')
})

t.test('all documents of a folder are loaded', async (t) => {
  const { path } = folder(t, {
    'one.yaml': documentOf({ '/one': { get: { responses: {} } } }),
    'two.yml': documentOf({ '/two': { get: { responses: {} } } }),
    'three.json': documentOf({ '/three': { get: { responses: {} } } }),
    'README.md': '# no document',
  })
  const { byName } = loadApis({ specs: [path], scenarios: [] })
  t.same([...byName.keys()].toSorted(), ['one', 'three', 'two'])
})

t.test('several documents are loaded', async (t) => {
  const { path } = folder(t, {
    'one.yaml': documentOf({ '/one': { get: { responses: {} } } }),
    'two.yaml': documentOf({ '/two': { get: { responses: {} } } }),
  })
  const { byName } = loadApis({ specs: [`${path}/two.yaml`, `${path}/one.yaml`], scenarios: [] })
  t.same([...byName.keys()], ['two', 'one'])
})

t.test('a folder of scenarios is played beside what there is', async (t) => {
  const { path } = folder(t, {
    'bank.yaml': BANK,
    scenarios: { bank: { 's.yaml': SCENARIO, 'api.yaml': 'subject: apiKey', 'notes.txt': '?' } },
  })
  const { byName, scenarioNames } = loadApis({
    specs: [`${path}/bank.yaml`],
    scenarios: [`${path}/scenarios`],
  })
  t.same([...scenarioNames].toSorted(), ['default', 's'])
  const facts = { request: {}, token: 'token', apiKey: 'key', now: new Date(0) }
  t.equal(byName.get('bank')?.scenarioSet.subject(facts as never), 'key')
})

t.test('a later folder replaces scenarios, and the API file, of an earlier one', async (t) => {
  const { path } = folder(t, {
    'bank.yaml': BANK,
    one: { bank: { 's.yaml': SCENARIO, 'api.yaml': 'subject: token' } },
    two: { bank: { 'mine.yaml': 'scenario: s\nsummary: new', 'api.yaml': 'subject: apiKey' } },
  })
  const { byName } = loadApis({
    specs: [`${path}/bank.yaml`],
    scenarios: [`${path}/one`, `${path}/two`],
  })
  const { scenarioSet } = byName.get('bank')!
  t.equal(scenarioSet.scenarios.get('s')?.summary, 'new')
  const facts = { request: {}, token: 'token', apiKey: 'key', now: new Date(0) }
  t.equal(scenarioSet.subject(facts as never), 'key')
})

t.test('a built-in scenario can be replaced', async (t) => {
  const [api, { scenarioSet }] = [...loadApis({ specs: [], scenarios: [] }).byName][0]!
  const name = [...scenarioSet.scenarios.keys()].find((each) => each !== 'default')!
  const { path, shown } = folder(t, { [api]: { 'mine.yaml': `scenario: ${name}\nsummary: mine` } })
  const replaced = loadApis({ specs: [], scenarios: [path] }).byName.get(api)!
  t.match(replaced.scenarioSet.scenarios.get(name), {
    summary: 'mine',
    file: `${shown}/${api}/mine.yaml`,
  })
  t.equal(replaced.scenarioSet.scenarios.size, scenarioSet.scenarios.size)
})

t.test('scenarios of one API are not those of another', async (t) => {
  const { path } = folder(t, {
    spec: {
      'one.yaml': documentOf({ '/one': { get: { responses: {} } } }),
      'two.yaml': documentOf({ '/two': { get: { responses: {} } } }),
    },
    scenarios: { one: { 's.yaml': SCENARIO } },
  })
  const { byName } = loadApis({ specs: [`${path}/spec`], scenarios: [`${path}/scenarios`] })
  t.ok(byName.get('one')?.scenarioSet.scenarios.has('s'))
  t.notOk(byName.get('two')?.scenarioSet.scenarios.has('s'))
})

t.test('hidden folders are passed over', async (t) => {
  const { path } = folder(t, { 'bank.yaml': BANK, scenarios: { '.git': {}, bank: {} } })
  const files = { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
  t.doesNotThrow(() => loadApis(files))
})

t.test('the built-in folders exist', async (t) => {
  t.doesNotThrow(() => loadApis({ specs: [BUILT_IN.spec], scenarios: [BUILT_IN.scenarios] }))
})

// Faults

t.test('a mistake in a scenario is told with its file as one would write it here', async (t) => {
  t.same(faultsOf(t, { bank: { 's.yaml': 'scenario: s\nsummary: x\nextends: t' } }), [
    './bank/s.yaml:3:10: there is no scenario "t" of bank; did you mean "s"?',
  ])
})

t.test('a scenario that is not YAML is told at its place', async (t) => {
  const faults = faultsOf(t, { bank: { 's.yaml': 'scenario: s\nsummary: [x' } })
  t.match(faults.join('\n'), /^\.\/bank\/s\.yaml:2:12: Flow sequence.*$/)
})

t.test('an API file that is not YAML is told at its place', async (t) => {
  const faults = faultsOf(t, { bank: { 'api.yaml': 'subject: "token' } })
  t.match(faults.join('\n'), /^\.\/bank\/api\.yaml:1:16: .*$/)
})

t.test('mistakes of several files are told in order', async (t) => {
  const files = {
    bank: {
      'b.yaml': 'scenario: b\nsummary: x\nextends: none\nextra: 1',
      'a.yaml': 'scenario: a\nsumary: x',
      'c.yaml': 'scenario: [',
    },
  }
  t.same(
    faultsOf(t, files).map((fault) => fault.split(': ')[0]),
    ['./bank/a.yaml:1:1', './bank/a.yaml:2:1', './bank/b.yaml:4:1', './bank/c.yaml:1:12'],
  )
})

t.test('a folder of scenarios without a document is told, with the nearest one', async (t) => {
  t.same(faultsOf(t, { bnak: { 's.yaml': SCENARIO } }), [
    './bnak:1:1: there is no document for the scenarios of "bnak"; did you mean "bank"?',
  ])
})

t.test('a folder of scenarios like no document is told, with all there are', async (t) => {
  t.same(faultsOf(t, { xylophone: {} }), [
    './xylophone:1:1: there is no document for the scenarios of "xylophone"; the documents served are bank',
  ])
})

t.test('a scenario outside of the folder of an API is told', async (t) => {
  t.same(faultsOf(t, { 's.yaml': SCENARIO }), [
    './s.yaml:1:1: a scenario lies in a folder named after its API: bank/s.yaml',
  ])
})

t.test(
  'a scenario outside the folder of its API is reported with the name of that API',
  async (t) => {
    const folder = t.testdir({
      specs: {
        'abc.yaml': documentOf({ '/other': { get: { responses: { 204: { description: '' } } } } }),
        'bank.yaml': BANK,
      },
      scenarios: {
        's.yaml': `${SCENARIO}\noperations: { sendCode: { calls: [{ respond: 204 }] } }`,
      },
    })
    const files = { specs: [`${folder}/specs`], scenarios: [`${folder}/scenarios`] }
    t.throws(() => loadApis(files), { message: /folder named after its API: bank\/s\.yaml$/ })
  },
)

t.test('all scenarios outside of the folder of an API are told', async (t) => {
  t.equal(faultsOf(t, { 'a.yaml': SCENARIO, 'b.yaml': SCENARIO }).length, 2)
})

/** What is wrong with documents in a folder of their own, without its name. */
function documentFaults(t: Test, files: Record<string, string>): string[] {
  const { path, shown } = folder(t, files)
  return failure(() => loadApis({ specs: [path], scenarios: [] })).map((fault) =>
    fault.replaceAll(shown, '.'),
  )
}

t.test('mistakes of several documents are told at once', async (t) => {
  const faults = documentFaults(t, {
    'a.yaml': 'openapi: 3.1.0\npaths: []',
    'b.yaml': 'swagger: "2.0"',
    'c.yaml': 'a: [',
    'd.yaml': documentOf({ '/one': { get: { responses: {} } } }),
  })
  t.same(
    faults.map((fault) => fault.split(': ')[0]),
    ['./a.yaml:2:8', './b.yaml:1:10', './c.yaml:1:5'],
  )
})

t.test('two documents of one name are told', async (t) => {
  const one = documentOf({ '/one': { get: { responses: {} } } })
  t.same(documentFaults(t, { 'api.json': one, 'api.yaml': one }), [
    './api.yaml:1:1: two documents are called "api": ./api.json is the other',
  ])
})

t.test('two documents with the same path are told', async (t) => {
  const one = documentOf({ '/one': { get: { responses: {} } } })
  t.same(documentFaults(t, { 'a.yaml': one, 'b.yaml': one }), [
    './b.yaml:1:1: /one is already a path of "a" (./a.yaml)',
  ])
})

t.test('the scenarios of a document with mistakes are not said to be of none', async (t) => {
  const { path } = folder(t, {
    'bank.yaml': 'openapi: 3.1.0\npaths: []',
    scenarios: { bank: {} },
  })
  const files = { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
  t.equal(failure(() => loadApis(files)).length, 1)
})

t.test('a folder may hold the files that its documents refer to', async (t) => {
  const get = { responses: { 200: { $ref: 'common.yaml#/ok' } } }
  const { path } = folder(t, {
    'bank.yaml': documentOf({ '/one': { get } }),
    'common.yaml': 'ok: { description: "", content: { text/plain: { example: hi } } }',
    'deep.json': '{}',
  })
  const { byName } = loadApis({ specs: [`${path}/bank.yaml`], scenarios: [] })
  const [operation] = [...byName.get('bank')!.contract.operations.values()]
  t.equal(operation?.responses.get('200')?.content?.examples.get('example'), 'hi')
  t.same(
    failure(() => loadApis({ specs: [path], scenarios: [] })).map((fault) => fault.split(': ')[1]),
    ['not an OpenAPI document'],
  )
})

// What cannot be read

const UNREADABLE: Readonly<
  Record<string, [specs: string[], scenarios: string[], message: string]>
> = {
  'a document that is not there': [
    ['no/such.yaml'],
    [],
    'cannot read no/such.yaml: no such file or folder',
  ],
  'a folder of scenarios that is not there': [
    [],
    ['no/such'],
    'cannot read no/such: no such file or folder',
  ],
  'a file in place of a folder of scenarios': [
    [],
    ['package.json'],
    'package.json is not a folder; --scenarios takes a folder',
  ],
  'a path below a file': [
    ['package.json/x.yaml'],
    [],
    'cannot read package.json/x.yaml: it is not a folder',
  ],
}

for (const [what, [specs, scenarios, message]] of Object.entries(UNREADABLE)) {
  t.test(`${what} is told in one line`, async (t) => {
    t.throws(() => loadApis({ specs, scenarios }), { constructor: StartError, message })
  })
}

t.test('a folder without documents is told in one line', async (t) => {
  const { path, shown } = folder(t, { 'README.md': '' })
  t.throws(() => loadApis({ specs: [path], scenarios: [] }), {
    constructor: StartError,
    message: `there is no OpenAPI document in ${shown}: *.yaml or *.json`,
  })
})

t.test('a folder that is called like a scenario is told in one line', async (t) => {
  const { path, shown } = folder(t, { 'bank.yaml': BANK, scenarios: { bank: { 'a.yaml': {} } } })
  const files = { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
  t.throws(() => loadApis(files), {
    constructor: StartError,
    message: `cannot read ${shown}/scenarios/bank/a.yaml: it is a folder`,
  })
})

t.test('a file elsewhere is shown with its whole path', async (t) => {
  t.throws(() => loadApis({ specs: ['/no/such.yaml'], scenarios: [] }), {
    message: 'cannot read /no/such.yaml: no such file or folder',
  })
})
