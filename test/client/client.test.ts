import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  type BindingOf,
  ClientError,
  SandboxClient,
  SessionClient,
} from '../../src/client/client.ts'
import { createSandbox, type SandboxOptions } from '../../src/index.ts'
import { START } from '../fixtures/app.ts'
import '../fixtures/built.ts'
import { conflict, overSockets, TRANSFERS, told, WeavrUser } from '../fixtures/calls.ts'
import { documented } from '../fixtures/vendor-documents.ts'

// One sandbox for all tests but those that need options or look at all sessions: that is what
// sessions are for.
const { client, stop } = await createSandbox()
t.teardown(stop)

async function started(t: Test, options: SandboxOptions = {}) {
  const sandbox = await createSandbox(options)
  t.teardown(() => sandbox.stop())
  return sandbox
}

/** A new session, and a user whose app has its base URL. */
function world() {
  const session = client.session()
  return { session, user: new WeavrUser(overSockets(session.url)) }
}

/** The base URL of a server that is no sandbox. */
async function other(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a refusal looks like. */
const refusal = (code: string, status: number, more: object = {}) => ({
  constructor: ClientError,
  name: 'ClientError',
  code,
  status,
  problem: { code, status, type: `urn:sca-sandbox:problem:${code}` },
  ...more,
})

// Sessions

t.test('every session is new unless an id is given', async (t) => {
  const ids = Array.from({ length: 100 }, () => client.session().id)
  t.equal(new Set(ids).size, 100)
  t.equal(client.session('mine').id, 'mine')
})

t.test('a session has a base URL and headers that requests belong to it by', async (t) => {
  const session = client.session('checkout-7')
  t.type(session, SessionClient)
  t.equal(session.url, `${client.url}/@checkout-7`)
  t.same(session.headers, { 'x-sandbox-session': 'checkout-7' })
  await new WeavrUser(overSockets(session.url)).stepUp()
  await new WeavrUser(overSockets(client.url), session.headers).factors()
  t.match(await session.requests(), [
    { session: 'checkout-7', operationId: 'stepupSCAChallenge' },
    { session: 'checkout-7', operationId: 'authFactorsGet' },
  ])
})

t.test('the client itself is the session of requests that name none', async (t) => {
  const { client } = await started(t)
  t.same([client.id, client.headers], ['default', { 'x-sandbox-session': 'default' }])
  await new WeavrUser(overSockets(client.url)).stepUp()
  t.equal(await client.count(), 1)
})

t.test('what one session does another does not see', async (t) => {
  const [one, two] = [world(), world()]
  await one.user.stepUp()
  await two.session.freeze()
  t.equal(await one.session.count(), 1)
  t.equal(await two.session.count(), 0)
  t.equal(told(await two.user.stepUp()), '204')
})

t.test('a session is there once it is used', async (t) => {
  const { session, user } = world()
  const looks: readonly (() => Promise<unknown>)[] = [
    () => session.read(),
    () => session.snapshot(),
    () => session.accept('1'),
    () => session.coverage(),
  ]
  for (const look of looks) {
    await t.rejects(look, refusal('unknown-session', 404))
  }
  t.same([await session.requests(), await session.count(), await session.messages()], [[], 0, []])
  await user.factors()
  t.match(await session.read(), { id: session.id, requests: 1, scenario: null })
})

t.test('a session plays a scenario, and none of its own again', async (t) => {
  const { session, user } = world()
  t.match(await session.play('service-unavailable'), { scenario: 'service-unavailable' })
  t.equal(told(await user.stepUp()), '503')
  t.match(await session.play(null), { scenario: null })
  t.equal(told(await user.stepUp()), '204')
})

t.test('a scenario that there is not is told with the nearest', async (t) => {
  const { session } = world()
  await t.rejects(
    session.play('retry-in-15'),
    refusal('unknown-scenario', 400, {
      message: `PATCH /__admin/sessions/${session.id}: there is no scenario "retry-in-15"; nearest: retry-in-15-sec, retry-then-ok; GET /__admin/scenarios lists all (unknown-scenario)`,
      problem: { nearest: ['retry-in-15-sec', 'retry-then-ok'] },
    }),
  )
})

t.test('a session tells what its subjects did', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  t.match(await session.read(), {
    messages: 1,
    subjects: [{ api: 'weavr-multi', state: { stepUp: { status: 'PENDING', issued: 1 } } }],
  })
})

t.test('a session that is reset begins anew, and can be reset once more', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  await session.reset()
  await t.rejects(session.read(), { code: 'unknown-session' })
  await t.resolves(session.reset())
  t.equal(told(await user.stepUp()), '204')
})

t.test('a reset that is refused for another reason is told', async (t) => {
  const { url } = await started(t, { adminToken: 'secret' })
  await t.rejects(new SandboxClient(url).session().reset(), refusal('admin-unauthorized', 401))
})

t.test('all sessions are forgotten at once', async (t) => {
  const { client } = await started(t)
  const sessions = [client, client.session(), client.session()]
  for (const session of sessions) await session.freeze()
  await client.resetAll()
  for (const session of sessions) await t.rejects(session.read(), { code: 'unknown-session' })
})

// Clocks

t.test('a clock that stands still is moved forward', async (t) => {
  const { session, user } = world()
  t.match(await session.freeze(), { frozen: true })
  const at = '2030-01-01T00:00:00.000Z'
  t.same(await session.setTime(new Date(at)), { now: at, frozen: true })
  await user.stepUp()
  await session.advance('14s')
  t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
  t.same(await session.advance('1s'), { now: '2030-01-01T00:00:15.000Z', frozen: true })
  t.equal(told(await user.stepUp()), '204')
})

t.test('a time is given as a text with its zone, too', async (t) => {
  const { session } = world()
  await session.freeze()
  const clock = await session.setTime('2030-01-01T02:00:00+02:00')
  t.same(clock, { now: '2030-01-01T00:00:00.000Z', frozen: true })
})

t.test('a clock that stood still runs on from where it is', async (t) => {
  const { client, clock } = await ticking(t)
  await client.freeze()
  clock.time += 60_000
  t.same(await client.resume(), { now: new Date(START).toISOString(), frozen: false })
  clock.time += 1_000
  t.same((await client.read()).clock, { now: new Date(START + 1_000).toISOString(), frozen: false })
})

/** A sandbox whose real time only the test moves. */
async function ticking(t: Test) {
  const clock = {
    time: START,
    now: () => clock.time,
    monotonic: () => clock.time,
    after: () => () => undefined,
    sleep: async () => undefined,
  }
  return { clock, ...(await started(t, { clock })) }
}

t.test('a clock does not go back', async (t) => {
  const { session } = world()
  await t.rejects(session.setTime('2001-01-01T00:00:00Z'), refusal('clock-backwards', 409))
  await t.rejects(session.advance('-1s'), refusal('clock-backwards', 409))
})

t.test('what is no duration is refused', async (t) => {
  await t.rejects(world().session.advance('soon'), refusal('bad-admin-request', 400))
})

// What happened

t.test('requests are listed oldest first, each with its answer and why', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  await user.stepUp()
  const requests = await session.requests()
  t.match(requests, [
    { operationId: 'stepupSCAChallenge', response: { status: 204 } },
    {
      request: { method: 'POST', url: `/@${session.id}/stepup/challenges/otp/SMS` },
      response: { status: 409, body: { errorCode: 'RETRY_IN_15SEC' } },
      why: [{ value: false }, { value: true }],
    },
  ])
  t.ok(requests[0]!.id < requests[1]!.id)
})

t.test('requests are filtered and paged', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  await user.stepUp()
  await user.factors()
  const ids = (await session.requests()).map(({ id }) => id)
  const found = async (filter: Parameters<SessionClient['requests']>[0]) =>
    (await session.requests(filter)).map(({ id }) => ids.indexOf(id))
  t.same(await found({ operationId: 'stepupSCAChallenge' }), [0, 1])
  t.same(await found({ operationId: 'stepupSCAChallenge', status: '409' }), [1])
  t.same(await found({ method: 'get' }), [2])
  t.same(await found({ after: ids[0] }), [1, 2])
  t.same(await found({ order: 'desc', limit: 1 }), [2])
  t.same(await found({ unmatched: true }), [])
})

t.test('more requests than a page of the admin API has are listed', async (t) => {
  const { session, user } = world()
  for (let n = 0; n < 150; n++) await user.factors()
  t.equal((await session.requests()).length, 150)
})

t.test('requests are counted', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  await user.stepUp()
  t.equal(await session.count(), 2)
  t.equal(await session.count({ status: '2XX' }), 1)
  t.equal(await session.count({ operationId: 'stepupSCAVerify' }), 0)
})

t.test('an operation that there is not is not counted as never called', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  const wrong = session.count({ operationId: 'stepupSCAChalenge' })
  await t.rejects(wrong, refusal('bad-admin-request', 400, { message: /stepupSCAChallenge/ }))
})

t.test('messages are told with their codes', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  const { scaChallengeId: challenge } = (await user.confirm(['1'])).body
  const { id: push } = (await user.push()).body
  t.match(await session.messages(), [
    { channel: 'SMS', code: '123456', operationId: 'stepupSCAChallenge' },
    { channel: 'SMS', code: '123456', challenge },
    { channel: 'AUTHY', challenge: push },
  ])
  t.equal((await session.messages({ channel: 'SMS' })).length, 2)
  t.match(await session.messages({ challenge: push }), [{ challenge: push }])
  t.same(await session.messages({ channel: 'AUTHY', challenge }), [])
})

t.test('a sandbox without a journal says so', async (t) => {
  const { client } = await started(t, { journal: false })
  await client.freeze()
  await t.rejects(client.requests(), refusal('journal-off', 409))
  await t.rejects(client.messages(), refusal('journal-off', 409))
})

// What the user does

for (const [action, status] of [
  ['accept', 'ACCEPTED'],
  ['decline', 'DECLINED'],
  ['expire', 'EXPIRED'],
] as const) {
  t.test(`the user's ${action} is the answer to a push, and the only one`, async (t) => {
    const { session, user } = world()
    const { id } = (await user.push()).body
    await session[action](id)
    t.match((await session.read()).subjects, [{ state: { push: { status } } }])
    for (const again of ['accept', 'decline', 'expire'] as const) {
      await t.rejects(session[again](id), refusal('challenge-not-pending', 409))
    }
    await t.rejects(session[action]('42'), refusal('unknown-challenge', 404))
  })
}

t.test('a code by text message expires when the test says so', async (t) => {
  const { session, user } = world()
  const { scaChallengeId: id } = (await user.confirm(['1'])).body
  await session.expire(id)
  t.equal(told(await user.verifyConfirmation(id)), conflict('VERIFICATION_CODE_EXPIRED'))
})

// Snapshots

t.test('other sessions begin with the state of a snapshot', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  const snapshot = await session.snapshot()
  await user.verify()
  const copy = world()
  await copy.session.restore(snapshot)
  t.equal(await copy.session.count(), 0)
  t.equal(told(await copy.user.stepUp()), conflict('RETRY_IN_15SEC'))
  t.equal(told(await copy.user.verify()), '204')
})

t.test('a snapshot of another version is refused', async (t) => {
  const { session, user } = world()
  await user.stepUp()
  const snapshot = await session.snapshot()
  const old = { ...snapshot, apis: { ...snapshot.apis, 'weavr-multi': '1.0.0' } }
  await t.rejects(session.restore(old), refusal('bad-snapshot', 400))
  t.equal(await session.count(), 1)
})

// Bindings

t.test('requests that carry a token belong to a session until it is unbound', async (t) => {
  const { session } = world()
  const tablet = new WeavrUser(overSockets(client.url), { token: 'frank' })
  await client.bind('tablet', { match: { token: 'frank' }, session: session.id })
  await tablet.stepUp()
  t.equal(await session.count(), 1)
  await client.unbind('tablet')
  await tablet.stepUp()
  t.equal(await session.count(), 1)
  await t.rejects(client.unbind('tablet'), refusal('unknown-binding', 404))
})

t.test('requests with a value in their body play a scenario', async (t) => {
  const { user } = world()
  const match = { body: { resourceType: TRANSFERS } }
  await client.bind('down', { match, scenario: 'service-unavailable' })
  t.equal(told(await user.confirm(['1'])), '503')
  t.equal((await user.confirm(['1'], {}, 'sends')).status, 200)
  await client.unbind('down')
})

t.test('what cannot be bound is refused by the compiler, and by the sandbox', async (t) => {
  // @ts-expect-error a match is wanted
  const without: BindingOf = { session: 'mine' }
  // @ts-expect-error it is misspelt
  const misspelt: BindingOf = { match: { tokn: 'frank' }, session: 'mine' }
  const neither: BindingOf = { match: { token: 'frank' } }
  for (const each of [without, misspelt, neither]) {
    await t.rejects(client.bind('wrong', each), refusal('bad-admin-request', 400))
  }
})

// What there is, and what of it was exercised

t.test('scenarios are listed', async (t) => {
  const scenarios = await client.scenarios()
  t.ok(scenarios.length > 40)
  const found = scenarios.find(({ name }) => name === 'otp-expired')
  t.match(found, { name: 'otp-expired', apis: [{ api: 'plumery-mfa', summary: String }] })
})

t.test('coverage is told of all sessions and of one, and counted anew', async (t) => {
  const { client } = await started(t)
  const [one, two] = [client.session(), client.session()]
  await new WeavrUser(overSockets(one.url)).stepUp()
  await new WeavrUser(overSockets(two.url)).factors()
  t.match((await client.coverage()).operations, { covered: 2, total: documented.length })
  t.match((await one.coverage()).operations, { covered: 1 })
  t.match((await client.coverage()).contract, { covered: 2 })
  await client.resetCoverage()
  t.match((await client.coverage()).operations, { covered: 0 })
})

// Reaching it

t.test('a sandbox that takes requests is ready', async (t) => {
  t.equal(await client.ready(), undefined)
})

t.test('a sandbox that is not there is what fetch throws', async (t) => {
  const { url, stop } = await createSandbox()
  await stop()
  await t.rejects(new SandboxClient(url).ready(), {
    constructor: TypeError,
    message: /fetch failed/,
  })
})

t.test('slashes at the end of the URL count for nothing', async (t) => {
  const slashed = new SandboxClient(`${client.url}//`)
  t.equal(slashed.url, client.url)
  const session = slashed.session()
  t.equal(session.url, `${client.url}/@${session.id}`)
  t.match(await session.freeze(), { frozen: true })
})

t.test('a sandbox with a token is used with the token only', async (t) => {
  const { url, client } = await started(t, { adminToken: 'secret' })
  t.match(await client.freeze(), { frozen: true }, 'which its own client has')
  t.match(await new SandboxClient(url, { token: 'secret' }).session().freeze(), { frozen: true })
  await t.rejects(new SandboxClient(url, { token: 'sekret' }).freeze(), {
    code: 'admin-unauthorized',
  })
  await t.rejects(new SandboxClient(url).scenarios(), refusal('admin-unauthorized', 401))
})

t.test('another fetch stands in for the global one', async (t) => {
  const asked: string[] = []
  const own = new SandboxClient('http://sandbox.test/', {
    token: 'secret',
    fetch: async (input) => {
      const { method, url, headers } = input as Request
      asked.push(`${method} ${url} ${headers.get('authorization')}`)
      return Response.json({ count: 7 })
    },
  })
  t.equal(await own.session('s').count({ status: '409' }), 7)
  const url = 'http://sandbox.test/__admin/sessions/s/requests?status=409&count=true'
  t.same(asked, [`GET ${url} Bearer secret`])
})

t.test('an id that no session can have is refused before it is used', async (t) => {
  await t.rejects(client.session('my checkout').freeze(), refusal('bad-session-id', 400))
})

const NO_SANDBOX: readonly [what: string, status: number, type: string, text: string][] = [
  ['breaks down in plain text', 500, 'text/plain', 'Oops'],
  ['breaks down in JSON', 502, 'application/json', '{"code":"down"}'],
  ['tells problems of its own', 404, 'application/problem+json', '{"title":"No","detail":"Nay"}'],
  ['has a page for everything', 200, 'text/html', '<title>Welcome</title>'],
  ['has nothing for everything', 200, 'text/plain', ''],
]

for (const [what, status, type, text] of NO_SANDBOX) {
  t.test(`a server that is no sandbox and ${what} is told as such`, async (t) => {
    const url = await other(t, (_, response) => {
      response.writeHead(status, { 'content-type': type }).end(text)
    })
    const client = new SandboxClient(url)
    const asks: readonly (() => Promise<unknown>)[] = [() => client.ready(), () => client.count()]
    for (const ask of asks) {
      await t.rejects(ask, {
        constructor: ClientError,
        code: '',
        message: new RegExp(`^GET /__admin/\\S+: status ${status}, not from a sandbox$`),
      })
    }
    const error = await client.ready().catch((error) => error)
    t.same([error.status, error.problem], [status, undefined])
  })
}

// As its users have it

t.test('the client is imported by the name of the package', async (t) => {
  const names = ['sca-sandbox', 'sca-sandbox/client']
  const [whole, alone] = await Promise.all(names.map((name) => import(name)))
  t.same(Object.keys(alone).sort(), ['ClientError', 'SandboxClient', 'SessionClient'])
  t.equal(whole.SandboxClient, alone.SandboxClient, 'and is the same from both')
  const built = new alone.SandboxClient(client.url)
  t.match(await built.session().freeze(), { frozen: true })
  await t.rejects(built.play('nothing'), whole.ClientError)
})
