import t from 'tap'
import {
  advanced,
  deadline,
  LATEST,
  parseDuration,
  RUNNING,
  sessionTime,
  systemClock,
} from '../src/clock.ts'
import { makeApp } from './fixtures/app.ts'

const DURATIONS: Readonly<Record<string, number | undefined>> = {
  '15s': 15_000,
  '250ms': 250,
  '5m': 300_000,
  '1h30m': 5_400_000,
  '2d': 172_800_000,
  '1.5s': 1_500,
  '0.4ms': 0,
  '0s': 0,
  PT15S: 15_000,
  'PT0.5S': 500,
  P1DT12H: 129_600_000,
  P2W: 1_209_600_000,
  PT1H30M: 5_400_000,
  '-15s': undefined,
  '+15s': undefined,
  '15': undefined,
  '15 s': undefined,
  '15S': undefined,
  '1h30': undefined,
  '1.s': undefined,
  s: undefined,
  P: undefined,
  PT: undefined,
  P1DT: undefined,
  P1Y: undefined,
  '-PT15S': undefined,
  pt15s: undefined,
  '': undefined,
}

for (const [text, ms] of Object.entries(DURATIONS)) {
  const says = ms === undefined ? 'is no duration' : `is ${ms} ms`
  t.test(`"${text}" ${says}`, async (t) => {
    t.equal(parseDuration(text), ms)
  })
}

t.test('a text longer than any duration is not read at all', async (t) => {
  t.equal(parseDuration(`${'0'.repeat(63)}s`), 0)
  t.equal(parseDuration(`${'0'.repeat(64)}s`), undefined)
})

t.test('a running clock keeps its distance to real time', async (t) => {
  t.equal(sessionTime({ offset: 500, frozenAt: null }, 1_000), 1_500)
})

t.test('a frozen clock does not follow real time', async (t) => {
  t.equal(sessionTime({ offset: 500, frozenAt: 42 }, 1_000), 42)
})

t.test('a running clock stops at the end of the year 9999', async (t) => {
  t.equal(sessionTime({ offset: LATEST, frozenAt: null }, 1_000), LATEST)
  t.equal(new Date(LATEST).toISOString(), '9999-12-31T23:59:59.999Z')
})

t.test('advancing moves a running clock', async (t) => {
  t.same(advanced(advanced(RUNNING, 10), 5), { offset: 15, frozenAt: null })
})

t.test('advancing moves a frozen clock, which stays frozen', async (t) => {
  t.same(advanced({ offset: 7, frozenAt: 100 }, 5), { offset: 7, frozenAt: 105 })
})

t.test('advancing leaves the setting it is given alone', async (t) => {
  const setting = Object.freeze({ offset: 1, frozenAt: null })
  advanced(setting, 5)
  t.equal(setting.offset, 1)
})

t.test('the system clock tells real time', async (t) => {
  const before = Date.now()
  const told = systemClock.now()
  t.ok(before <= told && told <= Date.now())
})

t.test('sleeping ends when its time is over', async (t) => {
  await t.resolves(systemClock.sleep(0))
  await t.resolves(systemClock.sleep(0, new AbortController().signal))
})

t.test('sleeping ends early, without an error, when it is aborted', async (t) => {
  const cut = new AbortController()
  const sleeping = systemClock.sleep(3_600_000, cut.signal)
  cut.abort()
  await t.resolves(sleeping)
})

t.test('sleeping does not begin when it is aborted already', async (t) => {
  await t.resolves(systemClock.sleep(3_600_000, AbortSignal.abort()))
})

t.test('a delay longer than a timer can take is not over at once', async (t) => {
  const timers = t.capture(globalThis, 'setTimeout', () => undefined)
  systemClock.sleep(30 * 86_400_000)
  t.ok(Number(timers()[0]?.args[1]) < 2 ** 31)
})

t.test('a deadline aborts after its time, with its reason', async (t) => {
  const { signal } = deadline(1, 'too slow')
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  t.match(signal.reason, { message: 'too slow' })
})

t.test('a deadline aborts earlier with the signal around it', async (t) => {
  const outer = new AbortController()
  const { signal, clear } = deadline(3_600_000, 'too slow', outer.signal)
  t.notOk(signal.aborted)
  outer.abort(new Error('stopped'))
  t.match(signal.reason, { message: 'stopped' })
  clear()
  const late = deadline(3_600_000, 'too slow', outer.signal)
  t.match(late.signal.reason, { message: 'stopped' })
  late.clear()
})

t.test('a deadline that is cleared never aborts', async (t) => {
  const outer = new AbortController()
  const { signal, clear } = deadline(0, 'too slow', outer.signal)
  clear()
  outer.abort()
  await systemClock.sleep(2)
  t.notOk(signal.aborted)
})

t.test('a request may move its session forward in time', async (t) => {
  const app = await makeApp(t)
  const credentials = { 'api-key': 'k', authorization: 'Bearer t' }
  const step = { headers: { ...credentials, 'x-sandbox-advance': '15s' } }
  t.equal(
    (await app.ask('POST', '/stepup/challenges/otp/SMS', { headers: credentials })).status,
    204,
  )
  t.equal(
    (await app.ask('POST', '/stepup/challenges/otp/SMS', { headers: credentials })).status,
    409,
  )
  t.equal((await app.ask('POST', '/stepup/challenges/otp/SMS', step)).status, 204)
})
