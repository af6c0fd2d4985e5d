/** Weavr Simulator: what it does to a user of Weavr Multi, who sees it. */
import t, { type Test } from 'tap'
import { type Answer, makeApp, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  type Headers,
  newestChallenge,
  onPhone,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'

const SIMULATOR = '/simulate/api'
const KEYS: Headers = { 'programme-key': 'any', authorization: 'Bearer any' }
const COMPLETED = '200 {"code":"COMPLETED"}'
const DENIED = '200 {"code":"DENIED"}'
const ALREADY_COMPLETED = '200 {"code":"DENIED_WIRE_TRANSFER_ALREADY_COMPLETED"}'
const NOT_FOUND = '200 {"code":"DENIED_WIRE_TRANSFER_NOT_FOUND"}'

/** What the simulator calls each action of the device. */
const VERBS = { accept: 'verify_success', decline: 'verify_invalid', expire: 'verify_expired' }

type Action = keyof typeof VERBS
type Settlement = 'accept' | 'reject'

const ACTIONS = Object.keys(VERBS) as Action[]

const simulate = (app: TestApp, challenge: string, action: Action, headers: Headers = KEYS) =>
  app.ask('POST', `${SIMULATOR}/factors/7/challenges/${challenge}/${VERBS[action]}`, { headers })

const settle = (app: TestApp, transfer: string, how: Settlement, headers: Headers = KEYS) =>
  app.ask('POST', `${SIMULATOR}/wiretransfers/outgoing/${transfer}/${how}`, { headers })

/** What the user's state says of all there is. */
async function stateOf(app: TestApp, session = 'default') {
  const { body } = await app.ask('GET', `/__admin/sessions/${session}`)
  const found = body.subjects.filter(({ state }: { state: unknown }) => state !== null)
  return found.map(({ api, state }: { api: string; state: unknown }) => ({ api, state }))
}

t.test('a push that is accepted in the simulator steps the token up', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app)
  await user.stepUp()
  const { id } = (await user.push()).body
  t.equal(told(await simulate(app, id, 'accept')), COMPLETED)
  t.equal(told(await user.verify()), conflict('ALREADY_VERIFIED'))
  t.equal(told(await user.push()), conflict('STATE_INVALID'))
})

t.test('a push that is declined or expires in the simulator does not', async (t) => {
  for (const [action, next] of Object.entries({ decline: 409, expire: 200 })) {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    const { id } = (await user.push()).body
    t.equal(told(await simulate(app, id, action as Action)), COMPLETED)
    t.equal((await user.push()).status, next, action)
    t.equal((await user.verify()).status, 204, 'the code still does')
  }
})

t.test('a device that is enrolled by push is active once the simulator accepts', async (t) => {
  for (const [action, status] of Object.entries({ accept: 'ACTIVE', decline: 'INACTIVE' })) {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.call('DELETE', '/authentication_factors/push/AUTHY')
    await user.enrolPush()
    const challenge = await newestChallenge(app)
    t.equal(told(await simulate(app, challenge, action as Action)), COMPLETED)
    const { factors } = (await user.factors()).body
    t.match(
      factors.find(({ channel }: { channel: string }) => channel === 'AUTHY'),
      { status },
    )
    t.equal(told(await simulate(app, challenge, action as Action)), DENIED, 'it was answered')
  }
})

/** Challenges that somebody might answer, each made in a session of its own. */
const CHALLENGES: Readonly<Record<string, (user: WeavrUser) => Promise<unknown>>> = {
  'a step-up push': (user) => user.push(),
  'an enrolment by push': async (user) => {
    await user.call('DELETE', '/authentication_factors/push/AUTHY')
    await user.enrolPush()
  },
  'a confirmation by code': (user) => user.confirm(['1']),
  'the code of a batch': (user) => user.batch('1'),
}

for (const [name, issue] of Object.entries(CHALLENGES)) {
  for (const action of ACTIONS) {
    t.test(`${VERBS[action]} does to ${name} what the action "${action}" does`, async (t) => {
      const [byAction, bySimulator] = [await makeApp(t), await makeApp(t)]
      for (const app of [byAction, bySimulator]) await issue(new WeavrUser(app))
      const challenge = await newestChallenge(byAction)
      t.equal(await newestChallenge(bySimulator), challenge, 'the same calls make the same ids')
      for (const time of ['first', 'second']) {
        const { status } = await onPhone(byAction, challenge, action)
        const answer = await simulate(bySimulator, challenge, action)
        t.equal(told(answer), status < 300 ? COMPLETED : DENIED, time)
        t.same(await stateOf(bySimulator), await stateOf(byAction), time)
      }
    })
  }
}

t.test('a push is denied when it is five minutes old, replaced or unknown', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app)
  const { id: first } = (await user.push()).body
  const { id: second } = (await user.push()).body
  for (const action of ACTIONS) {
    t.equal(told(await simulate(app, first, action)), DENIED, 'replaced')
    t.equal(told(await simulate(app, '123456789012345678', action)), DENIED, 'unknown')
    t.equal(told(await simulate(app, second, action, { ...KEYS, ...after('5m') })), DENIED, 'old')
  }
})

t.test('a challenge is answered in its own session only', async (t) => {
  const app = await makeApp(t)
  const { id } = (await new WeavrUser(app, { 'x-sandbox-session': 'one' }).push()).body
  const inSession = (name: string) => ({ ...KEYS, 'x-sandbox-session': name })
  t.equal(told(await simulate(app, id, 'accept', inSession('two'))), DENIED)
  t.equal(told(await simulate(app, id, 'accept', inSession('one'))), COMPLETED)
})

// Transfers

const PATH = '/outgoing_wire_transfers'
const TRANSFER = {
  profileId: '1',
  sourceInstrument: { type: 'managed_accounts', id: '1' },
  transferAmount: { currency: 'GBP', amount: 5000 },
  destinationBeneficiary: {},
}

async function withTransfer(t: Test) {
  const app = await makeApp(t)
  const user = new WeavrUser(app)
  const { id } = (await user.call('POST', PATH, TRANSFER)).body
  return {
    app,
    id,
    confirm: async (): Promise<Answer> => {
      const { scaChallengeId } = (await user.confirm([id])).body
      return user.verifyConfirmation(scaChallengeId)
    },
    cancel: () => user.call('POST', `${PATH}/${id}/cancel`, {}),
    read: async () => (await user.call('GET', `${PATH}/${id}`)).body.state,
  }
}

for (const [how, state] of Object.entries({ accept: 'COMPLETED', reject: 'REJECTED' })) {
  t.test(`${how} makes a submitted transfer ${state}, once`, async (t) => {
    const { app, id, confirm, read } = await withTransfer(t)
    t.equal((await confirm()).status, 204)
    t.equal(told(await settle(app, id, how as Settlement)), COMPLETED)
    t.equal(await read(), state)
    for (const again of ['accept', 'reject'] as const) {
      t.equal(told(await settle(app, id, again)), ALREADY_COMPLETED)
    }
    t.equal(await read(), state, 'it stays so')
  })

  t.test(`${how} is denied for a transfer that is not confirmed or not there`, async (t) => {
    const { app, id, confirm, read } = await withTransfer(t)
    t.equal(told(await settle(app, id, how as Settlement)), DENIED)
    t.equal(told(await settle(app, '123456789012345678', how as Settlement)), NOT_FOUND)
    t.equal(await read(), 'PENDING_CHALLENGE', 'nothing has changed')
    await confirm()
    t.equal(told(await settle(app, id, how as Settlement)), COMPLETED)
  })
}

t.test('a transfer that was cancelled is denied', async (t) => {
  const { app, id, cancel } = await withTransfer(t)
  t.equal((await cancel()).status, 200)
  for (const how of ['accept', 'reject'] as const) t.equal(told(await settle(app, id, how)), DENIED)
})

// Requests

t.test('a programme-key of any value is asked for, and a token by the device only', async (t) => {
  const app = await makeApp(t)
  const key = { 'programme-key': 'any' }
  t.equal((await settle(app, '1', 'accept', {})).status, 401)
  t.equal((await settle(app, '1', 'accept', { authorization: 'Bearer any' })).status, 401)
  t.equal((await settle(app, '1', 'accept', key)).status, 200)
  t.match(await simulate(app, '1', 'accept', key), { status: 401, body: { message: /bearer/ } })
  t.equal((await simulate(app, '1', 'accept')).status, 200)
})

t.test('an id that is not a number is refused with its name', async (t) => {
  const app = await makeApp(t)
  t.match(await simulate(app, 'x', 'accept'), {
    status: 400,
    body: {
      message: 'Invalid request',
      validation: {
        invalid: true,
        fields: [{ name: 'challenge_id', errors: [{ type: 'REGEX' }] }],
      },
    },
  })
})

t.test(
  'a path, a method or a body that is not there is refused in the words of the contract',
  async (t) => {
    const app = await makeApp(t)
    const headers = KEYS
    const path = `${SIMULATOR}/wiretransfers/outgoing/1`
    for (const [method, url, status] of [
      ['POST', `${path}/return`, 404],
      ['GET', `${path}/accept`, 405],
      ['POST', `${path}%ff/accept`, 400],
    ] as const) {
      t.match(await app.ask(method, url, { headers }), { status, body: { message: String } }, url)
    }
  },
)
