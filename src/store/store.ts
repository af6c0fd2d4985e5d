import type { ClockSetting } from '../clock.ts'

/** A session as a whole: what its tests set, apart from what its subjects did. */
export interface SessionRecord {
  readonly clock: ClockSetting
  /** The scenario that requests play which name none; null for the server's. */
  readonly scenario: string | null
}

/** Where a subject's record lies. Sessions know nothing of each other. */
export interface SubjectKey {
  readonly session: string
  readonly api: string
  readonly subject: string
}

/** What one decision makes of a record. */
export interface Change<R> {
  readonly record: R
  /** Ids that were made and now belong to the subject. */
  readonly ids: readonly string[]
}

/** What a list of sessions tells of each. */
export interface Known {
  readonly id: string
  readonly record: SessionRecord
  /** Real time in ms since the epoch. */
  readonly usedAt: number
  readonly subjects: number
}

/** Everything that is remembered of a session; lists begin with the least recently used. */
export interface SessionSnapshot<R, A> {
  readonly record: SessionRecord
  readonly usedAt: number
  readonly subjects: readonly {
    readonly api: string
    readonly subject: string
    readonly record: R
  }[]
  readonly owners: readonly {
    readonly api: string
    readonly id: string
    readonly subject: string
  }[]
  readonly kept: readonly ({ readonly reference: string } & StoredResponse<A>)[]
}

/** An answer kept under an idempotency reference until the session's clock says `until`. */
export interface StoredResponse<T> {
  readonly value: T
  readonly until: number
}

export interface Once<T> {
  readonly value: T
  readonly replayed: boolean
}

/**
 * What must survive a request. Asynchronous, so that it may be another process; every method is
 * atomic, and there is no reading to write later.
 *
 * @typeParam R a subject's record
 * @typeParam A an answer kept for its idempotency reference
 */
export interface Store<R, A> {
  /**
   * Makes the store ready for use.
   *
   * @throws UsageError if it cannot be reached
   */
  open(): Promise<void>
  /** @throws Problem that says why, if nothing can be kept now */
  check(): Promise<void>
  /** The session, made at its first use. */
  session(id: string): Promise<SessionRecord>
  changeSession(
    id: string,
    change: (record: SessionRecord) => SessionRecord,
  ): Promise<SessionRecord>
  /** Replaces a subject's record by what `change` makes of it; `change` may be run again. */
  update<C extends Change<R>>(key: SubjectKey, change: (record: R | undefined) => C): Promise<C>
  /** The subject that an id belongs to. */
  owner(session: string, api: string, id: string): Promise<string | undefined>
  /**
   * The answer kept under a reference; where there is none, or it is past, runs `make`, whose
   * answer is kept if it says until when. A second caller waits for the first.
   */
  once(
    session: string,
    reference: string,
    now: number,
    make: () => Promise<{ value: A; until: number | undefined }>,
  ): Promise<Once<A>>
  /** How many sessions there are. */
  count(): Promise<number>
  /** All sessions, the least recently used first. */
  sessions(): Promise<readonly Known[]>
  /** A session as it is; undefined where there is none. Looking at it is not using it. */
  read(id: string): Promise<SessionSnapshot<R, A> | undefined>
  /** Puts a session in place of whatever there is of that id. */
  write(id: string, world: Omit<SessionSnapshot<R, A>, 'usedAt'>): Promise<void>
  deleteSession(id: string): Promise<boolean>
  deleteAll(): Promise<void>
  /** Lets go of it. What is in this process is forgotten; what others share stays for them. */
  close(): Promise<void>
}

/** Most of each thing that a store keeps; the least recently used goes first. */
export interface Bounds {
  readonly sessions: number
  /** Real ms after which an unused session goes. */
  readonly idle: number
  readonly subjects: number
  readonly ids: number
  readonly references: number
}

export const BOUNDS: Bounds = {
  sessions: 10_000,
  idle: 24 * 3_600_000,
  subjects: 10_000,
  ids: 10_000,
  references: 10_000,
}

/** What goes when a bound is passed. */
export const EVICTED = ['session', 'subject', 'id', 'reference'] as const

export type Evicted = (typeof EVICTED)[number]

/** Told when a bound is passed and something goes; `id` is the session it belonged to. */
export type OnEvict = (kind: Evicted, id: string) => void

/** How often each bound was passed. */
export class Evictions {
  readonly counts: Record<Evicted, number> = { session: 0, subject: 0, id: 0, reference: 0 }

  add(kind: Evicted): void {
    this.counts[kind]++
  }
}

export const NEW_SESSION: SessionRecord = {
  clock: { offset: 0, frozenAt: null },
  scenario: null,
}
