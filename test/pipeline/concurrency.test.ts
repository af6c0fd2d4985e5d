/** Many requests at once: each change of the state is one, and sessions know nothing of each other. */
import t from 'tap'
import { createSandbox } from '../../src/index.ts'
import { makeApp } from '../fixtures/app.ts'
import {
  after,
  CREDENTIALS,
  conflict,
  playing,
  RIGHT,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'

/** How often each answer came. */
async function counted(calls: readonly Promise<string>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const answer of await Promise.all(calls)) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

t.test('of 100 simultaneous first calls exactly one succeeds', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  const calls = times(100, async () => told(await user.stepUp()))
  t.same(await counted(calls), { 204: 1, [conflict('RETRY_IN_15SEC')]: 99 })
})

t.test('of 100 simultaneous first calls over sockets exactly one succeeds', async (t) => {
  const sandbox = await createSandbox()
  t.teardown(() => sandbox.stop())
  const url = `${sandbox.url}/stepup/challenges/otp/SMS`
  const calls = times(100, async () => {
    const response = await fetch(url, { method: 'POST', headers: { ...CREDENTIALS } })
    return told({ status: response.status, text: await response.text() })
  })
  t.same(await counted(calls), { 204: 1, [conflict('RETRY_IN_15SEC')]: 99 })
})

t.test('of 100 simultaneous confirmations of one set exactly one succeeds', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  const calls = times(100, async (index) =>
    told(await user.confirm(index % 2 === 0 ? ['1', '2'] : ['2', '1'])),
  )
  const { [conflict('RETRY_IN_15SEC')]: refused, ...successes } = await counted(calls)
  t.equal(refused, 99)
  t.same(Object.values(successes), [1])
})

t.test('100 simultaneous confirmations of different sets all get their own id', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  const answers = await Promise.all(times(100, (index) => user.confirm([`${index}`])))
  const ids = answers.map(({ body }) => body.scaChallengeId)
  t.equal(new Set(ids).size, 100)
  const calls = ids.map(async (id) => told(await user.verifyConfirmation(id)))
  t.same(await counted(calls), { 204: 100 })
})

t.test('of 100 simultaneous right codes exactly one is taken', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  await user.stepUp()
  const calls = times(100, async () => told(await user.verify()))
  t.same(await counted(calls), { 204: 1, [conflict('ALREADY_VERIFIED')]: 99 })
})

t.test('of 20 simultaneous wrong codes exactly five are tries', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  await user.stepUp()
  const calls = times(20, async () => told(await user.verify(WRONG)))
  t.same(await counted(calls), {
    [conflict('VERIFICATION_CODE_INVALID')]: 3,
    [conflict('ONE_CHALLENGE_LIMIT_REMAINING')]: 1,
    [conflict('CHALLENGE_LIMIT_EXCEEDED')]: 1,
    [conflict('STATE_INVALID')]: 15,
  })
})

t.test('of 20 simultaneous calls under flaky exactly two fail', async (t) => {
  const user = new WeavrUser(await makeApp(t), playing('flaky'))
  const statuses = times(20, async () => `${(await user.factors()).status}`)
  t.same(await counted(statuses), { 503: 2, 200: 18 })
})

t.test('20 simultaneous calls with one idempotency-ref get one and the same body', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app, { 'idempotency-ref': 'one' })
  const answers = await Promise.all(times(20, () => user.confirm(['1'])))
  t.equal(new Set(answers.map(told)).size, 1)
  t.equal(answers[0]?.status, 200)
  const replays = answers.filter(({ headers }) => headers['x-sandbox-rule'] === 'replay')
  t.equal(replays.length, 19)
  t.equal(app.requests().flatMap(({ messages }) => messages).length, 1, 'one text message')
})

t.test(
  'of 20 simultaneous calls with one idempotency-ref a failure is nobody else’s',
  async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, { 'idempotency-ref': 'one', ...playing('flaky') })
    const answers = await Promise.all(times(20, () => user.confirm(['1'])))
    const failed = answers.filter(({ status }) => status === 503)
    t.equal(failed.length, 2)
    const [first, ...rest] = answers.filter(({ status }) => status !== 503).map(told)
    t.match(first, /^200 /)
    t.ok(rest.every((answer) => answer === first))
  },
)

t.test('200 sessions go through the whole flow in parallel, each by its own clock', async (t) => {
  const app = await makeApp(t)
  const flow = async (index: number) => {
    const session = `parallel-${index}`
    const user = new WeavrUser(app, { 'x-sandbox-session': session })
    // Each session is at another time of its own.
    await user.factors(after(`${index}h`))
    const outcomes = [
      told(await user.stepUp()),
      told(await user.stepUp(after('14s'))),
      told(await user.verify(WRONG)),
      told(await user.stepUp(after('1s'))),
      told(await user.verify(RIGHT, after('299s'))),
      told(await user.verify()),
      told(await user.stepUp(after('15s'))),
    ]
    const at = app.requests(session).at(-1)?.at ?? 0
    return { outcomes, at, hours: Math.floor((at - app.clock.time) / 3_600_000) }
  }
  const results = await Promise.all(times(200, flow))
  const expected = [
    '204',
    conflict('RETRY_IN_15SEC'),
    conflict('VERIFICATION_CODE_INVALID'),
    '204',
    '204',
    conflict('ALREADY_VERIFIED'),
    conflict('CHALLENGE_LIMIT_EXCEEDED'),
  ]
  for (const [index, { outcomes, hours }] of results.entries()) {
    t.same(outcomes, expected)
    t.equal(hours, index)
  }
})

t.test('200 users of one session go through the whole flow in parallel', async (t) => {
  const app = await makeApp(t)
  const flow = async (index: number) => {
    const user = new WeavrUser(app, { token: `user-${index}` })
    const { scaChallengeId } = (await user.confirm(['1'])).body
    return { id: scaChallengeId, verified: told(await user.verifyConfirmation(scaChallengeId)) }
  }
  const results = await Promise.all(times(200, flow))
  t.ok(results.every(({ verified }) => verified === '204'))
  t.equal(new Set(results.map(({ id }) => id)).size, 200, 'ids differ from user to user')
})
