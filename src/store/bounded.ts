/** A map that holds at most so many entries: the least recently used one goes. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>()
  readonly #most: number
  readonly #evicted: (key: string, value: V) => void

  constructor(most: number, evicted: (key: string, value: V) => void) {
    this.#most = most
    this.#evicted = evicted
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value, which is now the most recently used. */
  get(key: string): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.#touch(key, value)
    return value
  }

  set(key: string, value: V): void {
    this.#touch(key, value)
    if (this.#entries.size > this.#most) this.#evictOldest()
  }

  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys()
  }

  /** Drops entries from the least recently used on, as long as they are `past`. */
  evictWhile(past: (value: V) => boolean): void {
    for (const value of this.#entries.values()) {
      if (!past(value)) return
      this.#evictOldest()
    }
  }

  #touch(key: string, value: V): void {
    // A Map remembers the order of insertion: to be last is to be inserted anew.
    this.#entries.delete(key)
    this.#entries.set(key, value)
  }

  #evictOldest(): void {
    const [key, value] = this.#entries.entries().next().value ?? []
    if (key === undefined) return
    this.#entries.delete(key)
    this.#evicted(key, value as V)
  }
}
