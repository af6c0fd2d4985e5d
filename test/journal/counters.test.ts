import t from 'tap'
import { BUCKETS, Count, Durations, SESSIONS_NAMED, Tally } from '../../src/journal/counters.ts'
import type { RawEntry } from '../../src/journal/entry.ts'
import { BANK, contractOf } from '../fixtures/files.ts'
import { recordedOf } from '../fixtures/journal-entries.ts'

const { operations } = contractOf(BANK)
const sendCode = operations.get('sendCode')
const verifyCode = operations.get('verifyCode')

type More = NonNullable<Parameters<typeof recordedOf>[1]> & Partial<Pick<RawEntry, 'operation'>>

/** A request for a code that was answered as the scenario `slow` says, unless told otherwise. */
const recorded = (more: More = {}): RawEntry => {
  const { operation, ...told } = { operation: sendCode, ...more }
  const slow = { status: 204, scenario: 'slow', rule: 'slow.yaml:5', duration: 3 }
  return recordedOf(operation, { ...slow, ...told })
}

const tallyOf = (...entries: readonly More[]) => {
  const tally = new Tally()
  for (const entry of entries) tally.add(recorded(entry))
  return tally
}

/** What was answered, as texts: `sendCode slow 409 TOO_EARLY 1`. */
const told = (tally: Tally) =>
  [...tally.answers()].map(({ operation, scenario, status, example, count }) =>
    [operation?.id ?? 'none', scenario, status, example ?? '-', count.total].join(' '),
  )

t.test('a count names the sessions and how often each was it', async (t) => {
  const count = new Count()
  for (const session of ['a', 'b', 'a']) count.add(session)
  count.add('b', 5)
  t.equal(count.total, 8)
  t.same(
    [...count.sessions],
    [
      ['a', 2],
      ['b', 6],
    ],
  )
})

t.test('sessions that come after so many are counted and not named', async (t) => {
  const count = new Count()
  for (let index = 0; index < SESSIONS_NAMED + 5; index++) count.add(`s${index}`)
  count.add('s0')
  t.equal(count.total, SESSIONS_NAMED + 6)
  t.equal(count.sessions.size, SESSIONS_NAMED)
  t.equal(count.sessions.get('s0'), 2, 'one that is named counts on')
  t.notOk(count.sessions.has(`s${SESSIONS_NAMED}`))
})

t.test('counts add up, those of sessions that nobody named, too', async (t) => {
  const [one, other] = [new Count(), new Count()]
  one.add('a', 2)
  other.add('a')
  for (let index = 0; index < SESSIONS_NAMED + 5; index++) other.add(`s${index}`)
  one.take(other)
  t.equal(one.total, 2 + 1 + SESSIONS_NAMED + 5)
  t.equal(one.sessions.get('a'), 3)
  t.equal(one.sessions.size, SESSIONS_NAMED)
  t.equal(other.total, SESSIONS_NAMED + 6, 'what is taken is left as it was')
})

t.test('a duration falls into the first bucket whose bound it does not pass', async (t) => {
  const durations = new Durations([1, 10])
  for (const ms of [0, 1, 1.5, 10, 10.1, 1e9]) durations.add(ms)
  t.same(durations.buckets, [2, 2, 2])
  t.equal(durations.count, 6)
  t.equal(durations.sum, 22.6 + 1e9)
})

t.test('durations have a bucket for what is longer than all bounds', async (t) => {
  const durations = new Durations()
  t.equal(durations.buckets.length, BUCKETS.length + 1)
  t.ok(durations.buckets.every((count) => count === 0))
  t.same(
    BUCKETS.toSorted((a, b) => a - b),
    BUCKETS,
    'the bounds rise',
  )
})

t.test('the same answers are counted together, others apart', async (t) => {
  const tally = tallyOf(
    {},
    {},
    { status: 200 },
    { scenario: 'default' },
    { operation: verifyCode },
    { operation: undefined, status: 404 },
  )
  t.same(told(tally).sort(), [
    'none slow 404 - 1',
    'sendCode default 204 - 1',
    'sendCode slow 200 - 1',
    'sendCode slow 204 - 2',
    'verifyCode slow 204 - 1',
  ])
})

t.test('an answer is counted for its session', async (t) => {
  const tally = tallyOf({ session: 'a' }, { session: 'b' }, { session: 'a' })
  const [answer] = tally.answers()
  t.same(
    [...(answer?.count.sessions ?? [])],
    [
      ['a', 2],
      ['b', 1],
    ],
  )
})

t.test('a broken connection has the status 0', async (t) => {
  t.same(told(tallyOf({ fault: 'reset' })), ['sendCode slow 0 - 1'])
})

t.test('an example of the contract is counted by its name', async (t) => {
  const tally = tallyOf({ status: 409, example: 'TOO_EARLY' }, { status: 409, example: 'BROKEN' })
  t.same(told(tally), ['sendCode slow 409 TOO_EARLY 1', 'sendCode slow 409 BROKEN 1'])
})

const BODIES: readonly [what: string, body: string | undefined, name: string][] = [
  ['is the example that it agrees with', '{"error":"WRONG_CODE","more":1}', 'WRONG_CODE'],
  ['that agrees with none is none', '{"error":"OTHER"}', '-'],
  ['that is not JSON is none', '<error/>', '-'],
  ['that is not there is none', undefined, '-'],
  ['that is null is none', 'null', '-'],
  ['that is a list is none', '[]', '-'],
]
for (const [what, body, name] of BODIES) {
  t.test(`an error body that a scenario wrote ${what}`, async (t) => {
    t.same(told(tallyOf({ status: 409, body })), [`sendCode slow 409 ${name} 1`])
  })
}

t.test('the body of a success is no error code', async (t) => {
  t.same(told(tallyOf({ status: 200, body: '{"error":"WRONG_CODE"}' })), ['sendCode slow 200 - 1'])
})

t.test('a body where no operation was meant is no error code', async (t) => {
  const tally = tallyOf({ operation: undefined, status: 409, body: '{"error":"WRONG_CODE"}' })
  t.same(told(tally), ['none slow 409 - 1'])
})

t.test('an entry is counted when it is played, not when it is looked at', async (t) => {
  const tried = [
    { at: 'slow.yaml:4', when: 'x', value: false },
    { at: 'slow.yaml:5', when: null, value: true },
    { at: 'default.yaml:9', when: null, value: true },
  ]
  const tally = tallyOf({ trace: tried, session: 'a' }, { trace: tried, session: 'b' })
  t.equal(tally.entry('slow.yaml:4'), undefined)
  t.equal(tally.entry('slow.yaml:5')?.total, 2)
  t.same(
    [...(tally.entry('default.yaml:9')?.sessions ?? [])],
    [
      ['a', 1],
      ['b', 1],
    ],
  )
})

t.test('what a user does on the phone is counted, too', async (t) => {
  const tally = new Tally()
  tally.played([{ at: 'default.yaml:1', when: 'x', value: true }], 'a')
  t.equal(tally.entry('default.yaml:1')?.total, 1)
  t.same(told(tally), [])
})

t.test('durations are kept by operation', async (t) => {
  const tally = tallyOf(
    { duration: 3 },
    { duration: 4 },
    { operation: verifyCode, duration: 9 },
    { operation: undefined, duration: 1 },
  )
  const sums = [...tally.durations()].map(([operation, { count, sum }]) => [
    operation?.id,
    count,
    sum,
  ])
  t.same(sums, [
    ['sendCode', 2, 7],
    ['verifyCode', 1, 9],
    [undefined, 1, 1],
  ])
})

t.test('a cleared tally has counted nothing, and counts anew', async (t) => {
  const tried = [{ at: 'slow.yaml:5', when: null, value: true }]
  const tally = tallyOf({ trace: tried }, { trace: tried })
  tally.clear()
  t.same(told(tally), [])
  t.equal(tally.entry('slow.yaml:5'), undefined)
  t.equal(tally.durations().size, 0)
  tally.add(recorded())
  t.same(told(tally), ['sendCode slow 204 - 1'])
})
