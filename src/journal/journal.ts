import { type Link, LinkedList } from '../lru.ts'
import type { Message } from '../scenario/model.ts'
import type { RawEntry } from './entry.ts'
import type { SessionEvent } from './session-event.ts'

export interface JournalBounds {
  /** Entries of one session. */
  readonly session: number
  /** Entries of all sessions together. */
  readonly all: number
  /** About as many bytes of text, all entries together. */
  readonly bytes: number
}

export const JOURNAL_BOUNDS: JournalBounds = { session: 1_000, all: 100_000, bytes: 64 * 2 ** 20 }

/** Most codes of a session that are remembered, so as not to be shown: there is one, as a rule. */
const MOST_CODES = 1_000
const NO_CODES: ReadonlySet<string> = new Set()

/** Told of each entry as it is written. */
export type Listener = (entry: RawEntry) => void

/** A session's part of the journal: a ring, of which the next write takes the oldest place. */
interface Part {
  readonly session: string
  readonly ring: RawEntry[]
  /** The weight of each entry, at the same place: to weigh it takes a while. */
  readonly weights: number[]
  /** The codes of the messages that were sent, which are not shown; undefined where none was. */
  codes: Set<string> | undefined
  /** How many entries were ever written to it. */
  written: number
  /** What happened besides requests, oldest first; undefined where nothing did. */
  events: SessionEvent[] | undefined
}

/**
 * What happened, the newest of it. Bounded for each session, whose oldest entries go; and in all:
 * then those of the session go that has been quiet for longest.
 */
export class Journal {
  readonly #bounds: JournalBounds
  readonly #parts = new Map<string, Link<Part>>()
  readonly #order = new LinkedList<Part>()
  readonly #listeners = new Set<Listener>()
  #size = 0
  #weight = 0
  #dropped = 0
  #next = 1

  constructor(bounds: Partial<JournalBounds> = {}) {
    this.#bounds = { ...JOURNAL_BOUNDS, ...bounds }
  }

  get size(): number {
    return this.#size
  }

  /** How many entries went because a bound was passed. */
  get dropped(): number {
    return this.#dropped
  }

  /** The number that the next entry gets. */
  nextId(): number {
    return this.#next++
  }

  write(entry: RawEntry): void {
    const link = this.#parts.get(entry.session) ?? this.#open(entry.session)
    this.#order.renew(link)
    const part = link.value
    const place = part.written++ % this.#bounds.session
    if (place === part.ring.length) this.#size++
    else this.#dropped++
    const weight = weightOf(entry)
    this.#weight += weight - (part.weights[place] ?? 0)
    part.ring[place] = entry
    part.weights[place] = weight
    noteCodes(part, entry.outcome.messages)
    while (this.#isFull()) this.#dropQuietest()
    for (const listener of this.#listeners) listener(entry)
  }

  /** Writes what happened besides requests. */
  writeEvent(event: SessionEvent): void {
    const link = this.#parts.get(event.session) ?? this.#open(event.session)
    this.#order.renew(link)
    const part = link.value
    part.events ??= []
    part.events.push(event)
    noteCodes(part, event.messages)
    if (part.events.length > this.#bounds.session) {
      part.events.shift()
      this.#dropped++
    } else this.#size++
    while (this.#isFull()) this.#dropQuietest()
  }

  /** What happened in a session besides requests, oldest first. */
  events(session: string): readonly SessionEvent[] {
    return this.#parts.get(session)?.value.events ?? []
  }

  /** A session's entries as they are kept, oldest first. */
  recorded(session: string): readonly RawEntry[] {
    const part = this.#parts.get(session)?.value
    return part ? inOrder(part) : []
  }

  /** The codes of all messages of a session. */
  codes(session: string): ReadonlySet<string> {
    return this.#parts.get(session)?.value.codes ?? NO_CODES
  }

  /** The entries of all sessions that came after one, oldest first. */
  after(id: number): readonly RawEntry[] {
    const found = [...this.#order].flatMap(({ ring }) => ring.filter((entry) => entry.id > id))
    return found.sort((a, b) => a.id - b.id)
  }

  count(session: string): number {
    return this.#parts.get(session)?.value.ring.length ?? 0
  }

  /** Begins to tell a listener; what comes back ends it. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #isFull(): boolean {
    return this.#size > this.#bounds.all || (this.#weight > this.#bounds.bytes && this.#size > 1)
  }

  forget(session: string): void {
    const link = this.#parts.get(session)
    if (!link) return
    this.#parts.delete(session)
    this.#order.remove(link)
    this.#size -= sizeOf(link.value)
    this.#weight -= sum(link.value.weights)
  }

  clear(): void {
    for (const session of [...this.#parts.keys()]) this.forget(session)
  }

  #open(session: string): Link<Part> {
    const link = this.#order.append({
      session,
      ring: [],
      weights: [],
      codes: undefined,
      written: 0,
      events: undefined,
    })
    this.#parts.set(session, link)
    return link
  }

  /** The quietest session loses all; the only one, its older half. */
  #dropQuietest(): void {
    const quietest = this.#order.first?.value
    if (!quietest) return
    if (this.#order.size > 1) {
      this.#dropped += sizeOf(quietest)
      this.forget(quietest.session)
      return
    }
    const kept = inOrder(quietest).slice(-Math.floor(quietest.ring.length / 2))
    quietest.events?.splice(0, Math.ceil(quietest.events.length / 2))
    const size = kept.length + (quietest.events?.length ?? 0)
    this.#dropped += this.#size - size
    this.#size = size
    quietest.ring.splice(0, quietest.ring.length, ...kept)
    quietest.weights.splice(0, quietest.weights.length, ...kept.map(weightOf))
    this.#weight = sum(quietest.weights)
    quietest.written = kept.length
  }
}

const sizeOf = ({ ring, events }: Part) => ring.length + (events?.length ?? 0)

function noteCodes(part: Part, messages: readonly Message[]): void {
  for (const { code } of messages) {
    part.codes ??= new Set()
    // An empty one is part of every text.
    if (code === undefined || code === '') continue
    if (part.codes.size < MOST_CODES) part.codes.add(String(code))
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

/** About how much of the memory an entry holds is text that a client, or a scenario, chose. */
function weightOf({ incoming, outcome }: RawEntry): number {
  const { target, rawQuery, headers, body } = incoming
  let weight =
    target.length + (rawQuery?.length ?? 0) + (body?.length ?? 0) + (outcome.body?.length ?? 0)
  for (const name in headers) weight += name.length + (headers[name]?.length ?? 0)
  return weight
}

function inOrder({ ring, written }: Part): RawEntry[] {
  const oldest = written % ring.length
  return [...ring.slice(oldest), ...ring.slice(0, oldest)]
}
