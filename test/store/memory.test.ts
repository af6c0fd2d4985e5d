import t from 'tap'
import { MemoryStore } from '../../src/store/memory.ts'
import { TestClock } from '../fixtures/app.ts'
import { boundsSuite } from '../fixtures/store-bounds.ts'
import { ids, storeSuite, type TestStore } from '../fixtures/store-suite.ts'

storeSuite(t, 'memory', {
  make: async (t) => {
    const store: TestStore = new MemoryStore({ clock: new TestClock() })
    t.teardown(() => store.close())
    return store
  },
})

boundsSuite(t, 'memory', async (_, options) => new MemoryStore(options))

t.test('nobody needs to listen to what goes', async (t) => {
  const store: TestStore = new MemoryStore({ clock: new TestClock(), bounds: { sessions: 1 } })
  await store.session('a')
  await store.session('b')
  t.same(await ids(store), ['b'])
})
