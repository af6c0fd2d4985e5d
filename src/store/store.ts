/** What a store is. Each other file here is one kind of it, and open.ts lists them. */
import type { Logger } from 'pino'
import type { Clock, ClockSetting } from '../clock.ts'

/** What a test sets for a whole session, as opposed to what its subjects did. */
export interface SessionRecord {
  readonly clock: ClockSetting
  /** The scenario of requests that name none; null for the server's. */
  readonly scenario: string | null
  /** How many responses with an id of their own no scenario has made; none if left out. */
  readonly unplayed?: number
  /** Where its webhooks are sent, instead of where the operator says. */
  readonly webhookUrl?: string
}

/** A session that is in use. */
export interface OpenSession extends SessionRecord {
  /** When the first timer of its subjects is due, in ms on its clock; absent if there is none. */
  readonly due?: number
}

/** The subject whose timer is due first. */
export interface DueSubject extends Omit<SubjectKey, 'session'> {
  readonly due: number
}

export const NEW_SESSION: SessionRecord = {
  clock: { offset: 0, frozenAt: null },
  scenario: null,
}

/** Where a subject's record is. Sessions share nothing. */
export interface SubjectKey {
  readonly session: string
  readonly api: string
  readonly subject: string
}

/** A record's successor. */
export interface RecordChange<R> {
  readonly record: R
  /** New ids that belong to the subject from now on. */
  readonly ids: readonly string[]
}

/** A session in a list of sessions. */
export interface SessionSummary {
  readonly id: string
  readonly record: SessionRecord
  /** Real time in ms since the epoch. */
  readonly usedAt: number
  readonly subjects: number
}

/** All that is stored of a session; lists begin with the least recently used. */
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

export type NewSnapshot<R, A> = Omit<SessionSnapshot<R, A>, 'usedAt'>

/** A response that an idempotency reference gets again until the session's clock says `until`. */
export interface StoredResponse<A> {
  readonly value: A
  readonly until: number
}

/** What `once` calls: the response, and until when to store it; undefined: not at all. */
export type MakeResponse<A> = () => Promise<{ value: A; until: number | undefined }>

export interface OnceResult<A> {
  readonly value: A
  readonly replayed: boolean
}

/**
 * What must survive a request. Asynchronous, since it may be another process; every method is
 * atomic, so that there is no reading now to write later.
 *
 * @typeParam R a subject's record
 * @typeParam A a response stored for its idempotency reference
 */
export interface Store<R, A> {
  /**
   * Makes the store ready for use.
   *
   * @throws UsageError if it cannot be used
   */
  open(): Promise<void>
  /** @throws Problem with the reason, if nothing can be stored now */
  check(): Promise<void>
  /** The session, created at its first use. */
  session(id: string): Promise<OpenSession>
  changeSession(id: string, change: (record: SessionRecord) => SessionRecord): Promise<OpenSession>
  /** The subject of a session whose timer is due first. Does not count as a use. */
  firstDue(session: string): Promise<DueSubject | undefined>
  /** Replaces a subject's record by what `change` returns, which may be called more than once. */
  update<C extends RecordChange<R>>(
    key: SubjectKey,
    change: (record: R | undefined) => C,
  ): Promise<C>
  /** The subject that an id belongs to. */
  owner(session: string, api: string, id: string): Promise<string | undefined>
  /**
   * The response stored under a reference. If there is none, or it has expired, calls `make` and
   * stores the result. A second caller waits for the first.
   */
  once(
    session: string,
    reference: string,
    now: number,
    make: MakeResponse<A>,
  ): Promise<OnceResult<A>>
  /** How many sessions there are. */
  count(): Promise<number>
  /** All sessions, the least recently used first. */
  sessions(): Promise<readonly SessionSummary[]>
  /** A session as it is; undefined if there is none. Does not count as a use. */
  read(id: string): Promise<SessionSnapshot<R, A> | undefined>
  /** Replaces whatever session has that id. */
  write(id: string, snapshot: NewSnapshot<R, A>): Promise<void>
  deleteSession(id: string): Promise<boolean>
  deleteAll(): Promise<void>
  /** Ends its use. What only this process has is lost; what others can open again stays. */
  close(): Promise<void>
}

/** What every kind of store is given; each takes what it needs. */
export interface StoreOptions<R, A> {
  readonly clock: Clock
  readonly codec: Codec<R, A>
  /** When the first timer of a record is due; undefined if it has none. */
  readonly dueOf?: ((record: R) => number | undefined) | undefined
  readonly bounds?: Partial<Bounds> | undefined
  readonly onEvict?: OnEvict | undefined
  readonly logger?: Logger | undefined
}

/** Turns records and responses into JSON and back: a store does not know what they are. */
export interface Codec<R, A> {
  readonly record: JsonCodec<R>
  readonly answer: JsonCodec<A>
}

export interface JsonCodec<T> {
  encode(value: T): unknown
  decode(json: unknown): T
}

/** How much a store keeps; beyond that, it evicts the least recently used. */
export interface Bounds {
  readonly sessions: number
  /** Real ms after which an unused session is evicted. */
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

/** What can be evicted. */
export const EVICTED = ['session', 'subject', 'id', 'reference'] as const

export type Evicted = (typeof EVICTED)[number]

/** Called for each eviction with the session that was evicted or lost something. */
export type OnEvict = (kind: Evicted, session: string) => void

/** Counts evictions by kind. */
export class Evictions {
  readonly counts: Record<Evicted, number> = { session: 0, subject: 0, id: 0, reference: 0 }

  add(kind: Evicted): void {
    this.counts[kind]++
  }
}
