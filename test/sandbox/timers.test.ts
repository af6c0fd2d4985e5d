/** Timers in a running sandbox: what moving a session's clock fires, and what the admin API shows. */
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { loadApis } from '../../src/sandbox/load.ts'
import { SessionTimers } from '../../src/sandbox/timers.ts'
import { makeApp, makeParts, START, type TestApp } from '../fixtures/app.ts'
import { BANK } from '../fixtures/files.ts'

const MINUTE = 60_000

const RULES = `scenario: default
summary: A code expires after five minutes.
state: { status: NONE, log: [] }
operations:
  sendCode:
    let: { id: '\${request.path.id}' }
    rules:
      - set: { status: SENT }
        later:
          - after: 5m
            summary: the code expires
            when: state.status == "SENT"
            set: { status: EXPIRED, log: '\${state.log + ["expired at " + string(epochMs(now))]}' }
            send: { channel: SMS, text: expired, code: '987654' }
            later: { after: 1m, set: { log: '\${state.log + ["gone"]}' } }
          - after: 1m
            summary: a reminder
            send: { channel: SMS, text: 'hurry, \${id}' }
        respond: 204
  verifyCode:
    rules:
      - when: state.status == "EXPIRED"
        respond: 409
      - set: { status: VERIFIED }
        respond: 204
`

async function bank(t: Test, options = {}): Promise<TestApp> {
  const path = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: { 'default.yaml': RULES } } })
  return makeApp(t, { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`], ...options })
}

const headers = { authorization: 'Bearer ann' }
const send = (app: TestApp, more = {}) =>
  app.ask('POST', '/codes/7', { headers: { ...headers, ...more } })
const check = (app: TestApp, more = {}) =>
  app.ask('POST', '/codes/7:verify', { headers: { ...headers, ...more }, body: { code: '123456' } })
const session = async (app: TestApp) => (await app.ask('GET', '/__admin/sessions/default')).body
const messages = async (app: TestApp) =>
  (await app.ask('GET', '/__admin/sessions/default/messages')).body.messages
const move = (app: TestApp, body: object) =>
  app.ask('POST', '/__admin/sessions/default/clock', { body })

t.test('a session lists what will happen, and when', async (t) => {
  const app = await bank(t)
  await send(app)
  await move(app, { advance: '20s' })
  const { timers } = await session(app)
  t.match(timers, [
    { api: 'bank', summary: 'a reminder', due: '2026-01-01T12:01:00.000Z', in: 40_000 },
    { api: 'bank', summary: 'the code expires', in: 280_000, rule: /default\.yaml:10$/ },
  ])
})

t.test('what has come due happens before the request that moves the clock', async (t) => {
  const app = await bank(t)
  await send(app)
  t.equal((await check(app, { 'x-sandbox-advance': '5m' })).status, 409)
  const { subjects, timers } = await session(app)
  t.same(subjects[0].state, { status: 'EXPIRED', log: [`expired at ${START + 5 * MINUTE}`] })
  t.match(timers, [{ summary: /default\.yaml:15$/, in: MINUTE }])
})

t.test('a timer does nothing when something else came first', async (t) => {
  const app = await bank(t)
  await send(app)
  await check(app)
  await move(app, { advance: '1h' })
  t.match((await session(app)).subjects[0].state, { status: 'VERIFIED', log: [] })
})

t.test('a jump of a century fires everything once, each at its instant', async (t) => {
  const app = await bank(t)
  await send(app)
  await move(app, { advance: '36500d' })
  t.match((await session(app)).subjects[0].state.log, [`expired at ${START + 5 * MINUTE}`, 'gone'])
  t.match(await messages(app), [
    { text: 'hurry, 7', at: '2026-01-01T12:01:00.000Z', api: 'bank', operationId: 'a reminder' },
    { text: 'expired', at: '2026-01-01T12:05:00.000Z', operationId: 'the code expires' },
  ])
  t.same((await session(app)).timers, [])
})

t.test('timers wait while the clock stands still', async (t) => {
  const app = await bank(t)
  await move(app, { frozen: true })
  await send(app)
  app.clock.time += 60 * MINUTE
  t.equal((await check(app)).status, 204)
})

t.test('timers that became due while nobody asked fire at the next request', async (t) => {
  const app = await bank(t)
  await send(app)
  app.clock.time += 6 * MINUTE
  t.equal((await check(app)).status, 409)
  t.match(await messages(app), [{ text: 'hurry, 7' }, { text: 'expired' }])
})

t.test('timers fire in real time, while the clock runs', async (t) => {
  const waits: { ms: number; wake: () => void }[] = []
  let now = START
  const clock = {
    ...systemClock,
    now: () => now,
    after: (ms: number, act: () => void) => {
      const wake = () => {
        now += ms
        act()
      }
      waits.push({ ms, wake })
      return () => undefined
    },
  }
  const app = await bank(t, { clock })
  await send(app)
  t.match(waits, [{ ms: MINUTE }])
  waits[0]?.wake()
  await new Promise((resolve) => setImmediate(resolve))
  t.match(await messages(app), [{ text: 'hurry, 7' }])
  t.match(waits, [{ ms: MINUTE }, { ms: 4 * MINUTE }], 'and the next one is waited for')
})

t.test('a sandbox that stops while its store is asked waits for nothing', async (t) => {
  const parts = makeParts(loadApis({ specs: [], scenarios: [] }))
  let waits = 0
  const clock = {
    ...systemClock,
    after: () => {
      waits += 1
      return () => undefined
    },
  }
  const key = { session: 'default', api: 'weavr-multi', subject: 'ann' }
  const timers = new SessionTimers({
    store: Object.assign(Object.create(parts.store), {
      firstDue: async () => ({ ...key, due: START + MINUTE }),
    }),
    clock,
    seed: 1,
    apis: () => parts.apis,
    onFired: () => undefined,
    onError: (error) => t.fail(error.message),
  })
  const look = async () => {
    timers.watch('default')
    await new Promise((resolve) => setImmediate(resolve))
    return waits
  }
  t.equal(await look(), 1)
  timers.watch('default')
  timers.stop()
  t.equal(await look(), 1)
})

t.test('a restored snapshot has its timers', async (t) => {
  const app = await bank(t)
  await send(app)
  const { body } = await app.ask('GET', '/__admin/sessions/default/snapshot')
  await app.ask('PUT', '/__admin/sessions/copy/snapshot', { body })
  t.equal((await check(app, { 'x-sandbox-session': 'copy' })).status, 204)
  await app.ask('PUT', '/__admin/sessions/copy/snapshot', { body })
  const late = { 'x-sandbox-session': 'copy', 'x-sandbox-advance': '5m' }
  t.equal((await check(app, late)).status, 409)
  t.equal((await check(app)).status, 204, 'the session it was taken of has not moved')
})

t.test('the same calls with the same seed leave the same state', async (t) => {
  const play = async () => {
    const app = await bank(t)
    await send(app)
    await move(app, { advance: '7m' })
    return (await session(app)).subjects
  }
  t.same(await play(), await play())
})

t.test('the codes of messages that timers sent are hidden in the session', async (t) => {
  const app = await bank(t)
  await send(app)
  await move(app, { advance: '5m' })
  t.match((await messages(app)).at(-1), { code: '987654' })
  t.notMatch(JSON.stringify(app.requests()), '987654')
})
