/** An app's whole way, flow by flow: it signs in, makes a thing, confirms it, reads it back, hears of it. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createSandbox, SandboxClient, type SessionClient } from '../../src/index.ts'
import { TRANSFERS as WIRE } from '../fixtures/calls.ts'
import { API_KEY, JourneyApp } from '../fixtures/journey-app.ts'

interface Event {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Receives webhooks as an app does, and refuses those whose signature is wrong. */
async function makeReceiver(t: Test) {
  const events: Event[] = []
  const sign = (text: string) => createHmac('sha256', API_KEY).update(text).digest('base64')
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const header = (name: string) => String(request.headers[name])
      const published = header('published-timestamp')
      const sound =
        header('signature') === sign(published) &&
        header('signature-v2') === sign(header('call-ref') + body + published)
      if (sound) events.push({ path: request.url ?? '', body: JSON.parse(body) })
      response.writeHead(sound ? 204 : 401).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { events, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

interface Stage {
  readonly app: JourneyApp
  /** Another login of any user, on another device. */
  readonly device: JourneyApp
  readonly session: SessionClient
  readonly events: readonly Event[]
  /** Waits for the next webhook of a name, and returns what the app received. */
  hear(webhook: string): Promise<Event | undefined>
}

async function stage(t: Test, scenario = ''): Promise<Stage> {
  const receiver = await makeReceiver(t)
  const sandbox = await createSandbox({ webhookUrl: [receiver.url] })
  t.teardown(() => sandbox.stop())
  const session = new SandboxClient(sandbox.url).session('journey')
  if (scenario) await session.play(scenario)
  const base = `${session.url}/multi`
  return {
    app: new JourneyApp(base),
    device: new JourneyApp(base),
    session,
    events: receiver.events,
    hear: async (webhook) => {
      await session.nextDelivery(webhook)
      return receiver.events.at(-1)
    },
  }
}

t.test('a transfer is created, confirmed by text message, submitted and completed', async (t) => {
  const { app, session, hear } = await stage(t)
  const login = await app.signIn()
  t.match(login, { status: 200, body: { tokenType: 'AUTH', credentials: { type: 'ROOT' } } })
  t.match(await hear('loginWatch'), { path: '/login/watch', body: { status: 'VERIFIED' } })
  const created = await app.transfer()
  t.match(created, { status: 200, body: { state: 'PENDING_CHALLENGE', tag: 'rent' } })
  const { id } = created.body
  const { body } = await app.challenge(WIRE, id)
  const [message] = await session.messages()
  t.match(message, { channel: 'SMS', code: '123456' })
  t.equal(
    (await app.verify(body.scaChallengeId, WIRE, '000000')).body.errorCode,
    'VERIFICATION_CODE_INVALID',
  )
  t.equal((await app.verify(body.scaChallengeId, WIRE)).status, 204)
  t.match(await app.call('GET', `/outgoing_wire_transfers/${id}`), {
    body: { id, state: 'SUBMITTED', transferAmount: { currency: 'GBP', amount: 5_000 } },
  })
  t.match(await hear('outgoingWireTransferWatch'), {
    path: '/outgoing_wire_transfers/watch',
    body: { eventType: 'SUBMITTED', transfer: { id: { id } } },
  })
  await session.act('settle-transfer', { id })
  t.match(await app.call('GET', `/outgoing_wire_transfers/${id}`), { body: { state: 'COMPLETED' } })
  t.match(await hear('outgoingWireTransferWatch'), { body: { eventType: 'COMPLETED' } })
  t.equal((await app.challenge(WIRE, id)).body.errorCode, 'STATE_INVALID')
})

t.test('a transfer that was confirmed and never created cannot be settled', async (t) => {
  const { app, session } = await stage(t)
  app.token = 'ann'
  const { scaChallengeId } = (await app.challenge(WIRE, '7')).body
  t.equal((await app.verify(scaChallengeId, WIRE)).status, 204)
  for (const action of ['settle-transfer', 'reject-transfer'] as const) {
    await t.rejects(session.act(action, { id: '7' }), { code: 'action-not-possible' })
  }
})

t.test('another user of the business confirms or cancels what is open', async (t) => {
  const { app, session, hear } = await stage(t)
  await app.signIn()
  const { id } = (await app.transfer()).body
  const type = 'outgoing_wire_transfers'
  await t.rejects(session.act('complete-resource', { type: 'sends', id }), {
    code: 'action-not-possible',
  })
  await session.act('complete-resource', { type, id })
  t.match(await hear('outgoingWireTransferWatch'), { body: { eventType: 'SUBMITTED' } })
  t.match(await app.call('GET', `/${WIRE}/${id}`), { body: { state: 'SUBMITTED' } })
  await t.rejects(session.act('cancel-resource', { type, id }), { code: 'action-not-possible' })
  const other = (await app.transfer()).body.id
  await session.act('cancel-resource', { type, id: other })
  t.match(await app.call('GET', `/${WIRE}/${other}`), { body: { state: 'CANCELLED' } })
})

t.test('a small transfer needs no confirmation', async (t) => {
  const { app, session } = await stage(t)
  await app.signIn()
  const { body } = await app.transfer(2_999)
  t.match(body, { state: 'SUBMITTED', challengeExemptionReason: 'LOW_VALUE' })
  await session.act('reject-transfer', { id: body.id })
  t.match(await app.call('GET', `/outgoing_wire_transfers/${body.id}`), {
    body: { state: 'REJECTED' },
  })
})

t.test(
  'a cancelled transfer cannot be confirmed, not even by a code that was sent before',
  async (t) => {
    const { app } = await stage(t)
    await app.signIn()
    const { id } = (await app.transfer()).body
    const { scaChallengeId } = (await app.challenge(WIRE, id)).body
    t.match(await app.call('POST', `/outgoing_wire_transfers/${id}/cancel`, {}), {
      status: 200,
      body: { state: 'CANCELLED' },
    })
    t.equal((await app.verify(scaChallengeId, WIRE)).body.errorCode, 'STATE_INVALID')
    t.match(await app.call('POST', `/outgoing_wire_transfers/${id}/cancel`, {}), { status: 409 })
    t.match(await app.call('GET', `/outgoing_wire_transfers/${id}`), {
      body: { state: 'CANCELLED' },
    })
  },
)

t.test('a send is confirmed and completed', async (t) => {
  const { app, hear } = await stage(t)
  await app.signIn()
  const { body } = await app.call('POST', '/sends', {
    profileId: '1',
    source: { type: 'managed_accounts', id: '2' },
    destination: { type: 'managed_cards', id: '3' },
    destinationAmount: { currency: 'GBP', amount: 100 },
  })
  t.equal(body.state, 'PENDING_CHALLENGE')
  const { scaChallengeId } = (await app.challenge('sends', body.id)).body
  t.equal((await app.verify(scaChallengeId, 'sends')).status, 204)
  t.match(await app.call('GET', `/sends/${body.id}`), { body: { state: 'COMPLETED' } })
  t.match(await hear('sendWatch'), { path: '/send/watch', body: { eventType: 'COMPLETED' } })
})

t.test('a batch of beneficiaries is confirmed, and completed 5 seconds later', async (t) => {
  const { app, session, hear } = await stage(t)
  await app.signIn()
  const { body } = await app.call('POST', '/beneficiaries', { beneficiaries: [] })
  const path = `/beneficiaries/batch/${body.operationBatchId}`
  t.match(await app.call('GET', path), { body: { state: 'PENDING_CHALLENGE' } })
  t.equal((await app.call('POST', `${path}/challenges/otp/SMS`)).status, 204)
  const verify = { verificationCode: '123456' }
  t.equal((await app.call('POST', `${path}/challenges/otp/SMS/verify`, verify)).status, 204)
  t.match(await app.call('GET', path), { body: { state: 'CHALLENGE_COMPLETED' } })
  t.match(await hear('beneficiaryBatchWatch'), { body: { eventType: 'CHALLENGE_COMPLETED' } })
  await session.advance('5s')
  t.match(await app.call('GET', path), { body: { state: 'COMPLETED' } })
})

t.test('a push that is accepted steps the login up, and no other login of the user', async (t) => {
  const { app, device, session, hear } = await stage(t)
  await app.signIn()
  await device.signIn()
  const { body } = await app.call('POST', '/stepup/challenges/push/AUTHY')
  await device.call('GET', '/authentication_factors')
  const accept = (await session.actions()).find(({ name }) => name === 'accept')
  t.same(accept?.targets, [{ challengeId: body.id }])
  await session.act('accept', { challengeId: body.id })
  t.match(await hear('stepUpWatch'), { body: { challengeId: body.id, status: 'VERIFIED' } })
  const verify = (who: JourneyApp) =>
    who.call('POST', '/stepup/challenges/otp/SMS/verify', { verificationCode: '123456' })
  t.equal((await verify(app)).body.errorCode, 'ALREADY_VERIFIED')
  t.equal((await verify(device)).body.errorCode, 'STATE_INVALID')
  await t.rejects(session.act('accept', { challengeId: body.id }), { code: 'action-not-possible' })
})

t.test('a transfer is confirmed on the device, or declined and asked for again', async (t) => {
  const { app, session, hear } = await stage(t)
  await app.signIn()
  const { id } = (await app.transfer()).body
  const push = () =>
    app.call('POST', '/challenges/push/AUTHY', { resourceType: WIRE, resourceIds: [id] })
  const state = async () => (await app.call('GET', `/${WIRE}/${id}`)).body.state
  const declined = (await push()).body.scaChallengeId
  t.equal((await app.verify(declined, WIRE)).status, 404, 'a push has no code')
  await session.decline(declined)
  t.equal(await state(), 'PENDING_CHALLENGE')
  await t.rejects(session.accept(declined), { code: 'challenge-not-pending' })
  const accepted = (await push()).body.scaChallengeId
  t.same((await session.actions()).find(({ name }) => name === 'accept')?.targets, [
    { challengeId: accepted },
  ])
  await session.accept(accepted)
  t.equal(await state(), 'SUBMITTED')
  t.match(await hear('outgoingWireTransferWatch'), {
    body: { eventType: 'SUBMITTED', transfer: { id: { id } } },
  })
  t.equal((await push()).body.errorCode, 'STATE_INVALID')
})

t.test('a push for a transfer expires after 5 minutes, and by an action', async (t) => {
  const { app, session } = await stage(t)
  await app.signIn()
  const { id } = (await app.transfer()).body
  const push = async () =>
    (await app.call('POST', '/challenges/push/AUTHY', { resourceType: WIRE, resourceIds: [id] }))
      .body.scaChallengeId
  const first = await push()
  await session.expire(first)
  await t.rejects(session.accept(first), { code: 'challenge-not-pending' })
  const second = await push()
  await session.advance('4m')
  await app.call('GET', `/${WIRE}/${id}`)
  await session.advance('1m')
  await t.rejects(session.accept(second), { code: 'challenge-not-pending' })
})

t.test('a batch of beneficiaries is confirmed on the device', async (t) => {
  const { app, session, hear } = await stage(t)
  await app.signIn()
  const make = async () =>
    (await app.call('POST', '/beneficiaries', { beneficiaries: [] })).body.operationBatchId
  const push = async (batch: string) => {
    t.equal(
      (await app.call('POST', `/beneficiaries/batch/${batch}/challenges/push/BIOMETRIC`)).status,
      204,
    )
    return String((await session.messages({ channel: 'BIOMETRIC' })).at(-1)?.challenge)
  }
  const state = async (batch: string) =>
    (await app.call('GET', `/beneficiaries/batch/${batch}`)).body.state
  const accepted = await make()
  await session.accept(await push(accepted))
  t.equal(await state(accepted), 'CHALLENGE_COMPLETED')
  t.match(await hear('beneficiaryBatchWatch'), { body: { id: accepted } })
  await session.advance('5s')
  t.equal(await state(accepted), 'COMPLETED')
  const declined = await make()
  await session.decline(await push(declined))
  t.equal(await state(declined), 'CHALLENGE_FAILED')
})

t.test("a challenge for another user's transfer or batch finds nothing", async (t) => {
  const { app, device } = await stage(t)
  await app.signIn()
  const { id } = (await app.transfer()).body
  const batch = (await app.call('POST', '/beneficiaries', { beneficiaries: [] })).body
  await device.signIn('eve@example.com')
  const path = `/beneficiaries/batch/${batch.operationBatchId}/challenges`
  t.match(await device.challenge(WIRE, id), { status: 404, body: { code: 'NOT_FOUND' } })
  t.equal((await device.challenge(WIRE, '7', id)).status, 404)
  t.equal((await device.call('POST', `${path}/otp/SMS`)).status, 404)
  t.equal((await device.call('POST', `${path}/push/AUTHY`)).body.errorCode, 'STATE_INVALID')
  t.equal((await device.challenge(WIRE, '7')).status, 200, 'unknown ids are pending')
  t.equal((await app.challenge(WIRE, id)).status, 200)
})

t.test('a push that is declined is told, and another one refused', async (t) => {
  const { app, session, hear } = await stage(t)
  await app.signIn()
  const { body } = await app.call('POST', '/stepup/challenges/push/BIOMETRIC')
  await session.decline(body.id)
  t.match(await hear('stepUpWatch'), { body: { status: 'DECLINED' } })
  t.equal(
    (await app.call('POST', '/stepup/challenges/push/BIOMETRIC')).body.errorCode,
    'STATE_INVALID',
  )
})

t.test('a push that nobody answers expires after 5 minutes', async (t) => {
  const { app, session, hear } = await stage(t)
  app.token = 'my-own-token'
  const { body } = await app.call('POST', '/stepup/challenges/push/AUTHY')
  await session.advance('4m59s')
  t.equal(session.id, 'journey')
  await session.advance('1s')
  t.match(await hear('stepUpWatch'), { body: { challengeId: body.id, status: 'EXPIRED' } })
  await t.rejects(session.accept(body.id), { code: 'challenge-not-pending' })
})

t.test('a code expires with its webhook, unless it was used', async (t) => {
  const { app, device, session, events, hear } = await stage(t)
  app.token = 'ann'
  device.token = 'bob'
  for (const who of [app, device]) await who.call('POST', '/stepup/challenges/otp/SMS')
  await app.call('POST', '/stepup/challenges/otp/SMS/verify', { verificationCode: '123456' })
  t.match(await hear('stepUpWatch'), { body: { status: 'VERIFIED' } })
  await session.advance('5m')
  t.match(await hear('stepUpWatch'), { body: { status: 'EXPIRED' } })
  t.equal(events.length, 2)
})

t.test('a device is enrolled once its user accepts', async (t) => {
  const { app, session, hear } = await stage(t, 'channel-not-registered')
  app.token = 'carol'
  const factors = async () => (await app.call('GET', '/authentication_factors')).body.factors
  t.same(await factors(), [])
  await app.call('POST', '/authentication_factors/push/AUTHY')
  t.match(await factors(), [{ type: 'PUSH', channel: 'AUTHY', status: 'PENDING_VERIFICATION' }])
  const [message] = await session.messages({ channel: 'AUTHY' })
  await session.act('accept', { challengeId: String(message?.challenge) })
  t.match(await factors(), [{ channel: 'AUTHY', status: 'ACTIVE' }])
  t.match(await hear('enrolmentWatch'), { body: { status: 'ACTIVE' } })
})

t.test(
  'an operation behind the step-up gate goes through once the token is stepped up',
  async (t) => {
    const { app } = await stage(t, 'step-up-required')
    await app.signIn()
    const list = () => app.call('GET', '/outgoing_wire_transfers')
    t.match(await list(), { status: 403, body: { errorCode: 'STEP_UP_REQUIRED' } })
    await app.call('POST', '/stepup/challenges/otp/SMS')
    await app.call('POST', '/stepup/challenges/otp/SMS/verify', { verificationCode: '123456' })
    t.match(await list(), { status: 200, body: { count: 0, responseCount: 0, transfer: [] } })
  },
)

t.test('lists page and filter', async (t) => {
  const { app } = await stage(t)
  await app.signIn()
  for (let n = 0; n < 3; n++) await app.transfer()
  const { id } = (await app.transfer(100)).body
  const list = async (query: string) => (await app.call('GET', `/${WIRE}?${query}`)).body
  t.match(await list('limit=2&offset=3'), { count: 4, responseCount: 1, transfer: [{ id }] })
  t.match(await list('state=SUBMITTED'), { count: 1, transfer: [{ id, state: 'SUBMITTED' }] })
  t.match(await list('state=SUBMITTED&state=PENDING_CHALLENGE'), { count: 4 })
  t.match(await list('tag=food'), { count: 0 })
})

t.test(
  "another user's transfer is not found, and the next login of the same user has it",
  async (t) => {
    const { app, device } = await stage(t)
    await app.signIn()
    const { id } = (await app.transfer()).body
    await device.signIn('eve@example.com')
    t.equal((await device.call('GET', `/${WIRE}/${id}`)).status, 404)
    await device.signIn()
    t.equal((await device.call('GET', `/${WIRE}/${id}`)).status, 200)
  },
)

t.test(
  'a token that the sandbox made ends by logging out, and after 5 minutes without use',
  async (t) => {
    const { app, session } = await stage(t)
    const look = () => app.call('GET', '/authentication_factors')
    await app.signIn()
    await session.advance('4m')
    t.equal((await look()).status, 200)
    await session.advance('4m59s')
    t.equal((await look()).status, 200)
    await session.advance('5m')
    t.equal((await look()).status, 401)
    await app.signIn()
    t.equal((await app.call('POST', '/logout')).status, 204)
    t.equal((await look()).status, 401)
    app.token = 'my-own-token'
    await session.advance('24h')
    t.equal((await look()).status, 200)
  },
)

t.test(
  'two logins with the same JWT subject are one user; garbage is a user of its own',
  async (t) => {
    const { app, device } = await stage(t)
    const jwt = (claims: object) =>
      `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
    app.token = jwt({ sub: 'dora', jti: 1 })
    device.token = jwt({ sub: 'dora', jti: 2 })
    const { id } = (await app.transfer()).body
    t.equal((await device.call('GET', `/${WIRE}/${id}`)).status, 200)
    const user = jwt({ sub: 'emil', type: 'USER' })
    app.token = user
    t.match(await app.challenge('linked_account_declaration', '1'), { status: 403 })
    for (const token of [
      'a.b.c',
      'a..',
      `x.${'W3tbW3t7'.repeat(500)}.y`,
      jwt([]),
      '1'.repeat(18),
    ]) {
      app.token = token
      t.equal((await app.call('GET', `/${WIRE}/${id}`)).status, 404, token.slice(0, 20))
    }
  },
)

t.test('only resources that are known can be challenged, where a scenario says so', async (t) => {
  const { app, session } = await stage(t, 'known-resources-only')
  await app.signIn()
  t.equal((await app.challenge(WIRE, '123')).status, 404)
  const { id } = (await app.transfer()).body
  t.equal((await app.challenge(WIRE, id)).status, 200)
  await session.act('declare-resource', {
    user: 'ann@example.com',
    type: 'sends',
    id: '77',
    state: 'PENDING_CHALLENGE',
  })
  t.equal((await app.challenge('sends', '77')).status, 200)
})

for (const [scenario, states] of Object.entries({
  'webhook-lost': ['recorded'],
  'webhook-twice': ['delivered', 'delivered'],
  'webhook-late': ['waiting'],
  'webhook-bad-signature': ['waiting'],
})) {
  t.test(`${scenario} does what it says`, async (t) => {
    const { app, session, events } = await stage(t, scenario)
    await session.freeze()
    await app.signIn()
    if (scenario !== 'webhook-late') await session.nextDelivery()
    const settle = async (): Promise<string[]> => {
      const found = (await session.deliveries()).map(({ state }) => state)
      return found.length === states.length && found.join() === states.join() ? found : settle()
    }
    t.same(await settle(), states)
    if (scenario === 'webhook-late') {
      t.equal(events.length, 0)
      await session.advance('30s')
      await session.nextDelivery()
      t.equal(events.length, 1)
    }
    if (scenario === 'webhook-bad-signature') {
      t.match(await session.deliveries(), [{ attempts: [{ status: 401 }] }])
    }
  })
}
