/** Which store a sandbox keeps its sessions in; all but memory are loaded when they are chosen. */

import type { Clock } from '../clock.ts'
import type { SandboxOptions } from '../config/options.ts'
import type { Outcome } from '../exchange/exchange.ts'
import type { SandboxStore } from '../sandbox/sandbox.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import { decodeRecord, encodeRecord } from '../scenario/state.ts'
import { MemoryStore } from '../store/memory.ts'
import { storeAddress } from '../store/open.ts'
import type { Codec } from '../store/redis-records.ts'
import type { OnEvict } from '../store/store.ts'

interface Told {
  readonly clock: Clock
  readonly onEvict: OnEvict
}

type MakeStore = (told: Told) => SandboxStore

const CODEC: Codec<SubjectRecord, Outcome> = {
  record: {
    encode: encodeRecord,
    // It was a state before, however deep the body that a rule remembers.
    decode: (json) => decodeRecord(json as SubjectRecord, Number.POSITIVE_INFINITY),
  },
  // JSON leaves out what is undefined; an answer that is read back lacks it just as well.
  answer: { encode: (answer) => answer, decode: (json) => json as Outcome },
}

/**
 * How to make the store that the options name.
 *
 * @throws UsageError if its URL is not one
 */
export async function chosenStore(options: SandboxOptions): Promise<MakeStore> {
  const { store = 'memory:', logger } = options
  const address = storeAddress(store, 'store')
  if (!address) return (told) => new MemoryStore(told)
  const [{ RedisClient }, { RedisStore }] = await Promise.all([
    import('../store/redis-client.ts'),
    import('../store/redis.ts'),
  ])
  const { shown } = address
  const client = await RedisClient.make({
    address,
    onLost: (reason) =>
      logger?.error(
        { store: shown },
        `the store ${shown} is gone: ${reason}; requests are answered 503 until it is back`,
      ),
    onBack: () => logger?.info({ store: shown }, `the store ${shown} is back`),
  })
  return ({ clock, onEvict }) => new RedisStore({ client, codec: CODEC, clock, onEvict })
}
