import t from 'tap'
import { MemoryStore } from '../../src/store/memory.ts'
import { TestClock } from '../fixtures/app.ts'
import { ids, type TestStore } from '../fixtures/store-suite.ts'

t.test('evictions need no listener', async (t) => {
  const store: TestStore = new MemoryStore({ clock: new TestClock(), bounds: { sessions: 1 } })
  await store.session('a')
  await store.session('b')
  t.same(await ids(store), ['b'])
})
