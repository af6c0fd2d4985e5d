/** What every kind of store does, opened by its URL. A new kind is a line in KINDS. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadStore, STORE_KINDS } from '../../src/store/open.ts'
import type { Codec } from '../../src/store/store.ts'
import { TestClock } from '../fixtures/app.ts'
import { NO_REDIS, startRedis } from '../fixtures/redis.ts'
import { boundsSuite } from '../fixtures/store-bounds.ts'
import { storeSuite, type TestStore } from '../fixtures/store-suite.ts'

interface Kind {
  /** The URL of an empty store; the folder is empty, too, and outlives the store. */
  url(folder: string): string
  /** Whether what it has can be opened again once it is closed. */
  readonly lasting: boolean
}

const redis = NO_REDIS ? undefined : await startRedis(t)

const KINDS: Readonly<Record<string, Kind>> = {
  'memory:': { url: () => 'memory:', lasting: false },
  'file:': { url: (folder) => `file:${folder}/state.json`, lasting: true },
  'redis:': { url: () => redis?.next() ?? '', lasting: true },
}

/** Kinds that differ from another only in how they connect. */
const VARIANTS = ['rediss:']

t.test('every kind of store is tested here', async (t) => {
  const tested = [...Object.keys(KINDS), ...VARIANTS]
  t.same(tested.toSorted(), Object.keys(STORE_KINDS).toSorted())
})

const CODEC: Codec<readonly string[], string> = {
  record: { encode: (record) => record, decode: (json) => json as string[] },
  answer: { encode: (answer) => answer, decode: (json) => json as string },
}

/** The folder of the whole file: stores are closed when their tests end. */
const root = t.testdir()
let folders = 0

function newFolder(): string {
  const folder = join(root, String(++folders))
  mkdirSync(folder)
  return folder
}

const urls = new WeakMap<TestStore, string>()

async function openStore(t: Test, url: string, more: object = {}): Promise<TestStore> {
  const make = await loadStore(url)
  const store: TestStore = make({ clock: new TestClock(), codec: CODEC, ...more })
  t.teardown(() => store.close())
  await store.open()
  urls.set(store, url)
  return store
}

for (const [scheme, { url, lasting }] of Object.entries(KINDS)) {
  t.test(scheme, { skip: scheme === 'redis:' && NO_REDIS }, async (t) => {
    const again = (t: Test, store: TestStore) => openStore(t, urls.get(store) ?? '')
    storeSuite(t, {
      make: (t) => openStore(t, url(newFolder())),
      ...(lasting && { again }),
    })
    boundsSuite(t, (t, options) => openStore(t, url(newFolder()), options))
  })
}
