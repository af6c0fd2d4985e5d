/** What ties requests to a session and a scenario that the client cannot name itself. */

/** Exactly one of them: what a request must carry. */
export type Match =
  | { readonly token: string }
  | { readonly apiKey: string }
  /** One path parameter and its value. */
  | { readonly path: Readonly<Record<string, string>> }
  /** One field of a JSON body, as a dotted path, and its value. */
  | { readonly body: Readonly<Record<string, string | number | boolean>> }

export interface Binding {
  readonly name: string
  readonly match: Match
  readonly session?: string | undefined
  readonly scenario?: string | undefined
}

/** What of a request a binding can look at. */
export interface BindingSubject {
  readonly token: string
  readonly apiKey: string
  readonly path: Readonly<Record<string, string>>
  /** Its JSON, worked out only if a binding asks for it. */
  body(): unknown
}

interface Placed {
  readonly binding: Binding
  readonly order: number
}

/** Most bindings that are kept. */
export const MOST_BINDINGS = 1_000

/** All bindings of a sandbox. Where several fit a request, the one that was put first decides. */
export class Bindings {
  readonly #byName = new Map<string, Placed>()
  /** By what is looked at (`token`, `path id`), then by the value it must have. */
  readonly #index = new Map<string, Map<string, Placed[]>>()
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

  /** Puts a binding in place of the one of its name, whose order it takes over; false if there are too many. */
  put(binding: Binding): boolean {
    const known = this.#byName.get(binding.name)
    if (!known && this.size >= MOST_BINDINGS) return false
    if (known) this.#unlist(known)
    const placed = { binding, order: known?.order ?? this.#next++ }
    this.#byName.set(binding.name, placed)
    const [subject, value] = criterion(binding.match)
    const values = this.#index.get(subject) ?? new Map<string, Placed[]>()
    this.#index.set(subject, values)
    values.set(value, [...(values.get(value) ?? []), placed])
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
    let body: unknown
    let best: Placed | undefined
    for (const [subject, values] of this.#index) {
      const [kind, field = ''] = split(subject)
      if (kind === 'body') body ??= request.body() ?? NO_FIELDS
      for (const placed of values.get(valueIn(request, kind, field, body)) ?? []) {
        if (!best || placed.order < best.order) best = placed
      }
    }
    return best?.binding
  }

  #unlist(placed: Placed): void {
    const [subject, value] = criterion(placed.binding.match)
    const values = this.#index.get(subject)
    const left = values?.get(value)?.filter((each) => each !== placed) ?? []
    if (left.length > 0) values?.set(value, left)
    else values?.delete(value)
    if (values?.size === 0) this.#index.delete(subject)
  }
}

/** What is looked at, and the value it must have, both as keys. */
function criterion(match: Match): [subject: string, value: string] {
  const [kind, wanted] = Object.entries(match)[0] as [string, string | Record<string, unknown>]
  if (typeof wanted === 'string') return [kind, wanted]
  const [field, value] = Object.entries(wanted)[0] as [string, unknown]
  return [`${kind} ${field}`, kind === 'body' ? JSON.stringify(value) : String(value)]
}

const split = (subject: string): [kind: string, field?: string] => {
  const space = subject.indexOf(' ')
  return space < 0 ? [subject] : [subject.slice(0, space), subject.slice(space + 1)]
}

/** For a body that is missing or broken, which is read once all the same. */
const NO_FIELDS = Object.freeze({})

/** A value that no binding has where a request lacks what is looked at. */
const NOTHING = ''

function valueIn(request: BindingSubject, kind: string, field: string, body: unknown): string {
  if (kind === 'token') return request.token
  if (kind === 'apiKey') return request.apiKey
  if (kind === 'path') return Object.hasOwn(request.path, field) ? (request.path[field] ?? '') : ''
  return JSON.stringify(dug(body, field)) ?? NOTHING
}

/** The field of a body that a dotted path leads to. */
function dug(body: unknown, path: string): unknown {
  let node = body
  for (const key of path.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined
    node = (node as Record<string, unknown>)[key]
  }
  return node
}
