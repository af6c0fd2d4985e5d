import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'

import type { RedisClient } from './redis-client.ts'
import { type Codec, type Found, pairs, placed, Texts } from './redis-records.ts'
import {
  CHANGE,
  CHECK,
  CLAIM,
  COUNT,
  DELETE,
  DELETE_ALL,
  FIND,
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
  type Bounds,
  type Change,
  type Evicted,
  type Known,
  type Once,
  type OnEvict,
  type SessionRecord,
  type SessionSnapshot,
  type Store,
  type SubjectKey,
} from './store.ts'

export interface RedisOptions<R, A> {
  readonly client: Pick<RedisClient, 'open' | 'run' | 'close'>
  readonly clock: Clock
  readonly codec: Codec<R, A>
  readonly bounds?: Partial<Bounds>
  readonly onEvict?: OnEvict
}

/** Times a change is run again because another replica was faster: one of them always gets on. */
const TRIES = 100

/** Real ms between two looks at what another replica is making. */
const POLL = 20

/** Real ms after which nobody believes any more that an answer is still being made. */
export const LEASE = 5_000

/** How a script tells whether it has replaced what was read, and what is there if not. */
type Swapped = readonly [done: number, current?: string | null]

/**
 * Keeps everything in a Redis, which several replicas share. What is asked in this process about
 * the same thing is asked in a row: only replicas get into each other's way.
 */
export class RedisStore<R, A> implements Store<R, A> {
  readonly #client: RedisOptions<R, A>['client']
  readonly #clock: Clock
  readonly #texts: Texts<R, A>
  readonly #bounds: readonly number[]
  readonly #onEvict: OnEvict
  readonly #changes = new Queues()
  readonly #answers = new Queues()

  constructor({ client, clock, codec, bounds = {}, onEvict = () => {} }: RedisOptions<R, A>) {
    this.#client = client
    this.#clock = clock
    this.#texts = new Texts(codec)
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

  async session(id: string): Promise<SessionRecord> {
    return this.#texts.session((await this.#run(USE, id)) as string | null)
  }

  changeSession(
    id: string,
    change: (record: SessionRecord) => SessionRecord,
  ): Promise<SessionRecord> {
    return this.#changes.run(id, async () => {
      let found = (await this.#run(PEEK, id)) as string | null
      for (let tries = 0; tries < TRIES; tries++) {
        const record = change(this.#texts.session(found))
        const values = [id, found ?? '', JSON.stringify(record)]
        const [done, current = null] = (await this.#run(CHANGE, ...values)) as Swapped
        if (done) return record
        found = current
      }
      throw conflict(`the session "${id}"`)
    })
  }

  update<C extends Change<R>>(
    { session, api, subject }: SubjectKey,
    change: (record: R | undefined) => C,
  ): Promise<C> {
    const place = placed(api, subject)
    return this.#changes.run(`${session} ${place}`, async () => {
      let found = (await this.#run(FIND, session, place)) as string | null
      for (let tries = 0; tries < TRIES; tries++) {
        const { version, record } = this.#texts.subject(found)
        const changed = change(record)
        const ids = changed.ids.map((id) => placed(api, id))
        const values = [session, place, version, this.#texts.record(changed.record), subject]
        const [done, current = null] = (await this.#run(SWAP, ...values, ...ids)) as Swapped
        if (done) return changed
        found = current
      }
      throw conflict(`a subject of the session "${session}"`)
    })
  }

  async owner(session: string, api: string, id: string): Promise<string | undefined> {
    return ((await this.#run(OWNER, session, placed(api, id))) as string | null) ?? undefined
  }

  once(
    session: string,
    reference: string,
    now: number,
    make: () => Promise<{ value: A; until: number | undefined }>,
  ): Promise<Once<A>> {
    return this.#answers.run(`${session} ${reference}`, async () => {
      const claimed = await this.#claim(session, reference, now)
      if ('value' in claimed) return { value: claimed.value, replayed: true }
      const settle = (text: string) =>
        this.#run(SETTLE, session, reference, claimed.lease, text).then(() => undefined)
      const { value, until } = await make().catch(async (error: unknown) => {
        // What cannot be taken back now is not believed for long.
        await settle('').catch(() => undefined)
        throw error
      })
      await settle(until === undefined ? '' : this.#texts.kept({ value, until }))
      return { value, replayed: false }
    })
  }

  async count(): Promise<number> {
    return (await this.#run(COUNT)) as number
  }

  async sessions(): Promise<readonly Known[]> {
    const found = (await this.#run(LIST)) as [string, string, string | null, number][]
    return found.map(([id, usedAt, record, subjects]) => ({
      id,
      record: this.#texts.session(record),
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
      const { snapshot, leases } = this.#texts.world(found as Found)
      awaited ??= leases
      // An answer that is being made belongs to it, but for those that came after the question.
      const waits = awaited.some((lease) => leases.includes(lease))
      if (!waits || this.#clock.monotonic() - from >= LEASE) return snapshot
      await this.#clock.sleep(POLL)
    }
  }

  async write(id: string, world: Omit<SessionSnapshot<R, A>, 'usedAt'>): Promise<void> {
    await this.#run(WRITE, id, ...this.#texts.whole(world))
  }

  async deleteSession(id: string): Promise<boolean> {
    return (await this.#run(DELETE, id)) === 1
  }

  async deleteAll(): Promise<void> {
    await this.#run(DELETE_ALL)
  }

  /** What it keeps stays for the others. */
  close(): Promise<void> {
    return this.#client.close()
  }

  /**
   * An answer, or a lease to make it. Whose lease does not change for too long is taken for dead;
   * that is measured here, as the clocks of replicas differ.
   */
  async #claim(session: string, reference: string, now: number) {
    let seen = { lease: '', from: 0 }
    for (;;) {
      const time = this.#clock.monotonic()
      const over = time - seen.from >= LEASE ? seen.lease : ''
      const values = [session, reference, now, over]
      const [kind, text] = (await this.#run(CLAIM, ...values)) as [
        'kept' | 'lease' | 'make',
        string,
      ]
      if (kind === 'make') return { lease: text }
      if (kind === 'kept') return this.#texts.answer(text)
      if (text !== seen.lease) seen = { lease: text, from: time }
      await this.#clock.sleep(POLL)
    }
  }

  async #run(script: LuaScript, ...values: readonly (string | number)[]): Promise<unknown> {
    const all = [this.#clock.now(), ...this.#bounds, ...values]
    const [gone, result] = (await this.#client.run(script, all)) as [string[], unknown]
    for (const [kind, id] of pairs(gone)) this.#onEvict(kind as Evicted, id)
    return result
  }
}

const conflict = (what: string) =>
  new Problem(
    'store-conflict',
    `${what} was changed by other replicas ${TRIES} times in a row; try again, one call at a time`,
  )

/** Work that is done one after the other wherever it is about the same thing. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work once all that came earlier under the same key is over, well or badly. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const working = before ? before.then(work, work) : work()
    this.#last.set(key, working)
    const over = () => {
      // Keys come from clients: one that nobody waits for must not stay.
      if (this.#last.get(key) === working) this.#last.delete(key)
    }
    working.then(over, over)
    return working
  }
}
