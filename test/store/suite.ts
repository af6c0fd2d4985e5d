/** What every store does. A new one is told by one line in a test of its own. */
import type { Test } from 'tap'
import { Problem } from '../../src/errors.ts'
import { type Change, NEW_SESSION, type Store, type World } from '../../src/store/store.ts'

/** The ids of all sessions, the least recently used first. */
export const ids = async (store: { sessions(): Promise<readonly { id: string }[]> }) =>
  (await store.sessions()).map(({ id }) => id)

/** A subject's record here: what was done to it, in order. */
type Done = readonly string[]

export type TestStore = Store<Done, string>

/** Gives a store of nothing, and takes it down when the test is over. */
export type MakeStore = (t: Test) => Promise<TestStore>

/** What a store is: where two of them can share what they keep, `another` gives the second. */
export interface Kind {
  readonly make: MakeStore
  readonly another?: (t: Test, store: TestStore) => Promise<TestStore>
}

export const KEY = { session: 's', api: 'bank', subject: 'ann' }

/** Adds a word to a record, and ids that now belong to the subject. */
export const doing =
  (what: string, ids: readonly string[] = []) =>
  (record: Done = []): Change<Done> => ({ record: [...record, what], ids })

/** The record as it is, for tests to look at. */
export async function done(store: TestStore, key = KEY): Promise<Done> {
  const { record } = await store.update(key, (record = []) => ({ record, ids: [] }))
  return record
}

interface Made {
  readonly value: string
  /** Undefined where it is not to be kept. */
  readonly until: number | undefined
}

const kept = (value: string, until = 1_000): Made => ({ value, until })
const refused: Made = { value: 'refused', until: undefined }
const once = (store: TestStore, make: () => Promise<Made>, now = 0) =>
  store.once('s', 'reference', now, make)

function later<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  // It may fail before a store that is another process has asked for it.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

export function storeSuite(t: Test, name: string, { make, another }: Kind): void {
  const test = (what: string, run: (t: Test, store: TestStore) => Promise<void>) =>
    t.test(`${name}: ${what}`, async (t) => run(t, await make(t)))

  sessions(test)
  updates(test)
  owners(test)
  references(test)
  deletions(test)
  looks(test)
  writes(test)
  // The one thing in which stores differ: whether others go on with what a closed one has kept.
  if (another) leaves(test, another)
  else forgets(test)
}

type Run = (what: string, run: (t: Test, store: TestStore) => Promise<void>) => void

function sessions(test: Run) {
  test('a session is made at its first use', async (t, store) => {
    t.same(await store.session('s'), NEW_SESSION)
    t.same(await ids(store), ['s'])
  })

  test('a session is changed and stays so', async (t, store) => {
    const changed = { clock: { offset: 5, frozenAt: null }, scenario: 'slow' }
    t.same(await store.changeSession('s', () => changed), changed)
    t.same(await store.session('s'), changed)
  })

  test('a change sees the session as it is', async (t, store) => {
    for (const _ of [1, 2, 3]) {
      await store.changeSession('s', (record) => ({
        ...record,
        clock: { ...record.clock, offset: record.clock.offset + 1 },
      }))
    }
    t.equal((await store.session('s')).clock.offset, 3)
  })

  test('a change that fails changes nothing', async (t, store) => {
    await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
    const failing = store.changeSession('s', () => {
      throw new Error('no')
    })
    await t.rejects(failing, { message: 'no' })
    t.equal((await store.session('s')).scenario, 'slow')
  })

  test('a change that fails makes no session, and is no use of one', async (t, store) => {
    for (const id of ['a', 'b']) await store.session(id)
    for (const id of ['a', 'c']) {
      const failing = store.changeSession(id, (record) => {
        t.same(record, NEW_SESSION)
        throw new Error('no')
      })
      await t.rejects(failing, { message: 'no' })
    }
    t.same(await ids(store), ['a', 'b'])
  })

  test('sessions know nothing of each other', async (t, store) => {
    await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
    await store.update(KEY, doing('sent', ['1']))
    await once(store, async () => kept('first'))
    const other = { ...KEY, session: 'other' }
    t.equal((await store.session('other')).scenario, null)
    t.same(await done(store, other), [])
    t.equal(await store.owner('other', 'bank', '1'), undefined)
    t.match(await store.once('other', 'reference', 0, async () => kept('second')), {
      value: 'second',
    })
  })

  test('any name can be that of a session', async (t, store) => {
    await store.update({ ...KEY, session: '__proto__' }, doing('sent'))
    t.same(await ids(store), ['__proto__'])
    t.same(await done(store, { ...KEY, session: '__proto__' }), ['sent'])
  })
}

function updates(test: Run) {
  test('a subject begins with nothing', async (t, store) => {
    await store.update(KEY, (record) => {
      t.equal(record, undefined)
      return { record: [], ids: [] }
    })
  })

  test('an update sees what the one before it made', async (t, store) => {
    await store.update(KEY, doing('sent'))
    await store.update(KEY, doing('verified'))
    t.same(await done(store), ['sent', 'verified'])
  })

  test('an update gives all that the change made', async (t, store) => {
    const made = await store.update(KEY, () => ({ record: [], ids: [], answer: 42 }))
    t.equal(made.answer, 42)
  })

  test('of a hundred updates at once each is one step', async (t, store) => {
    const steps = await Promise.all(
      Array.from({ length: 100 }, (_, index) => store.update(KEY, doing(String(index)))),
    )
    const lengths = steps.map(({ record }) => record.length).sort((a, b) => a - b)
    t.same(
      lengths,
      Array.from({ length: 100 }, (_, index) => index + 1),
    )
    t.equal((await done(store)).length, 100)
  })

  test('an update that fails changes nothing', async (t, store) => {
    await store.update(KEY, doing('sent'))
    const failing = store.update(KEY, () => {
      throw new Error('no')
    })
    await t.rejects(failing, { message: 'no' })
    t.same(await done(store), ['sent'])
  })

  test('subjects know nothing of each other', async (t, store) => {
    await store.update(KEY, doing('sent'))
    t.same(await done(store, { ...KEY, subject: 'bob' }), [])
    t.same(await done(store, { ...KEY, api: 'other' }), [])
  })

  test('the name of an API does not run into that of a subject', async (t, store) => {
    await store.update({ session: 's', api: 'a', subject: 'bc' }, doing('sent'))
    t.same(await done(store, { session: 's', api: 'ab', subject: 'c' }), [])
  })

  test('any text can be a subject', async (t, store) => {
    for (const subject of ['', '__proto__', 'constructor', 'a:b', 'é\u0000']) {
      await store.update({ ...KEY, subject }, doing(subject))
      t.same(await done(store, { ...KEY, subject }), [subject])
    }
  })
}

function owners(test: Run) {
  test('an id belongs to the subject that made it', async (t, store) => {
    await store.update(KEY, doing('sent', ['1', '2']))
    await store.update({ ...KEY, subject: 'bob' }, doing('sent', ['3']))
    t.equal(await store.owner('s', 'bank', '2'), 'ann')
    t.equal(await store.owner('s', 'bank', '3'), 'bob')
  })

  test('an id that nobody made belongs to nobody', async (t, store) => {
    t.equal(await store.owner('s', 'bank', '1'), undefined)
  })

  test('an id of one API says nothing in another', async (t, store) => {
    await store.update(KEY, doing('sent', ['1']))
    t.equal(await store.owner('s', 'other', '1'), undefined)
  })
}

function references(test: Run) {
  test('the first answer under a reference is given again', async (t, store) => {
    t.same(await once(store, async () => kept('first')), { value: 'first', replayed: false })
    t.same(await once(store, async () => kept('second')), { value: 'first', replayed: true })
  })

  test('another reference is another answer', async (t, store) => {
    await once(store, async () => kept('first'))
    const { value } = await store.once('s', 'other', 0, async () => kept('second'))
    t.equal(value, 'second')
  })

  test('an answer is kept until the time that is given is over', async (t, store) => {
    await once(store, async () => kept('first', 1_000))
    t.match(await once(store, async () => kept('second'), 999), { value: 'first' })
    t.match(await once(store, async () => kept('third', 2_000), 1_000), { value: 'third' })
    t.match(await once(store, async () => kept('fourth'), 1_500), { value: 'third' })
  })

  test('an answer that is not to be kept is not', async (t, store) => {
    await once(store, async () => refused)
    t.same(await once(store, async () => kept('second')), { value: 'second', replayed: false })
  })

  test('a second caller waits for the first', async (t, store) => {
    const first = later<Made>()
    const calls = [
      once(store, () => first.promise),
      once(store, async () => kept('second')),
      once(store, async () => kept('third')),
    ]
    first.resolve(kept('first'))
    t.same(await Promise.all(calls), [
      { value: 'first', replayed: false },
      { value: 'first', replayed: true },
      { value: 'first', replayed: true },
    ])
  })

  test('of callers who wait for what is not kept the next one runs anew', async (t, store) => {
    const first = later<Made>()
    const calls = [
      once(store, () => first.promise),
      once(store, async () => kept('second')),
      once(store, async () => kept('third')),
    ]
    first.resolve(refused)
    t.same(await Promise.all(calls), [
      { value: 'refused', replayed: false },
      { value: 'second', replayed: false },
      { value: 'second', replayed: true },
    ])
  })

  test('of callers who find an answer that is past only one runs anew', async (t, store) => {
    await once(store, async () => kept('old', 10))
    const calls = ['second', 'third'].map((value) => once(store, async () => kept(value), 10))
    t.same(await Promise.all(calls), [
      { value: 'second', replayed: false },
      { value: 'second', replayed: true },
    ])
  })

  test('what fails is thrown and not kept', async (t, store) => {
    const failing = once(store, async () => {
      throw new Error('no')
    })
    await t.rejects(failing, { message: 'no' })
    t.match(await once(store, async () => kept('second')), { value: 'second', replayed: false })
  })

  test('a caller who waits for what fails runs anew', async (t, store) => {
    const first = later<Made>()
    const failing = once(store, () => first.promise)
    const second = once(store, async () => kept('second'))
    first.reject(new Error('no'))
    await t.rejects(failing, { message: 'no' })
    t.same(await second, { value: 'second', replayed: false })
  })
}

function deletions(test: Run) {
  const filled = async (store: TestStore) => {
    await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
    await store.update(KEY, doing('sent', ['1']))
    await once(store, async () => kept('first'))
  }

  test('a deleted session begins anew', async (t, store) => {
    await filled(store)
    t.equal(await store.deleteSession('s'), true)
    t.same(await ids(store), [])
    t.same(await store.session('s'), NEW_SESSION)
    t.same(await done(store), [])
    t.equal(await store.owner('s', 'bank', '1'), undefined)
    t.match(await once(store, async () => kept('second')), { value: 'second' })
  })

  test('a session that is not there cannot be deleted', async (t, store) => {
    t.equal(await store.deleteSession('s'), false)
  })

  test('a deleted session takes no other with it', async (t, store) => {
    await filled(store)
    await store.session('other')
    await store.deleteSession('other')
    t.same(await done(store), ['sent'])
  })

  test('all sessions can be deleted at once', async (t, store) => {
    await filled(store)
    await store.session('other')
    await store.deleteAll()
    t.same(await ids(store), [])
    t.same(await done(store), [])
  })
}

const NO_WORLD = { record: NEW_SESSION, subjects: [], owners: [], kept: [] }

/** A session as it is, apart from when it was used. */
async function world(store: TestStore, id = 's') {
  const found = await store.read(id)
  if (!found) return undefined
  const { usedAt: _, ...rest } = found
  return rest
}

function looks(test: Run) {
  test('sessions are listed with what they are, the least recently used first', async (t, store) => {
    const changed = { clock: { offset: 5, frozenAt: null }, scenario: 'slow' }
    await store.changeSession('s', () => changed)
    await store.session('other')
    await store.update(KEY, doing('sent'))
    await store.update({ ...KEY, subject: 'bob' }, doing('sent'))
    t.match(await store.sessions(), [
      { id: 'other', record: NEW_SESSION, subjects: 0 },
      { id: 's', record: changed, subjects: 2 },
    ])
    for (const { usedAt } of await store.sessions()) t.type(usedAt, 'number')
    t.equal(await store.count(), 2)
  })

  test('a store that is open can be used, and is empty', async (t, store) => {
    await t.resolves(store.check())
    t.equal(await store.count(), 0)
    t.same(await store.sessions(), [])
  })

  test('a session that is not there cannot be read, and is not made by it', async (t, store) => {
    t.equal(await store.read('s'), undefined)
    t.same(await ids(store), [])
  })

  test('a session that was only used has nothing in it', async (t, store) => {
    await store.session('s')
    t.same(await world(store), NO_WORLD)
  })

  test('all that is remembered of a session can be read', async (t, store) => {
    const changed = { clock: { offset: 0, frozenAt: 5 }, scenario: 'slow' }
    await store.changeSession('s', () => changed)
    await store.update(KEY, doing('sent', ['1', '2']))
    await store.update({ ...KEY, api: 'shop', subject: 'bob' }, doing('bought', ['1']))
    await once(store, async () => kept('first'))
    t.same(await world(store), {
      record: changed,
      subjects: [
        { api: 'bank', subject: 'ann', record: ['sent'] },
        { api: 'shop', subject: 'bob', record: ['bought'] },
      ],
      owners: [
        { api: 'bank', id: '1', subject: 'ann' },
        { api: 'bank', id: '2', subject: 'ann' },
        { api: 'shop', id: '1', subject: 'bob' },
      ],
      kept: [{ reference: 'reference', value: 'first', until: 1_000 }],
    })
  })

  test('nothing of another session is read', async (t, store) => {
    await store.update({ ...KEY, session: 'other' }, doing('sent', ['1']))
    await store.session('s')
    t.same(await world(store), NO_WORLD)
  })

  test('what is read begins with the least recently used', async (t, store) => {
    for (const subject of ['ann', 'bob', 'cid', 'ann']) {
      await store.update({ ...KEY, subject }, doing('sent'))
    }
    const { subjects } = (await store.read('s'))!
    t.same(
      subjects.map(({ subject }) => subject),
      ['bob', 'cid', 'ann'],
    )
  })

  test('any text comes back as the subject and the id that it was', async (t, store) => {
    const texts = ['', '__proto__', '1:a', ':', '4:bankann', 'é\u0000']
    for (const text of texts) await store.update({ ...KEY, subject: text }, doing('sent', [text]))
    const { subjects, owners } = (await store.read('s'))!
    t.same(
      subjects.map(({ subject }) => subject),
      texts,
    )
    t.same(
      owners.map(({ id, subject }) => [id, subject]),
      texts.map((text) => [text, text]),
    )
  })

  test('looking at a session is not using it', async (t, store) => {
    for (const id of ['a', 'b']) await store.session(id)
    const before = await store.sessions()
    await store.read('a')
    t.same(await store.sessions(), before)
  })

  test('what was read does not change with the session', async (t, store) => {
    await store.update(KEY, doing('sent', ['1']))
    const before = await world(store)
    const copy = structuredClone(before)
    await store.update(KEY, doing('verified', ['2']))
    await store.changeSession('s', (record) => ({ ...record, scenario: 'slow' }))
    await once(store, async () => kept('first'))
    t.same(before, copy)
  })

  test('an answer that is not kept is not read', async (t, store) => {
    await once(store, async () => refused)
    const failing = once(store, async () => {
      throw new Error('no')
    })
    await t.rejects(failing, { message: 'no' })
    t.same(await world(store), NO_WORLD)
  })

  test('an answer that is being made is read with what it leaves', async (t, store) => {
    const first = later<Made>()
    const making = once(store, async () => {
      const made = await first.promise
      await store.update(KEY, doing('sent'))
      return made
    })
    const reading = world(store)
    first.resolve(kept('first'))
    await making
    t.match(await reading, {
      subjects: [{ subject: 'ann', record: ['sent'] }],
      kept: [{ reference: 'reference', value: 'first' }],
    })
  })
}

function writes(test: Run) {
  const WRITTEN: Omit<World<Done, string>, 'usedAt'> = {
    record: { clock: { offset: 7, frozenAt: null }, scenario: 'slow' },
    subjects: [
      { api: 'bank', subject: 'bob', record: ['sent'] },
      { api: 'bank', subject: 'ann', record: ['verified'] },
    ],
    owners: [{ api: 'bank', id: '1', subject: 'ann' }],
    kept: [{ reference: 'reference', value: 'first', until: 1_000 }],
  }

  test('a session that is written is as it was read', async (t, store) => {
    await store.write('s', WRITTEN)
    t.same(await world(store), WRITTEN)
    t.same(await ids(store), ['s'])
  })

  test('a session that is written goes on', async (t, store) => {
    await store.write('s', WRITTEN)
    t.same(await store.session('s'), WRITTEN.record)
    await store.update(KEY, doing('sent'))
    t.same(await done(store), ['verified', 'sent'])
    t.equal(await store.owner('s', 'bank', '1'), 'ann')
    t.same(await once(store, async () => kept('second'), 999), { value: 'first', replayed: true })
    t.match(await once(store, async () => kept('second'), 1_000), { value: 'second' })
  })

  test('what is written takes the place of all that was there', async (t, store) => {
    await store.update({ ...KEY, subject: 'cid' }, doing('sent', ['2']))
    await store.once('s', 'other', 0, async () => kept('gone'))
    await store.write('s', WRITTEN)
    t.same(await world(store), WRITTEN)
    await store.write('s', NO_WORLD)
    t.same(await world(store), NO_WORLD)
  })

  test('writing a session is using it, and leaves the others', async (t, store) => {
    await store.update(KEY, doing('sent'))
    await store.session('other')
    await store.write('new', WRITTEN)
    await store.write('other', NO_WORLD)
    t.same(await ids(store), ['s', 'new', 'other'])
    t.same(await done(store), ['sent'])
  })

  test('a session that was written can be deleted', async (t, store) => {
    await store.write('s', WRITTEN)
    t.equal(await store.deleteSession('s'), true)
    t.equal(await store.read('s'), undefined)
  })
}

function forgets(test: Run) {
  test('a store that is closed has forgotten everything', async (t, store) => {
    await store.session('a')
    await store.close()
    t.same(await ids(store), [])
  })
}

function leaves(test: Run, another: NonNullable<Kind['another']>) {
  test('a store that is closed leaves what it has for others', async (t, store) => {
    await store.update(KEY, doing('sent', ['1']))
    const second = await another(t, store)
    await store.close()
    t.same(await done(second), ['sent'])
    t.equal(await second.owner('s', 'bank', '1'), 'ann')
  })

  test('a store that is closed cannot be used', async (t, store) => {
    await store.close()
    await t.rejects(store.session('s'), { constructor: Problem, code: 'store-unavailable' })
    await t.rejects(store.check(), { constructor: Problem, code: 'store-unavailable' })
    await t.resolves(store.close(), 'but closed again')
  })
}
