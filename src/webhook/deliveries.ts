/** Takes notifications over, hands them to the courier of their session, and shows what became of them. */
import type { Logger } from 'pino'
import { type Clock, deadline } from '../clock.ts'
import { Courier, type DeliveryProgress, type Dispatch } from './courier.ts'
import { type Delivery, MOST_COPIES, type Notification } from './delivery.ts'
import { DeliveryHistory, type HistoryBounds } from './history.ts'
import { type Resolve, resolveHost } from './send.ts'
import { Slots } from './slots.ts'
import { type Target, Targets } from './targets.ts'

/** Real ms that an attempt may take. */
const ATTEMPT_WITHIN = 10_000
/** Real ms that a stop waits for what is due. */
const STOP_WITHIN = 1_000
/** Attempts of all sessions at once: each needs a connection. */
const MOST_AT_ONCE = 100

export interface DeliveryBounds {
  /** Deliveries of one session that wait. */
  readonly session: number
  /** Deliveries of all sessions that wait. */
  readonly all: number
}

export const DELIVERY_BOUNDS: DeliveryBounds = { session: 1_000, all: 10_000 }

export interface DeliveriesParts {
  readonly clock: Clock
  /** As `--webhook-url` has them. */
  readonly targets: readonly string[]
  /** As `--webhook-allow` has them. */
  readonly allow: readonly string[]
  readonly logger?: Logger | undefined
  /** The session's time in ms while its clock runs; undefined while it is frozen. */
  sessionNow(session: string): number | undefined | Promise<number | undefined>
  readonly bounds?: Partial<DeliveryBounds>
  readonly history?: Partial<HistoryBounds>
  /** Real ms. */
  readonly attemptWithin?: number
  readonly stopWithin?: number
  readonly resolve?: Resolve
}

/** A session that waits for something, with how many deliveries. */
interface Waiting {
  readonly courier: Courier
  count: number
}

export class Deliveries {
  readonly targets: Targets
  readonly #logger: Logger | undefined
  readonly #bounds: DeliveryBounds
  readonly #history: DeliveryHistory
  readonly #dispatch: Dispatch
  readonly #stopWithin: number
  readonly #sessions = new Map<string, Waiting>()
  #waiting = 0
  #nextId = 1
  #stopped = false

  /** @throws UsageError if two targets are for the same API */
  constructor(parts: DeliveriesParts) {
    const { clock, logger, attemptWithin = ATTEMPT_WITHIN, resolve = resolveHost } = parts
    this.#logger = logger
    this.#bounds = { ...DELIVERY_BOUNDS, ...parts.bounds }
    this.#history = new DeliveryHistory(parts.history)
    this.#stopWithin = parts.stopWithin ?? STOP_WITHIN
    this.targets = new Targets(parts.targets, parts.allow)
    const slots = new Slots(MOST_AT_ONCE)
    const sessionNow = (session: string) => parts.sessionNow(session)
    this.#dispatch = { clock, slots, resolve, attemptWithin, logger, sessionNow }
  }

  /** How many wait, of all sessions. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Takes over a notification; nothing is sent before the next turn of the event loop.
   *
   * @param sessionUrl the session's own URL, which takes the place of the operator's
   */
  add(notification: Notification, sessionUrl?: string): void {
    const { copies = 1 } = notification
    const target = this.targets.find(notification, sessionUrl)
    const count = Math.min(Math.max(copies, 1), MOST_COPIES)
    for (let copy = 0; copy < count; copy++) {
      const delivery = this.#describe(notification, target)
      const isLost = copies <= 0 && target.kind !== 'refused'
      if (isLost) this.#end(notification, { ...delivery, state: 'recorded', reason: LOST })
      else this.#place(notification, delivery, target)
    }
  }

  /** The deliveries of a session, oldest first. */
  list(session: string): readonly Delivery[] {
    return this.#history.list(session)
  }

  /**
   * Waits for a delivery whose first attempt has ended or that gets none.
   *
   * @param webhook its name; undefined for any
   * @param after the id of a delivery that has been seen; 0 for none
   * @returns undefined when `signal` aborts
   */
  next(
    session: string,
    webhook: string | undefined,
    after: number,
    signal: AbortSignal,
  ): Promise<Delivery | undefined> {
    return this.#history.next(session, webhook, after, signal)
  }

  /** The session's clock was moved, frozen or set going: what is due now is attempted, in order. */
  advance(session: string, now: number): void {
    this.#sessions.get(session)?.courier.advance(now)
  }

  /** Ends when nothing of the session is due or under way. */
  async idle(session: string): Promise<void> {
    await this.#sessions.get(session)?.courier.idle()
  }

  /** The session was reset: what is under way is cut off, and nothing of it is shown any more. */
  forget(session: string): void {
    this.#history.forget(session)
    const known = this.#sessions.get(session)
    if (!known) return
    this.#sessions.delete(session)
    this.#waiting -= known.count
    known.courier.cut('the session was reset')
  }

  /** Finishes what is due, for a bounded time; retries that are not due yet are given up. */
  async stop(): Promise<void> {
    this.#stopped = true
    const couriers = [...this.#sessions.values()].map(({ courier }) => courier)
    for (const courier of couriers) courier.stopWaiting()
    const limit = deadline(this.#stopWithin, STOPPED)
    const cut = () => {
      for (const courier of couriers) courier.cut(STOPPED)
    }
    limit.signal.addEventListener('abort', cut, { once: true })
    await Promise.all(couriers.map((courier) => courier.idle()))
    limit.clear()
  }

  #describe(notification: Notification, target: Target): Delivery {
    const { api, webhook, method, headers, body, at, delay = 0 } = notification
    return {
      id: this.#nextId++,
      api,
      webhook,
      method,
      url: target.kind === 'nowhere' ? null : String(target.url),
      headers,
      body,
      at: at + delay,
      state: 'waiting',
      reason: target.kind === 'send' ? undefined : target.reason,
      attempts: [],
    }
  }

  /** Records or refuses a delivery at once, or queues it. */
  #place(notification: Notification, delivery: Delivery, target: Target): void {
    if (target.kind === 'refused') this.#end(notification, { ...delivery, state: 'refused' })
    else if (target.kind === 'nowhere' && delivery.at <= notification.at) {
      this.#end(notification, { ...delivery, state: 'recorded' })
    } else {
      const refusal = this.#refusal(notification.session)
      if (refusal === undefined) this.#queue(notification, delivery, target)
      else this.#end(notification, { ...delivery, state: 'refused', reason: refusal })
    }
  }

  #refusal(session: string): string | undefined {
    if (this.#stopped) return 'the sandbox stops'
    const { session: most, all } = this.#bounds
    if ((this.#sessions.get(session)?.count ?? 0) >= most) {
      return `${most} deliveries of this session are waiting already`
    }
    return this.#waiting >= all ? `${all} deliveries are waiting already` : undefined
  }

  #queue(notification: Notification, delivery: Delivery, target: Target): void {
    const { session, at } = notification
    const { id, reason, at: due } = delivery
    const waiting = this.#sessions.get(session) ?? this.#open(session, at)
    waiting.count++
    this.#waiting++
    this.#history.add(session, delivery)
    const url = target.kind === 'send' ? target.url : undefined
    waiting.courier.add({ id, notification, url, reason, due, attempts: 0 })
  }

  #open(session: string, now: number): Waiting {
    const courier: Courier = new Courier(session, now, this.#dispatch, {
      onProgress: (id, progress) => this.#progress(session, courier, id, progress),
      onEmpty: () => {
        if (this.#sessions.get(session)?.courier === courier) this.#sessions.delete(session)
      },
    })
    const waiting = { courier, count: 0 }
    this.#sessions.set(session, waiting)
    return waiting
  }

  #progress(
    session: string,
    courier: Courier,
    id: number,
    { attempt, ...change }: DeliveryProgress,
  ): void {
    const waiting = this.#sessions.get(session)
    // What was under way when the session was reset is nobody's any more.
    if (waiting?.courier !== courier) return
    if (change.state !== 'waiting') {
      waiting.count--
      this.#waiting--
    }
    const known = this.#history.get(session, id)
    if (!known) return
    const attempts = attempt ? [...known.attempts, attempt] : known.attempts
    const delivery = { ...known, ...change, attempts }
    this.#history.update(session, delivery)
    if (change.state !== 'waiting') this.#log(session, delivery)
  }

  /** Adds a delivery that is never attempted. */
  #end({ session }: Notification, delivery: Delivery): void {
    this.#history.add(session, delivery)
    this.#log(session, delivery)
  }

  /** Never the query of the URL, the headers or the body: they may hold secrets. */
  #log(session: string, { state, webhook, api, id, reason, attempts }: Delivery): void {
    const isBad = state === 'failed' || state === 'refused'
    const line = { session, api, webhook, delivery: id, state, attempts: attempts.length }
    const why = reason === undefined ? '' : ` (${reason})`
    this.#logger?.[isBad ? 'warn' : 'info'](line, `webhook ${webhook} ${state}${why}`)
  }
}

const LOST = 'lost on the way, as the scenario says'
const STOPPED = 'the sandbox stopped'
