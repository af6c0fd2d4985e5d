import t, { type Test } from 'tap'
import type { SandboxOptions } from '../../src/index.ts'
import { makeApp, START, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  HOUR,
  PlumeryUser,
  playing,
  RIGHT,
  STEP_UP,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'

interface Sent {
  readonly id: number
  readonly channel: string
  readonly code?: string
  readonly challenge?: string
  readonly operationId: string
}

const messages = async (app: TestApp, query = '', session = 'default'): Promise<Sent[]> =>
  (await app.ask('GET', `/__admin/sessions/${session}/messages${query}`)).body.messages

async function users(t: Pick<Test, 'teardown'>, options?: SandboxOptions) {
  const app = await makeApp(t, options)
  return { app, weavr: new WeavrUser(app), plumery: new PlumeryUser(app) }
}

const instant = (ms: number) => new Date(ms).toISOString()

t.test('a text message is told with its code, time and operation', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp(after('1h'))
  t.same(await messages(app), [
    {
      id: 1,
      at: instant(START + HOUR),
      api: 'weavr-multi',
      operationId: 'stepupSCAChallenge',
      channel: 'SMS',
      code: RIGHT,
    },
  ])
})

t.test('a text message names its challenge where that has an id', async (t) => {
  const { app, weavr, plumery } = await users(t)
  const { body } = await weavr.confirm(['1'])
  await weavr.batch('7')
  await plumery.initiate('c1')
  const [confirmation, batch, totp] = await messages(app)
  t.equal(confirmation?.challenge, body.scaChallengeId)
  t.match(batch, { challenge: /^\d{18}$/, batch: '7' })
  t.equal(totp?.challenge, 'c1')
})

t.test('a push notification has a challenge and no code', async (t) => {
  const { app, weavr } = await users(t)
  const { body } = await weavr.push('BIOMETRIC')
  const [push] = await messages(app)
  t.match(push, {
    channel: 'BIOMETRIC',
    challenge: body.id,
    operationId: 'stepupSCAChallengePush',
  })
  t.notOk('code' in push!)
})

t.test('the code that was sent is the one that is right', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp()
  const [sent] = await messages(app)
  t.equal(told(await weavr.verify(sent?.code)), '204')
})

t.test('messages are told oldest first, over both APIs', async (t) => {
  const { app, weavr, plumery } = await users(t)
  await weavr.stepUp()
  await plumery.initiate()
  await weavr.push()
  await weavr.stepUp(after('15s'))
  const sent = await messages(app)
  t.same(
    sent.map(({ operationId }) => operationId),
    ['stepupSCAChallenge', 'initiateSms', 'stepupSCAChallengePush', 'stepupSCAChallenge'],
  )
  t.same(
    sent.map(({ id }) => id),
    [1, 2, 3, 4],
  )
})

t.test('its id is that of the journal entry in which it was sent', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.factors()
  await weavr.confirm(['1'])
  const [sent] = await messages(app)
  const { body } = await app.ask('GET', `/__admin/sessions/default/requests/${sent?.id}`)
  t.equal(body.operationId, sent?.operationId)
  t.equal(body.id, 2)
  t.match(body.messages, [{ channel: 'SMS', code: '***', challenge: sent?.challenge }])
})

t.test('messages are filtered', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp() // 1: SMS
  const { body: push } = await weavr.push('AUTHY') // 2
  await weavr.push('BIOMETRIC') // 3
  const { body: first } = await weavr.confirm(['1']) // 4: SMS
  await weavr.confirm(['2']) // 5: SMS
  const FILTERS: Readonly<Record<string, readonly number[]>> = {
    '': [1, 2, 3, 4, 5],
    'channel=SMS': [1, 4, 5],
    'channel=AUTHY': [2],
    'channel=sms': [],
    'channel=EMAIL': [],
    [`challenge=${first.scaChallengeId}`]: [4],
    [`challenge=${push.id}`]: [2],
    'challenge=1': [],
    [`channel=SMS&challenge=${first.scaChallengeId}`]: [4],
    [`channel=SMS&challenge=${push.id}`]: [],
  }
  for (const [query, ids] of Object.entries(FILTERS)) {
    const found = (await messages(app, `?${query}`)).map(({ id }) => id)
    t.same(found, ids, query)
  }
})

t.test('a filter that there is not is refused with the nearest', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp()
  const answer = await app.ask('GET', '/__admin/sessions/default/messages?chanel=SMS')
  t.match(answer, { status: 400, body: { code: 'bad-admin-request' } })
  t.match(answer.body.detail, 'did you mean "channel"?')
})

t.test('nothing is sent', async (t) => {
  t.test('for a request that was refused', async (t) => {
    const { app, weavr } = await users(t)
    await weavr.stepUp({ 'api-key': '' })
    await weavr.stepUp({ 'api-key': 'invalid' })
    await weavr.stepUp(playing('nope'))
    await weavr.stepUp(playing('service-unavailable'))
    await weavr.call('GET', STEP_UP)
    await weavr.confirm([])
    t.same(await messages(app), [])
  })

  t.test('for a request that the state does not allow', async (t) => {
    const { app, weavr } = await users(t)
    await weavr.stepUp()
    t.equal(told(await weavr.stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal((await messages(app)).length, 1)
  })

  t.test('for a replay', async (t) => {
    const { app, weavr } = await users(t)
    const headers = { 'idempotency-ref': 'r1' }
    await weavr.confirm(['1'], headers)
    t.equal((await weavr.confirm(['1'], headers)).headers['x-sandbox-rule'], 'replay')
    t.same(
      (await messages(app)).map(({ id }) => id),
      [1],
    )
  })

  t.test('for an answer that the client insists on', async (t) => {
    const { app, weavr } = await users(t)
    await weavr.stepUp({ prefer: 'code=204' })
    t.same(await messages(app), [])
  })

  t.test('when a code is verified, or something is read', async (t) => {
    const { app, weavr } = await users(t)
    await weavr.verify()
    await weavr.factors()
    t.same(await messages(app), [])
  })
})

t.test('all messages of one request are told in their order', async (t) => {
  const twice = [
    'scenario: twice',
    'summary: Sends two messages.',
    'operations:',
    '  stepupSCAChallenge:',
    '    rules:',
    '      - send:',
    '          - { channel: SMS, code: "${otp}", text: "Your code is ${otp}." }',
    '          - { channel: EMAIL, code: "777777" }',
    '        respond: 204',
  ]
  const scenarios = [t.testdir({ 'weavr-multi': { 'twice.yaml': twice.join('\n') } })]
  const { app, weavr } = await users(t, { scenarios })
  await weavr.stepUp(playing('twice'))
  t.match(await messages(app), [
    { id: 1, channel: 'SMS', code: RIGHT, text: `Your code is ${RIGHT}.` },
    { id: 1, channel: 'EMAIL', code: '777777' },
  ])
  t.equal((await messages(app, '?channel=EMAIL')).length, 1)
})

t.test('messages are those of one session', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp({ 'x-sandbox-session': 'one' })
  await weavr.factors({ 'x-sandbox-session': 'two' })
  t.equal((await messages(app, '', 'one')).length, 1)
  t.same(await messages(app, '', 'two'), [])
})

t.test('a session that was reset has sent nothing', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp()
  await app.ask('DELETE', '/__admin/sessions/default')
  await weavr.factors()
  t.same(await messages(app), [])
})

t.test('a session that there is not is refused with the nearest', async (t) => {
  const { app, weavr } = await users(t)
  await weavr.stepUp({ 'x-sandbox-session': 'checkout' })
  const answer = await app.ask('GET', '/__admin/sessions/chekout/messages')
  t.match(answer, { status: 404, body: { code: 'unknown-session', nearest: ['checkout'] } })
})

t.test('without a journal that is said, not that nothing was sent', async (t) => {
  const { app, weavr } = await users(t, { journal: false })
  await weavr.stepUp()
  const answer = await app.ask('GET', '/__admin/sessions/default/messages')
  t.match(answer, { status: 409, body: { code: 'journal-off' } })
})
