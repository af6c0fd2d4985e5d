/** Weavr Simulator: what it does to a user of Weavr Multi, who sees it. */
import t, { type Test } from 'tap'
import { type Answer, makeApp, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  type Headers,
  newestChallenge,
  onPhone,
  SEND,
  TRANSFER,
  TRANSFERS,
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

/** What is to be seen of a session: its state, what is planned, and the webhooks that were sent. */
async function look(app: TestApp) {
  const { subjects, timers } = (await app.ask('GET', '/__admin/sessions/default')).body
  const { deliveries } = (await app.ask('GET', '/__admin/sessions/default/deliveries')).body
  return {
    states: subjects
      .filter(({ state }: { state: unknown }) => state !== null)
      .map(({ api, state }: { api: string; state: unknown }) => ({ api, state })),
    // Whose rule planned it may differ.
    timers: timers.map(({ rule: _, ...timer }: { rule: string }) => timer),
    deliveries,
  }
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

const PATH = '/outgoing_wire_transfers'
/** Makes a transfer or a send. */
const create = async (user: WeavrUser, path: string, body: object): Promise<string> =>
  (await user.call('POST', path, body)).body.id

/** Asks for a confirmation on the device. */
const confirmByPush = (user: WeavrUser, resourceType: string, ...resourceIds: string[]) =>
  user.call('POST', '/challenges/push/AUTHY', { resourceType, resourceIds })

/** A login of a user who has several: nobody verifies the signature. */
const loginOf = (app: TestApp, login: number) => {
  const claims = Buffer.from(JSON.stringify({ sub: 'ann', jti: `${login}` })).toString('base64url')
  return new WeavrUser(app, { token: `e30.${claims}.` })
}

interface Challenge {
  /** What can be done with it. */
  readonly can: readonly Action[]
  issue(user: WeavrUser, app: TestApp): Promise<unknown>
}

/** Challenges that somebody might answer, each made in a session of its own. */
const CHALLENGES: Readonly<Record<string, Challenge>> = {
  'a step-up push': { can: ACTIONS, issue: (user) => user.push() },
  'the push of another login': {
    can: ACTIONS,
    issue: async (_, app) => {
      const [phone, tablet] = [loginOf(app, 1), loginOf(app, 2)]
      await tablet.stepUp()
      await phone.push()
      await tablet.verify()
    },
  },
  'an enrolment by push': {
    can: ['accept', 'decline'],
    issue: async (user) => {
      await user.call('DELETE', '/authentication_factors/push/AUTHY')
      await user.enrolPush()
    },
  },
  'a confirmation by code': { can: ['expire'], issue: (user) => user.confirm(['1']) },
  'the code of a batch': { can: ['expire'], issue: (user) => user.batch('1') },
  'a push for transfers': {
    can: ACTIONS,
    issue: async (user) => {
      const ids = [await create(user, PATH, TRANSFER), await create(user, PATH, TRANSFER)]
      await confirmByPush(user, TRANSFERS, ...ids, '7')
    },
  },
  'a push for a transfer that was cancelled': {
    can: ['expire'],
    issue: async (user) => {
      const id = await create(user, PATH, TRANSFER)
      await confirmByPush(user, TRANSFERS, id)
      await user.call('POST', `${PATH}/${id}/cancel`, {})
    },
  },
  'a push for a send': {
    can: ACTIONS,
    issue: async (user) => confirmByPush(user, 'sends', await create(user, '/sends', SEND)),
  },
  'a push for a batch': {
    can: ACTIONS,
    issue: async (user) => {
      const { body } = await user.call('POST', '/beneficiaries', { beneficiaries: [] })
      const path = `/beneficiaries/batch/${body.operationBatchId}/challenges/push/AUTHY`
      await user.call('POST', path)
    },
  },
}

for (const [name, { can, issue }] of Object.entries(CHALLENGES)) {
  for (const action of ACTIONS) {
    t.test(`${VERBS[action]} does to ${name} what the action "${action}" does`, async (t) => {
      const [byAction, bySimulator] = [await makeApp(t), await makeApp(t)]
      for (const app of [byAction, bySimulator]) await issue(new WeavrUser(app), app)
      const challenge = await newestChallenge(byAction)
      t.equal(await newestChallenge(bySimulator), challenge, 'the same calls make the same ids')
      for (const [time, done] of Object.entries({ first: can.includes(action), second: false })) {
        const { status } = await onPhone(byAction, challenge, action)
        const answer = await simulate(bySimulator, challenge, action)
        t.equal(status < 300, done, time)
        t.equal(told(answer), done ? COMPLETED : DENIED, time)
        t.same(await look(bySimulator), await look(byAction), time)
      }
      for (const app of [byAction, bySimulator]) await new WeavrUser(app).factors(after('6m'))
      t.same(await look(bySimulator), await look(byAction), 'later')
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

async function withTransfer(t: Test) {
  const app = await makeApp(t)
  const user = new WeavrUser(app)
  const id = await create(user, PATH, TRANSFER)
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

/** What the control API calls each settlement. */
const SETTLEMENTS = { accept: 'settle-transfer', reject: 'reject-transfer' }

for (const [how, action] of Object.entries(SETTLEMENTS)) {
  t.test(`${how} does to a transfer what the action "${action}" does`, async (t) => {
    const { app: byAction, ...acted } = await withTransfer(t)
    const { app: bySimulator, ...simulated } = await withTransfer(t)
    const { id } = acted
    const act = (input: string) =>
      byAction.ask('POST', `/__admin/sessions/default/actions/${action}`, { body: { id: input } })
    const compare = async (transfer: string, what: string) => {
      const { status } = await act(transfer)
      const answer = await settle(bySimulator, transfer, how as Settlement)
      t.equal(told(answer) === COMPLETED, status === 200, what)
      t.same(await look(bySimulator), await look(byAction), what)
    }
    await compare(id, 'not confirmed')
    await acted.confirm()
    await simulated.confirm()
    await compare(id, 'submitted')
    await compare(id, 'settled')
  })
}

t.test('webhooks tell the app what the simulator did', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app)
  const heard = async () => {
    const { deliveries } = (await app.ask('GET', '/__admin/sessions/default/deliveries')).body
    const { webhook, body } = deliveries.at(-1)
    return { count: deliveries.length, webhook, body: JSON.parse(body) }
  }
  const step = (await user.push()).body.id
  await simulate(app, step, 'accept')
  t.match(await heard(), {
    count: 1,
    webhook: 'stepUpWatch',
    body: { challengeId: step, status: 'VERIFIED' },
  })
  const id = await create(user, PATH, TRANSFER)
  await confirmByPush(user, TRANSFERS, id)
  await simulate(app, await newestChallenge(app), 'accept')
  const webhook = 'outgoingWireTransferWatch'
  const transfer = { id: { id }, state: 'SUBMITTED' }
  t.match(await heard(), { count: 2, webhook, body: { eventType: 'SUBMITTED', transfer } })
  await settle(app, id, 'reject')
  const rejected = { eventType: 'REJECTED', transfer: { ...transfer, state: 'REJECTED' } }
  t.match(await heard(), { count: 3, webhook, body: rejected })
  t.equal(told(await settle(app, id, 'accept')), ALREADY_COMPLETED)
  t.match(await heard(), { count: 3 }, 'it tells of nothing that it did not do')
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
