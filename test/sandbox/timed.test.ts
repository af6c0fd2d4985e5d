import t from 'tap'
import type { Durations } from '../../src/journal/counters.ts'
import { timeMethods } from '../../src/sandbox/timed.ts'
import { TestClock } from '../fixtures/app.ts'

/** Has methods that take so many ms each, two of which are timed. */
class Slow {
  readonly #clock: TestClock
  readonly #ms: number
  #uses = 0

  constructor(clock: TestClock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  async add(count: number): Promise<number> {
    await Promise.resolve()
    this.#clock.time += this.#ms
    this.#uses += count
    return this.#uses
  }

  async fail(message: string): Promise<never> {
    await Promise.resolve()
    this.#clock.time += this.#ms
    throw new Error(message)
  }

  async other(): Promise<number> {
    this.#clock.time += this.#ms
    return this.#uses
  }
}

function taking(ms: number) {
  const clock = new TestClock()
  // A fraction is lost beside a number as large as a date.
  clock.time = 0
  const slow = new Slow(clock, ms)
  const times = timeMethods(slow, ['add', 'fail'], clock)
  const recorded = () =>
    Object.fromEntries([...times].map(([name, { count, sum }]) => [name, [count, sum]]))
  return { slow, times, recorded, clock }
}

t.test('each method has durations before its first call', async (t) => {
  const { recorded } = taking(3)
  t.same(recorded(), { add: [0, 0], fail: [0, 0] })
})

t.test('durations are recorded by method', async (t) => {
  const { slow, recorded } = taking(3)
  await slow.add(1)
  await slow.add(1)
  t.same(recorded(), { add: [2, 6], fail: [0, 0] })
})

t.test('buckets tell microseconds apart', async (t) => {
  for (const [ms, le] of [
    [0, 0.01],
    [0.01, 0.01],
    [0.02, 0.05],
    [3, 5],
    [1_000, 1_000],
    [2_000, Number.POSITIVE_INFINITY],
  ] as const) {
    const { slow, times } = taking(ms)
    await slow.add(1)
    const { bounds, buckets } = times.get('add') as Durations
    t.equal([...bounds, Number.POSITIVE_INFINITY][buckets.indexOf(1)], le, `${ms} ms`)
  }
})

t.test('a timed method works on its own object and returns what it did before', async (t) => {
  const { slow } = taking(1)
  t.equal(await slow.add(2), 2)
  t.equal(await slow.add(3), 5)
  t.equal(await slow.other(), 5)
})

t.test('a failure is passed on, and its duration is recorded', async (t) => {
  const { slow, recorded } = taking(2)
  await t.rejects(slow.fail('no such luck'), { message: 'no such luck' })
  t.same(recorded(), { add: [0, 0], fail: [1, 2] })
})

t.test('a duration is recorded when the call is over, not before', async (t) => {
  const clock = new TestClock()
  let end = () => {}
  const waiting = new Promise<void>((resolve) => {
    end = resolve
  })
  const target = { wait: () => waiting }
  const times = timeMethods(target, ['wait'], clock)
  const call = target.wait()
  t.equal(times.get('wait')?.count, 0)
  end()
  await call
  t.equal(times.get('wait')?.count, 1)
})

t.test('other methods are not timed', async (t) => {
  const { slow, recorded } = taking(5)
  await slow.other()
  t.same(recorded(), { add: [0, 0], fail: [0, 0] })
})
