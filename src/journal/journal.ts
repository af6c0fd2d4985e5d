import type { Operation } from '../api.ts'
import type { Answered, Headers, Incoming } from '../exchange.ts'
import { type Link, LinkedList } from '../linked-list.ts'
import type { Message } from '../scenario/decide.ts'
import type { Passed } from '../scenario/definition.ts'

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
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | undefined
  }
  /** How far it came: arrived, received, matched, authenticated, valid. */
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

/** What is kept of an exchange: the values as they are. Few entries are ever looked at. */
export interface Recorded {
  readonly id: number
  readonly session: string
  readonly at: number
  readonly duration: number
  readonly step: string
  readonly operation: Operation | undefined
  readonly incoming: Incoming
  readonly answered: Answered
}

/** The headers that say what was played. */
export const signature = (session: string, { scenario, rule }: Answered) => ({
  'x-sandbox-scenario': scenario,
  'x-sandbox-session': session,
  'x-sandbox-rule': rule,
})

/** An entry as it is read. */
export function entryOf({ incoming, answered, operation, ...recorded }: Recorded): JournalEntry {
  const { method, url, headers, body, receivedAt } = incoming
  const { scenario, rule, fault, passed, messages, reasons } = answered
  return {
    ...recorded,
    receivedAt,
    request: { method, url, headers, body: body?.toString() },
    response: {
      status: fault === undefined ? answered.status : 0,
      headers: { ...answered.headers, ...signature(recorded.session, answered) },
      body: answered.body,
    },
    api: operation?.api,
    operation: operation?.id,
    scenario,
    rule,
    fault,
    passed,
    messages,
    reasons,
  }
}

export interface JournalBounds {
  readonly session: number
  readonly all: number
}

export const JOURNAL_BOUNDS: JournalBounds = { session: 1_000, all: 100_000 }

/** A session's part of the journal: a ring, of which the next write takes the oldest place. */
interface Part {
  readonly session: string
  readonly ring: Recorded[]
  /** How many entries were ever written to it. */
  written: number
}

/**
 * What happened, the newest of it. Bounded for each session, whose oldest entries go; and in all:
 * then those of the session go that has been quiet for longest.
 */
export class Journal {
  readonly #bounds: JournalBounds
  readonly #parts = new Map<string, Link<Part>>()
  readonly #order = new LinkedList<Part>()
  #size = 0
  #next = 1

  constructor(bounds: JournalBounds = JOURNAL_BOUNDS) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#size
  }

  /** The number that the next entry gets. */
  nextId(): number {
    return this.#next++
  }

  write(entry: Recorded): void {
    const link = this.#parts.get(entry.session) ?? this.#open(entry.session)
    this.#order.renew(link)
    const part = link.value
    const place = part.written++ % this.#bounds.session
    if (place === part.ring.length) this.#size++
    part.ring[place] = entry
    while (this.#size > this.#bounds.all) this.#dropQuietest()
  }

  /** A session's entries, oldest first. */
  of(session: string): readonly JournalEntry[] {
    const part = this.#parts.get(session)?.value
    return part ? inOrder(part).map(entryOf) : []
  }

  forget(session: string): void {
    const link = this.#parts.get(session)
    if (!link) return
    this.#parts.delete(session)
    this.#order.remove(link)
    this.#size -= link.value.ring.length
  }

  #open(session: string): Link<Part> {
    const link = this.#order.append({ session, ring: [], written: 0 })
    this.#parts.set(session, link)
    return link
  }

  /** The quietest session loses all; the only one, its older half. */
  #dropQuietest(): void {
    const quietest = this.#order.first?.value
    if (!quietest) return
    if (this.#order.size > 1) {
      this.forget(quietest.session)
      return
    }
    const kept = inOrder(quietest).slice(-Math.floor(this.#bounds.all / 2))
    this.#size = kept.length
    quietest.ring.splice(0, quietest.ring.length, ...kept)
    quietest.written = kept.length
  }
}

function inOrder({ ring, written }: Part): Recorded[] {
  const oldest = written % ring.length
  return [...ring.slice(oldest), ...ring.slice(0, oldest)]
}
