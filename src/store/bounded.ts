import { type Link, LinkedList } from '../linked-list.ts'

interface Entry<V> {
  readonly key: string
  value: V
}

/** A map that holds at most so many entries: the least recently used one goes. */
export class BoundedMap<V> {
  readonly #links = new Map<string, Link<Entry<V>>>()
  readonly #order = new LinkedList<Entry<V>>()
  readonly #most: number
  readonly #evicted: (key: string, value: V) => void

  constructor(most: number, evicted: (key: string, value: V) => void) {
    this.#most = most
    this.#evicted = evicted
  }

  get size(): number {
    return this.#order.size
  }

  /** The value, which is now the most recently used. */
  get(key: string): V | undefined {
    const link = this.#links.get(key)
    if (!link) return undefined
    this.#order.renew(link)
    return link.value.value
  }

  set(key: string, value: V): void {
    const link = this.#links.get(key)
    if (link) {
      link.value.value = value
      this.#order.renew(link)
      return
    }
    this.#links.set(key, this.#order.append({ key, value }))
    if (this.#order.size > this.#most) this.#evictOldest()
  }

  delete(key: string): boolean {
    const link = this.#links.get(key)
    if (!link) return false
    this.#links.delete(key)
    this.#order.remove(link)
    return true
  }

  /** The value, without using it. */
  peek(key: string): V | undefined {
    return this.#links.get(key)?.value.value
  }

  /** The least recently used first. */
  *entries(): Generator<[string, V]> {
    for (const { key, value } of this.#order) yield [key, value]
  }

  clear(): void {
    for (const key of [...this.#links.keys()]) this.delete(key)
  }

  /** Drops entries from the least recently used on, as long as they are `past`. */
  evictWhile(past: (value: V) => boolean): void {
    while (this.#order.first && past(this.#order.first.value.value)) this.#evictOldest()
  }

  #evictOldest(): void {
    const oldest = this.#order.first
    if (!oldest) return
    const { key, value } = oldest.value
    this.delete(key)
    this.#evicted(key, value)
  }
}
