/** The deliveries that are shown, bounded, and who waits for the next one. */
import { type Link, LinkedList } from '../lru.ts'
import { type Delivery, isSettled } from './delivery.ts'

export interface HistoryBounds {
  /** Deliveries of one session. */
  readonly session: number
  /** Deliveries of all sessions together. */
  readonly all: number
  /** About as many characters of text, all deliveries together. */
  readonly characters: number
}

export const HISTORY_BOUNDS: HistoryBounds = {
  session: 1_000,
  all: 10_000,
  characters: 32 * 2 ** 20,
}

interface Part {
  readonly session: string
  /** By id, oldest first. */
  readonly deliveries: Map<number, Delivery>
}

interface Waiter {
  readonly webhook: string | undefined
  readonly after: number
  resolve(delivery: Delivery): void
}

export class DeliveryHistory {
  readonly #bounds: HistoryBounds
  readonly #parts = new Map<string, Link<Part>>()
  /** The session that has been quiet for longest comes first. */
  readonly #order = new LinkedList<Part>()
  readonly #waiters = new Map<string, Set<Waiter>>()
  #size = 0
  #characters = 0

  constructor(bounds: Partial<HistoryBounds> = {}) {
    this.#bounds = { ...HISTORY_BOUNDS, ...bounds }
  }

  get size(): number {
    return this.#size
  }

  add(session: string, delivery: Delivery): void {
    const link = this.#parts.get(session) ?? this.#open(session)
    this.#order.renew(link)
    const part = link.value
    part.deliveries.set(delivery.id, delivery)
    this.#size++
    this.#characters += weigh(delivery)
    if (part.deliveries.size > this.#bounds.session) this.#dropOldest(part)
    while (this.#isFull() && this.#order.first) this.#dropOldest(this.#order.first.value)
    this.#tell(session, delivery)
  }

  /** Replaces a delivery; one that was dropped or forgotten stays so. */
  update(session: string, delivery: Delivery): void {
    const deliveries = this.#parts.get(session)?.value.deliveries
    if (!deliveries?.has(delivery.id)) return
    deliveries.set(delivery.id, delivery)
    this.#tell(session, delivery)
  }

  get(session: string, id: number): Delivery | undefined {
    return this.#parts.get(session)?.value.deliveries.get(id)
  }

  /** Oldest first. */
  list(session: string): readonly Delivery[] {
    return [...(this.#parts.get(session)?.value.deliveries.values() ?? [])]
  }

  /**
   * Waits for a delivery whose first attempt has ended or that gets none.
   *
   * @param webhook its name; undefined for any
   * @param after the id of a delivery that has been seen
   * @returns undefined when `signal` aborts
   */
  next(
    session: string,
    webhook: string | undefined,
    after: number,
    signal: AbortSignal,
  ): Promise<Delivery | undefined> {
    const waiter = { webhook, after }
    const known = this.list(session).find((delivery) => isFor(waiter, delivery))
    if (known || signal.aborted) return Promise.resolve(known)
    return new Promise((resolve) => {
      const end = (delivery?: Delivery) => {
        signal.removeEventListener('abort', abort)
        this.#removeWaiter(session, entry)
        resolve(delivery)
      }
      const abort = () => end()
      const entry: Waiter = { ...waiter, resolve: end }
      signal.addEventListener('abort', abort, { once: true })
      const waiters = this.#waiters.get(session) ?? new Set()
      this.#waiters.set(session, waiters.add(entry))
    })
  }

  forget(session: string): void {
    const part = this.#parts.get(session)?.value
    while (part && part.deliveries.size > 0) this.#dropOldest(part)
  }

  #open(session: string): Link<Part> {
    const link = this.#order.append({ session, deliveries: new Map() })
    this.#parts.set(session, link)
    return link
  }

  #isFull(): boolean {
    if (this.#size > this.#bounds.all) return true
    return this.#characters > this.#bounds.characters && this.#size > 1
  }

  #dropOldest({ session, deliveries }: Part): void {
    const [oldest] = deliveries.values()
    if (!oldest) return
    deliveries.delete(oldest.id)
    this.#size--
    this.#characters -= weigh(oldest)
    const link = this.#parts.get(session)
    if (deliveries.size > 0 || !link) return
    this.#parts.delete(session)
    this.#order.remove(link)
  }

  #tell(session: string, delivery: Delivery): void {
    for (const waiter of [...(this.#waiters.get(session) ?? [])]) {
      if (isFor(waiter, delivery)) waiter.resolve(delivery)
    }
  }

  #removeWaiter(session: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(session)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiters.delete(session)
  }
}

const isFor = ({ webhook, after }: Omit<Waiter, 'resolve'>, delivery: Delivery) =>
  delivery.id > after &&
  (webhook === undefined || webhook === delivery.webhook) &&
  isSettled(delivery)

/** What a delivery holds from its beginning on: its attempts are few and short. */
function weigh({ headers, body, url }: Delivery): number {
  let weight = body.length + (url?.length ?? 0)
  for (const [name, value] of Object.entries(headers)) weight += name.length + value.length
  return weight
}
