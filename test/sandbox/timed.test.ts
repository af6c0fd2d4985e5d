import t from 'tap'
import type { Durations } from '../../src/journal/counters.ts'
import { TIMED, type TimedMethod, timed } from '../../src/sandbox/timed.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { TestClock } from '../fixtures/app.ts'

const KEY = { session: 's', api: 'bank', subject: 'u' }

/** A store that takes so many ms for each thing, and the times that are noted of it. */
function taking(ms: number, more: Partial<Store<number, string>> = {}) {
  const clock = new TestClock()
  // So that a fraction is not lost beside the number of the year.
  clock.time = 0
  const memory = new MemoryStore<number, string>({ clock })
  const slow = async <T>(work: Promise<T>): Promise<T> => {
    await Promise.resolve()
    clock.time += ms
    return work
  }
  const store: Store<number, string> = {
    open: () => slow(memory.open()),
    check: () => slow(memory.check()),
    session: (id) => slow(memory.session(id)),
    update: (key, change) => slow(memory.update(key, change)),
    changeSession: (id, change) => slow(memory.changeSession(id, change)),
    owner: (...asked) => slow(memory.owner(...asked)),
    once: (...asked) => slow(memory.once(...asked)),
    count: () => slow(memory.count()),
    sessions: () => slow(memory.sessions()),
    read: (id) => slow(memory.read(id)),
    write: (id, world) => slow(memory.write(id, world)),
    deleteSession: (id) => slow(memory.deleteSession(id)),
    deleteAll: () => slow(memory.deleteAll()),
    close: () => slow(memory.close()),
    ...more,
  }
  const times = new Map<TimedMethod, Durations>()
  const noted = () =>
    Object.fromEntries([...times].map(([method, { count, sum }]) => [method, [count, sum]]))
  return { store: timed(store, clock, times), times, noted }
}

t.test('what every request waits for is there before the first request', async (t) => {
  const { noted, times } = taking(3)
  t.same(noted(), { session: [0, 0], update: [0, 0] })
  t.same([...times.keys()], [...TIMED])
})

t.test('how long it took is noted by method', async (t) => {
  const { store, noted } = taking(3)
  await store.session('s')
  await store.session('s')
  await store.update(KEY, () => ({ record: 1, ids: [] }))
  t.same(noted(), { session: [2, 6], update: [1, 3] })
})

t.test('times fall into buckets that tell microseconds apart', async (t) => {
  for (const [ms, le] of [
    [0, 0.01],
    [0.01, 0.01],
    [0.02, 0.05],
    [3, 5],
    [1_000, 1_000],
    [2_000, Number.POSITIVE_INFINITY],
  ] as const) {
    const { store, times } = taking(ms)
    await store.session('s')
    const { bounds, buckets } = times.get('session') as Durations
    t.equal([...bounds, Number.POSITIVE_INFINITY][buckets.indexOf(1)], le, `${ms} ms`)
  }
})

t.test('what the store answers is passed on', async (t) => {
  const { store } = taking(1)
  t.match(await store.session('s'), { scenario: null })
  t.same(await store.update(KEY, (record) => ({ record: (record ?? 0) + 1, ids: ['i'] })), {
    record: 1,
    ids: ['i'],
  })
  t.match(await store.update(KEY, (record) => ({ record: (record ?? 0) + 1, ids: [] })), {
    record: 2,
  })
})

t.test('a failure is passed on, and its time is noted', async (t) => {
  const { store, noted } = taking(2)
  const failing = store.update(KEY, () => {
    throw new Error('no such luck')
  })
  await t.rejects(failing, { message: 'no such luck' })
  t.same(noted(), { session: [0, 0], update: [1, 2] })
})

t.test('a time is noted when it is over, not before', async (t) => {
  let over = () => {}
  const waiting = new Promise<never>((_, reject) => {
    over = () => reject(new Error('over'))
  })
  const { store, noted } = taking(0, { session: () => waiting })
  const asked = store.session('s')
  t.same(noted(), { session: [0, 0], update: [0, 0] })
  over()
  await t.rejects(asked, { message: 'over' })
  t.same(noted(), { session: [1, 0], update: [0, 0] })
})

t.test('everything else is passed on without being timed', async (t) => {
  const { store, noted } = taking(5)
  await store.open()
  await store.check()
  await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
  t.equal((await store.read('s'))?.record.scenario, 'slow')
  t.same(
    (await store.sessions()).map(({ id }) => id),
    ['s'],
  )
  t.equal(await store.count(), 1)
  t.equal(await store.owner('s', 'bank', 'i'), undefined)
  const make = async () => ({ value: 'made', until: undefined })
  t.same(await store.once('s', 'reference', 0, make), { value: 'made', replayed: false })
  const snapshot = await store.read('s')
  if (snapshot) await store.write('copy', snapshot)
  t.equal((await store.read('copy'))?.record.scenario, 'slow')
  t.equal(await store.deleteSession('copy'), true)
  await store.deleteAll()
  t.same(await store.sessions(), [])
  await store.close()
  t.same(noted(), { session: [0, 0], update: [0, 0] })
})
