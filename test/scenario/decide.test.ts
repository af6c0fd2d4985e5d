import t from 'tap'
import { Problem, type ProblemCode } from '../../src/errors.ts'
import { type Decision, decide } from '../../src/scenario/decide.ts'
import type { ScenarioSet, SubjectRecord } from '../../src/scenario/model.ts'
import { RequestView } from '../../src/scenario/scope.ts'
import { START } from '../fixtures/app.ts'
import { BANK, contractOf, playbookOf } from '../fixtures/files.ts'

const contract = contractOf(BANK)

type Scenarios = Readonly<Record<string, object>>

/** Scenarios by name; each is a file called after it, one key a line. */
function playing(scenarios: Scenarios, api?: object): Subject {
  const files = Object.entries(scenarios).map(([scenario, parts]) => {
    const keys = Object.entries({ scenario, summary: 'For a test.', ...parts })
    const lines = keys.map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    return [`${scenario}.yaml`, lines.join('\n')]
  })
  const folders = Object.fromEntries(files)
  return new Subject(playbookOf({ contract, folders, api: api && JSON.stringify(api) }))
}

/** What a scenario answers; undefined where the contract does, or nobody. */
const scripted = ({ response: answer }: Decision) =>
  typeof answer === 'object' ? answer : undefined

interface Call {
  readonly operation?: string
  readonly scenario?: string
  readonly token?: string
  readonly id?: string
  readonly code?: string
  readonly seed?: number
}

/** One subject and what is remembered of it. */
class Subject {
  record: SubjectRecord | undefined
  readonly #playbook: ScenarioSet

  constructor(scenarioSet: ScenarioSet) {
    this.#playbook = scenarioSet
  }

  ask({
    operation = 'sendCode',
    scenario = 'default',
    token = 'ann',
    ...more
  }: Call = {}): Decision {
    const path = { id: more.id ?? '7' }
    const request = new RequestView(
      { method: 'POST', path, query: {}, headers: {} },
      { code: more.code ?? '123456' },
    )
    return decide({
      scenarioSet: this.#playbook,
      scenario: this.#playbook.scenarios.get(scenario)!,
      operation: contract.operations.get(operation)!,
      record: this.record,
      context: { request, token, apiKey: '', now: new Date(START) },
      seedInput: { seed: more.seed ?? 1, session: 's', api: 'bank', subject: token, operation },
    })
  }

  /** Asks, and remembers what came of it. */
  call(call: Call = {}): Decision {
    const decision = this.ask(call)
    this.record = decision.record
    return decision
  }

  /** The statuses of some calls, one after the other; 0 where the contract answers. */
  statuses(...calls: Call[]): number[] {
    return calls.map((call) => scripted(this.call(call))?.status ?? 0)
  }

  get state() {
    return this.record?.state
  }
}

const rules = (...entries: object[]) => ({ operations: { sendCode: { rules: entries } } })
const calls = (...entries: unknown[]) => ({ operations: { sendCode: { calls: entries } } })
const EARLY = { respond: { status: 409, example: 'TOO_EARLY' } }
const SENT = { respond: 204 }
const again = <T>(count: number, value: T): T[] => Array<T>(count).fill(value)

// By count of calls

t.test('each entry is for one call, and the last one repeats', async (t) => {
  const subject = playing({ default: calls(SENT, EARLY) })
  t.same(subject.statuses(...again(4, {})), [204, 409, 409, 409])
})

t.test('an entry may be for several calls', async (t) => {
  const subject = playing({
    default: calls({ times: 2, ...EARLY }, SENT, { times: 2, ...EARLY }, SENT),
  })
  t.same(subject.statuses(...again(7, {})), [409, 409, 204, 409, 409, 204, 204])
})

t.test('calls are counted for each operation', async (t) => {
  const subject = playing({ default: { operations: { '*': { calls: [EARLY, SENT] } } } })
  const verify = { operation: 'verifyCode' }
  t.same(subject.statuses({}, verify, {}, verify), [409, 409, 204, 204])
})

t.test('calls are counted for each scenario', async (t) => {
  const subject = playing({ default: calls(SENT, EARLY), other: calls(EARLY, SENT) })
  const other = { scenario: 'other' }
  t.same(subject.statuses({}, other, {}, other), [204, 409, 409, 204])
})

t.test('a call that is passed on counts for the scenario that answers it, too', async (t) => {
  const subject = playing({ default: calls(SENT, EARLY), other: calls('default') })
  t.same(subject.statuses({ scenario: 'other' }, {}), [204, 409])
})

// By rules

t.test('the first rule whose condition is true answers', async (t) => {
  const subject = playing({
    default: rules(
      { when: 'token == "bob"', ...EARLY },
      { when: 'token == "ann"', ...SENT },
      EARLY,
    ),
  })
  t.same(subject.statuses({ token: 'bob' }, { token: 'ann' }, { token: 'eve' }), [409, 204, 409])
})

t.test('an answer tells which entry of which file made it', async (t) => {
  const subject = playing({ default: rules({ when: 'token == "bob"', ...EARLY }, SENT) })
  t.equal(subject.call().at, 'default.yaml:3')
})

t.test('rules that were passed over are told with the reason', async (t) => {
  const subject = playing({
    default: rules({ when: 'token == "bob"', ...EARLY }, { times: 1, ...EARLY }, SENT),
  })
  t.match(subject.call().trace, [
    { at: 'default.yaml:3', when: 'token == "bob"', value: false },
    { value: true },
  ])
  t.match(subject.call().trace, [{}, { value: false, note: 'used up (times: 1)' }])
})

t.test('a rule may hold for some calls only', async (t) => {
  const folder = (text: string) => playbookOf({ contract, folders: { 'default.yaml': text } })
  const subject = new Subject(
    folder(`scenario: default
summary: Each entry in a line of its own.
operations:
  sendCode:
    rules:
      - { when: token == "bob", times: 1, respond: { status: 409, example: TOO_EARLY } }
      - { times: 2, respond: { status: 409, example: WRONG_CODE } }
      - respond: 204
`),
  )
  const answers = [{}, { token: 'bob' }, { token: 'bob' }, {}].map((call) => {
    const answer = scripted(subject.call(call))
    return answer?.example ?? answer?.status
  })
  t.same(answers, ['WRONG_CODE', 'TOO_EARLY', 'WRONG_CODE', 204])
})

t.test('how often entries were used is kept apart, wherever in a file they stand', async (t) => {
  const subject = playing({
    default: rules({ when: 'token == "bob"', times: 1, ...EARLY }, { times: 1, ...EARLY }, SENT),
  })
  t.same(subject.statuses({ token: 'bob' }, { token: 'ann' }), [409, 409])
})

t.test('how often rules were used is not counted in calls, where the call decides', async (t) => {
  const subject = playing({ default: calls({ times: 2, ...EARLY }, SENT) })
  t.same(subject.statuses(...again(3, {})), [409, 409, 204])
  t.same(subject.record?.used, {})
})

t.test('how often rules were used is counted in rules, for those that limit it', async (t) => {
  const subject = playing({ default: rules({ times: 1, ...EARLY }, SENT) })
  t.same(subject.statuses(...again(3, {})), [409, 204, 204])
  t.same(Object.values(subject.record?.used ?? {}), [1])
})

t.test('how often an entry of * was used is kept for each operation', async (t) => {
  const subject = playing({
    default: { operations: { '*': { rules: [{ times: 1, ...EARLY }] } } },
  })
  t.same(subject.statuses({}, { operation: 'verifyCode' }), [409, 409])
})

t.test('where no rule holds the contract answers', async (t) => {
  const subject = playing({ default: rules({ when: 'token == "bob"', ...EARLY }) })
  t.match(subject.call(), { response: 'contract', at: undefined, delay: 0, fault: undefined })
})

t.test('an operation that no file mentions is answered by the contract', async (t) => {
  const subject = playing({ default: calls(SENT) })
  t.equal(subject.call({ operation: 'verifyCode' }).response, 'contract')
})

// What a scenario extends

const CHAIN: Scenarios = {
  default: calls(SENT),
  middle: {
    operations: { sendCode: { rules: [{ when: 'token == "bob"', ...EARLY }] } },
  },
  top: { extends: 'middle', operations: { verifyCode: { calls: [EARLY] } } },
}

t.test('what a scenario does not mention is answered by those it extends', async (t) => {
  const subject = playing(CHAIN)
  const top = { scenario: 'top' }
  t.equal(subject.call({ ...top, operation: 'verifyCode' }).at, 'top.yaml:4')
  t.equal(subject.call({ ...top, token: 'bob' }).at, 'middle.yaml:3')
  t.equal(subject.call(top).at, 'default.yaml:3')
})

t.test('what the default scenario does not mention is answered by nobody', async (t) => {
  t.equal(playing(CHAIN).call({ scenario: 'top', operation: 'getCode' }).response, 'contract')
})

t.test('a rule may pass a call on', async (t) => {
  const subject = playing({
    default: calls(SENT),
    other: rules({ when: 'token == "bob"', respond: 'default' }, EARLY),
  })
  t.same(subject.statuses({ scenario: 'other', token: 'bob' }, { scenario: 'other' }), [204, 409])
})

t.test('an entry that passes a call on may change the state first', async (t) => {
  const subject = playing({
    default: {
      state: { n: 0 },
      ...rules({ set: { n: '${state.n * 10}' }, respond: 204 }),
    },
    other: calls({ set: { n: 5 }, respond: 'default' }),
  })
  subject.call({ scenario: 'other' })
  t.equal(subject.state?.n, 50)
})

t.test('the default scenario passes on to the contract', async (t) => {
  const subject = playing({ default: calls('default', SENT) })
  t.same(subject.statuses({}, {}), [0, 204])
})

// State

const COUNTING = {
  state: { n: 0 },
  ...rules({ set: { n: '${state.n + call}' }, respond: 204 }),
}

t.test('what an entry sets is seen by the next call', async (t) => {
  const subject = playing({ default: COUNTING })
  for (const n of [1, 3, 6]) {
    subject.call()
    t.equal(subject.state?.n, n)
  }
})

t.test('the record that a decision is made of is not changed', async (t) => {
  const subject = playing({ default: COUNTING })
  subject.call()
  const before = structuredClone(subject.record)
  subject.ask()
  t.same(subject.record, before)
})

t.test('the same question has the same answer', async (t) => {
  const subject = playing({
    default: rules({ let: { id: '${newId()}' }, set: { 'ids.${id}': 1 }, ...SENT }),
  })
  subject.call()
  t.same(subject.ask(), subject.ask())
})

t.test('whole numbers and times are kept as the next condition needs them', async (t) => {
  const subject = playing({
    default: {
      state: { sent: 0 },
      ...rules(
        { when: 'state.sent > 0 && now - state.at >= duration("0s")', ...EARLY },
        { set: { sent: '${call}', at: '${now}' }, ...SENT },
      ),
    },
  })
  t.same(subject.statuses({}, {}), [204, 409])
  t.same(subject.state, { sent: 1, at: new Date(START) })
})

t.test('the state is what all files say it begins with', async (t) => {
  const subject = playing({
    default: { state: { a: { b: 1 } }, ...calls(SENT) },
    other: { state: { c: 2 } },
  })
  subject.call()
  t.same(subject.state, { a: { b: 1 }, c: 2 })
})

t.test('call is the number of the call under the scenario that answers', async (t) => {
  const subject = playing({ default: COUNTING, other: calls('default') })
  const numbers = ['default', 'other', 'other', 'default'].map((scenario) => {
    subject.call({ scenario })
    return subject.state?.n
  })
  t.same(numbers, [1, 3, 6, 10])
})

t.test('the call that generated data hang on is counted over all scenarios', async (t) => {
  const subject = playing({ default: calls(SENT), other: calls(SENT) })
  const numbers = ['default', 'other', 'default'].map((scenario) => subject.call({ scenario }).call)
  t.same(numbers, [1, 2, 3])
})

t.test('what is given is merged in once', async (t) => {
  const subject = playing({
    default: { state: { n: 0, m: { a: 1 } }, ...rules({ set: { n: '${state.n + 1}' }, ...SENT }) },
    other: { given: { n: 10, m: { b: 2 } } },
  })
  subject.call({ scenario: 'other' })
  t.same(subject.state, { n: 11, m: { a: 1, b: 2 } })
  subject.call({ scenario: 'other' })
  t.equal(subject.state?.n, 12)
})

t.test('what is given is given to a subject that has done something already', async (t) => {
  const subject = playing({
    default: { state: { n: 0 }, ...rules({ set: { n: '${state.n + 1}' }, ...SENT }) },
    other: { given: { n: 10 } },
  })
  subject.call()
  subject.call({ scenario: 'other' })
  t.equal(subject.state?.n, 11)
})

t.test('what an extended scenario gives is given first', async (t) => {
  const subject = playing({
    default: { state: { order: '' }, ...calls(SENT) },
    base: { given: { order: 'base', mine: 'base' } },
    top: { extends: 'base', given: { order: 'top' } },
  })
  subject.call({ scenario: 'top' })
  t.match(subject.state, { order: 'top', mine: 'base' })
})

t.test('what a scenario gives is seen by its conditions', async (t) => {
  const subject = playing({
    default: { state: { off: false }, ...rules({ when: 'state.off', ...EARLY }, SENT) },
    other: { given: { off: true } },
  })
  t.same(subject.statuses({}, { scenario: 'other' }, {}), [204, 409, 409])
})

// Ids

const MAKING = rules({
  let: { id: '${newId()}' },
  set: { 'challenges.${id}': { status: 'PENDING' }, last: '${newId()}' },
  send: { channel: 'SMS', challenge: '${id}' },
  respond: { status: 200, body: { id: '${id}' } },
})

const bodyOf = (decision: Decision) => scripted(decision)?.body as { id: string }

t.test('an id behind a name is the same in state, message and answer', async (t) => {
  const decision = playing({ default: MAKING }).call()
  const { id } = bodyOf(decision)
  t.same([...(decision.record.state.challenges as Map<string, unknown>).keys()], [id])
  t.same(decision.messages, [{ channel: 'SMS', challenge: id }])
})

t.test('all ids that were made are told', async (t) => {
  const decision = playing({ default: MAKING }).call()
  t.equal(decision.ids.length, 2)
  t.ok(decision.ids.includes(bodyOf(decision).id))
})

t.test('each call makes another id', async (t) => {
  const subject = playing({ default: MAKING })
  t.not(bodyOf(subject.call()).id, bodyOf(subject.call()).id)
})

t.test('the same calls make the same ids', async (t) => {
  const [one, other] = [playing({ default: MAKING }), playing({ default: MAKING })]
  for (const _ of [1, 2, 3]) t.equal(bodyOf(one.call()).id, bodyOf(other.call()).id)
})

t.test('another seed makes another id', async (t) => {
  const subject = playing({ default: MAKING })
  t.not(bodyOf(subject.ask({ seed: 2 })).id, bodyOf(subject.ask()).id)
})

t.test('what others do makes no difference to an id', async (t) => {
  const [one, other] = [playing({ default: MAKING }), playing({ default: MAKING })]
  other.call({ operation: 'verifyCode' })
  t.equal(bodyOf(one.call()).id, bodyOf(other.call()).id)
})

t.test('a condition that makes an id takes none from the answer', async (t) => {
  const plain = playing({ default: MAKING }).call()
  const named = playing({
    default: {
      operations: { sendCode: { let: { unused: '${newId()}' }, ...MAKING.operations.sendCode } },
    },
  }).call()
  t.equal(bodyOf(plain).id, bodyOf(named).id)
})

// What an entry does

t.test('an answer has its values worked out', async (t) => {
  const subject = playing({
    default: calls({
      respond: {
        status: 200,
        body: { id: 'code of ${token}', tries: '${call}', sentAt: '${now}' },
        headers: { 'X-Left': '${5 - call}', 'x-for': 'to ${token}', 'X-Fixed': 7 },
      },
    }),
  })
  t.same(scripted(subject.call()), {
    status: 200,
    example: undefined,
    empty: false,
    body: { id: 'code of ann', tries: 1, sentAt: '2026-01-01T12:00:00.000Z' },
    headers: { 'x-left': '4', 'x-for': 'to ann', 'x-fixed': '7' },
  })
})

t.test('an answer may be an example, a status alone or no body', async (t) => {
  const subject = playing({
    default: calls(EARLY, 'default', { respond: { status: 409, empty: true } }),
  })
  t.match(scripted(subject.call()), { status: 409, example: 'TOO_EARLY', empty: false })
  subject.call()
  t.match(scripted(subject.call()), { status: 409, example: undefined, empty: true })
})

t.test('an answer without expressions sends what the file says', async (t) => {
  const subject = playing({ default: calls({ respond: { status: 200, body: { id: 'fixed' } } }) })
  t.same(scripted(subject.call())?.body, { id: 'fixed' })
})

t.test('a scenario without headers adds none', async (t) => {
  t.same(scripted(playing({ default: calls(SENT) }).call())?.headers, {})
})

t.test('one message or several are sent', async (t) => {
  const sms = { channel: 'SMS', code: '${otp}' }
  const api = { constants: { otp: '123456' } }
  const one = playing({ default: calls({ send: sms, ...SENT }) }, api)
  const two = playing({ default: calls({ send: [sms, { channel: 'PUSH', n: 1 }], ...SENT }) }, api)
  t.same(one.call().messages, [{ channel: 'SMS', code: '123456' }])
  t.same(two.call().messages, [
    { channel: 'SMS', code: '123456' },
    { channel: 'PUSH', n: 1 },
  ])
})

t.test('messages of an entry that passes a call on are sent, too', async (t) => {
  const subject = playing({
    default: calls({ send: { channel: 'SMS' }, ...SENT }),
    other: calls({ send: { channel: 'PUSH' }, respond: 'default' }),
  })
  t.same(subject.call({ scenario: 'other' }).messages, [{ channel: 'PUSH' }, { channel: 'SMS' }])
})

t.test('delays add up along the way', async (t) => {
  const subject = playing({
    default: calls({ delay: '1s', ...SENT }),
    other: calls({ delay: '250ms', respond: 'default' }),
  })
  t.equal(subject.call().delay, 1_000)
  t.equal(subject.call({ scenario: 'other' }).delay, 1_250)
})

for (const fault of ['reset', 'empty', 'garbage', 'timeout']) {
  t.test(`an entry may break the connection: ${fault}`, async (t) => {
    t.match(playing({ default: calls({ fault }) }).call(), {
      fault,
      response: 'nothing',
      at: 'default.yaml:3',
    })
  })
}

t.test('with a broken connection the rest of the entry happens all the same', async (t) => {
  const subject = playing({
    default: { state: { n: 0 }, ...calls({ fault: 'reset', set: { n: 1 }, ...SENT }) },
  })
  t.match(subject.call(), { fault: 'reset', response: { status: 204 } })
  t.equal(subject.state?.n, 1)
})

t.test('with a broken connection a call is passed on all the same', async (t) => {
  const subject = playing({
    default: { state: { n: 0 }, ...calls({ set: { n: 1 }, ...SENT }) },
    lost: calls({ fault: 'reset', respond: 'default' }),
  })
  t.match(subject.call({ scenario: 'lost' }), { fault: 'reset', response: { status: 204 } })
  t.equal(subject.state?.n, 1)
})

t.test('names of an operation are known to all its entries', async (t) => {
  const subject = playing({
    default: {
      operations: {
        sendCode: {
          let: { mine: '${token == "ann"}' },
          rules: [{ when: 'mine', ...EARLY }, SENT],
        },
      },
    },
  })
  t.same(subject.statuses({}, { token: 'bob' }), [409, 204])
})

// What fails

/** The problem that a decision ends in. */
function problem(subject: Subject, call: Call = {}): { code: ProblemCode; message: string } {
  try {
    subject.ask(call)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it is decided')
}

const FAILING: readonly [what: string, entry: object][] = [
  ['a condition', { when: 'state.missing > 0', ...SENT }],
  ['a value of the state', { set: { n: '${state.missing}' }, ...SENT }],
  ['a key of the state', { set: { 'map.${state.missing}': 1 }, ...SENT }],
  ['a message', { send: { channel: 'SMS', code: '${state.missing}' }, ...SENT }],
  ['a body', { respond: { status: 200, body: { id: '${state.missing}' } } }],
  ['a header', { respond: { status: 204, headers: { a: '${state.missing}' } } }],
  ['a name', { let: { a: '${state.missing}' }, respond: { status: 200, body: { id: '${a}' } } }],
]

for (const [what, entry] of FAILING) {
  t.test(`${what} that cannot be worked out is told with file and line`, async (t) => {
    const state = { missing: {}, map: {} }
    const subject = playing({ default: { state, ...rules(entry) } })
    subject.record = { state: {}, calls: {}, used: {}, given: [] }
    const { code, message } = problem(subject)
    t.equal(code, 'scenario-failed')
    t.equal(message, 'default.yaml:4: No such key: missing')
  })
}

t.test('a mistake that is not of the language is told in its own words', async (t) => {
  const subject = playing({ default: rules({ when: '1 / (call - 1) > 0', ...SENT }) })
  t.match(problem(subject), {
    code: 'scenario-failed',
    message: 'default.yaml:3: division by zero',
  })
})

t.test('a finished body that breaks the contract is told with file and line', async (t) => {
  const subject = playing({
    default: calls({ respond: { status: 200, body: { id: '${token}' } } }),
  })
  t.match(problem(subject, { token: '' }), {
    code: 'answer-breaks-contract',
    message:
      'default.yaml:3: response 200 of sendCode violates the contract: /id must NOT have fewer than 1 characters',
  })
})

t.test('a finished body that keeps to the contract is sent', async (t) => {
  const subject = playing({
    default: calls({ respond: { status: 200, body: { id: '${token}' } } }),
  })
  t.same(scripted(subject.call())?.body, { id: 'ann' })
})

t.test('a finished header that breaks the contract is told with file and line', async (t) => {
  const respond = { status: 200, body: { id: 'x' }, headers: { 'X-Left': 'for ${token}' } }
  const subject = playing({ default: calls({ respond }) })
  t.match(problem(subject), { code: 'answer-breaks-contract', message: /^default\.yaml:3: / })
})

t.test('a failed decision leaves no trace', async (t) => {
  const failing = { when: 'token == "bob" && state.map["none"] > 0', ...EARLY }
  const subject = playing({ default: { state: { map: {} }, ...rules(failing, SENT) } })
  subject.call()
  const before = structuredClone(subject.record)
  problem(subject, { token: 'bob' })
  t.same(subject.record, before)
  t.equal(subject.call().call, 2)
})
