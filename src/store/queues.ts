/** Work that is done one after the other wherever it is about the same thing. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work once all that came earlier under the same key is over, well or badly. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const working = before ? before.then(work, work) : work()
    this.#last.set(key, working)
    const over = () => {
      // Keys come from clients: one that nobody waits for must not stay.
      if (this.#last.get(key) === working) this.#last.delete(key)
    }
    working.then(over, over)
    return working
  }
}
