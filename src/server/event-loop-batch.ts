/**
 * Handles together what arrives together. Between two system calls, caches and branch predictors
 * are cold: a response that takes 25 us in a row of others takes 80 us alone. So all requests that
 * the event loop has just read are handled in a row, and then all responses are sent. A single
 * request has nothing to wait for, and goes on in the same round.
 */
export class EventLoopBatch {
  #waiting: (() => void)[] = []

  /** Resolves in this round of the event loop, together with all others that wait. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(() => this.#release())
    })
  }

  #release(): void {
    const ready = this.#waiting
    this.#waiting = []
    for (const resolve of ready) resolve()
  }
}
