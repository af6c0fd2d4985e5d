/** A place in a list, by which its value can be taken out again at once. */
export interface Link<T> {
  readonly value: T
  previous: Link<T> | undefined
  next: Link<T> | undefined
}

/**
 * A queue from whose middle can be taken. A Map keeps order, too, but leaves a hole for each deleted
 * entry, and finding its oldest then means walking over all of them.
 */
export class LinkedList<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined
  #size = 0

  get first(): Link<T> | undefined {
    return this.#first
  }

  get size(): number {
    return this.#size
  }

  append(value: T): Link<T> {
    const link: Link<T> = { value, previous: undefined, next: undefined }
    this.#putLast(link)
    return link
  }

  remove(link: Link<T>): void {
    if (link.previous) link.previous.next = link.next
    else this.#first = link.next
    if (link.next) link.next.previous = link.previous
    else this.#last = link.previous
    this.#size--
  }

  /** Makes a link the last one. */
  renew(link: Link<T>): void {
    if (link === this.#last) return
    this.remove(link)
    this.#putLast(link)
  }

  #putLast(link: Link<T>): void {
    link.previous = this.#last
    link.next = undefined
    if (this.#last) this.#last.next = link
    else this.#first = link
    this.#last = link
    this.#size++
  }

  *[Symbol.iterator](): Generator<T> {
    for (let link = this.#first; link; link = link.next) yield link.value
  }
}

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
