import t from 'tap'
import type { ScriptError } from '../../src/errors.ts'
import { isConstant, type KnownKeys, makeKeyCheck, StateKeys } from '../../src/scenario/checks.ts'
import { Language } from '../../src/scenario/expression.ts'

const language = Language.of({ limit: 5 })

function stateOf(...values: object[]) {
  const state = new StateKeys()
  for (const value of values) state.add(value)
  return state
}

/** What is wrong with an expression, and where; undefined where nothing is. */
function stray(source: string, known: KnownKeys): string | undefined {
  try {
    language.withCheck(makeKeyCheck(known)).compile(source)
    return undefined
  } catch (error) {
    const { message, at } = error as ScriptError
    return `${at}: ${message}`
  }
}

const STATE = stateOf({ stepUp: { status: 'NONE', issued: 0 }, sets: {}, done: [] })

const KNOWN = [
  'state.stepUp.issued > 0',
  'state["stepUp"]["issued"] > 0',
  'state.stepUp == state.stepUp',
  'state[token] == 1',
  'state[token].anything == 1',
  'state.sets[token].anything.deeper == 1',
  'state.sets.x.y == 1',
  'token in state.sets',
  'size(state.done) > 0',
  'state.done[0].anything == 1',
  'state.done.exists(each, each == token)',
  'has(state.stepUp.issued)',
  'state.stepUp.?issued.orValue(1) == 1',
  'state == state',
]

for (const source of KNOWN) {
  t.test(`${source} names what files mention`, async (t) => {
    t.equal(stray(source, { state: STATE }), undefined)
  })
}

const STRAY: readonly [source: string, message: string][] = [
  ['state.stepup.issued > 0', '0: the state has no key "stepup"; did you mean "stepUp"?'],
  ['state.stepUp.isued > 0', '0: the state has no key "isued"; did you mean "issued"?'],
  [
    'token == "" || state.stepUp["isued"] > 0',
    '15: the state has no key "isued"; did you mean "issued"?',
  ],
  ['has(state.stepUp.isued)', '4: the state has no key "isued"; did you mean "issued"?'],
  ['size(state.dnoe) > 0', '5: the state has no key "dnoe"; did you mean "done"?'],
  ['state.sets[state.stepup.x] == 1', '11: the state has no key "stepup"; did you mean "stepUp"?'],
  [
    '[1].exists(x, x == state.stepUp.isued)',
    '19: the state has no key "isued"; did you mean "issued"?',
  ],
  ['{"a": state.dnoe}', '6: the state has no key "dnoe"; did you mean "done"?'],
  ['state.xylophone', '0: the state has no key "xylophone"; it has stepUp, sets, done'],
]

for (const [source, message] of STRAY) {
  t.test(`${source} names what no file mentions`, async (t) => {
    t.equal(stray(source, { state: STATE }), message)
  })
}

t.test('every file that mentions a key makes it known', async (t) => {
  const state = stateOf({ a: { b: 1 } }, { a: { c: 1 } })
  t.equal(stray('state.a.b == state.a.c', { state }), undefined)
})

t.test('below a value that is worked out anything may be', async (t) => {
  const state = stateOf({ push: { challenge: '${x}' } })
  t.equal(stray('state.push.challenge.anything == 1', { state }), undefined)
})

t.test('below a plain value nothing is compared', async (t) => {
  t.equal(stray('state.stepUp.status.anything == 1', { state: STATE }), undefined)
})

t.test('a state that no file mentions is not looked at', async (t) => {
  t.equal(stray('state.anything == 1', { state: new StateKeys() }), undefined)
})

t.test('keys below a computed one are known', async (t) => {
  const state = new StateKeys()
  state.at('sets').at(undefined).at('issued')
  t.equal(stray('state.sets[token].issued == 1', { state }), undefined)
  t.match(stray('state.sets[token].isued == 1', { state }), /"isued"; did you mean "issued"/)
  t.match(stray('state.sets["x"].isued == 1', { state }), /"isued"/)
})

const REQUEST = { path: ['id', 'channel'], body: ['code'] }

for (const source of [
  'request.path.id == "7"',
  'request.path["id"] == "7"',
  'request.path[token] == "7"',
  'request.body.code == "1"',
  'request.body.code.anything == "1"',
  'request.body == null',
  'request.query.anything == "1"',
  'request.headers["x-any"] == "1"',
  'request.method == "GET"',
]) {
  t.test(`${source} names what the contract has`, async (t) => {
    t.equal(stray(source, REQUEST), undefined)
  })
}

const UNDOCUMENTED: readonly [source: string, message: string][] = [
  ['request.path.idd == "7"', `0: the contract's path has no "idd"; did you mean "id"?`],
  [
    'request.path["chanel"] == "7"',
    `0: the contract's path has no "chanel"; did you mean "channel"?`,
  ],
  [
    'call > 1 && request.body.coed == "1"',
    `12: the contract's body has no "coed"; did you mean "code"?`,
  ],
]

for (const [source, message] of UNDOCUMENTED) {
  t.test(`${source} names what the contract lacks`, async (t) => {
    t.equal(stray(source, REQUEST), message)
  })
}

t.test('a body whose fields are not listed may have any', async (t) => {
  t.equal(stray('request.body.anything == 1', { path: [], body: undefined }), undefined)
})

for (const [source, constant] of [
  ['true', true],
  ['1 == 2', true],
  ['"a" in ["a", "b"]', true],
  ['{"a": 1}["a"] == 1', true],
  ['limit == 5', false],
  ['call > 1', false],
  ['newId() == ""', false],
  ['"a".startsWith("a")', false],
] as const) {
  t.test(`${source} is ${constant ? 'always the same' : 'not always the same'}`, async (t) => {
    t.equal(isConstant(language.compile(source).ast), constant)
  })
}
