import t, { type Test } from 'tap'
import { storeAddress } from '../../src/store/address.ts'
import { RedisStore } from '../../src/store/redis.ts'
import { RedisClient } from '../../src/store/redis-client.ts'
import type { Codec } from '../../src/store/redis-texts.ts'
import { TestClock } from '../app.ts'
import { NO_REDIS, startRedis } from '../redis.ts'
import { boundsSuite } from './bounds.ts'
import { storeSuite, type TestStore } from './suite.ts'

const CODEC: Codec<readonly string[], string> = {
  record: { encode: (record) => record, decode: (json) => json as string[] },
  answer: { encode: (answer) => answer, decode: (json) => json as string },
}

t.test('redis', { skip: NO_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const urls = new WeakMap<TestStore, string>()

  async function opened(t: Test, url: string, more: object = {}): Promise<TestStore> {
    const client = await RedisClient.make({ address: storeAddress(url, 'test')! })
    const options = { client, codec: CODEC, clock: new TestClock(), ...more }
    const store: TestStore = new RedisStore(options)
    t.teardown(() => store.close())
    await store.open()
    urls.set(store, url)
    return store
  }

  storeSuite(t, 'redis', {
    make: (t) => opened(t, redis.next()),
    another: (t, store) => opened(t, urls.get(store)!),
  })
  boundsSuite(t, 'redis', (t, options) => opened(t, redis.next(), options))
})
