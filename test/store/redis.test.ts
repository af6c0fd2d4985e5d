import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { LEASE, RedisStore } from '../../src/store/redis.ts'
import { parseRedisUrl } from '../../src/store/redis-address.ts'
import { RedisClient } from '../../src/store/redis-client.ts'
import { SWAP } from '../../src/store/redis-scripts.ts'
import { BOUNDS, type Codec, NEW_SESSION } from '../../src/store/store.ts'
import { TestClock } from '../fixtures/app.ts'
import { NO_REDIS, startRedis } from '../fixtures/redis.ts'
import { doing, done, ids, KEY, type TestStore } from '../fixtures/store-suite.ts'

const CODEC: Codec<readonly string[], string> = {
  record: { encode: (record) => record, decode: (json) => json as string[] },
  answer: { encode: (answer) => answer, decode: (json) => json as string },
}

/** Sleeping takes the time that it takes, at once. */
class PassingClock extends TestClock {
  override async sleep(ms: number): Promise<void> {
    this.time += ms
  }
}

const GIVING_UP: readonly [what: string, act: (store: TestStore) => Promise<unknown>][] = [
  ['a subject of the session "s"', (store) => store.update(KEY, doing('sent'))],
  ['the session "s"', (store) => store.changeSession('s', (record) => record)],
]

for (const [what, act] of GIVING_UP) {
  t.test(`a store that always finds another faster gives up on ${what}`, async (t) => {
    let runs = 0
    const run = async () => (runs++ === 0 ? [[], null] : [[], [0, null]])
    const client = { open: async () => {}, close: async () => {}, run }
    const store: TestStore = new RedisStore({ client, clock: new TestClock(), codec: CODEC })
    const often = 'was changed by other replicas 100 times in a row'
    await t.rejects(act(store), {
      code: 'store-conflict',
      message: `${what} ${often}; try again, one call at a time`,
    })
    t.equal(runs, 101)
  })
}

t.test('redis', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)

  async function opened(t: Test, url: string, more: object = {}): Promise<TestStore> {
    const client = new RedisClient({ address: parseRedisUrl(url, 'test') })
    const options = { client, codec: CODEC, clock: new TestClock(), ...more }
    const store: TestStore = new RedisStore(options)
    t.teardown(() => store.close())
    await store.open()
    return store
  }

  /** Two stores of one place, and that place as anybody sees it. */
  async function two(t: Test, more: object = {}) {
    const url = redis.next()
    const raw = new Redis(url)
    t.teardown(() => raw.disconnect())
    return { a: await opened(t, url, more), b: await opened(t, url, more), raw, url }
  }

  t.test('what one replica keeps the other finds', async (t) => {
    const { a, b } = await two(t)
    const record = { clock: { offset: 5, frozenAt: null }, scenario: 'slow' }
    await a.changeSession('s', () => record)
    await a.update(KEY, doing('sent', ['1']))
    await a.once('s', 'reference', 0, async () => ({ value: 'first', until: 1 }))
    t.same(await b.session('s'), record)
    t.same(await done(b), ['sent'])
    t.equal(await b.owner('s', 'bank', '1'), 'ann')
    t.match(await b.once('s', 'reference', 0, async () => ({ value: 'no', until: 1 })), {
      value: 'first',
      replayed: true,
    })
    t.same(await b.read('s'), await a.read('s'))
    await b.deleteAll()
    t.same(await ids(a), [])
  })

  t.test('of a hundred updates by two replicas each is one step', async (t) => {
    const { a, b } = await two(t)
    const steps = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? a : b).update(KEY, doing(`${n}`, [`${n}`]))),
    )
    t.equal(new Set(steps.map(({ record }) => record.length)).size, 100)
    t.equal((await done(a)).length, 100)
    t.equal((await a.read('s'))?.owners.length, 100)
  })

  t.test('of a hundred changes of a session by two replicas each is one step', async (t) => {
    const { a, b } = await two(t)
    const later = ({ clock, ...rest }: typeof NEW_SESSION) => ({
      ...rest,
      clock: { ...clock, offset: clock.offset + 1 },
    })
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? a : b).changeSession('s', later)),
    )
    t.equal((await a.session('s')).clock.offset, 100)
  })

  t.test('a session that another replica deletes meanwhile begins anew', async (t) => {
    const { b, url } = await two(t)
    let deleting: Promise<unknown> | undefined
    const client = new RedisClient({ address: parseRedisUrl(url, 'test') })
    const run: typeof client.run = async (script, values) => {
      if (script === SWAP) await deleting
      return client.run(script, values)
    }
    const open: typeof client.open = (values) => client.open(values)
    const a = await opened(t, url, { client: { open, run, close: () => client.close() } })
    await a.update(KEY, doing('sent'))
    const changed = await a.update(KEY, (record = []) => {
      // The first call is between reading and writing.
      deleting ??= b.deleteSession('s')
      return doing('verified')(record)
    })
    t.same(changed.record, ['verified'])
    t.same(changed.record, await done(a))
  })

  t.test('a caller in another replica waits for the first', async (t) => {
    const { a, b } = await two(t)
    let finish = (_: { value: string; until: number | undefined }) => {}
    const begun = new Promise<void>((begin) => {
      void a.once('s', 'reference', 0, () => {
        begin()
        return new Promise((resolve) => {
          finish = resolve
        })
      })
    })
    await begun
    const second = b.once('s', 'reference', 0, async () => ({ value: 'second', until: 1 }))
    await b.session('other')
    finish({ value: 'first', until: 1 })
    t.same(await second, { value: 'first', replayed: true })
  })

  t.test('twenty callers in two replicas run it once', async (t) => {
    const { a, b } = await two(t)
    let runs = 0
    const make = async () => ({ value: `${++runs}`, until: 1 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? a : b).once('s', 'reference', 0, make)),
    )
    t.equal(runs, 1)
    t.equal(answers.filter(({ replayed }) => replayed).length, 19)
  })

  t.test('a replica that died while it made an answer is not waited for for ever', async (t) => {
    const clock = new PassingClock()
    const { a, b, raw } = await two(t, { clock })
    const from = clock.time
    void a.once('s', 'reference', 0, () => new Promise(() => {}))
    while ((await raw.zcard('sca-sandbox:{v1}:kept:s')) === 0) await b.session('s')
    t.same(await b.once('s', 'reference', 0, async () => ({ value: 'second', until: 1 })), {
      value: 'second',
      replayed: false,
    })
    t.equal(clock.time - from, LEASE)
    t.match(await b.read('s'), { kept: [{ reference: 'reference', value: 'second' }] })
  })

  t.test('an answer that comes when its lease was taken over is not kept', async (t) => {
    const clock = new PassingClock()
    const { a, b, raw } = await two(t, { clock })
    let finish = (_: { value: string; until: number }) => {}
    const slow = a.once('s', 'reference', 0, () => {
      return new Promise((resolve) => {
        finish = resolve
      })
    })
    while ((await raw.zcard('sca-sandbox:{v1}:kept:s')) === 0) await b.session('s')
    await b.once('s', 'reference', 0, async () => ({ value: 'second', until: 1 }))
    finish({ value: 'slow', until: 1 })
    t.same(await slow, { value: 'slow', replayed: false })
    t.match(await a.once('s', 'reference', 0, async () => ({ value: 'third', until: 1 })), {
      value: 'second',
    })
  })

  t.test('a session is read although a replica died while it made an answer', async (t) => {
    const clock = new PassingClock()
    const { a, b, raw } = await two(t, { clock })
    void a.once('s', 'reference', 0, () => new Promise(() => {}))
    while ((await raw.zcard('sca-sandbox:{v1}:kept:s')) === 0) await b.session('s')
    t.match(await b.read('s'), { kept: [] })
  })

  t.test('every key begins alike, lies on one node, and goes by itself', async (t) => {
    const { a, raw, url } = await two(t)
    await a.update(KEY, doing('sent', ['1']))
    await a.once('s', 'reference', 0, async () => ({ value: 'first', until: 1 }))
    const late = await opened(t, url)
    await late.check()
    const keys = (await raw.keys('*')).sort()
    t.same(
      keys,
      ['kept:s', 'owners:s', 'session:s', 'sessions', 'subjects:s', 'turn'].map(
        (key) => `sca-sandbox:{v1}:${key}`,
      ),
    )
    for (const key of keys) {
      const left = await raw.pttl(key)
      t.ok(left > BOUNDS.idle && left <= BOUNDS.idle + 60_000, `${key} has ${left} ms`)
    }
    await a.deleteSession('s')
    t.same((await raw.keys('*')).sort(), ['sca-sandbox:{v1}:turn'])
  })

  t.test('a session whose keys are gone is told as gone, and is new', async (t) => {
    const gone: string[] = []
    const onEvict = (kind: string, id: string) => gone.push(`${kind} ${id}`)
    const { a, raw } = await two(t, { onEvict })
    for (const id of ['s', 'other']) await a.changeSession(id, (r) => ({ ...r, scenario: 'slow' }))
    await raw.del('sca-sandbox:{v1}:session:s', 'sca-sandbox:{v1}:session:other')
    t.same(await a.session('other'), NEW_SESSION)
    t.same(gone.toSorted(), ['session other', 'session s'])
    t.same(await ids(a), ['other'])
  })

  t.test('a store that was emptied by others begins anew', async (t) => {
    const { a, raw } = await two(t)
    await a.update(KEY, doing('sent'))
    await raw.flushdb()
    t.same(await done(a), [])
    t.equal(await a.count(), 1)
  })
})
