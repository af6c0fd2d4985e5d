import t from 'tap'
import { BOUNDS } from '../../src/store/store.ts'
import { inSession, problem, problemOf, SESSIONS } from '../fixtures/admin-requests.ts'
import { makeApp, START, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  type Headers,
  HOUR,
  JSON_BODY,
  MINUTE,
  PlumeryUser,
  playing,
  RIGHT,
  SECOND,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'

/** Stands for lists in lists, of which JSON.stringify would not find the end. */
const DEEP = 'lists in lists'

const take = (app: TestApp, id = 'default') => app.ask('GET', `${SESSIONS}/${id}/snapshot`)
const put = (app: TestApp, body: unknown, id = 'copy') =>
  app.ask('PUT', `${SESSIONS}/${id}/snapshot`, {
    body: JSON.stringify(body).replace(JSON.stringify(DEEP), '['.repeat(5e4) + ']'.repeat(5e4)),
    headers: JSON_BODY,
  })
const clock = (app: TestApp, body: unknown, id = 'default') =>
  app.ask('POST', `${SESSIONS}/${id}/clock`, { body })
const read = async (app: TestApp, id = 'copy') => (await app.ask('GET', `${SESSIONS}/${id}`)).body

/** Puts what a session is now into another one. */
async function copied(app: TestApp, from = 'default', to = 'copy') {
  return put(app, (await take(app, from)).body, to)
}

/** Two users: one does things, the other is the same one in the session that they are copied to. */
async function twins(app: TestApp, headers: Headers = {}) {
  return [new WeavrUser(app, headers), new WeavrUser(app, { ...headers, ...inSession('copy') })]
}

const at = (ms: number) => new Date(START + ms).toISOString()

t.test('a snapshot', async (t) => {
  t.test('begins another session where one was: the code is sent', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    t.equal(told(await copied(app)), '204')
    const copy = new WeavrUser(app, inSession('copy'))
    t.equal(told(await copy.stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal(told(await copy.verify()), '204')
    t.equal(told(await copy.verify()), conflict('ALREADY_VERIFIED'))
    t.equal(told(await user.verify(WRONG)), conflict('VERIFICATION_CODE_INVALID'))
  })

  t.test('can be put again and again, into as many sessions as there are tests', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).stepUp()
    const { body } = await take(app)
    for (const id of ['a', 'b', 'a']) {
      await put(app, body, id)
      t.equal(told(await new WeavrUser(app, inSession(id)).verify()), '204', id)
    }
  })

  t.test('of a copy is the same', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp({ 'idempotency-ref': 'r' })
    await user.confirm(['1', '2'])
    await new PlumeryUser(app, { token: 'ann' }).initiate()
    await copied(app)
    t.same((await take(app, 'copy')).body, (await take(app)).body)
  })

  t.test('keeps users apart, and the APIs', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, { token: 'ann' }).stepUp()
    await new WeavrUser(app, { token: 'bob' }).factors()
    await new PlumeryUser(app, { token: 'ann' }).initiate()
    await copied(app)
    const copy = inSession('copy')
    t.equal(told(await new WeavrUser(app, { token: 'ann', ...copy }).verify()), '204')
    const bob = new WeavrUser(app, { token: 'bob', ...copy })
    t.equal(told(await bob.verify()), conflict('STATE_INVALID'))
    t.equal((await new PlumeryUser(app, { token: 'bob', ...copy }).verify()).status, 400)
    t.equal(told(await new PlumeryUser(app, { token: 'ann', ...copy }).verify()), '204')
  })

  t.test('keeps challenges that have an id, and what was got wrong', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app)
    const { scaChallengeId } = (await user!.confirm(['1'])).body
    for (const _ of [1, 2, 3]) await user!.verifyConfirmation(scaChallengeId, WRONG)
    await copied(app)
    const wrong = await copy!.verifyConfirmation(scaChallengeId, WRONG)
    t.equal(told(wrong), conflict('ONE_CHALLENGE_LIMIT_REMAINING'))
    t.equal(told(await copy!.verifyConfirmation(scaChallengeId)), '204')
  })

  t.test('keeps how often each operation was called', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app, playing('challenge-limit-exceeded'))
    t.equal(told(await user!.stepUp()), '204')
    await copied(app)
    t.equal(told(await copy!.stepUp()), conflict('CHALLENGE_LIMIT_EXCEEDED'))
  })

  t.test('keeps what a scenario gave, which is not given twice', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app, playing('channel-not-registered'))
    await user!.enrol()
    t.equal(told(await user!.verifyEnrolment()), '204')
    await copied(app)
    t.equal(told(await copy!.enrol()), conflict('CHANNEL_ALREADY_REGISTERED'))
  })

  t.test("keeps the session's scenario", async (t) => {
    const app = await makeApp(t)
    await app.ask('PATCH', `${SESSIONS}/default`, { body: { scenario: 'service-unavailable' } })
    await copied(app)
    t.equal(told(await new WeavrUser(app, inSession('copy')).stepUp()), '503')
  })

  t.test('keeps answers for their idempotency references, for as long as they hold', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app, { 'idempotency-ref': 'r' })
    const first = await user!.confirm(['1'])
    app.clock.time += HOUR
    await copied(app)
    const again = await copy!.confirm(['1'])
    t.equal(again.headers['x-sandbox-rule'], 'replay')
    t.equal(told(again), told(first))
    t.equal(again.headers['content-type'], first.headers['content-type'])
    await clock(app, { advance: '22h59m59s' }, 'copy')
    t.equal((await copy!.confirm(['1'])).headers['x-sandbox-rule'], 'replay')
    await clock(app, { advance: '1s' }, 'copy')
    t.not((await copy!.confirm(['1'])).headers['x-sandbox-rule'], 'replay')
  })

  t.test('keeps an answer without a body', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app, { 'idempotency-ref': 'r' })
    await user!.stepUp()
    await copied(app)
    const again = await copy!.stepUp()
    t.equal(told(again), '204')
    t.equal(again.headers['x-sandbox-rule'], 'replay')
  })

  t.test('keeps whose a challenge is, so that it can be answered', async (t) => {
    const app = await makeApp(t)
    const [user] = await twins(app)
    const { id } = (await user!.push()).body
    await copied(app)
    const accepted = await app.ask('POST', `${SESSIONS}/copy/challenges/${id}/accept`)
    t.equal(told(accepted), '204')
    t.equal((await read(app)).subjects[0].state.push.status, 'ACCEPTED')
    t.equal((await read(app, 'default')).subjects[0].state.push.status, 'PENDING')
  })

  t.test('holds credentials as they are, and says of which contracts it is', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, { token: 'ann-s-token' }).stepUp()
    const { body } = await take(app)
    t.match(body, { format: 1, subjects: [{ api: 'weavr-multi', subject: 'ann-s-token' }] })
    t.same(Object.keys(body.apis).toSorted(), ['plumery-mfa', 'weavr-multi', 'weavr-simulator'])
  })

  t.test('cannot be taken of a session that is not there, and makes none', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).factors()
    const answer = await take(app, 'defalt')
    t.same(problem(answer), problemOf(404, 'unknown-session'))
    t.same(answer.body.nearest, ['default'])
    t.equal((await app.ask('GET', SESSIONS)).body.total, 1)
  })
})

t.test('the time of a snapshot', async (t) => {
  t.test('goes on from the moment at which it was taken', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app)
    await clock(app, { advance: '1h' })
    await user!.stepUp()
    app.clock.time += 10 * SECOND
    const { body } = await take(app)
    app.clock.time += 12 * HOUR
    await put(app, body)
    t.same((await read(app)).clock, { now: at(HOUR + 10 * SECOND), frozen: false })
    t.equal(told(await copy!.stepUp()), conflict('RETRY_IN_15SEC'))
    app.clock.time += 5 * SECOND
    t.equal(told(await copy!.stepUp()), '204')
    t.equal(told(await user!.verify()), conflict('VERIFICATION_CODE_EXPIRED'), 'there it went on')
  })

  t.test('stands where it stood', async (t) => {
    const app = await makeApp(t)
    const [user, copy] = await twins(app)
    await clock(app, { advance: '1h', frozen: true })
    await user!.stepUp()
    const { body } = await take(app)
    app.clock.time += HOUR
    await put(app, body)
    app.clock.time += HOUR
    t.same((await read(app)).clock, { now: at(HOUR), frozen: true })
    t.equal(told(await copy!.verify()), '204')
  })

  t.test('may be before that of the session, which goes back', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    const { body } = await take(app)
    await user.verify(RIGHT, after('1m'))
    await put(app, body, 'default')
    t.same((await read(app, 'default')).clock, { now: at(0), frozen: false })
    t.equal(told(await user.verify()), '204')
  })

  t.test('may be the last there is', async (t) => {
    const app = await makeApp(t)
    await clock(app, { now: '9999-12-31T23:59:59.999Z', frozen: true })
    t.equal(told(await copied(app)), '204')
    t.equal((await read(app)).clock.now, '9999-12-31T23:59:59.999Z')
  })
})

t.test('a snapshot takes the place of all that the session had', async (t) => {
  const app = await makeApp(t)
  const copy = new WeavrUser(app, { ...inSession('copy'), 'idempotency-ref': 'r' })
  await app.ask('PATCH', `${SESSIONS}/copy`, { body: { scenario: 'slow' } })
  await copy.confirm(['1'])
  await new WeavrUser(app, { token: 'bob' }).stepUp()
  await copied(app)
  t.match(await read(app), { scenario: null, requests: 0, messages: 0 })
  t.equal((await read(app)).subjects.length, 1)
  t.same(app.requests('copy'), [])
  t.not((await copy.confirm(['1'])).headers['x-sandbox-rule'], 'replay')
})

t.test('a snapshot of several megabytes is taken and put back', async (t) => {
  const app = await makeApp(t)
  await new WeavrUser(app).stepUp()
  const { body } = await take(app)
  const subjects = Array.from({ length: 9_000 }, (_, index) => ({
    ...body.subjects[0],
    subject: `user-${index}`,
  }))
  // The login that made the last call is another one.
  body.subjects[0].record.state.login = ''
  const large = { ...body, subjects }
  t.ok(JSON.stringify(large).length > 3 * 2 ** 20)
  t.equal(told(await put(app, large)), '204')
  const last = new WeavrUser(app, { token: 'user-8999', ...inSession('copy') })
  t.equal(told(await last.verify()), '204')
  t.equal((await take(app, 'copy')).body.subjects.length, 9_000)
})

t.test('a snapshot beyond 16 MiB is refused', async (t) => {
  const app = await makeApp(t)
  await new WeavrUser(app).stepUp()
  const { body } = await take(app)
  const answer = await put(app, { ...body, more: 'x'.repeat(16 * 2 ** 20) })
  t.same(problem(answer), problemOf(413, 'body-too-large'))
})

// biome-ignore lint/suspicious/noExplicitAny: tests break snapshots freely
type Loose = any

/** A session of which there is everything, as text of its own for each test to break. */
async function full(app: TestApp): Promise<Loose> {
  const user = new WeavrUser(app, { token: 'ann' })
  await user.stepUp({ 'idempotency-ref': 'r' })
  await user.confirm(['1'])
  return (await take(app)).body
}

const stateOf = (snapshot: Loose) => snapshot.subjects[0].record.state
const own = (key: string, value: unknown) =>
  JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`)

interface Broken {
  /** Breaks the snapshot, or gives another in its place. */
  readonly by: (snapshot: Loose) => unknown
  readonly code?: string
  readonly detail: RegExp
}

const MISSING = ['format', 'apis', 'session', 'subjects', 'owners', 'kept']

const BROKEN: Readonly<Record<string, Broken>> = {
  ...Object.fromEntries(
    MISSING.map((key): [string, Broken] => [
      `lacks ${key}`,
      {
        by: ({ [key]: _, ...rest }) => rest,
        code: 'bad-admin-request',
        detail: new RegExp(`body: "${key}" is missing`),
      },
    ]),
  ),
  'has an unknown key': {
    by: (snapshot) => ({ ...snapshot, subject: [] }),
    code: 'bad-admin-request',
    detail: /"subject" is not known; did you mean "subjects"\?/,
  },
  'has a __proto__': {
    by: (snapshot) => ({ ...snapshot, ...own('__proto__', { format: 1 }) }),
    code: 'bad-admin-request',
    detail: /"__proto__" is not known/,
  },
  'is a list': { by: () => [], code: 'bad-admin-request', detail: /the body must be object/ },
  'is nothing': { by: () => null, code: 'bad-admin-request', detail: /the body must be object/ },
  'is of another format': {
    by: (snapshot) => ({ ...snapshot, format: 2 }),
    code: 'bad-admin-request',
    detail: /"format" must be equal to constant/,
  },
  'has an object for its subjects': {
    by: (snapshot) => ({ ...snapshot, subjects: {} }),
    code: 'bad-admin-request',
    detail: /"subjects" must be array/,
  },
  'has a text for a truth': {
    by: ({ session }) => {
      session.frozen = 'no'
    },
    code: 'bad-admin-request',
    detail: /"session.frozen" must be boolean, but is "no"/,
  },
  'has no time': {
    by: ({ session }) => {
      session.now = 'yesterday'
    },
    code: 'bad-admin-request',
    detail: /"session.now" must match format "date-time"/,
  },
  'has a second that no clock here shows': {
    by: ({ session }) => {
      session.now = '2016-12-31T23:59:60Z'
    },
    detail: /session.now: "2016-12-31T23:59:60Z" is not a time/,
  },
  'has a time beyond the year 9999': {
    by: ({ session }) => {
      session.now = '9999-12-31T23:59:59-14:00'
    },
    detail: /session.now: .* is beyond the year 9999/,
  },
  'plays what there is not': {
    by: ({ session }) => {
      session.scenario = 'slwo'
    },
    code: 'unknown-scenario',
    detail: /nearest: slow/,
  },
  'counts calls with a text': {
    by: ({ subjects }) => {
      subjects[0].record.calls.default.stepupSCAChallenge = '1'
    },
    code: 'bad-admin-request',
    detail: /"subjects.0.record.calls.default.stepupSCAChallenge" must be integer/,
  },
  'counts what never happened': {
    by: ({ subjects }) => {
      subjects[0].record.calls.default.stepupSCAChallenge = 0
    },
    code: 'bad-admin-request',
    detail: /must be >= 1/,
  },
  'has a subject without a record': {
    by: ({ subjects }) => {
      delete subjects[0].record
    },
    code: 'bad-admin-request',
    detail: /"subjects.0.record" is missing/,
  },
  'has a list for a state': {
    by: ({ subjects }) => {
      subjects[0].record.state = []
    },
    code: 'bad-admin-request',
    detail: /"subjects.0.record.state" must be object/,
  },
  'keeps an answer of no status': {
    by: ({ kept }) => {
      kept[0].value.status = 20
    },
    code: 'bad-admin-request',
    detail: /"kept.0.value.status" must be >= 200/,
  },
  'is of another version of an API': {
    by: ({ apis }) => {
      apis['weavr-multi'] = '3.0.0'
    },
    detail: /it was taken with weavr-multi 3\.0\.0, but 3\.63\.5 is served; take a new one/,
  },
  'is of an API that is not served': {
    by: ({ apis }) => {
      apis.bank = '1'
    },
    detail: /it contains the API "bank", which is not served here/,
  },
  'is of an API with a name that objects have': {
    by: (snapshot) => ({ ...snapshot, apis: { ...snapshot.apis, ...own('__proto__', '1') } }),
    detail: /it contains the API "__proto__", which is not served here/,
  },
  'has a subject of an API that it does not name': {
    by: ({ apis }) => {
      delete apis['weavr-multi']
    },
    detail: /"weavr-multi" is missing in its list of apis/,
  },
  'has an id of an API with a name that objects have': {
    by: ({ owners }) => {
      owners[0].api = 'constructor'
    },
    detail: /"constructor" is missing in its list of apis/,
  },
  'has a time that is none': {
    by: (snapshot) => {
      stateOf(snapshot).stepUp.issuedAt = { $time: 'noon' }
    },
    detail: /subject "ann": \$time: "noon" is not a time; write it like/,
  },
  'has a number for a time': {
    by: (snapshot) => {
      stateOf(snapshot).stepUp.issuedAt = { $time: START }
    },
    detail: /subject "ann": \$time: the value is not a time/,
  },
  'has a depth for a time': {
    by: (snapshot) => {
      stateOf(snapshot).stepUp.issuedAt = { $time: DEEP }
    },
    detail: /subject "ann": \$time: the value is not a time/,
  },
  'has an object for a map': {
    by: (snapshot) => {
      stateOf(snapshot).sets = { $map: {} }
    },
    detail: /\$map must be a list of pairs of a name and its value/,
  },
  'has a mark that is not alone': {
    by: (snapshot) => {
      stateOf(snapshot).sets.more = 1
    },
    detail: /\$map must be the only key of its object/,
  },
  'has too deep a state': {
    by: (snapshot) => {
      stateOf(snapshot).deep = DEEP
    },
    detail: /subject "ann": a state is nested deeper than 100/,
  },
  'has a broken state in its last subject only': {
    by: (snapshot) => {
      const [first] = snapshot.subjects
      const record = { ...first.record, state: { stepUp: { $time: '' } } }
      snapshot.subjects.push({ ...first, subject: 'bob', record })
    },
    detail: /subject "bob": \$time: "" is not a time/,
  },
  'has too many subjects': {
    by: (snapshot) => {
      const [{ api }] = snapshot.subjects
      const record = { state: {}, calls: {}, used: {}, given: [] }
      snapshot.subjects = Array.from({ length: BOUNDS.subjects + 1 }, (_, index) => ({
        api,
        subject: `${index}`,
        record,
      }))
    },
    detail: /it has 10001 subjects; the limit of a session is 10000/,
  },
  'has too many ids': {
    by: (snapshot) => {
      snapshot.owners = Array(BOUNDS.ids + 1).fill(snapshot.owners[0])
    },
    detail: /it has 10001 ids; the limit of a session is 10000/,
  },
  'has too many references': {
    by: (snapshot) => {
      snapshot.kept = Array(BOUNDS.references + 1).fill(snapshot.kept[0])
    },
    detail: /it has 10001 references; the limit of a session is 10000/,
  },
}

t.test('a snapshot is refused, and nothing is changed, where it', async (t) => {
  const app = await makeApp(t)
  const sound = await full(app)
  const target = new WeavrUser(app, inSession('target'))
  await target.stepUp({ 'idempotency-ref': 'r' })
  await app.ask('PATCH', `${SESSIONS}/target`, { body: { scenario: 'slow' } })
  const before = (await take(app, 'target')).body
  for (const [what, { by, code = 'bad-snapshot', detail }] of Object.entries(BROKEN)) {
    t.test(what, async (t) => {
      const snapshot = structuredClone(sound)
      const broken = by(snapshot)
      const body = broken === undefined ? snapshot : broken
      for (const id of ['target', 'new']) {
        const answer = await put(app, body, id)
        t.same(problem(answer), problemOf(400, code))
        t.match(answer.body.detail, detail)
        if (code === 'bad-snapshot') t.match(answer.body.detail, 'nothing was changed')
      }
      t.same((await take(app, 'target')).body, before)
      t.equal(app.requests('target').length, 1)
      t.equal((await take(app, 'new')).status, 404, 'and nothing is made')
    })
  }
})

t.test('a snapshot may have any name in it', async (t) => {
  t.test('that objects have, which changes none of them', async (t) => {
    const app = await makeApp(t)
    const snapshot = await full(app)
    const record = snapshot.subjects[0].record
    record.state = { ...record.state, login: '', ...own('__proto__', { polluted: 1 }) }
    record.state.sets = { $map: [['__proto__', own('__proto__', { polluted: 1 })]] }
    record.calls = { ...record.calls, ...own('__proto__', { polluted: 1 }) }
    record.used = own('__proto__', 1)
    snapshot.subjects.push({ api: 'weavr-multi', subject: '__proto__', record })
    t.equal(told(await put(app, snapshot)), '204')
    t.equal(({} as Loose).polluted, undefined)
    t.same(JSON.stringify((await take(app, 'copy')).body), JSON.stringify(snapshot))
    t.match((await app.ask('GET', `${SESSIONS}/copy`)).text, '"__proto__":{"polluted":1}')
    for (const token of ['ann', '__proto__']) {
      t.equal(told(await new WeavrUser(app, { token, ...inSession('copy') }).verify()), '204')
    }
  })

  t.test('that is a mark of its own', async (t) => {
    const app = await makeApp(t)
    const snapshot = await full(app)
    stateOf(snapshot).$time = { $object: [['$map', 'no list']] }
    t.equal(told(await put(app, snapshot)), '204')
    t.same((await take(app, 'copy')).body, snapshot)
    t.same((await read(app)).subjects[0].state.$time, { $map: 'no list' })
  })
})

t.test('a snapshot of a session that only has a clock is little', async (t) => {
  const app = await makeApp(t)
  await clock(app, { advance: '1m' })
  const { apis, ...rest } = (await take(app)).body
  t.same(rest, {
    format: 1,
    session: { now: at(MINUTE), frozen: false, scenario: null },
    subjects: [],
    owners: [],
    kept: [],
  })
  t.equal(told(await put(app, { ...rest, apis: {} })), '204', 'and need not name the APIs')
})
