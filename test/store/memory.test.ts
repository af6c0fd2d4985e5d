import t from 'tap'
import { MemoryStore } from '../../src/store/memory.ts'
import { BOUNDS, type Bounds, type Evicted, NEW_SESSION } from '../../src/store/store.ts'
import { TestClock } from '../app.ts'
import { doing, done, ids, KEY, storeSuite, type TestStore } from './suite.ts'

storeSuite(t, 'memory', async (t) => {
  const store: TestStore = new MemoryStore({ clock: new TestClock() })
  t.teardown(() => store.close())
  return store
})

/** A store that keeps little, and the list of what had to go. */
function small(bounds: Partial<Bounds>) {
  const clock = new TestClock()
  const gone: [kind: Evicted, session: string][] = []
  const onEvict = (kind: Evicted, session: string) => gone.push([kind, session])
  const store: TestStore = new MemoryStore({ clock, bounds, onEvict })
  return { store, clock, gone }
}

const subject = (name: string) => ({ ...KEY, subject: name })
const kept = (value: string) => async () => ({ value, until: 1_000 })

t.test('the session used least recently goes when there are too many', async (t) => {
  const { store, gone } = small({ sessions: 2 })
  for (const id of ['a', 'b', 'a', 'c']) await store.session(id)
  t.same((await ids(store)).toSorted(), ['a', 'c'])
  t.same(gone, [['session', 'b']])
})

t.test('every kind of use keeps a session', async (t) => {
  const uses: ((store: TestStore) => Promise<unknown>)[] = [
    (store) => store.changeSession('s', (record) => record),
    (store) => store.update(KEY, doing('sent')),
    (store) => store.owner('s', 'bank', '1'),
    (store) => store.once('s', 'reference', 0, kept('first')),
  ]
  for (const use of uses) {
    const { store, gone } = small({ sessions: 2 })
    for (const id of ['s', 'other']) await store.session(id)
    await use(store)
    await store.session('third')
    t.same(gone, [['session', 'other']])
  }
})

t.test('the subject used least recently goes when there are too many', async (t) => {
  const { store, gone } = small({ subjects: 2 })
  for (const name of ['a', 'b', 'a', 'c']) await store.update(subject(name), doing('sent'))
  t.same(gone, [['subject', 's']])
  t.same(await done(store, subject('a')), ['sent', 'sent'])
  t.same(await done(store, subject('b')), [])
})

t.test('the oldest id goes when there are too many', async (t) => {
  const { store, gone } = small({ ids: 2 })
  await store.update(KEY, doing('sent', ['1', '2', '3']))
  t.same(gone, [['id', 's']])
  t.equal(await store.owner('s', 'bank', '1'), undefined)
  t.equal(await store.owner('s', 'bank', '3'), 'ann')
})

t.test('the oldest reference goes when there are too many', async (t) => {
  const { store, gone } = small({ references: 2 })
  for (const reference of ['a', 'b', 'c']) await store.once('s', reference, 0, kept(reference))
  t.same(gone, [['reference', 's']])
  t.match(await store.once('s', 'a', 0, kept('again')), { value: 'again' })
})

t.test('the bounds of a session are its own', async (t) => {
  const { store, gone } = small({ subjects: 1 })
  await store.update(KEY, doing('sent'))
  await store.update({ ...KEY, session: 'other' }, doing('sent'))
  t.same(gone, [])
  t.same(await done(store), ['sent'])
})

t.test('a session that was idle for too long begins anew', async (t) => {
  const { store, clock, gone } = small({})
  await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
  clock.time += BOUNDS.idle
  t.same(await store.session('s'), NEW_SESSION)
  t.same(gone, [['session', 's']])
})

t.test('a session that is used from time to time is never idle', async (t) => {
  const { store, clock, gone } = small({})
  await store.update(KEY, doing('sent'))
  for (const _ of [1, 2, 3]) {
    clock.time += BOUNDS.idle - 1
    t.same(await done(store), ['sent'])
  }
  t.same(gone, [])
})

t.test('idle sessions go when a new one comes, the others stay', async (t) => {
  const { store, clock, gone } = small({ idle: 100 })
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

t.test('a session that was idle for too long is not listed', async (t) => {
  const { store, clock } = small({})
  await store.session('a')
  clock.time += BOUNDS.idle
  t.same(await ids(store), [])
})

t.test('nobody is told of what was deleted on purpose', async (t) => {
  const { store, gone } = small({})
  await store.session('a')
  await store.session('b')
  await store.deleteSession('a')
  await store.deleteAll()
  t.same(gone, [])
})

t.test('a store that is closed has forgotten everything', async (t) => {
  const { store } = small({})
  await store.session('a')
  await store.close()
  t.same(await ids(store), [])
})

t.test('nobody needs to listen to what goes', async (t) => {
  const store: TestStore = new MemoryStore({ clock: new TestClock(), bounds: { sessions: 1 } })
  await store.session('a')
  await store.session('b')
  t.same(await ids(store), ['b'])
})
