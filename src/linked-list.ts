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
