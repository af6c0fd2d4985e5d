import type { Clock } from '../clock.ts'
import { BoundedMap } from '../lru.ts'
import {
  BOUNDS,
  type Bounds,
  type Change,
  type Known,
  NEW_SESSION,
  type Once,
  type OnEvict,
  type SessionRecord,
  type SessionSnapshot,
  type Store,
  type StoredResponse,
  type SubjectKey,
} from './store.ts'

export interface MemoryOptions {
  readonly clock: Clock
  readonly bounds?: Partial<Bounds>
  readonly onEvict?: OnEvict
}

interface Held<R, A> {
  record: SessionRecord
  usedAt: number
  readonly subjects: BoundedMap<R>
  readonly owners: BoundedMap<string>
  /** Made when first needed: most sessions keep no answer. */
  kept: BoundedMap<Promise<StoredResponse<A> | undefined>> | undefined
}

/** Keeps everything in this process, bounded. A change runs to its end before another begins. */
export class MemoryStore<R, A> implements Store<R, A> {
  readonly #clock: Clock
  readonly #bounds: Bounds
  readonly #onEvict: OnEvict
  readonly #worlds: BoundedMap<Held<R, A>>

  constructor({ clock, bounds = {}, onEvict = () => {} }: MemoryOptions) {
    this.#clock = clock
    this.#bounds = { ...BOUNDS, ...bounds }
    this.#onEvict = onEvict
    this.#worlds = new BoundedMap(this.#bounds.sessions, (id) => onEvict('session', id))
  }

  async open(): Promise<void> {}

  async check(): Promise<void> {}

  async session(id: string): Promise<SessionRecord> {
    return this.#world(id).record
  }

  async changeSession(id: string, change: (record: SessionRecord) => SessionRecord) {
    this.#evictIdle(this.#clock.now())
    // A change that fails must not make, or renew, a session.
    const record = change(this.#worlds.peek(id)?.record ?? NEW_SESSION)
    this.#world(id).record = record
    return record
  }

  async update<C extends Change<R>>(
    { session, api, subject }: SubjectKey,
    change: (record: R | undefined) => C,
  ): Promise<C> {
    const { subjects, owners } = this.#world(session)
    const place = placed(api, subject)
    const changed = change(subjects.get(place))
    subjects.set(place, changed.record)
    for (const id of changed.ids) owners.set(placed(api, id), subject)
    return changed
  }

  async owner(session: string, api: string, id: string): Promise<string | undefined> {
    return this.#world(session).owners.get(placed(api, id))
  }

  async once(
    session: string,
    reference: string,
    now: number,
    make: () => Promise<{ value: A; until: number | undefined }>,
  ): Promise<Once<A>> {
    const kept = this.#kept(session)
    // Whoever finds a promise there waits for it; if nothing was kept, the next one runs anew.
    for (let earlier = kept.get(reference); earlier; earlier = kept.get(reference)) {
      const found = await earlier
      if (found && found.until > now) return { value: found.value, replayed: true }
      if (kept.get(reference) === earlier) kept.delete(reference)
    }
    const made = make()
    const keeping = made.then(
      ({ value, until }) => (until === undefined ? undefined : { value, until }),
      () => undefined,
    )
    kept.set(reference, keeping)
    const { value, until } = await made.catch((error: unknown) => {
      kept.delete(reference)
      throw error
    })
    if (until === undefined && kept.get(reference) === keeping) kept.delete(reference)
    return { value, replayed: false }
  }

  async count(): Promise<number> {
    this.#evictIdle(this.#clock.now())
    return this.#worlds.size
  }

  async sessions(): Promise<readonly Known[]> {
    this.#evictIdle(this.#clock.now())
    return [...this.#worlds.entries()].map(([id, { record, usedAt, subjects }]) => ({
      id,
      record,
      usedAt,
      subjects: subjects.size,
    }))
  }

  async read(id: string): Promise<SessionSnapshot<R, A> | undefined> {
    this.#evictIdle(this.#clock.now())
    const held = this.#worlds.peek(id)
    if (!held) return undefined
    const keeping = [...(held.kept?.entries() ?? [])].map(async ([reference, answer]) => {
      const found = await answer
      return found ? [{ reference, ...found }] : []
    })
    // Before all else: an answer that is still being made changes what is read below.
    const kept = (await Promise.all(keeping)).flat()
    const { record, usedAt } = held
    return {
      record,
      usedAt,
      subjects: [...held.subjects.entries()].map(([place, record]) => {
        const [api, subject] = taken(place)
        return { api, subject, record }
      }),
      owners: [...held.owners.entries()].map(([place, subject]) => {
        const [api, id] = taken(place)
        return { api, id, subject }
      }),
      kept,
    }
  }

  async write(
    id: string,
    { record, subjects, owners, kept }: Omit<SessionSnapshot<R, A>, 'usedAt'>,
  ) {
    const made = this.#made(id, this.#clock.now())
    made.record = record
    for (const { api, subject, record } of subjects) made.subjects.set(placed(api, subject), record)
    for (const { api, id, subject } of owners) made.owners.set(placed(api, id), subject)
    for (const { reference, value, until } of kept) {
      made.kept ??= this.#keeper(id)
      made.kept.set(reference, Promise.resolve({ value, until }))
    }
    this.#worlds.set(id, made)
  }

  async deleteSession(id: string): Promise<boolean> {
    return this.#worlds.delete(id)
  }

  async deleteAll(): Promise<void> {
    this.#worlds.clear()
  }

  async close(): Promise<void> {
    await this.deleteAll()
  }

  #world(id: string): Held<R, A> {
    const now = this.#clock.now()
    const known = this.#worlds.get(id)
    if (known) {
      if (now - known.usedAt < this.#bounds.idle) {
        known.usedAt = now
        return known
      }
      // Idle for too long: whoever comes now comes to a new world.
      this.#worlds.delete(id)
      this.#onEvict('session', id)
    }
    this.#evictIdle(now)
    const made = this.#made(id, now)
    this.#worlds.set(id, made)
    return made
  }

  #evictIdle(now: number): void {
    this.#worlds.evictWhile(({ usedAt }) => now - usedAt >= this.#bounds.idle)
  }

  #made(id: string, now: number): Held<R, A> {
    const { subjects, ids } = this.#bounds
    return {
      record: NEW_SESSION,
      usedAt: now,
      subjects: new BoundedMap(subjects, () => this.#onEvict('subject', id)),
      owners: new BoundedMap(ids, () => this.#onEvict('id', id)),
      kept: undefined,
    }
  }

  #kept(session: string): NonNullable<Held<R, A>['kept']> {
    const world = this.#world(session)
    world.kept ??= this.#keeper(session)
    return world.kept
  }

  #keeper(id: string): NonNullable<Held<R, A>['kept']> {
    return new BoundedMap(this.#bounds.references, () => this.#onEvict('reference', id))
  }
}

/** The length in front keeps an API's name from running into what follows it. */
const placed = (api: string, key: string) => `${api.length}:${api}${key}`

/** What `placed` put together. */
function taken(place: string): [api: string, key: string] {
  const colon = place.indexOf(':')
  const end = colon + 1 + Number(place.slice(0, colon))
  return [place.slice(colon + 1, end), place.slice(end)]
}
