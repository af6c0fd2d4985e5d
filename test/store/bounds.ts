/** What every store does when there is too much, or when too much time has passed. */
import type { Test } from 'tap'
import {
  BOUNDS,
  type Bounds,
  type Evicted,
  NEW_SESSION,
  type OnEvict,
} from '../../src/store/store.ts'
import { TestClock } from '../app.ts'
import { doing, done, ids, KEY, type TestStore } from './suite.ts'

interface Options {
  readonly clock: TestClock
  readonly bounds: Partial<Bounds>
  readonly onEvict: OnEvict
}

const subject = (name: string) => ({ ...KEY, subject: name })
const kept = (value: string) => async () => ({ value, until: 1_000 })

export function boundsSuite(
  t: Test,
  name: string,
  make: (t: Test, options: Options) => Promise<TestStore>,
): void {
  /** A store that keeps little, and the list of what had to go. */
  const smallOf = (t: Test) => async (bounds: Partial<Bounds>) => {
    const clock = new TestClock()
    const gone: [kind: Evicted, session: string][] = []
    const onEvict: OnEvict = (kind, session) => gone.push([kind, session])
    return { store: await make(t, { clock, bounds, onEvict }), clock, gone }
  }
  const test = (what: string, run: (t: Test, small: ReturnType<typeof smallOf>) => Promise<void>) =>
    t.test(`${name}: ${what}`, async (t) => run(t, smallOf(t)))

  test('the session used least recently goes when there are too many', async (t, small) => {
    const { store, gone } = await small({ sessions: 2 })
    for (const id of ['a', 'b', 'a', 'c']) await store.session(id)
    t.same((await ids(store)).toSorted(), ['a', 'c'])
    t.same(gone, [['session', 'b']])
  })

  test('every kind of use keeps a session', async (t, small) => {
    const uses: ((store: TestStore) => Promise<unknown>)[] = [
      (store) => store.changeSession('s', (record) => record),
      (store) => store.update(KEY, doing('sent')),
      (store) => store.owner('s', 'bank', '1'),
      (store) => store.once('s', 'reference', 0, kept('first')),
    ]
    for (const use of uses) {
      const { store, gone } = await small({ sessions: 2 })
      for (const id of ['s', 'other']) await store.session(id)
      await use(store)
      await store.session('third')
      t.same(gone, [['session', 'other']])
    }
  })

  test('the subject used least recently goes when there are too many', async (t, small) => {
    const { store, gone } = await small({ subjects: 2 })
    for (const name of ['a', 'b', 'a', 'c']) await store.update(subject(name), doing('sent'))
    t.same(gone, [['subject', 's']])
    t.same(await done(store, subject('a')), ['sent', 'sent'])
    t.same(await done(store, subject('b')), [])
  })

  test('the oldest id goes when there are too many', async (t, small) => {
    const { store, gone } = await small({ ids: 2 })
    await store.update(KEY, doing('sent', ['1', '2', '3']))
    t.same(gone, [['id', 's']])
    t.equal(await store.owner('s', 'bank', '1'), undefined)
    t.equal(await store.owner('s', 'bank', '3'), 'ann')
  })

  test('the oldest reference goes when there are too many', async (t, small) => {
    const { store, gone } = await small({ references: 2 })
    for (const reference of ['a', 'b', 'c']) await store.once('s', reference, 0, kept(reference))
    t.same(gone, [['reference', 's']])
    t.match(await store.once('s', 'a', 0, kept('again')), { value: 'again' })
  })

  test('the bounds of a session are its own', async (t, small) => {
    const { store, gone } = await small({ subjects: 1 })
    await store.update(KEY, doing('sent'))
    await store.update({ ...KEY, session: 'other' }, doing('sent'))
    t.same(gone, [])
    t.same(await done(store), ['sent'])
  })

  test('a session that was idle for too long begins anew', async (t, small) => {
    const { store, clock, gone } = await small({})
    await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
    clock.time += BOUNDS.idle
    t.same(await store.session('s'), NEW_SESSION)
    t.same(gone, [['session', 's']])
  })

  test('a session that is used from time to time is never idle', async (t, small) => {
    const { store, clock, gone } = await small({})
    await store.update(KEY, doing('sent'))
    for (const _ of [1, 2, 3]) {
      clock.time += BOUNDS.idle - 1
      t.same(await done(store), ['sent'])
    }
    t.same(gone, [])
  })

  test('idle sessions go when a new one comes, the others stay', async (t, small) => {
    const { store, clock, gone } = await small({ idle: 100 })
    await store.session('a')
    await store.session('b')
    clock.time += 60
    await store.session('c')
    clock.time += 60
    await store.session('d')
    t.same(gone, [
      ['session', 'a'],
      ['session', 'b'],
    ])
    t.same(await ids(store), ['c', 'd'])
  })

  test('a session that was idle for too long is not listed', async (t, small) => {
    const { store, clock } = await small({})
    await store.session('a')
    clock.time += BOUNDS.idle
    t.same(await ids(store), [])
  })

  test('nobody is told of what was deleted on purpose', async (t, small) => {
    const { store, gone } = await small({})
    await store.session('a')
    await store.session('b')
    await store.deleteSession('a')
    await store.deleteAll()
    t.same(gone, [])
  })
}
