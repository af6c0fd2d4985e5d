/** Bindings: they give requests a session and a scenario that the client cannot name itself. */
import {
  type BindingSubject,
  type Criterion,
  listCriteria,
  type Match,
  readCriterion,
} from './binding-match.ts'

export interface Binding {
  readonly name: string
  readonly match: Match
  readonly session?: string | undefined
  readonly scenario?: string | undefined
}

interface Placed {
  readonly binding: Binding
  readonly order: number
  /** The one by which it is found, then the others that must hold, too. */
  readonly criteria: readonly [Criterion, ...Criterion[]]
}

/** Where to look, and the bindings by the value that they want there. */
interface Place {
  readonly look: Pick<Criterion, 'kind' | 'keys'>
  readonly byValue: Map<string, Placed[]>
}

/** Most bindings that are kept. */
export const MOST_BINDINGS = 1_000

/** All bindings of a sandbox. If several match a request, the first that was put decides. */
export class Bindings {
  readonly #byName = new Map<string, Placed>()
  readonly #index = new Map<string, Place>()
  #next = 0

  get size(): number {
    return this.#byName.size
  }

  get(name: string): Binding | undefined {
    return this.#byName.get(name)?.binding
  }

  all(): readonly Binding[] {
    return [...this.#byName.values()].map(({ binding }) => binding)
  }

  /** Adds a binding, or replaces the one of that name in its place; false if there are too many. */
  put(binding: Binding): boolean {
    const known = this.#byName.get(binding.name)
    if (!known && this.size >= MOST_BINDINGS) return false
    const [first, ...others] = listCriteria(binding.match)
    // The admin API accepts no binding without one.
    if (!first) return false
    if (known) this.#unlist(known)
    const order = known?.order ?? this.#next++
    this.#list({ binding, order, criteria: [first, ...others] })
    return true
  }

  delete(name: string): boolean {
    const known = this.#byName.get(name)
    if (!known) return false
    this.#byName.delete(name)
    this.#unlist(known)
    return true
  }

  clear(): void {
    this.#byName.clear()
    this.#index.clear()
  }

  find(request: BindingSubject): Binding | undefined {
    const subject = { ...request, body: readOnce(request.body) }
    const matches = (criterion: Criterion) => readCriterion(subject, criterion) === criterion.value
    let best: Placed | undefined
    for (const { look, byValue } of this.#index.values()) {
      for (const placed of byValue.get(readCriterion(subject, look)) ?? []) {
        if (best && best.order < placed.order) continue
        const [, ...others] = placed.criteria
        if (others.every(matches)) best = placed
      }
    }
    return best?.binding
  }

  #list(placed: Placed): void {
    const [{ kind, keys, value }] = placed.criteria
    this.#byName.set(placed.binding.name, placed)
    const key = placeOf(placed)
    const { byValue } = this.#index.get(key) ?? { byValue: new Map<string, Placed[]>() }
    this.#index.set(key, { look: { kind, keys }, byValue })
    byValue.set(value, [...(byValue.get(value) ?? []), placed])
  }

  #unlist(placed: Placed): void {
    const byValue = this.#index.get(placeOf(placed))?.byValue
    const [{ value }] = placed.criteria
    const left = byValue?.get(value)?.filter((each) => each !== placed) ?? []
    if (left.length > 0) byValue?.set(value, left)
    else byValue?.delete(value)
    if (byValue?.size === 0) this.#index.delete(placeOf(placed))
  }
}

const placeOf = ({ criteria: [{ kind, keys }] }: Placed): string => [kind, ...keys].join(' ')

/** Many bindings may look at a body: it is parsed for the first of them. */
function readOnce(read: () => unknown): () => unknown {
  let body: { readonly value: unknown } | undefined
  return () => {
    body ??= { value: read() }
    return body.value
  }
}
