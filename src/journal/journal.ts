import type { Message, Passed } from '../scenario/decide.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** One request and its answer, as it happened. */
export interface JournalEntry {
  /** Counts up over all sessions. */
  readonly id: number
  readonly session: string
  /** The session's clock, in ms since the epoch. */
  readonly at: number
  /** Real time, in ms since the epoch. */
  readonly receivedAt: number
  readonly duration: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Headers
    readonly body: string | undefined
  }
  readonly response: {
    /** 0 where the connection was broken and nothing went out. */
    readonly status: number
    readonly headers: readonly (readonly [string, string])[]
    readonly body: string | undefined
  }
  /** How far it came: received, matched, authenticated, valid. */
  readonly step: string
  readonly api: string | undefined
  readonly operation: string | undefined
  readonly scenario: string
  readonly rule: string
  /** How the connection was broken instead of answering. */
  readonly fault: string | undefined
  readonly passed: readonly Passed[]
  readonly messages: readonly Message[]
  readonly reasons: readonly string[]
}

export interface JournalBounds {
  readonly session: number
  readonly all: number
}

export const JOURNAL_BOUNDS: JournalBounds = { session: 1_000, all: 100_000 }

/** What happened, the newest of it: bounded for each session and in all. */
export class Journal {
  readonly #bounds: JournalBounds
  readonly #all = new Map<number, JournalEntry>()
  readonly #sessions = new Map<string, Map<number, JournalEntry>>()
  #next = 1

  constructor(bounds: JournalBounds = JOURNAL_BOUNDS) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#all.size
  }

  write(entry: Omit<JournalEntry, 'id'>): JournalEntry {
    const numbered = { ...entry, id: this.#next++ }
    const own = this.#sessions.get(entry.session) ?? new Map<number, JournalEntry>()
    if (own.size === 0) this.#sessions.set(entry.session, own)
    own.set(numbered.id, numbered)
    this.#all.set(numbered.id, numbered)
    if (own.size > this.#bounds.session) this.#drop(first(own))
    if (this.#all.size > this.#bounds.all) this.#drop(first(this.#all))
    return numbered
  }

  /** A session's entries, oldest first. */
  of(session: string): readonly JournalEntry[] {
    return [...(this.#sessions.get(session)?.values() ?? [])]
  }

  forget(session: string): void {
    for (const id of this.#sessions.get(session)?.keys() ?? []) this.#all.delete(id)
    this.#sessions.delete(session)
  }

  #drop(entry: JournalEntry | undefined): void {
    if (!entry) return
    this.#all.delete(entry.id)
    const own = this.#sessions.get(entry.session)
    own?.delete(entry.id)
    if (own?.size === 0) this.#sessions.delete(entry.session)
  }
}

const first = (entries: ReadonlyMap<number, JournalEntry>): JournalEntry | undefined =>
  entries.values().next().value
