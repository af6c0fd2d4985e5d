/** Notifications on their way to the app, and what is shown of them. */

/** A message that an API sends to the app by itself, with all expressions worked out. */
export interface Notification {
  readonly session: string
  readonly api: string
  /** Its name in the contract. */
  readonly webhook: string
  /** Appended to the receiver's URL. */
  readonly path: string
  /** Takes the place of URL and path; null sends it nowhere. A callback names its own. */
  readonly url?: string | null
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Empty for none. */
  readonly body: string
  /** When it happened, in ms on the session's clock. */
  readonly at: number
  /** Waits in ms, on the session's clock, before each further attempt. Default: RETRY_AFTER. */
  readonly retryAfter?: readonly number[]
  /** How often it is sent, at most MOST_COPIES; 0 loses it on the way. Default: 1. */
  readonly copies?: number
  /** Ms on the session's clock that pass before it is sent. Default: 0. */
  readonly delay?: number
}

export const RETRY_AFTER: readonly number[] = [1_000, 5_000, 25_000]
export const MOST_COPIES = 10

export type DeliveryState = 'recorded' | 'waiting' | 'delivered' | 'failed' | 'refused'

/** One try to deliver. */
export interface Attempt {
  /**
   * When it was due, on the session's clock. Not when it was made: that depends on the machine, and
   * the same calls must show the same times.
   */
  readonly at: number
  readonly status?: number
  /** Why it failed. */
  readonly error?: string
  /** Real ms. */
  readonly duration: number
}

/** What the journal shows of a notification; replaced whenever something happens to it. */
export interface Delivery {
  /** Grows with every delivery of the sandbox. */
  readonly id: number
  readonly api: string
  readonly webhook: string
  readonly method: string
  /** Null where it goes nowhere. */
  readonly url: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** When the first attempt is due, on the session's clock. */
  readonly at: number
  readonly state: DeliveryState
  /** Why it is in this state; undefined where it was delivered at once. */
  readonly reason: string | undefined
  readonly attempts: readonly Attempt[]
}

/** Whether a receiver can have seen it, or never will: a test need not wait any longer. */
export const isSettled = ({ state, attempts }: Delivery): boolean =>
  state !== 'waiting' || attempts.length > 0
