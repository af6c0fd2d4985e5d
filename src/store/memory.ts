import type { Clock } from '../clock.ts'
import { BoundedMap } from './bounded.ts'
import {
  BOUNDS,
  type Bounds,
  type Change,
  type Kept,
  NEW_SESSION,
  type Once,
  type SessionRecord,
  type Store,
  type SubjectKey,
} from './store.ts'

export type Evicted = 'session' | 'subject' | 'id' | 'reference'

export interface MemoryOptions {
  readonly clock: Clock
  readonly bounds?: Partial<Bounds>
  /** Told when a bound is passed and something goes; `id` is the session it belonged to. */
  readonly onEvict?: (kind: Evicted, id: string) => void
}

interface World<R, A> {
  record: SessionRecord
  usedAt: number
  readonly subjects: BoundedMap<R>
  readonly owners: BoundedMap<string>
  readonly kept: BoundedMap<Promise<Kept<A> | undefined>>
}

/** Keeps everything in this process, bounded. A change runs to its end before another begins. */
export class MemoryStore<R, A> implements Store<R, A> {
  readonly #clock: Clock
  readonly #bounds: Bounds
  readonly #onEvict: (kind: Evicted, id: string) => void
  readonly #worlds: BoundedMap<World<R, A>>

  constructor({ clock, bounds = {}, onEvict = () => {} }: MemoryOptions) {
    this.#clock = clock
    this.#bounds = { ...BOUNDS, ...bounds }
    this.#onEvict = onEvict
    this.#worlds = new BoundedMap(this.#bounds.sessions, (id) => onEvict('session', id))
  }

  async session(id: string): Promise<SessionRecord> {
    return this.#world(id).record
  }

  async changeSession(id: string, change: (record: SessionRecord) => SessionRecord) {
    const world = this.#world(id)
    world.record = change(world.record)
    return world.record
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
    const { kept } = this.#world(session)
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

  async sessions(): Promise<readonly string[]> {
    this.#evictIdle(this.#clock.now())
    return [...this.#worlds.keys()]
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

  #world(id: string): World<R, A> {
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

  #made(id: string, now: number): World<R, A> {
    const { subjects, ids, references } = this.#bounds
    return {
      record: NEW_SESSION,
      usedAt: now,
      subjects: new BoundedMap(subjects, () => this.#onEvict('subject', id)),
      owners: new BoundedMap(ids, () => this.#onEvict('id', id)),
      kept: new BoundedMap(references, () => this.#onEvict('reference', id)),
    }
  }
}

/** The length in front keeps an API's name from running into what follows it. */
const placed = (api: string, key: string) => `${api.length}:${api}${key}`
