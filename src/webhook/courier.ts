/** Delivers the notifications of one session: one at a time, each when it is due on its clock. */
import type { LookupAddress } from 'node:dns'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Clock, deadline } from '../clock.ts'
import { type Attempt, type Delivery, RETRY_AFTER } from './delivery.ts'
import { type Job, JobQueue } from './queue.ts'
import { describeFailure, type Resolve, resolveUrl, send } from './send.ts'
import type { Slots } from './slots.ts'

/** What the couriers of all sessions share. */
export interface Dispatch {
  readonly clock: Clock
  readonly slots: Slots
  readonly resolve: Resolve
  /** Real ms that an attempt may take, from looking up the name to the end of the response. */
  readonly attemptWithin: number
  readonly logger: Logger | undefined
  sessionNow(session: string): number | undefined | Promise<number | undefined>
}

/** What happened to a job. */
export type DeliveryProgress = Pick<Delivery, 'state' | 'reason'> & { readonly attempt?: Attempt }

export interface CourierEvents {
  onProgress(id: number, progress: DeliveryProgress): void
  /** Nothing is queued any more. */
  onEmpty(): void
}

type Result = Pick<Attempt, 'status' | 'error'>

export class Courier {
  readonly #session: string
  readonly #dispatch: Dispatch
  readonly #events: CourierEvents
  readonly #queue = new JobQueue()
  /** A name is resolved once for each delivery: here are those that were attempted. */
  readonly #addresses = new Map<number, readonly LookupAddress[]>()
  readonly #cut = new AbortController()
  /** The latest time of the session that is known. */
  #now: number
  /** Ends the wait for the next job. */
  #wake = new AbortController()
  /** Whether the queue is looked at, or soon will be. */
  #active = false
  #running: Promise<void> = Promise.resolve()
  #retries = true

  constructor(session: string, now: number, dispatch: Dispatch, events: CourierEvents) {
    this.#session = session
    this.#now = now
    this.#dispatch = dispatch
    this.#events = events
  }

  add(job: Job): void {
    this.#queue.add(job)
    this.advance(job.notification.at)
  }

  /** The session's clock shows this time; it may have been frozen or set going as well. */
  advance(now: number): void {
    this.#now = Math.max(this.#now, now)
    if (this.#active) return
    this.#wake.abort()
    this.#active = true
    this.#running = this.#run()
  }

  /** Ends when nothing is due or under way. */
  async idle(): Promise<void> {
    while (this.#active) await this.#running
  }

  /** What is not due yet stays where it is. */
  stopWaiting(): void {
    this.#retries = false
    this.#wake.abort()
  }

  /** Cuts off what is under way, and attempts nothing more. */
  cut(reason: string): void {
    this.stopWaiting()
    this.#cut.abort(new Error(reason))
  }

  async #run(): Promise<void> {
    // The answer to the request goes out first.
    await nextTurn()
    try {
      for (;;) {
        await this.#readClock()
        const job = this.#cut.signal.aborted ? undefined : this.#queue.takeDue(this.#now)
        // No await between this look at the queue and the end: what is added then starts anew.
        if (!job) break
        await this.#dispatch.slots.run(() => this.#attempt(job))
      }
      this.#active = false
      this.#waitForNext()
    } catch (error) {
      this.#active = false
      this.#report(error)
    }
  }

  async #readClock(): Promise<void> {
    const { first } = this.#queue
    if (!first || first.due <= this.#now) return
    const now = await this.#dispatch.sessionNow(this.#session)
    if (now !== undefined) this.#now = Math.max(this.#now, now)
  }

  #waitForNext(): void {
    const { first } = this.#queue
    if (!first) this.#events.onEmpty()
    else if (this.#retries) {
      this.#wake = new AbortController()
      this.#wakeAt(first.due, this.#wake.signal).catch((error) => this.#report(error))
    }
  }

  async #wakeAt(due: number, signal: AbortSignal): Promise<void> {
    const { clock, sessionNow } = this.#dispatch
    const now = await sessionNow(this.#session)
    // Frozen: `advance` goes on.
    if (now === undefined || signal.aborted) return
    const from = clock.monotonic()
    if (now < due) await clock.sleep(due - now, signal)
    // A clock that stands still while its timers go off is a test's: `advance` goes on.
    if (signal.aborted || (now < due && clock.monotonic() === from)) return
    this.advance(now)
  }

  #report(error: unknown): void {
    const line = { err: error, session: this.#session }
    this.#dispatch.logger?.error(line, 'webhooks wait: the time of the session is unknown')
  }

  async #attempt(job: Job): Promise<void> {
    const { notification, url, due, id } = job
    if (!url) {
      this.#events.onProgress(id, { state: 'recorded', reason: job.reason })
      return
    }
    const { clock } = this.#dispatch
    const from = clock.monotonic()
    const result = await this.#send(job, url)
    const attempt: Attempt = { at: due, ...result, duration: clock.monotonic() - from }
    const { error } = result
    const wait = (notification.retryAfter ?? RETRY_AFTER)[job.attempts]
    if (error !== undefined && wait !== undefined && !this.#cut.signal.aborted) {
      this.#queue.add({ ...job, due: due + wait, attempts: job.attempts + 1 })
      this.#events.onProgress(id, { state: 'waiting', reason: error, attempt })
      return
    }
    this.#addresses.delete(id)
    const state = error === undefined ? 'delivered' : 'failed'
    const reason = error === undefined ? undefined : describeEnd(error, job.attempts + 1)
    this.#events.onProgress(id, { state, reason, attempt })
  }

  async #send(job: Job, url: URL): Promise<Result> {
    const { attemptWithin, resolve } = this.#dispatch
    const message = `no complete response within ${attemptWithin} ms`
    const limit = deadline(attemptWithin, message, this.#cut.signal)
    try {
      const known = this.#addresses.get(job.id)
      const addresses = known ?? (await resolveUrl(url, resolve, limit.signal))
      this.#addresses.set(job.id, addresses)
      const { method, headers, body } = job.notification
      return await send({ url, method, headers, body }, addresses, limit.signal)
    } catch (error) {
      return { error: describeFailure(error) }
    } finally {
      limit.clear()
    }
  }
}

const describeEnd = (error: string, attempts: number) =>
  attempts === 1 ? error : `${attempts} attempts failed, the last one: ${error}`
