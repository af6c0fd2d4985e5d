import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { parseRedisUrl } from './redis-address.ts'
import { RedisClient } from './redis-client.ts'
import { type FoundOpen, type FoundSession, joinKey, pairs, RedisRecords } from './redis-records.ts'
import {
  CHANGE,
  CHECK,
  CLAIM,
  COUNT,
  DELETE,
  DELETE_ALL,
  FIND,
  FIRST_DUE,
  LIST,
  type LuaScript,
  OWNER,
  PEEK,
  READ,
  SETTLE,
  SWAP,
  USE,
  WRITE,
} from './redis-scripts.ts'
import {
  BOUNDS,
  type DueSubject,
  type Evicted,
  type MakeResponse,
  type NewSnapshot,
  type OnceResult,
  type OnEvict,
  type OpenSession,
  type RecordChange,
  type SessionRecord,
  type SessionSnapshot,
  type SessionSummary,
  type Store,
  type StoreOptions,
  type SubjectKey,
} from './store.ts'

export interface RedisOptions<R, A> extends StoreOptions<R, A> {
  readonly client: Pick<RedisClient, 'open' | 'run' | 'close'>
}

/** Retries after losing a compare-and-swap; some replica always wins. */
const TRIES = 100

/** Real ms between two looks at a response that another replica is making. */
const POLL = 20

/** Real ms after which a replica that is still making a response is taken for dead. */
export const LEASE = 5_000

/** Whether a compare-and-swap was done; if not, the current value. */
type SwapResult = readonly [done: number, current?: string | null]

export function makeRedisStore<R, A>(url: string, options: StoreOptions<R, A>): RedisStore<R, A> {
  const { logger } = options
  const address = parseRedisUrl(url, 'store')
  const { shown: store } = address
  const consequence = 'requests are answered 503 until it is back'
  const client = new RedisClient({
    address,
    onLost: (reason) =>
      logger?.error({ store }, `the store ${store} is gone: ${reason}; ${consequence}`),
    onBack: () => logger?.info({ store }, `the store ${store} is back`),
  })
  return new RedisStore({ ...options, client })
}

/**
 * Keeps everything in a Redis that several replicas share. Within a process, changes of the same
 * record queue up, so that only replicas compete with each other.
 */
export class RedisStore<R, A> implements Store<R, A> {
  readonly #client: RedisOptions<R, A>['client']
  readonly #clock: Clock
  readonly #records: RedisRecords<R, A>
  readonly #bounds: readonly number[]
  readonly #onEvict: OnEvict
  readonly #changes = new Queues()
  readonly #responses = new Queues()

  constructor({
    client,
    clock,
    codec,
    dueOf,
    bounds = {},
    onEvict = () => {},
  }: RedisOptions<R, A>) {
    this.#client = client
    this.#clock = clock
    this.#records = new RedisRecords(codec, dueOf)
    const { idle, sessions, subjects, ids, references } = { ...BOUNDS, ...bounds }
    this.#bounds = [idle, sessions, subjects, ids, references]
    this.#onEvict = onEvict
  }

  open(): Promise<void> {
    return this.#client.open([this.#clock.now(), ...this.#bounds])
  }

  async check(): Promise<void> {
    await this.#run(CHECK)
  }

  async session(id: string): Promise<OpenSession> {
    return this.#records.parseOpenSession((await this.#run(USE, id)) as FoundOpen)
  }

  changeSession(
    id: string,
    change: (record: SessionRecord) => SessionRecord,
  ): Promise<OpenSession> {
    return this.#changes.run(id, async () => {
      let found = (await this.#run(PEEK, id)) as string | null
      for (let tries = 0; tries < TRIES; tries++) {
        const text = this.#records.formatSession(change(this.#records.parseSession(found)))
        const [done, current = null] = (await this.#run(
          CHANGE,
          ...[id, found ?? '', text],
        )) as SwapResult
        if (done) return this.#records.parseOpenSession([text, current])
        found = current
      }
      throw conflict(`the session "${id}"`)
    })
  }

  async firstDue(session: string): Promise<DueSubject | undefined> {
    const found = (await this.#run(FIRST_DUE, session)) as [key: string, due: string] | null
    return found ? this.#records.parseDue(found) : undefined
  }

  update<C extends RecordChange<R>>(
    { session, api, subject }: SubjectKey,
    change: (record: R | undefined) => C,
  ): Promise<C> {
    const joined = joinKey(api, subject)
    return this.#changes.run(`${session} ${joined}`, async () => {
      let found = (await this.#run(FIND, session, joined)) as string | null
      for (let tries = 0; tries < TRIES; tries++) {
        const { version, record } = this.#records.parseSubject(found)
        const changed = change(record)
        const ids = changed.ids.map((id) => joinKey(api, id))
        const values = [
          session,
          joined,
          version,
          this.#records.formatRecord(changed.record),
          this.#records.formatDue(changed.record),
          subject,
        ]
        const [done, current = null] = (await this.#run(SWAP, ...values, ...ids)) as SwapResult
        if (done) return changed
        found = current
      }
      throw conflict(`a subject of the session "${session}"`)
    })
  }

  async owner(session: string, api: string, id: string): Promise<string | undefined> {
    return ((await this.#run(OWNER, session, joinKey(api, id))) as string | null) ?? undefined
  }

  once(
    session: string,
    reference: string,
    now: number,
    make: MakeResponse<A>,
  ): Promise<OnceResult<A>> {
    return this.#responses.run(`${session} ${reference}`, async () => {
      const claimed = await this.#claim(session, reference, now)
      if ('value' in claimed) return { value: claimed.value, replayed: true }
      const settle = (text: string) =>
        this.#run(SETTLE, session, reference, claimed.lease, text).then(() => undefined)
      const { value, until } = await make().catch(async (error: unknown) => {
        // If releasing fails too, the lease expires.
        await settle('').catch(() => undefined)
        throw error
      })
      await settle(until === undefined ? '' : this.#records.formatResponse({ value, until }))
      return { value, replayed: false }
    })
  }

  async count(): Promise<number> {
    return (await this.#run(COUNT)) as number
  }

  async sessions(): Promise<readonly SessionSummary[]> {
    const found = (await this.#run(LIST)) as [string, string, string | null, number][]
    return found.map(([id, usedAt, record, subjects]) => ({
      id,
      record: this.#records.parseSession(record),
      usedAt: Number(usedAt),
      subjects,
    }))
  }

  async read(id: string): Promise<SessionSnapshot<R, A> | undefined> {
    const from = this.#clock.monotonic()
    let awaited: readonly string[] | undefined
    for (;;) {
      const found = await this.#run(READ, id)
      if (!found) return undefined
      const { snapshot, leases } = this.#records.parseSnapshot(found as FoundSession)
      awaited ??= leases
      // A response that was being made when the read began belongs to the session.
      const waits = awaited.some((lease) => leases.includes(lease))
      if (!waits || this.#clock.monotonic() - from >= LEASE) return snapshot
      await this.#clock.sleep(POLL)
    }
  }

  async write(id: string, snapshot: NewSnapshot<R, A>): Promise<void> {
    await this.#run(WRITE, id, ...this.#records.formatSnapshot(snapshot))
  }

  async deleteSession(id: string): Promise<boolean> {
    return (await this.#run(DELETE, id)) === 1
  }

  async deleteAll(): Promise<void> {
    await this.#run(DELETE_ALL)
  }

  /** Leaves what it has to the other replicas. */
  close(): Promise<void> {
    return this.#client.close()
  }

  /**
   * A response, or a lease to make it. A replica whose lease has not changed for too long is taken
   * for dead; the time is measured here, since the clocks of replicas differ.
   */
  async #claim(session: string, reference: string, now: number) {
    let seen = { lease: '', from: 0 }
    for (;;) {
      const time = this.#clock.monotonic()
      const expired = time - seen.from >= LEASE ? seen.lease : ''
      const values = [session, reference, now, expired]
      const [kind, text] = (await this.#run(CLAIM, ...values)) as [
        'kept' | 'lease' | 'make',
        string,
      ]
      if (kind === 'make') return { lease: text }
      if (kind === 'kept') return this.#records.parseResponse(text)
      if (text !== seen.lease) seen = { lease: text, from: time }
      await this.#clock.sleep(POLL)
    }
  }

  async #run(script: LuaScript, ...values: readonly (string | number)[]): Promise<unknown> {
    const all = [this.#clock.now(), ...this.#bounds, ...values]
    const [evicted, result] = (await this.#client.run(script, all)) as [string[], unknown]
    for (const [kind, id] of pairs(evicted)) this.#onEvict(kind as Evicted, id)
    return result
  }
}

const conflict = (what: string) =>
  new Problem(
    'store-conflict',
    `${what} was changed by other replicas ${TRIES} times in a row; try again, one call at a time`,
  )

/** Runs work under the same key one after the other. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs the work once all earlier work under the key has ended, even if it failed. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const previous = this.#last.get(key)
    const working = previous ? previous.then(work, work) : work()
    this.#last.set(key, working)
    const forget = () => {
      // Keys come from clients: one that nobody waits for must not stay.
      if (this.#last.get(key) === working) this.#last.delete(key)
    }
    working.then(forget, forget)
    return working
  }
}
