import type { Clock } from '../clock.ts'
import { BoundedMap } from '../lru.ts'
import { DueTimes } from './due-times.ts'
import {
  BOUNDS,
  type Bounds,
  type DueSubject,
  type MakeResponse,
  NEW_SESSION,
  type NewSnapshot,
  type OnceResult,
  type OnEvict,
  type OpenSession,
  type RecordChange,
  type SessionRecord,
  type SessionSnapshot,
  type SessionSummary,
  type Store,
  type StoredResponse,
  type StoreOptions,
  type SubjectKey,
} from './store.ts'

type MemoryOptions<R> = Pick<StoreOptions<R, never>, 'clock' | 'bounds' | 'onEvict' | 'dueOf'>

/** Responses by reference. A promise without a response was not to be stored. */
type Responses<A> = BoundedMap<Promise<StoredResponse<A> | undefined>>

interface Session<R, A> {
  record: OpenSession
  usedAt: number
  /** Made when first needed: most sessions have no timers. */
  due: DueTimes | undefined
  readonly subjects: BoundedMap<R>
  readonly owners: BoundedMap<string>
  /** Made when first needed: most sessions store no response. */
  responses: Responses<A> | undefined
}

export function makeMemoryStore<R, A>(_: string, options: MemoryOptions<R>): MemoryStore<R, A> {
  return new MemoryStore(options)
}

/** Keeps everything in this process, within bounds. No change begins before another has ended. */
export class MemoryStore<R, A> implements Store<R, A> {
  readonly #clock: Clock
  readonly #bounds: Bounds
  readonly #onEvict: OnEvict
  readonly #dueOf: (record: R) => number | undefined
  readonly #sessions: BoundedMap<Session<R, A>>

  constructor({
    clock,
    bounds = {},
    onEvict = () => {},
    dueOf = () => undefined,
  }: MemoryOptions<R>) {
    this.#clock = clock
    this.#bounds = { ...BOUNDS, ...bounds }
    this.#onEvict = onEvict
    this.#dueOf = dueOf
    this.#sessions = new BoundedMap(this.#bounds.sessions, (id) => onEvict('session', id))
  }

  async open(): Promise<void> {}

  async check(): Promise<void> {}

  async session(id: string): Promise<OpenSession> {
    return this.#useSession(id).record
  }

  async changeSession(id: string, change: (record: SessionRecord) => SessionRecord) {
    this.#evictIdle(this.#clock.now())
    // A change that fails must neither create a session nor count as a use of one.
    const record = change(this.#sessions.peek(id)?.record ?? NEW_SESSION)
    const session = this.#useSession(id)
    session.record = withDue(record, session.due)
    return session.record
  }

  async firstDue(id: string): Promise<DueSubject | undefined> {
    const first = this.#sessions.peek(id)?.due?.first
    if (!first) return undefined
    const [api, subject] = splitKey(first.key)
    return { api, subject, due: first.due }
  }

  async update<C extends RecordChange<R>>(
    { session, api, subject }: SubjectKey,
    change: (record: R | undefined) => C,
  ): Promise<C> {
    const used = this.#useSession(session)
    const { subjects, owners } = used
    const key = joinKey(api, subject)
    const changed = change(subjects.get(key))
    subjects.set(key, changed.record)
    this.#noteDue(used, key, changed.record)
    for (const id of changed.ids) owners.set(joinKey(api, id), subject)
    return changed
  }

  async owner(session: string, api: string, id: string): Promise<string | undefined> {
    return this.#useSession(session).owners.get(joinKey(api, id))
  }

  async once(
    session: string,
    reference: string,
    now: number,
    make: MakeResponse<A>,
  ): Promise<OnceResult<A>> {
    const responses = this.#responses(session)
    // Whoever finds a promise waits for it; if nothing was stored, the next one makes a response.
    for (let known = responses.get(reference); known; known = responses.get(reference)) {
      const found = await known
      if (found && found.until > now) return { value: found.value, replayed: true }
      if (responses.get(reference) === known) responses.delete(reference)
    }
    const making = make()
    const storing = making.then(
      ({ value, until }) => (until === undefined ? undefined : { value, until }),
      () => undefined,
    )
    responses.set(reference, storing)
    let stored = false
    try {
      const { value, until } = await making
      stored = until !== undefined
      return { value, replayed: false }
    } finally {
      if (!stored && responses.get(reference) === storing) responses.delete(reference)
    }
  }

  async count(): Promise<number> {
    this.#evictIdle(this.#clock.now())
    return this.#sessions.size
  }

  async sessions(): Promise<readonly SessionSummary[]> {
    this.#evictIdle(this.#clock.now())
    return [...this.#sessions.entries()].map(([id, { record, usedAt, subjects }]) => ({
      id,
      record,
      usedAt,
      subjects: subjects.size,
    }))
  }

  async read(id: string): Promise<SessionSnapshot<R, A> | undefined> {
    this.#evictIdle(this.#clock.now())
    const session = this.#sessions.peek(id)
    if (!session) return undefined
    // Before all else: a response that is still being made changes what is read below.
    const kept = await settleResponses(session.responses)
    const { record, usedAt, subjects, owners } = session
    return {
      record: withDue(record, undefined),
      usedAt,
      subjects: [...subjects.entries()].map(([key, record]) => {
        const [api, subject] = splitKey(key)
        return { api, subject, record }
      }),
      owners: [...owners.entries()].map(([key, subject]) => {
        const [api, id] = splitKey(key)
        return { api, id, subject }
      }),
      kept,
    }
  }

  async write(id: string, { record, subjects, owners, kept }: NewSnapshot<R, A>): Promise<void> {
    const session = this.#newSession(id, this.#clock.now())
    session.record = record
    for (const { api, subject, record } of subjects) {
      const key = joinKey(api, subject)
      session.subjects.set(key, record)
      this.#noteDue(session, key, record)
    }
    for (const { api, id, subject } of owners) session.owners.set(joinKey(api, id), subject)
    for (const { reference, value, until } of kept) {
      session.responses ??= this.#newResponses(id)
      session.responses.set(reference, Promise.resolve({ value, until }))
    }
    this.#sessions.set(id, session)
  }

  async deleteSession(id: string): Promise<boolean> {
    return this.#sessions.delete(id)
  }

  async deleteAll(): Promise<void> {
    this.#sessions.clear()
  }

  async close(): Promise<void> {
    await this.deleteAll()
  }

  #useSession(id: string): Session<R, A> {
    const now = this.#clock.now()
    const known = this.#sessions.get(id)
    if (known) {
      if (now - known.usedAt < this.#bounds.idle) {
        known.usedAt = now
        return known
      }
      // Expired: start a fresh session.
      this.#sessions.delete(id)
      this.#onEvict('session', id)
    }
    this.#evictIdle(now)
    const session = this.#newSession(id, now)
    this.#sessions.set(id, session)
    return session
  }

  #evictIdle(now: number): void {
    this.#sessions.evictWhile(({ usedAt }) => now - usedAt >= this.#bounds.idle)
  }

  #newSession(id: string, now: number): Session<R, A> {
    const { subjects, ids } = this.#bounds
    const session: Session<R, A> = {
      record: NEW_SESSION,
      usedAt: now,
      due: undefined,
      subjects: new BoundedMap(subjects, (key) => {
        if (session.due) this.#setDue(session, session.due, key, undefined)
        this.#onEvict('subject', id)
      }),
      owners: new BoundedMap(ids, () => this.#onEvict('id', id)),
      responses: undefined,
    }
    return session
  }

  #noteDue(session: Session<R, A>, key: string, record: R): void {
    const due = this.#dueOf(record)
    if (due === undefined && !session.due) return
    session.due ??= new DueTimes()
    this.#setDue(session, session.due, key, due)
  }

  #setDue(session: Session<R, A>, times: DueTimes, key: string, due: number | undefined): void {
    const before = times.first?.due
    times.set(key, due)
    if (times.first?.due !== before) session.record = withDue(session.record, times)
  }

  #responses(id: string): Responses<A> {
    const session = this.#useSession(id)
    session.responses ??= this.#newResponses(id)
    return session.responses
  }

  #newResponses(id: string): Responses<A> {
    return new BoundedMap(this.#bounds.references, () => this.#onEvict('reference', id))
  }
}

/** A session's record as it is used: with when its first timer is due. */
function withDue(record: OpenSession, times: DueTimes | undefined): OpenSession {
  const { due: _, ...stored } = record
  return times?.first ? { ...stored, due: times.first.due } : stored
}

/** Waits for the responses that are being made, and leaves out those that are not to be stored. */
async function settleResponses<A>(
  responses: Responses<A> | undefined,
): Promise<SessionSnapshot<never, A>['kept']> {
  const settling = [...(responses?.entries() ?? [])].map(async ([reference, promise]) => {
    const response = await promise
    return response ? [{ reference, ...response }] : []
  })
  return (await Promise.all(settling)).flat()
}

/** The length comes first, so that the name of an API cannot run into what follows it. */
const joinKey = (api: string, key: string) => `${api.length}:${api}${key}`

/** The reverse of `joinKey`. */
function splitKey(joined: string): [api: string, key: string] {
  const colon = joined.indexOf(':')
  const end = colon + 1 + Number(joined.slice(0, colon))
  return [joined.slice(colon + 1, end), joined.slice(end)]
}
