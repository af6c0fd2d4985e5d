/** Requests that belong to a session, or play a scenario, for what they carry. */
import t, { type Test } from 'tap'
import { type Answer, makeApp, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  JSON_BODY,
  PlumeryUser,
  playing,
  RIGHT,
  STEP_UP,
  TRANSFERS,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'

const BINDINGS = '/__admin/bindings'

type Bound = Readonly<Record<string, unknown>>

const put = (app: TestApp, name: string, body: unknown) =>
  app.ask('PUT', `${BINDINGS}/${name}`, { body })

/** A sandbox with bindings, each of which is taken. */
async function appWith(t: Test, bindings: Readonly<Record<string, Bound>>): Promise<TestApp> {
  const app = await makeApp(t)
  for (const [name, binding] of Object.entries(bindings)) {
    t.equal((await put(app, name, binding)).status, 200)
  }
  return app
}

const sessionOf = ({ headers }: Answer) => headers['x-sandbox-session']
const scenarioOf = ({ headers }: Answer) => headers['x-sandbox-scenario']
const played = (answer: Answer) => `${sessionOf(answer)}: ${scenarioOf(answer)}`

const problem = ({ status, body }: Answer) => `${status} ${body.code}`

t.test('requests are bound by', async (t) => {
  t.test('the bearer token', async (t) => {
    const app = await appWith(t, { tablet: { match: { token: 'frank' }, session: 'tablet-1' } })
    t.equal(sessionOf(await new WeavrUser(app, { token: 'frank' }).stepUp()), 'tablet-1')
    t.equal(sessionOf(await new WeavrUser(app, { token: 'eve' }).stepUp()), 'default')
    t.equal(sessionOf(await new PlumeryUser(app, { token: 'frank' }).initiate()), 'tablet-1')
    t.equal(app.requests('tablet-1').length, 2)
  })

  t.test('the api-key', async (t) => {
    const app = await appWith(t, { shop: { match: { apiKey: 'k1' }, session: 'shop' } })
    t.equal(sessionOf(await new WeavrUser(app, { 'api-key': 'k1' }).stepUp()), 'shop')
    t.equal(sessionOf(await new WeavrUser(app, { 'api-key': 'k2' }).stepUp()), 'default')
  })

  t.test('a path parameter', async (t) => {
    const match = { path: { challengeId: 'c1' } }
    const app = await appWith(t, { one: { match, session: 's1' } })
    const user = new PlumeryUser(app)
    t.equal(sessionOf(await user.initiate('c1')), 's1')
    t.equal(told(await user.verify(RIGHT, 'c1')), '204')
    t.equal(sessionOf(await user.initiate('c2')), 'default')
    t.equal(sessionOf(await new WeavrUser(app).stepUp()), 'default', 'which has no such one')
  })

  t.test('a path parameter as it reads, not as it was encoded', async (t) => {
    const app = await appWith(t, {
      one: { match: { path: { challengeId: 'c/1' } }, session: 's1' },
    })
    t.equal(sessionOf(await new PlumeryUser(app).initiate('c%2F1')), 's1')
  })

  t.test('a field of the body', async (t) => {
    const app = await appWith(t, { one: { match: { body: { totp: WRONG } }, session: 's1' } })
    const user = new PlumeryUser(app)
    t.equal(sessionOf(await user.verify(WRONG)), 's1')
    t.equal(sessionOf(await user.verify(RIGHT)), 'default')
    t.equal(sessionOf(await user.initiate()), 'default')
  })

  t.test('a field deep in the body, before the contract is asked', async (t) => {
    const app = await appWith(t, {
      number: { match: { body: { 'user.id': 7 } }, session: 'number' },
      text: { match: { body: { 'user.id': '7' } }, session: 'text' },
      item: { match: { body: { 'resourceIds.1': '2' } }, session: 'item' },
    })
    const user = new WeavrUser(app)
    const confirm = (more: object) => user.call('POST', '/challenges/otp/SMS', more)
    t.equal(sessionOf(await confirm({ user: { id: 7 } })), 'number')
    t.equal(sessionOf(await confirm({ user: { id: '7' } })), 'text')
    t.equal(sessionOf(await confirm({ user: { id: 8 } })), 'default')
    const both = { resourceType: TRANSFERS, resourceIds: ['1', '2'] }
    t.match(await confirm(both), { status: 200, headers: { 'x-sandbox-session': 'item' } })
  })
})

t.test('requests are bound by several values, all of which they must have', async (t) => {
  const match = { token: 'frank', body: { resourceType: TRANSFERS, 'resourceIds[0]': '7' } }
  const app = await appWith(t, { transfer: { match, session: 's1' } })
  const confirm = (token: string, ids: readonly string[]) =>
    new WeavrUser(app, { token }).confirm(ids)
  t.equal(sessionOf(await confirm('frank', ['7', '8'])), 's1')
  t.equal(sessionOf(await confirm('frank', ['8', '7'])), 'default')
  t.equal(sessionOf(await confirm('eve', ['7', '8'])), 'default')
  const { body } = await app.ask('GET', `${BINDINGS}/transfer`)
  t.same(body.match, { ...match, token: '***77646f5a' })
})

t.test('a binding', async (t) => {
  t.test('to a session shares its state with those who name it', async (t) => {
    const app = await appWith(t, { tablet: { match: { token: 'frank' }, session: 's1' } })
    t.equal(told(await new WeavrUser(app, { token: 'frank' }).stepUp()), '204')
    const named = new WeavrUser(app, { token: 'frank', 'x-sandbox-session': 's1' })
    t.equal(told(await named.stepUp()), conflict('RETRY_IN_15SEC'))
  })

  t.test('to a session moves the clock of that one', async (t) => {
    const app = await appWith(t, { tablet: { match: { token: 'frank' }, session: 's1' } })
    const user = new WeavrUser(app, { token: 'frank' })
    await user.stepUp()
    t.equal(told(await user.stepUp(after('15s'))), '204')
    const { clock } = (await app.ask('GET', '/__admin/sessions/s1')).body
    t.equal(clock.now, '2026-01-01T12:00:15.000Z')
  })

  t.test('to a scenario leaves the session as it is', async (t) => {
    const match = { token: 'frank' }
    const app = await appWith(t, { down: { match, scenario: 'service-unavailable' } })
    const answer = await new WeavrUser(app, { token: 'frank' }).stepUp()
    t.equal(answer.status, 503)
    t.equal(played(answer), 'default: service-unavailable')
    t.equal(told(await new WeavrUser(app, { token: 'eve' }).stepUp()), '204')
  })

  t.test('to both is for both', async (t) => {
    const match = { apiKey: 'k1' }
    const app = await appWith(t, { down: { match, session: 's1', scenario: 'forbidden' } })
    const answer = await new WeavrUser(app, { 'api-key': 'k1' }).stepUp()
    t.equal(played(answer), 's1: forbidden')
  })

  t.test('outlives the sessions', async (t) => {
    const app = await appWith(t, { tablet: { match: { token: 'frank' }, session: 's1' } })
    const user = new WeavrUser(app, { token: 'frank' })
    await user.stepUp()
    t.equal((await app.ask('DELETE', '/__admin/sessions')).status, 204)
    const again = await user.stepUp()
    t.equal(sessionOf(again), 's1')
    t.equal(told(again), '204', 'its state is gone')
  })
})

t.test('what a request says itself goes before', async (t) => {
  /** Bound to session and scenario; the session plays another one, and the server a third. */
  async function prepared(t: Test) {
    const app = await makeApp(t, { scenario: 'too-many-requests' })
    await app.ask('PATCH', '/__admin/sessions/mine', { body: { scenario: 'forbidden' } })
    const ask = async (path: string, headers = {}) =>
      played(await new WeavrUser(app, { token: 'frank' }).call('POST', path, undefined, headers))
    const bind = (binding: Bound) => put(app, 'b', { match: { token: 'frank' }, ...binding })
    return { app, ask, bind }
  }
  const named = { 'x-sandbox-session': 'other', 'x-sandbox-scenario': 'slow' }
  const inUrl = `/@url:flaky${STEP_UP}`

  t.test('the header, then the base URL, then the binding', async (t) => {
    const { ask, bind } = await prepared(t)
    await bind({ session: 'bound', scenario: 'service-unavailable' })
    t.equal(await ask(inUrl, named), 'other: slow')
    t.equal(await ask(STEP_UP, named), 'other: slow')
    t.equal(await ask(inUrl), 'url: flaky')
    t.equal(await ask(STEP_UP), 'bound: service-unavailable')
  })

  t.test('half of it leaves the other half to the binding', async (t) => {
    const { ask, bind } = await prepared(t)
    await bind({ session: 'bound', scenario: 'service-unavailable' })
    t.equal(await ask(`/@url${STEP_UP}`), 'url: service-unavailable')
    t.equal(await ask(STEP_UP, playing('slow')), 'bound: slow')
    t.equal(await ask(`/@url${STEP_UP}`, playing('slow')), 'url: slow')
  })

  t.test("then the session's scenario, then the server's", async (t) => {
    const { ask, bind } = await prepared(t)
    await bind({ session: 'mine', scenario: 'service-unavailable' })
    t.equal(await ask(STEP_UP), 'mine: service-unavailable')
    await bind({ session: 'mine' })
    t.equal(await ask(STEP_UP), 'mine: forbidden')
    await bind({ session: 'bound' })
    t.equal(await ask(STEP_UP), 'bound: too-many-requests')
  })

  t.test('the default session, too, where it is named', async (t) => {
    const { ask, bind } = await prepared(t)
    await bind({ session: 'bound' })
    t.equal(await ask(`/@default${STEP_UP}`), 'default: too-many-requests')
  })
})

t.test('of several bindings that fit', async (t) => {
  const two = {
    key: { match: { apiKey: 'k1' }, session: 'first' },
    token: { match: { token: 'frank' }, session: 'second', scenario: 'forbidden' },
  }
  const user = (app: TestApp) => new WeavrUser(app, { token: 'frank', 'api-key': 'k1' })

  t.test('the one that was put first decides alone', async (t) => {
    const app = await appWith(t, two)
    t.equal(played(await user(app).stepUp()), 'first: default')
  })

  t.test('the first one decides still when it is put anew', async (t) => {
    const app = await appWith(t, two)
    await put(app, 'key', { match: { apiKey: 'k1' }, session: 'anew' })
    t.equal(sessionOf(await user(app).stepUp()), 'anew')
  })

  t.test('the second one decides once the first is gone', async (t) => {
    const app = await appWith(t, two)
    await app.ask('DELETE', `${BINDINGS}/key`)
    t.equal(played(await user(app).stepUp()), 'second: forbidden')
  })
})

t.test('PUT replaces the whole binding', async (t) => {
  const app = await appWith(t, {
    b: { match: { token: 'frank' }, session: 's1', scenario: 'forbidden' },
  })
  const answer = await put(app, 'b', { match: { path: { challengeId: 'c1' } }, session: 's2' })
  const binding = { name: 'b', match: { path: { challengeId: 'c1' } }, session: 's2' }
  t.same(answer.body, binding)
  t.same((await app.ask('GET', `${BINDINGS}/b`)).body, binding)
  t.same((await app.ask('GET', BINDINGS)).body, { bindings: [binding] })
  t.equal(played(await new WeavrUser(app, { token: 'frank' }).stepUp()), 'default: default')
})

t.test('bindings are listed in the order in which they are tried', async (t) => {
  const binding = { match: { token: 'frank' }, session: 's1' }
  const app = await appWith(t, { b: binding, a: binding, c: binding })
  await put(app, 'b', binding)
  const { bindings } = (await app.ask('GET', BINDINGS)).body
  t.same(
    bindings.map(({ name }: Bound) => name),
    ['b', 'a', 'c'],
  )
})

t.test('credentials are hidden, other values are not', async (t) => {
  const app = await appWith(t, {
    token: { match: { token: 'frank' }, session: 's1' },
    key: { match: { apiKey: 'key-of-frank' }, session: 's1' },
    field: { match: { body: { user: 'ann' } }, session: 's1' },
  })
  const list = await app.ask('GET', BINDINGS)
  t.notMatch(list.text, 'frank')
  const [token, key, field] = list.body.bindings
  t.same(token.match, { token: '***77646f5a' })
  t.match(key.match.apiKey, /^\*\*\*[0-9a-f]{8}$/)
  t.same(field.match, { body: { user: 'ann' } })
  t.notMatch((await app.ask('GET', `${BINDINGS}/token`)).text, 'frank')
  t.notMatch((await put(app, 'key', key)).text, 'frank')
})

t.test('DELETE', async (t) => {
  const tablet = { match: { token: 'frank' }, session: 's1' }

  t.test('takes one away', async (t) => {
    const app = await appWith(t, { tablet, phone: tablet })
    t.equal(told(await app.ask('DELETE', `${BINDINGS}/tablet`)), '204')
    t.equal(problem(await app.ask('GET', `${BINDINGS}/tablet`)), '404 unknown-binding')
    t.equal(problem(await app.ask('DELETE', `${BINDINGS}/tablet`)), '404 unknown-binding')
    t.equal((await app.ask('GET', `${BINDINGS}/phone`)).status, 200)
  })

  t.test('takes all away, also where there are none', async (t) => {
    const app = await appWith(t, { tablet, phone: tablet })
    t.equal(told(await app.ask('DELETE', BINDINGS)), '204')
    t.equal(told(await app.ask('DELETE', BINDINGS)), '204')
    t.same((await app.ask('GET', BINDINGS)).body, { bindings: [] })
    t.equal(sessionOf(await new WeavrUser(app, { token: 'frank' }).stepUp()), 'default')
  })
})

t.test('a binding that is not there is answered with those that are nearest', async (t) => {
  const app = await appWith(t, { tablet: { match: { token: 'frank' }, session: 's1' } })
  for (const method of ['GET', 'DELETE']) {
    const { status, body } = await app.ask(method, `${BINDINGS}/tabelt`)
    t.equal(status, 404)
    t.match(body, { code: 'unknown-binding', nearest: ['tablet'] })
    t.equal(
      body.detail,
      'there is no binding "tabelt"; nearest: tablet; GET /__admin/bindings lists all',
    )
  }
  for (const name of ['__proto__', 'constructor', 'toString']) {
    t.match((await app.ask('GET', `${BINDINGS}/${name}`)).body.nearest, [], name)
  }
})

const MATCH = { token: 'frank' }

const REFUSED: Readonly<Record<string, [body: unknown, detail: string]>> = {
  'no body': [undefined, 'the body must be object'],
  'a list': [[], 'the body must be object'],
  'no match': [{ session: 's1' }, 'body: "match" is missing'],
  'an empty match': [
    { match: {}, session: 's1' },
    'body: "match" is empty; it can have token, apiKey, path, body',
  ],
  'an unknown match': [
    { match: { tokn: 'a' }, session: 's1' },
    'body: "match.tokn" is not known; did you mean "token"?',
  ],
  'a match that objects have anyway': [
    { match: JSON.parse('{ "__proto__": "a" }'), session: 's1' },
    'body: "match.__proto__" is not known; known are token, apiKey, path, body',
  ],
  'neither session nor scenario': [{ match: MATCH }, 'the body needs one of session, scenario'],
  'an empty token': [
    { match: { token: '' }, session: 's1' },
    'body: "match.token" must NOT have fewer than 1 characters, but is ""',
  ],
  'an empty api-key': [
    { match: { apiKey: '' }, session: 's1' },
    'body: "match.apiKey" must NOT have fewer than 1 characters, but is ""',
  ],
  'an empty path parameter, which every path lacks': [
    { match: { path: { challengeId: '' } }, session: 's1' },
    'body: "match.path.challengeId" must NOT have fewer than 1 characters, but is ""',
  ],
  'no path parameter': [{ match: { path: {} }, session: 's1' }, 'body: "match.path" is empty'],
  'a number as a path parameter': [
    { match: { path: { id: 7 } }, session: 's1' },
    'body: "match.path.id" must be string, but is 7',
  ],
  'no field': [{ match: { body: {} }, session: 's1' }, 'body: "match.body" is empty'],
  'an object as a field': [
    { match: { body: { user: { id: 7 } } }, session: 's1' },
    'body: "match.body.user" must be string,number,boolean',
  ],
  'an unknown field': [
    { match: MATCH, sesion: 's1', scenario: 'slow' },
    'body: "sesion" is not known; did you mean "session"?',
  ],
  'a number as a session': [
    { match: MATCH, session: 7 },
    'body: "session" must be string, but is 7',
  ],
}

const NEVER: Readonly<Record<string, [match: object, detail: string]>> = {
  'a path parameter that no operation has': [
    { path: { challengeID: 'c1' } },
    'no operation has the path parameter "challengeID"; did you mean "challengeId"?',
  ],
  'path parameters that no operation has together': [
    { path: { challengeId: 'c1', channel: 'SMS' } },
    'no operation has all of the path parameters challengeId, channel',
  ],
  'an api-key where none is taken': [
    { path: { challengeId: 'c1' }, apiKey: 'k1' },
    'no operation with these path parameters takes an api-key',
  ],
  'a token with a space': [{ token: 'Bearer frank' }, 'a bearer token has no spaces'],
  'an index that is no number': [
    { body: { 'resourceIds[x]': '7' } },
    '"resourceIds[x]" is not a field of a body; write user.id or resourceIds[0]',
  ],
  'a bracket that is not closed': [
    { body: { 'resourceIds[0': '7' } },
    '"resourceIds[0" is not a field of a body; write user.id or resourceIds[0]',
  ],
  'a field without a name': [
    { body: { 'user..id': '7' } },
    '"user..id" is not a field of a body; write user.id or resourceIds[0]',
  ],
}

t.test('a binding is refused that can never match, with', async (t) => {
  for (const [what, [match, detail]] of Object.entries(NEVER)) {
    t.test(what, async (t) => {
      const app = await makeApp(t)
      const answer = await put(app, 'b', { match, session: 's1' })
      t.equal(problem(answer), '400 binding-never-matches')
      t.equal(answer.body.detail, detail)
      t.same((await app.ask('GET', BINDINGS)).body.bindings, [])
    })
  }
})

t.test('a binding is refused with', async (t) => {
  for (const [what, [body, detail]] of Object.entries(REFUSED)) {
    t.test(what, async (t) => {
      const app = await makeApp(t)
      const answer = await put(app, 'b', body)
      t.equal(problem(answer), '400 bad-admin-request')
      t.equal(answer.body.detail, detail)
      t.same((await app.ask('GET', BINDINGS)).body.bindings, [])
    })
  }

  t.test('a number beyond all numbers', async (t) => {
    const app = await makeApp(t)
    const body = '{ "match": { "body": { "a": 1e400 } }, "session": "s1" }'
    const answer = await app.ask('PUT', `${BINDINGS}/b`, { headers: JSON_BODY, body })
    t.equal(problem(answer), '400 bad-admin-request')
  })

  t.test('an unknown scenario', async (t) => {
    const app = await makeApp(t)
    const answer = await put(app, 'b', { match: MATCH, scenario: 'retry-in-15' })
    t.equal(problem(answer), '400 unknown-scenario')
    t.same(answer.body.nearest, ['retry-in-15-sec', 'retry-then-ok'])
  })

  t.test('a session that cannot be one', async (t) => {
    const app = await makeApp(t)
    for (const session of ['', 'a b', 'ä', 'a'.repeat(129)]) {
      t.equal(problem(await put(app, 'b', { match: MATCH, session })), '400 bad-session-id')
    }
    t.equal((await put(app, 'b', { match: MATCH, session: 'a'.repeat(128) })).status, 200)
  })

  t.test('a name that cannot be one', async (t) => {
    const app = await makeApp(t)
    for (const name of ['a%20b', '%C3%A4', 'a%2Fb', 'a'.repeat(129)]) {
      const answer = await put(app, name, { match: MATCH, session: 's1' })
      t.equal(problem(answer), '400 bad-admin-request', name)
    }
    t.equal((await put(app, 'a'.repeat(128), { match: MATCH, session: 's1' })).status, 200)
  })

  t.test('what leaves the one of its name as it was', async (t) => {
    const app = await appWith(t, { b: { match: MATCH, session: 's1' } })
    await put(app, 'b', { match: MATCH, scenario: 'nope' })
    t.equal(sessionOf(await new WeavrUser(app, { token: 'frank' }).stepUp()), 's1')
  })
})

t.test('the one after 1,000 is refused, and the others can still be put anew', async (t) => {
  const app = await makeApp(t)
  for (let count = 0; count < 1_000; count++) {
    await put(app, `b${count}`, { match: { token: `t${count}` }, session: 's1' })
  }
  const more = { match: { token: 'more' }, session: 's2' }
  const answer = await put(app, 'more', more)
  t.equal(problem(answer), '409 too-many-bindings')
  t.match(answer.body.detail, '1000')
  t.equal((await put(app, 'b7', more)).status, 200)
  await app.ask('DELETE', `${BINDINGS}/b8`)
  t.equal((await put(app, 'more', more)).status, 200)
  t.equal((await app.ask('GET', BINDINGS)).body.bindings.length, 1_000)
  t.equal(sessionOf(await new WeavrUser(app, { token: 't999' }).stepUp()), 's1')
})

t.test('bindings do no harm to', async (t) => {
  const all = {
    token: { match: { token: 'frank' }, session: 's1' },
    path: { match: { path: { challengeId: 'c1' } }, session: 's2' },
    body: { match: { body: { totp: RIGHT } }, session: 's3' },
    deep: { match: { body: { 'a.b.c': true } }, session: 's4' },
  }

  t.test('paths that no operation has', async (t) => {
    const app = await appWith(t, all)
    const ask = (path: string, headers = {}) => app.ask('GET', path, { headers })
    t.equal((await ask('/nowhere')).status, 404)
    t.equal((await ask('/%E0%A4%A')).status, 400)
    const bound = await ask('/nowhere', { authorization: 'Bearer frank' })
    t.equal(bound.status, 404)
    t.equal(sessionOf(bound), 's1', 'of which the token is known all the same')
  })

  t.test('bodies that are none', async (t) => {
    const app = await appWith(t, all)
    const path = '/internal/v1/mfa/totp-sms/c9:verify'
    for (const body of ['{', 'null', '[]', '7', '"x"', `{"totp":"${RIGHT}`]) {
      const answer = await app.ask('POST', path, { headers: JSON_BODY, body })
      t.equal(answer.status, 400, body)
      t.equal(sessionOf(answer), 'default', body)
    }
  })

  t.test('requests without credentials', async (t) => {
    const app = await appWith(t, all)
    t.equal(told(await app.ask('POST', STEP_UP)).slice(0, 3), '401')
  })
})

t.test('names that objects have anyway are names like others', async (t) => {
  const app = await makeApp(t)
  const body = '{ "match": { "body": { "__proto__": "x" } }, "session": "odd" }'
  const answer = await app.ask('PUT', `${BINDINGS}/__proto__`, { headers: JSON_BODY, body })
  t.equal(answer.status, 200)
  t.match(answer.text, '"body":{"__proto__":"x"}')
  t.equal((await app.ask('GET', `${BINDINGS}/__proto__`)).body.name, '__proto__')
  const user = new PlumeryUser(app)
  t.equal(sessionOf(await user.verify()), 'default')
  const path = '/internal/v1/mfa/totp-sms/c1:verify'
  const odd = { headers: JSON_BODY, body: '{ "totp": "1", "__proto__": "x" }' }
  t.equal(sessionOf(await app.ask('POST', path, odd)), 'odd')
  for (const name of ['constructor', 'hasOwnProperty']) {
    const refused = await put(app, name, { match: { path: { [name]: 'x' } }, session: 's' })
    t.equal(problem(refused), '400 binding-never-matches')
  }
  t.equal(sessionOf(await user.verify()), 'default')
})
