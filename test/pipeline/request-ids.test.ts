/** What every response of an API has: headers, fields of bodies, and in them the request's own id. */
import t, { type Test } from 'tap'
import type { SandboxOptions } from '../../src/index.ts'
import { createSandbox } from '../../src/index.ts'
import { type Answer, makeApp } from '../fixtures/app.ts'
import {
  after,
  overSockets,
  PlumeryUser,
  playing,
  STEP_UP,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const REF = { 'idempotency-ref': 'r-1' }

const idOf = ({ headers }: Answer) => headers['request-ref'] ?? ''

/** One request of each kind that there is, some of them twice. */
async function everything(t: Test, options: SandboxOptions = {}): Promise<Answer[]> {
  const app = await makeApp(t, options)
  const user = new WeavrUser(app)
  const other = new WeavrUser(app, { token: 'other' })
  const elsewhere = new WeavrUser(app, { 'x-sandbox-session': 'elsewhere' })
  const answers: Answer[] = []
  for (const each of [user, other, elsewhere, user]) {
    answers.push(await each.stepUp(), await each.stepUp(), await each.verify())
    answers.push(await each.factors(), await each.factors(playing('flaky')))
    answers.push(await each.call('POST', `${STEP_UP}/verify`, {}))
    answers.push(await each.call('POST', `${STEP_UP}/verify`, '{', { 'content-type': 'x/y' }))
    answers.push(await each.call('POST', '/multi/nowhere'), await each.call('PUT', STEP_UP))
    answers.push(await each.call('OPTIONS', STEP_UP))
    answers.push(await each.stepUp({ 'api-key': 'invalid' }))
    answers.push(await each.stepUp({ 'api-key': 'other-programme' }))
    answers.push(await each.stepUp({ authorization: '' }))
    answers.push(await each.stepUp({ prefer: 'code=503' }))
    answers.push(await each.confirm(['1'], { accept: 'text/csv' }))
  }
  return answers
}

t.test('every response has an id of its own, whoever made it', async (t) => {
  const answers = await everything(t)
  const statuses = new Set(answers.map(({ status }) => status))
  t.same(
    [...statuses].sort(),
    [200, 204, 400, 401, 403, 404, 405, 406, 409, 415, 503],
    'of every kind',
  )
  for (const answer of answers) t.match(idOf(answer), UUID, told(answer))
  t.equal(new Set(answers.map(idOf)).size, answers.length, 'and no two the same')
})

t.test(
  'the same requests have the same ids in each run, and others with another seed',
  async (t) => {
    const [first, again, other] = [
      await everything(t),
      await everything(t),
      await everything(t, { seed: 2 }),
    ]
    t.same(again.map(idOf), first.map(idOf))
    const known = new Set(first.map(idOf))
    t.notOk(other.some((answer) => known.has(idOf(answer))))
  },
)

t.test('what others do changes no id', async (t) => {
  const app = await makeApp(t)
  const quiet = await makeApp(t)
  await new WeavrUser(app, { token: 'other' }).stepUp()
  await new WeavrUser(app, { 'x-sandbox-session': 'elsewhere' }).call('PUT', STEP_UP)
  const ids = async (user: WeavrUser) => [idOf(await user.stepUp()), idOf(await user.stepUp(REF))]
  t.same(await ids(new WeavrUser(app)), await ids(new WeavrUser(quiet)))
})

t.test('a replay has the id of the first response', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  const first = await user.stepUp(REF)
  t.equal(idOf(await user.stepUp(REF)), idOf(first))
  t.not(idOf(await user.stepUp(after('15s'))), idOf(first))
})

t.test('a field of bodies has it, in examples and in refusals', async (t) => {
  const app = await makeApp(t)
  const user = new PlumeryUser(app)
  const answers = [
    await user.verify(),
    await user.verify(),
    await user.verify('x', 'c2', { prefer: 'code=500' }),
    await user.verify(''),
    await user.verify(''),
    await app.ask('GET', '/internal/v1/mfa/totp-sms/c1:verify'),
  ]
  const ids = answers.map(({ body }) => body.requestId)
  for (const id of ids) t.match(id, UUID)
  t.equal(new Set(ids).size, ids.length)
})

t.test('the sandbox’s own errors have none', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  const answer = await user.stepUp(playing('nowhere'))
  t.equal(answer.body.code, 'unknown-scenario')
  t.notOk('request-ref' in answer.headers)
})

/** A sandbox whose Weavr Multi has this api.yaml. */
async function appWith(t: Test, api: string, files: Record<string, string> = {}) {
  const whole = `subject: token\nconstants: { otp: '123456' }\n${api}`
  return makeApp(t, { scenarios: [t.testdir({ 'weavr-multi': { 'api.yaml': whole, ...files } })] })
}

t.test('headers are computed like any value', async (t) => {
  t.test('of the request, and a rule can replace them', async (t) => {
    const app = await appWith(
      t,
      'headers: { request-ref: 7, X-Seen: "${request.method} ${token}" }',
      {
        'own.yaml': `
scenario: own
summary: A header of its own.
operations:
  stepupSCAChallenge:
    calls: [{ respond: { status: 204, headers: { x-seen: mine } } }]
`,
      },
    )
    const user = new WeavrUser(app)
    t.match((await user.stepUp()).headers, { 'request-ref': '7', 'x-seen': 'POST user' })
    t.match((await user.stepUp(playing('own'))).headers, { 'request-ref': '7', 'x-seen': 'mine' })
    t.match((await user.call('PUT', STEP_UP)).headers, { 'x-seen': 'PUT ' })
  })

  t.test('one that HTTP cannot carry is not sent, and the sandbox says so', async (t) => {
    const app = await appWith(
      t,
      `headers: { request-ref: '\${token == "user" ? "a\\nb" : token}' }`,
    )
    const answer = await new WeavrUser(app).stepUp()
    t.equal(answer.status, 501)
    t.equal(answer.body.code, 'answer-breaks-contract')
    t.match(answer.body.detail, /api\.yaml:3: header request-ref contains a character/)
  })

  t.test('one whose expression fails is a problem, in a refusal too', async (t) => {
    const app = await appWith(t, 'headers: { request-ref: "${request.query.x}" }')
    const user = new WeavrUser(app)
    for (const answer of [await user.stepUp(), await user.call('PUT', STEP_UP)]) {
      t.equal(answer.status, 501)
      t.equal(answer.body.code, 'scenario-failed')
    }
  })
})

const STRICT = `
openapi: 3.1.0
info: { title: Strict, version: '1' }
paths:
  /x:
    get:
      operationId: getX
      responses:
        '204':
          description: Done.
          headers: { X-Id: { required: true, schema: { type: string } } }
`

const OWN = `
scenario: own
summary: Nothing but a status.
operations:
  getX: { calls: [{ respond: 204 }] }
`

t.test('a file that no response can follow is refused when it is loaded', async (t) => {
  const cases: Record<string, [api: string, message: RegExp]> = {
    'a header that is none': ['headers: { "a b": x }', /"a b" is not a valid header name/],
    'a field that no example has': [
      'fields: { errorcode: x }',
      /no example of weavr-multi has a field "errorcode"; did you mean "errorCode"/,
    ],
    'an unknown name': ['headers: { x: "${nobody}" }', /Unknown variable: nobody/],
    'a constant that breaks the contract': [
      'headers: { Retry-After: soon }',
      /header Retry-After: must be integer/,
    ],
  }
  for (const [what, [api, message]] of Object.entries(cases)) {
    t.test(what, async (t) => {
      await t.rejects(appWith(t, api), { message })
    })
  }

  t.test('a header that the contract requires and nobody sets', async (t) => {
    const load = (api: string) => {
      const scenarios = { strict: { 'api.yaml': api, 'own.yaml': OWN } }
      const root = t.testdir({ 'strict.yaml': STRICT, scenarios })
      return makeApp(t, { specs: [`${root}/strict.yaml`], scenarios: [`${root}/scenarios`] })
    }
    await t.rejects(load('subject: token'), { message: /needs the header "X-Id"/ })
    const app = await load('headers: { x-id: "${requestId()}" }')
    const answer = await app.ask('GET', '/x', { headers: playing('own') })
    t.match(answer.headers['x-id'], UUID)
  })
})

t.test('ids are the same over sockets and replicas', async (t) => {
  const sandbox = await createSandbox()
  t.teardown(() => sandbox.stop())
  const over = new WeavrUser(overSockets(sandbox.url))
  const within = new WeavrUser(await makeApp(t))
  t.equal(idOf(await over.stepUp()), idOf(await within.stepUp()))
  t.equal(idOf(await over.call('PUT', STEP_UP)), idOf(await within.call('PUT', STEP_UP)))
})
