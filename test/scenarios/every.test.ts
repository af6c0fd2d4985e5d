/**
 * Every operation of every document under every scenario, and every entry of every scenario file:
 * what is added to `spec/` or `scenarios/` is tested here without a word being written.
 */
import t from 'tap'
import { createSandbox } from '../../src/index.ts'
import { loadApis } from '../../src/sandbox/load.ts'
import type { Rule, Scenario } from '../../src/scenario/model.ts'
import { type Answer, makeApp, type PlainEntry } from '../fixtures/app.ts'
import {
  after,
  newestChallenge,
  overSockets,
  PlumeryUser,
  playing,
  RIGHT,
  SEND,
  TRANSFER,
  WeavrUser,
  WRONG,
  withoutRequestId,
} from '../fixtures/calls.ts'
import { breaches, type Documented, documented, send } from '../fixtures/vendor-documents.ts'

const { byName } = loadApis({ specs: [], scenarios: [] })

const playbookOf = (api: string) => byName.get(api)!.scenarioSet
const scenariosOf = (api: string): Scenario[] => [...playbookOf(api).scenarios.values()]
const entriesOf = (scenario: Scenario): Rule[] =>
  [...scenario.operations.values()].flatMap(({ rules }) => rules)
const breaks = (scenario: Scenario) => entriesOf(scenario).some(({ fault }) => fault)

const sessionOf = ({ name }: Scenario, { id }: Documented) => `${name}.${id}`

interface Played {
  readonly operation: Documented
  readonly scenario: Scenario
  readonly answers: readonly Answer[]
}

const app = await makeApp(t)
const played = await playAll()

/** Each operation under each scenario, as often as the scenario has something new to say. */
async function playAll(): Promise<Played[]> {
  const all: Played[] = []
  for (const operation of documented) {
    for (const scenario of scenariosOf(operation.api).filter((each) => !breaks(each))) {
      const session = sessionOf(scenario, operation)
      const headers = { ...playing(scenario.name), 'x-sandbox-session': session }
      const answers: Answer[] = []
      for (let call = 0; call < callsOf(scenario, operation); call++) {
        // Another one each time: no answer is a replay.
        answers.push(await send(app, operation, { ...headers, 'idempotency-ref': `${call}` }))
      }
      all.push({ operation, scenario, answers })
    }
  }
  return all
}

/** One call more than a script lists; a script of rules gets two. */
function callsOf({ operations }: Scenario, { id }: Documented): number {
  const operationRules = operations.get(id)
  if (operationRules?.kind !== 'calls') return 2
  return operationRules.rules.reduce((total, { times = 1 }) => total + times, 1)
}

t.test('the sandbox serves the operations of the documents and no others', async (t) => {
  for (const [api, { contract }] of byName) {
    const ids = documented.filter((each) => each.api === api).map(({ id }) => id)
    t.same([...contract.operations.keys()].sort(), ids.sort(), api)
  }
})

t.test('each answer conforms to the contract', async (t) => {
  for (const operation of documented) {
    t.test(operation.id, async (t) => {
      for (const { scenario, answers } of played.filter((each) => each.operation === operation)) {
        for (const [call, answer] of answers.entries()) {
          t.same(breaches(operation, answer), [], `${scenario.name}, call ${call + 1}`)
        }
      }
    })
  }
})

t.test('each answer says what was played', async (t) => {
  for (const { operation, scenario, answers } of played) {
    for (const { headers } of answers) {
      const { 'x-sandbox-scenario': name, 'x-sandbox-rule': rule } = headers
      t.equal(name, scenario.name)
      t.match(rule, new RegExp(`^scenarios/${operation.api}/[a-z0-9-]+\\.yaml:\\d+$`))
    }
  }
})

t.test('each error that a document has an example of is sent under some scenario', async (t) => {
  for (const operation of documented) {
    const sent = played
      .filter((each) => each.operation === operation)
      .flatMap((each) => each.answers)
    for (const [status, { content = {} }] of errorsOf(operation)) {
      const examples = Object.values(content).flatMap(({ examples = {} }) =>
        Object.entries(examples),
      )
      const missing = examples.filter(
        ([, { value }]) => !sent.some((answer) => shows(answer, status, value)),
      )
      t.same(
        missing.map(([name]) => name),
        [],
        `${operation.id} ${status}`,
      )
    }
  }
})

t.test('each error status that a document has is sent under some scenario', async (t) => {
  for (const operation of documented) {
    const sent = played
      .filter((each) => each.operation === operation)
      .flatMap((each) => each.answers)
    const missing = errorsOf(operation).filter(
      ([status]) => !sent.some((answer) => isStatus(operation, answer.status, status)),
    )
    t.same(
      missing.map(([status]) => status),
      [],
      operation.id,
    )
  }
})

const errorsOf = ({ responses }: Documented) =>
  Object.entries(responses).filter(([status]) => !status.startsWith('2'))

function shows(answer: Answer, status: string, value: unknown): boolean {
  if (status !== 'default' && answer.status !== Number(status)) return false
  return withoutRequestId(answer.text) === withoutRequestId(JSON.stringify(value))
}

const isStatus = ({ responses }: Documented, sent: number, status: string) =>
  status === 'default' ? sent >= 400 && !(sent in responses) : sent === Number(status)

t.test('each documented answer can be forced, and conforms', async (t) => {
  for (const operation of documented) {
    t.test(operation.id, async (t) => {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        const code = status === 'default' ? 599 : status
        const names = Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples))
        const wanted = names.map((name) => `code=${code}, example=${name}`)
        for (const prefer of [`code=${code}`, `code=${code}, dynamic=true`, ...wanted]) {
          const answer = await send(app, operation, { prefer })
          t.equal(answer.status, Number(code), prefer)
          t.same(breaches(operation, answer), [], prefer)
          t.equal(answer.headers['preference-applied'], prefer)
        }
      }
    })
  }
})

t.test('a scenario that breaks the connection breaks it for every operation', async (t) => {
  const sandbox = await createSandbox()
  t.teardown(() => sandbox.stop())
  const answered = new Set<string>()
  for (const operation of documented) {
    for (const { name } of scenariosOf(operation.api).filter(breaks)) {
      const sent = send(overSockets(sandbox.url), operation, playing(name))
      await t.rejects(sent, `${name}, ${operation.id}`)
    }
  }
  for (const { rule, scenario, response } of sandbox.requests()) {
    t.ok(response.fault)
    if (!LOSING.has(scenario)) t.equal(response.status, 0)
    answered.add(rule)
  }
  const expected = [...byName.keys()].flatMap(scenariosOf).flatMap(entriesOf)
  const breaking = expected.filter(({ fault, respond }) => fault && respond === undefined)
  for (const { at } of breaking) t.ok(answered.has(at), `${at} was played`)
})

/** Scenarios that carry the call out and then lose the answer. */
const LOSING = new Set(['answer-lost'])

t.test('each entry of each scenario file answers some request', async (t) => {
  for (const journey of journeys) await journey()
  const entries = journal()
  const answered = new Set(entries.map(({ rule }) => rule))
  for (const [api, { scenarioSet }] of byName) {
    const places = scenariosOf(api)
      .flatMap(entriesOf)
      .filter(({ respond, fault }) => respond !== 'default' && !fault)
    const silent = [...places, ...scenarioSet.credentials].filter(({ at }) => !answered.has(at))
    t.same([...new Set(silent.map(({ at }) => at))], [], api)
  }
  for (const { operation, scenario } of played) {
    const operationRules = scenario.operations.get(operation.id)
    const passing = operationRules?.rules.filter(({ respond }) => respond === 'default') ?? []
    // Which entry passed a call on is not told: with one to a script, there is no doubt.
    t.ok(passing.length <= 1, `${scenario.name}, ${operation.id}`)
    if (passing.length === 0) continue
    const own = new Set(operationRules?.rules.map(({ at }) => at))
    const passed = entries.some(
      (entry) =>
        entry.operation === operation.id &&
        entry.scenario === scenario.name &&
        !own.has(entry.rule),
    )
    t.ok(passed, `the entry of ${scenario.name} that passes ${operation.id} on`)
  }
})

/** What happened in all sessions. */
function journal(): PlainEntry[] {
  const sessions = new Set(JOURNEYS)
  for (const { operation, scenario } of played) sessions.add(sessionOf(scenario, operation))
  return [...sessions].flatMap((session) => app.requests(session))
}

const JOURNEYS = ['weavr', 'unenrolled', 'simulator', 'plumery', 'resources', 'devices']

/** Ways through the rules that repeating one call does not find; what they answer is tested elsewhere. */
const journeys = [
  async () => {
    const user = new WeavrUser(app, { 'x-sandbox-session': 'weavr' })
    await user.verify()
    await user.stepUp()
    await user.stepUp()
    await fiveTimes(() => user.verify(WRONG))
    await user.stepUp(after('15s'))
    await user.verify(RIGHT, after('5m'))
    await user.stepUp()
    await new WeavrUser(app, { token: 'other', 'x-sandbox-session': 'weavr' }).stepUp()
    const other = new WeavrUser(app, { token: 'other', 'x-sandbox-session': 'weavr' })
    await other.verify()
    await other.verify()
  },
  async () => {
    const user = new WeavrUser(app, { 'x-sandbox-session': 'weavr' })
    const { scaChallengeId: first } = (await user.confirm(['1'])).body
    await user.confirm(['1'])
    await user.verifyConfirmation('2')
    await fiveTimes(() => user.verifyConfirmation(first, WRONG))
    const { scaChallengeId: second } = (await user.confirm(['1'], after('15s'))).body
    await user.verifyConfirmation(first)
    await user.verifyConfirmation(second, RIGHT, after('5m'))
    await user.confirm(['1'])
    const { scaChallengeId: third } = (await user.confirm(['2'])).body
    const { scaChallengeId: fourth } = (await user.confirm(['2', '3'])).body
    await user.verifyConfirmation(third)
    await user.verifyConfirmation(fourth)
    await user.confirm(['2'])
    const { scaChallengeId: fifth } = (await user.confirm(['4'])).body
    await user.verifyConfirmation(fifth, RIGHT, playing('resource-cancelled'))
    await user.confirm(['4'])
  },
  async () => {
    const user = new WeavrUser(app, { 'x-sandbox-session': 'weavr' })
    await user.verifyBatch('1')
    await user.batch('1')
    await fiveTimes(() => user.verifyBatch('1', WRONG))
    await user.batch('1')
    await user.batch('2')
    await user.verifyBatch('2', RIGHT, after('5m'))
    await user.batch('2')
    await user.verifyBatch('2')
  },
  async () => {
    const early = { ...playing('retry-in-15-sec'), 'x-sandbox-session': 'weavr' }
    const user = new WeavrUser(app, { token: 'early', ...early })
    for (let call = 0; call < 3; call++) {
      await user.stepUp()
      await user.confirm(['1'])
    }
  },
  async () => {
    const user = new WeavrUser(app, { 'x-sandbox-session': 'weavr' })
    await user.push('AUTHY', playing('push-declined'))
    for (const scenario of ['default', 'push-declined', 'push-expired']) {
      await user.push('AUTHY', playing(scenario))
    }
    for (const token of ['invalid', 'impersonator']) {
      await user.factors({ authorization: `Bearer ${token}` })
    }
  },
  async () => {
    const session = { 'x-sandbox-session': 'unenrolled' }
    const user = new WeavrUser(app, { ...playing('channel-not-registered'), ...session })
    await user.stepUp()
    await user.verify()
    await user.confirm(['1'])
    await user.verifyConfirmation('1')
    await user.batch('1')
    await user.verifyBatch('1')
    await user.push()
    await user.verifyEnrolment()
    await user.enrol()
    await fiveTimes(() => user.verifyEnrolment(WRONG))
    await user.enrol()
    await user.verifyEnrolment(RIGHT, after('5m'))
    await user.enrol()
    await user.verifyEnrolment()
    await user.enrolPush()
    await user.call('POST', '/challenges/push/AUTHY', {
      resourceType: 'sends',
      resourceIds: ['1'],
    })
    await user.call('POST', '/beneficiaries/batch/1/challenges/push/AUTHY')
    await user.call('DELETE', '/authentication_factors/push/AUTHY')
    for (const value of ['wrong', 'expired', 'locked', 'any']) {
      const body = { email: 'ann@example.com', password: { value } }
      await user.call('POST', '/login_with_password', body)
    }
  },
  async () => {
    const session = { 'x-sandbox-session': 'simulator' }
    for (const verb of ['verify_success', 'verify_invalid', 'verify_expired']) {
      const user = new WeavrUser(app, { token: verb, ...session })
      const simulate = (path: string) => user.call('POST', `/simulate/api${path}`)
      const answer = async () =>
        simulate(`/factors/1/challenges/${await newestChallenge(app, 'simulator')}/${verb}`)
      await user.push()
      await answer()
      const [phone, tablet] = [1, 2].map((jti) => {
        const claims = Buffer.from(JSON.stringify({ sub: `of ${verb}`, jti }))
        const token = `e30.${claims.toString('base64url')}.`
        return new WeavrUser(app, { token, ...session })
      })
      await phone?.push()
      await tablet?.factors()
      await answer()
      const batch = (await user.call('POST', '/beneficiaries', { beneficiaries: [] })).body
      const path = `/beneficiaries/batch/${batch.operationBatchId}`
      await user.call('POST', `${path}/challenges/push/AUTHY`)
      await answer()
      const { id } = (await user.call('POST', '/outgoing_wire_transfers', TRANSFER)).body
      const body = { resourceType: 'outgoing_wire_transfers', resourceIds: [id] }
      await user.call('POST', '/challenges/push/AUTHY', body)
      await answer()
      for (const how of ['accept', 'accept', 'reject']) {
        await simulate(`/wiretransfers/outgoing/${id}/${how}`)
      }
      await user.call('DELETE', '/authentication_factors/push/AUTHY')
      await user.enrolPush()
      await answer()
    }
    // A small transfer is submitted at once.
    const user = new WeavrUser(app, session)
    const small = { ...TRANSFER, transferAmount: { currency: 'GBP', amount: 1 } }
    const { id } = (await user.call('POST', '/outgoing_wire_transfers', small)).body
    await user.call('POST', `/simulate/api/wiretransfers/outgoing/${id}/reject`)
  },
  async () => {
    const session = { 'x-sandbox-session': 'resources' }
    const user = new WeavrUser(app, { token: 'owner', ...session })
    const create = (path: string, body: object) => user.call('POST', path, body)
    const things = {
      outgoing_wire_transfers: TRANSFER,
      sends: SEND,
    }
    for (const [path, body] of Object.entries(things)) {
      const { id } = (await create(`/${path}`, body)).body
      for (const each of [id, '404']) {
        await user.call('GET', `/${path}/${each}`)
        await create(`/${path}/${each}/cancel`, {})
      }
      await create(`/${path}/${id}/cancel`, {})
      await user.call('GET', `/${path}`)
    }
    const batch = (await create('/beneficiaries', { beneficiaries: [] })).body.operationBatchId
    for (const id of [batch, '404']) await user.call('GET', `/beneficiaries/batch/${id}`)
    const known = playing('known-resources-only')
    await user.confirm(['1'], known)
    await user.batch('404', known)
    const declare = { resourceType: 'linked_account_declaration', resourceIds: ['1'] }
    await user.call('POST', '/challenges/otp/SMS', declare, playing('not-root'))
    const login = { email: 'owner@example.com', password: { value: 'any' } }
    const { token } = (await create('/login_with_password', login)).body
    await new WeavrUser(app, { token, ...session }).call('POST', '/logout')
    await user.call('POST', '/logout')
  },
  async () => {
    const session = { 'x-sandbox-session': 'devices' }
    const user = new WeavrUser(app, { token: 'ann', ...session })
    const push = (who: WeavrUser, resourceIds: readonly string[], resourceType = 'sends') =>
      who.call('POST', '/challenges/push/AUTHY', { resourceType, resourceIds })
    const pushBatch = (who: WeavrUser, id: string) =>
      who.call('POST', `/beneficiaries/batch/${id}/challenges/push/AUTHY`)
    const make = async () => (await user.call('POST', '/sends', SEND)).body.id
    const [first, second] = [await make(), await make()]
    const batch = (await user.call('POST', '/beneficiaries', { beneficiaries: [] })).body
    const other = new WeavrUser(app, { token: 'eve', ...session })
    await other.confirm([first], {}, 'sends')
    await other.batch(batch.operationBatchId)
    await push(other, [first])
    await pushBatch(other, batch.operationBatchId)
    await pushBatch(user, batch.operationBatchId)
    await pushBatch(user, batch.operationBatchId)
    await user.call('POST', `/sends/${first}/cancel`, {})
    await push(user, [first])
    const challengeId = (await push(user, [second])).body.scaChallengeId
    await push(user, ['7'])
    await push(user, ['7'])
    await push(user, ['7'])
    await app.ask('POST', '/__admin/sessions/devices/actions/accept', { body: { challengeId } })
    await push(user, [second])
    // {"sub":"u","type":"USER"}, which nobody signed
    const token = 'e30.eyJzdWIiOiJ1IiwidHlwZSI6IlVTRVIifQ.'
    const member = new WeavrUser(app, { token, ...session })
    await push(member, ['1'], 'linked_account_declaration')
  },
  async () => {
    const session = { 'x-sandbox-session': 'plumery' }
    const user = new PlumeryUser(app, { token: 'one', ...session })
    await user.verify()
    await user.initiate()
    await user.verify(WRONG)
    await new PlumeryUser(app, { token: 'other', ...session }).verify()
    await user.verify(RIGHT, 'c1', after('6m'))
    await user.initiate()
    await user.verify()
    await user.initiate()
    await user.verifyByEmail(RIGHT, 'c2')
    await user.initiateByEmail('c2')
    await user.verifyByEmail(WRONG, 'c2')
    const other = new PlumeryUser(app, { token: 'other', ...session })
    await other.verifyByEmail(RIGHT, 'c2')
    await user.verifyByEmail(RIGHT, 'c2', after('5m'))
    await user.initiateByEmail('c2')
    await user.verifyByEmail(RIGHT, 'c2')
    await user.initiateByEmail('c2')
  },
]

async function fiveTimes(call: () => Promise<unknown>): Promise<void> {
  for (let times = 0; times < 5; times++) await call()
}
