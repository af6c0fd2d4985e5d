/** When the first timer of each subject of a session is due. */
interface DueTime {
  readonly key: string
  readonly due: number
}

export class DueTimes {
  readonly #times = new Map<string, number>()
  #first: DueTime | undefined

  /** Of two that are due at the same instant, the one that was set first. */
  get first(): DueTime | undefined {
    return this.#first
  }

  set(key: string, due: number | undefined): void {
    if (due === undefined) this.#times.delete(key)
    else this.#times.set(key, due)
    if (due !== undefined && (!this.#first || due < this.#first.due)) this.#first = { key, due }
    // Only who was first can make room for another.
    else if (this.#first?.key === key && this.#first.due !== due) this.#first = this.#findFirst()
  }

  #findFirst(): DueTime | undefined {
    let first: DueTime | undefined
    for (const [key, due] of this.#times) if (!first || due < first.due) first = { key, due }
    return first
  }
}
