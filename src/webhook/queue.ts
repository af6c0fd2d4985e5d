import type { Notification } from './delivery.ts'

/** A delivery that waits for its next attempt. */
export interface Job {
  /** That of its delivery. */
  readonly id: number
  readonly notification: Notification
  /** Undefined where it goes nowhere; `reason` says why. */
  readonly url: URL | undefined
  readonly reason: string | undefined
  /** On the session's clock. */
  readonly due: number
  /** Attempts that were made. */
  readonly attempts: number
}

/** The jobs of a session: the one that is due first comes first, of equals the older one. */
export class JobQueue {
  readonly #jobs: Job[] = []

  get first(): Job | undefined {
    return this.#jobs[0]
  }

  add(job: Job): void {
    let from = 0
    let to = this.#jobs.length
    while (from < to) {
      const middle = (from + to) >> 1
      if (isBefore(job, this.#jobs[middle])) to = middle
      else from = middle + 1
    }
    this.#jobs.splice(from, 0, job)
  }

  /** Takes out the first job, if it is due by then. */
  takeDue(now: number): Job | undefined {
    return this.first && this.first.due <= now ? this.#jobs.shift() : undefined
  }
}

const isBefore = (job: Job, other: Job | undefined) =>
  other !== undefined && (job.due < other.due || (job.due === other.due && job.id < other.id))
