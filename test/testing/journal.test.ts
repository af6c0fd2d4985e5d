import t from 'tap'
import { createSandbox } from '../../src/index.ts'
import { reportSession } from '../../src/testing/journal.ts'
import '../fixtures/built.ts'
import { overSockets, RIGHT, STEP_UP, WeavrUser } from '../fixtures/calls.ts'

const { client, stop } = await createSandbox()
t.teardown(stop)

const AT = '2030-01-01T00:00:00.000Z'

/** A session whose clock stands still, so that each line is known to the letter. */
async function frozen() {
  const session = client.session()
  await session.freeze()
  await session.setTime(AT)
  const sockets = overSockets(session.url)
  return { session, sockets, user: new WeavrUser(sockets) }
}

t.test('the report of a session that nobody used says so', async (t) => {
  const { session } = await frozen()
  t.same(await reportSession(session), {
    text: `The sandbox session ${session.id} received no requests.`,
    entries: [],
  })
})

t.test('the report has a line for each request, with what made the response', async (t) => {
  const { session, user } = await frozen()
  await user.stepUp()
  await session.advance('14s')
  await user.stepUp()
  const { text, entries } = await reportSession(session)
  const [first, second = '', third = '', ...more] = text.split('\n')
  t.equal(first, `The sandbox session ${session.id} received 2 requests:`)
  const rule = '(stepupSCAChallenge, default, scenarios/weavr-multi/default.yaml:'
  t.ok(second.startsWith(`${AT} POST ${STEP_UP} -> 204 ${rule}`), second)
  t.match(second, /:\d+\); sent by SMS$/)
  const refused = `-> 409 {"errorCode":"RETRY_IN_15SEC"} ${rule}`
  t.ok(third.startsWith(`2030-01-01T00:00:14.000Z POST ${STEP_UP} ${refused}`), third)
  t.same(more, [])
  t.same(entries, await session.requests())
})

t.test('the report says why a request was refused, and which operations are near', async (t) => {
  const { session, sockets } = await frozen()
  await sockets.ask('POST', `/multi${STEP_UP}`)
  await sockets.ask('POST', '/multi/stepup/challenge/otp/SMS')
  const { text } = await reportSession(session)
  t.match(text, /received 2 requests:\n/)
  t.match(
    text,
    /-> 401.*\n {4}header "api-key" is missing or empty; the Authorization header is missing/,
  )
  t.match(
    text,
    /-> 404.*\n(.*\n)* {4}nearest: POST \/multi\/stepup\/challenges\/otp\/\{channel\} \(/,
  )
})

t.test('the report shows 200 characters of an error', async (t) => {
  const { session, sockets } = await frozen()
  const headers = { 'x-sandbox-scenario': 'retry-in-15' }
  await sockets.ask('POST', `/multi${STEP_UP}`, { headers })
  const [, body = ''] = /-> 400 (.*) \(/.exec((await reportSession(session)).text) ?? []
  t.match(body, '{"type":"urn:sca-sandbox:problem:unknown-scenario"')
  t.equal(body.replace(/ \(.*/, '').length, 201)
  t.ok(body.includes('…'))
})

t.test('the report says how a connection was broken', async (t) => {
  const { session, user } = await frozen()
  await session.play('connection-reset')
  await t.rejects(user.stepUp())
  t.match(
    (await reportSession(session)).text,
    /received 1 request:\n.* -> connection broken: \S+ \(/,
  )
})

t.test('the report has no codes and no credentials', async (t) => {
  const { session, user } = await frozen()
  await user.stepUp()
  await user.verify(RIGHT)
  const { text, entries } = await reportSession(session)
  t.notMatch(text + JSON.stringify(entries), new RegExp(`${RIGHT}|Bearer user`))
})

t.test('the report says that the journal could not be read', async (t) => {
  const gone = await createSandbox()
  await gone.stop()
  const { text, entries } = await reportSession(gone.client.session('a'))
  t.equal(text, 'The journal of the sandbox session a could not be read: fetch failed')
  t.same(entries, [])
})
