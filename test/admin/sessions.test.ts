import t from 'tap'
import { BOUNDS } from '../../src/store/store.ts'
import { inSession, problem, problemOf, SESSIONS } from '../fixtures/admin-requests.ts'
import { makeApp, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  HOUR,
  PlumeryUser,
  playing,
  STEP_UP,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'

const NOON = '2026-01-01T12:00:00.000Z'

/** A scenario that remembers what is not to be shown. */
const NOSY = `scenario: nosy
summary: Keeps what it saw.
extends: default
given: { seen: {} }
operations:
  authFactorsGet:
    rules:
      - set: { seen.key: '\${apiKey}', seen.code: '\${otp}', seen.other: text }
        send: { channel: SMS, code: '\${otp}' }
        respond: default
`

const list = (app: TestApp, query = '') => app.ask('GET', SESSIONS + query)
const read = (app: TestApp, id = 'default') => app.ask('GET', `${SESSIONS}/${id}`)
const patch = (app: TestApp, id: string, body: unknown) =>
  app.ask('PATCH', `${SESSIONS}/${id}`, { body })

const ids = async (app: TestApp, query = ''): Promise<string[]> =>
  (await list(app, query)).body.sessions.map(({ id }: { id: string }) => id)

async function used(app: TestApp, ...sessions: string[]) {
  for (const id of sessions) await new WeavrUser(app).factors(inSession(id))
}

t.test('the list of sessions', async (t) => {
  t.test('is empty at first', async (t) => {
    t.match(await list(await makeApp(t)), { status: 200, body: { sessions: [], total: 0 } })
  })

  t.test('begins with the one that was used last', async (t) => {
    const app = await makeApp(t)
    await used(app, 'a', 'b', 'c', 'a')
    t.same(await ids(app), ['a', 'c', 'b'])
  })

  t.test('tells of each what was set and how much happened', async (t) => {
    const app = await makeApp(t)
    await patch(app, 'a', { scenario: 'slow' })
    for (const token of ['ann', 'bob', 'ann']) {
      await new WeavrUser(app, { token }).factors({ ...inSession('a'), ...after('1h') })
    }
    app.clock.time += HOUR
    const [shown] = (await list(app)).body.sessions
    t.same(shown, {
      id: 'a',
      scenario: 'slow',
      clock: { now: '2026-01-01T16:00:00.000Z', frozen: false },
      usedAt: NOON,
      requests: 3,
      subjects: 2,
    })
  })

  t.test('is told by pages, with the number of all', async (t) => {
    const app = await makeApp(t)
    await used(app, 'a', 'b', 'c', 'd', 'e')
    t.same(await ids(app, '?limit=2'), ['e', 'd'])
    t.same(await ids(app, '?limit=2&offset=1'), ['d', 'c'])
    t.same(await ids(app, '?offset=4'), ['a'])
    t.same(await ids(app, '?offset=5'), [])
    for (const query of ['?limit=2', '?offset=5']) t.equal((await list(app, query)).body.total, 5)
  })

  t.test('has a hundred on a page unless told otherwise', async (t) => {
    const app = await makeApp(t)
    await used(app, ...Array.from({ length: 101 }, (_, index) => `s-${index}`))
    t.equal((await ids(app)).length, 100)
    t.equal((await ids(app, '?limit=1000')).length, 101)
  })

  const bad: Record<string, RegExp> = {
    '?limit=0': /query: "limit" must be >= 1, but is 0/,
    '?limit=1001': /query: "limit" must be <= 1000/,
    '?limit=many': /query: "limit" must be integer, but is "many"/,
    '?limit=1.5': /query: "limit" must be integer/,
    '?limit=': /query: "limit" must be integer/,
    '?limit=1&limit=2': /query: "limit" must be integer/,
    '?offset=-1': /query: "offset" must be >= 0, but is -1/,
    '?limt=1': /query: "limt" is not known; did you mean "limit"\?/,
  }
  for (const [query, detail] of Object.entries(bad)) {
    t.test(`is not told for ${query}`, async (t) => {
      const answer = await list(await makeApp(t), query)
      t.same(problem(answer), problemOf(400, 'bad-admin-request'))
      t.match(answer.body.detail, detail)
    })
  }

  t.test(
    'lacks those that were idle for too long, however often they were looked at',
    async (t) => {
      const app = await makeApp(t)
      await used(app, 'a')
      app.clock.time += BOUNDS.idle - 1
      t.equal((await read(app, 'a')).status, 200)
      t.same(await ids(app), ['a'])
      await app.ask('GET', `${SESSIONS}/a/snapshot`)
      app.clock.time += 1
      t.same(await ids(app), [])
      t.same(problem(await read(app, 'a')), problemOf(404, 'unknown-session'))
    },
  )

  t.test('keeps its order when one is looked at', async (t) => {
    const app = await makeApp(t)
    await used(app, 'a', 'b')
    const before = (await list(app)).body
    app.clock.time += 1
    for (const path of ['a', 'a/snapshot', 'a/requests', 'a/messages']) {
      t.equal((await app.ask('GET', `${SESSIONS}/${path}`)).status, 200, path)
    }
    const { body } = await list(app)
    t.same(await ids(app), ['b', 'a'])
    t.equal(body.sessions[1].usedAt, before.sessions[1].usedAt)
  })
})

t.test('a session that is looked at', async (t) => {
  t.test('shows scenario, clock and what was counted', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp(after('1h'))
    await user.factors()
    await user.factors(playing('slow'))
    const { body } = await read(app)
    t.match(body, {
      id: 'default',
      scenario: null,
      clock: { now: '2026-01-01T13:00:00.000Z', frozen: false },
      usedAt: NOON,
      requests: 3,
      messages: 1,
    })
    t.same(body.subjects[0].calls, {
      default: { stepupSCAChallenge: 1, authFactorsGet: 2 },
      slow: { authFactorsGet: 1 },
    })
  })

  t.test('shows the state in plain JSON, times as text', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    const { scaChallengeId } = (await user.confirm(['1'])).body
    const [{ state }] = (await read(app)).body.subjects
    t.match(state.stepUp, { status: 'PENDING', issued: 1, issuedAt: NOON, wrong: 0 })
    t.match(state.challenges, { [scaChallengeId]: { status: 'PENDING', issuedAt: NOON } })
    t.match(state.sets, { 'outgoing_wire_transfers:1': { challenge: scaChallengeId } })
  })

  t.test('shows nobody who only failed to get in', async (t) => {
    const app = await makeApp(t)
    await app.ask('POST', STEP_UP)
    t.match((await read(app)).body, { requests: 1, subjects: [], messages: 0 })
  })

  t.test('hides a subject that is a credential, always the same way', async (t) => {
    const app = await makeApp(t)
    for (const token of ['ann-s-token', 'bob-s-token']) await new WeavrUser(app, { token }).stepUp()
    await new WeavrUser(app, { token: 'ann-s-token', ...inSession('other') }).stepUp()
    const { text, body } = await read(app)
    const [ann, bob] = body.subjects
    t.notMatch(text, /s-token/)
    t.match(ann, { api: 'weavr-multi', subject: /^\*{3}[0-9a-f]{8}$/ })
    t.not(ann.subject, bob.subject)
    t.equal((await read(app, 'other')).body.subjects[0].subject, ann.subject)
  })

  t.test('shows a subject that is none, but not the token in its state', async (t) => {
    const app = await makeApp(t)
    await new PlumeryUser(app, { token: 'ann-s-token' }).initiate('c1')
    const { text, body } = await read(app)
    t.match(body.subjects, [
      { api: 'plumery-mfa', subject: 'c1', state: { challenge: { user: /^\*{3}[0-9a-f]{8}$/ } } },
    ])
    t.notMatch(text, /ann-s-token/)
  })

  t.test('hides an api-key and a code that its state holds', async (t) => {
    const app = await makeApp(t, { scenarios: [t.testdir({ 'weavr-multi': { 'a.yaml': NOSY } })] })
    await new WeavrUser(app, { ...playing('nosy'), 'api-key': 'secret-key' }).factors()
    const [{ state }] = (await read(app)).body.subjects
    t.match(state.seen, { key: /^\*{3}[0-9a-f]{8}$/, code: /^\*{3}[0-9a-f]{8}$/, other: 'text' })
  })

  t.test('shows the hundred subjects that were used last', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app)
    for (let number = 1; number <= 102; number++) await user.initiate(`c${number}`)
    await user.initiate('c1')
    const shown = (await read(app)).body.subjects.map((each: { subject: string }) => each.subject)
    t.equal(shown.length, 100)
    t.same([shown[0], shown.at(-1)], ['c4', 'c1'])
  })

  t.test('may have the name of what objects have', async (t) => {
    const app = await makeApp(t)
    t.equal((await read(app, '__proto__')).status, 404)
    await used(app, '__proto__')
    t.match((await read(app, '__proto__')).body, { id: '__proto__', requests: 1 })
  })

  t.test('may have a name of 128 letters', async (t) => {
    const app = await makeApp(t)
    const id = 'a'.repeat(128)
    await used(app, id)
    t.equal((await read(app, id)).body.id, id)
    t.equal((await patch(app, id, { scenario: 'slow' })).body.scenario, 'slow')
  })
})

t.test('the scenario of a session', async (t) => {
  t.test('is played for requests that name none, in that session only', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const answer = await patch(app, 'a', { scenario: 'service-unavailable' })
    t.match([answer.status, answer.body], [200, { id: 'a', scenario: 'service-unavailable' }])
    const played = await user.stepUp(inSession('a'))
    t.equal(told(played), '503')
    t.equal(played.headers['x-sandbox-scenario'], 'service-unavailable')
    t.equal(told(await user.stepUp(inSession('b'))), '204')
  })

  t.test('makes the session if it is not there', async (t) => {
    const app = await makeApp(t)
    await patch(app, 'new', { scenario: 'slow' })
    t.match((await list(app)).body, { total: 1, sessions: [{ id: 'new', requests: 0 }] })
  })

  t.test('leaves what the session remembers', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp(after('1h'))
    await patch(app, 'default', { scenario: 'channel-not-supported' })
    t.equal(told(await user.stepUp()), conflict('CHANNEL_NOT_SUPPORTED'))
    await patch(app, 'default', { scenario: null })
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
    t.match((await read(app)).body, { clock: { now: '2026-01-01T13:00:00.000Z' }, requests: 3 })
  })

  t.test("goes before the server's, and null gives way to it", async (t) => {
    const app = await makeApp(t, { scenario: 'unauthorized' })
    const user = new WeavrUser(app)
    await patch(app, 'default', { scenario: 'default' })
    t.equal(told(await user.stepUp()), '204')
    await patch(app, 'default', { scenario: null })
    t.equal((await user.stepUp()).status, 401)
  })

  t.test('gives way to the header and to the base URL', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, inSession('a'))
    await patch(app, 'a', { scenario: 'service-unavailable' })
    t.equal(
      told(await user.stepUp(playing('channel-not-supported'))),
      conflict('CHANNEL_NOT_SUPPORTED'),
    )
    const byUrl = await app.ask('POST', `/@a:channel-not-supported${STEP_UP}`, {
      headers: { 'api-key': 'key', authorization: 'Bearer user' },
    })
    t.equal(told(byUrl), conflict('CHANNEL_NOT_SUPPORTED'))
    t.equal(told(await user.stepUp()), '503', 'for those requests only')
  })

  t.test('stays as it is where nothing is said of it', async (t) => {
    const app = await makeApp(t)
    await patch(app, 'a', { scenario: 'slow' })
    t.match(await patch(app, 'a', {}), { status: 200, body: { scenario: 'slow' } })
  })

  t.test('is one that there is; else the nearest are named and nothing happens', async (t) => {
    const app = await makeApp(t)
    await patch(app, 'a', { scenario: 'slow' })
    const answer = await patch(app, 'a', { scenario: 'service-unavailible' })
    t.same(problem(answer), problemOf(400, 'unknown-scenario'))
    t.same(answer.body.nearest, ['service-unavailable'])
    t.match(answer.body.detail, 'service-unavailible')
    t.equal((await read(app, 'a')).body.scenario, 'slow')
    t.same(
      problem(await patch(app, 'b', { scenario: 'service-unavailible' })),
      problemOf(400, 'unknown-scenario'),
    )
    t.equal((await read(app, 'b')).status, 404)
    const { body } = await patch(app, 'a', { scenario: 'FUNDS_INSUFFICIENT' })
    t.equal(body.nearest[0], 'funds-insufficient', 'an error code names the scenario that sends it')
  })

  const bad: readonly [what: string, body: unknown, detail: RegExp][] = [
    ['an unknown field', { scenari: 'slow' }, /"scenari" is not known; did you mean "scenario"\?/],
    ['a field that is like none', { x: 1 }, /"x" is not known; .*scenario/],
    ['a number', { scenario: 7 }, /"scenario" must be string.*but is 7/],
    ['a list', { scenario: ['slow'] }, /"scenario" must be string/],
    ['a list as the body', [], /the body must be object/],
    ['no body', undefined, /the body must be object/],
  ]
  for (const [what, body, detail] of bad) {
    t.test(`is not set by ${what}`, async (t) => {
      const app = await makeApp(t)
      const answer = await patch(app, 'a', body)
      t.same(problem(answer), problemOf(400, 'bad-admin-request'))
      t.match(answer.body.detail, detail)
      t.same(await ids(app), [])
    })
  }

  t.test('is not set by what is not JSON', async (t) => {
    const app = await makeApp(t)
    const headers = { 'content-type': 'application/json' }
    const answer = await app.ask('PATCH', `${SESSIONS}/a`, { headers, body: '{"scenario":' })
    t.same(problem(answer), problemOf(400, 'bad-admin-request'))
    t.match(answer.body.detail, 'not JSON')
  })
})

t.test('a session that is reset', async (t) => {
  const filled = async (app: TestApp, id: string) => {
    await patch(app, id, { scenario: 'slow' })
    await new WeavrUser(app).stepUp({ ...inSession(id), ...after('1h') })
  }

  t.test('has no state, clock, scenario and journal any more', async (t) => {
    const app = await makeApp(t)
    await filled(app, 'a')
    const answer = await app.ask('DELETE', `${SESSIONS}/a`)
    t.equal(told(answer), '204')
    t.same(app.requests('a'), [])
    t.equal((await read(app, 'a')).status, 404)
    t.equal(told(await new WeavrUser(app).stepUp(inSession('a'))), '204', 'as the first time')
    t.match((await read(app, 'a')).body, { scenario: null, clock: { now: NOON }, requests: 1 })
  })

  t.test('takes no other with it', async (t) => {
    const app = await makeApp(t)
    for (const id of ['a', 'b']) await filled(app, id)
    await app.ask('DELETE', `${SESSIONS}/a`)
    t.same(await ids(app), ['b'])
    t.equal(app.requests('b').length, 1)
    t.equal(told(await new WeavrUser(app).stepUp(inSession('b'))), conflict('RETRY_IN_15SEC'))
  })

  t.test('is reset with all others at once', async (t) => {
    const app = await makeApp(t)
    for (const id of ['a', 'b']) await filled(app, id)
    t.equal(told(await app.ask('DELETE', SESSIONS)), '204')
    t.match((await list(app)).body, { sessions: [], total: 0 })
    for (const id of ['a', 'b']) {
      t.same(app.requests(id), [])
      t.equal(told(await new WeavrUser(app).stepUp(inSession(id))), '204')
    }
  })

  t.test('may be asked for with a type of body and none', async (t) => {
    const app = await makeApp(t)
    await filled(app, 'a')
    const headers = { 'content-type': 'application/json' }
    t.equal(told(await app.ask('DELETE', `${SESSIONS}/a`, { headers })), '204')
    t.equal(told(await app.ask('DELETE', SESSIONS, { headers })), '204', 'though there is none')
  })
})

t.test('a session that nobody used', async (t) => {
  for (const method of ['GET', 'DELETE']) {
    t.test(`is not found by ${method}, which names the nearest and makes none`, async (t) => {
      const app = await makeApp(t)
      await used(app, 'checkout-1', 'checkout-2', 'other')
      const answer = await app.ask(method, `${SESSIONS}/checkout-3`)
      t.same(problem(answer), problemOf(404, 'unknown-session'))
      t.same(answer.body.nearest, ['checkout-1', 'checkout-2'])
      t.match(answer.body.detail, /"checkout-3"; nearest: checkout-1, checkout-2;/)
      t.equal((await list(app)).body.total, 3)
    })
  }

  t.test('is not found where there is none at all', async (t) => {
    const answer = await read(await makeApp(t), 'x')
    t.same(problem(answer), problemOf(404, 'unknown-session'))
    t.same(answer.body.nearest, [])
  })

  t.test('has a journal if a request was refused before it could make it', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).stepUp({ ...inSession('a'), ...playing('nope') })
    const { status, body } = await app.ask('GET', `${SESSIONS}/a/requests`)
    t.equal(status, 200)
    t.match(body.requests, [{ session: 'a', rule: 'sandbox' }])
    t.equal((await app.ask('GET', `${SESSIONS}/b/requests`)).status, 404)
  })
})

t.test('what is no id of a session is refused by all that would make one', async (t) => {
  const app = await makeApp(t)
  const snapshot = {
    format: 1,
    apis: {},
    session: { now: NOON, frozen: false, scenario: null },
    subjects: [],
    owners: [],
    kept: [],
  }
  for (const id of ['a%20b', 'a%2Fb', '%C3%A9', 'a:b', 'a'.repeat(129)]) {
    const answers = [
      await patch(app, id, { scenario: 'slow' }),
      await app.ask('POST', `${SESSIONS}/${id}/clock`, { body: { frozen: true } }),
      await app.ask('PUT', `${SESSIONS}/${id}/snapshot`, { body: snapshot }),
    ]
    for (const answer of answers) t.same(problem(answer), problemOf(400, 'bad-session-id'), id)
  }
  t.same(await ids(app), [])
})

t.test(
  'a token that a rule remembers is hidden, also where the journal knows nothing of it',
  async (t) => {
    const app = await makeApp(t, { journal: false })
    await new PlumeryUser(app, { token: 'ann-s-token' }).initiate()
    const { text } = await app.ask('GET', '/__admin/sessions/default')
    t.notMatch(text, 'ann-s-token')
    t.match(text, /"user":"\*\*\*[0-9a-f]{8}"/)
  },
)

t.test('a session that has nothing but a journal can be reset', async (t) => {
  const app = await makeApp(t)
  await app.ask('GET', '/', {
    headers: { 'x-sandbox-session': 'odd', 'x-sandbox-scenario': 'none' },
  })
  t.equal((await app.ask('DELETE', '/__admin/sessions/odd')).status, 204)
  t.same(app.requests('odd'), [])
})
