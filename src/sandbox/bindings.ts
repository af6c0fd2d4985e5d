/** Bindings: they give requests a session and a scenario that the client cannot name itself. */

/** What a request must have: exactly one of these. */
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
  /** The body as JSON; read only if a binding looks at it. */
  body(): unknown
}

interface Placed {
  readonly binding: Binding
  readonly order: number
}

/** Most bindings that are kept. */
export const MOST_BINDINGS = 1_000

/** All bindings of a sandbox. If several match a request, the first that was put decides. */
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

  /** Adds a binding, or replaces the one of that name in its place; false if there are too many. */
  put(binding: Binding): boolean {
    const known = this.#byName.get(binding.name)
    if (!known && this.size >= MOST_BINDINGS) return false
    if (known) this.#unlist(known)
    const placed = { binding, order: known?.order ?? this.#next++ }
    this.#byName.set(binding.name, placed)
    const [subject, value] = toCriterion(binding.match)
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
      const [kind, field = ''] = splitSubject(subject)
      if (kind === 'body') body ??= request.body() ?? NO_FIELDS
      for (const placed of values.get(readValue(request, kind, field, body)) ?? []) {
        if (!best || placed.order < best.order) best = placed
      }
    }
    return best?.binding
  }

  #unlist(placed: Placed): void {
    const [subject, value] = toCriterion(placed.binding.match)
    const values = this.#index.get(subject)
    const left = values?.get(value)?.filter((each) => each !== placed) ?? []
    if (left.length > 0) values?.set(value, left)
    else values?.delete(value)
    if (values?.size === 0) this.#index.delete(subject)
  }
}

/** What to look at, and the value it must have, as keys of the index. */
function toCriterion(match: Match): [subject: string, value: string] {
  const [kind, wanted] = Object.entries(match)[0] as [string, string | Record<string, unknown>]
  if (typeof wanted === 'string') return [kind, wanted]
  const [field, value] = Object.entries(wanted)[0] as [string, unknown]
  return [`${kind} ${field}`, kind === 'body' ? JSON.stringify(value) : String(value)]
}

const splitSubject = (subject: string): [kind: string, field?: string] => {
  const space = subject.indexOf(' ')
  return space < 0 ? [subject] : [subject.slice(0, space), subject.slice(space + 1)]
}

/** Stands for a missing or broken body, so that it is read only once. */
const NO_FIELDS = Object.freeze({})

/** A value that no binding has, for requests without the field. */
const NOTHING = ''

function readValue(request: BindingSubject, kind: string, field: string, body: unknown): string {
  if (kind === 'token') return request.token
  if (kind === 'apiKey') return request.apiKey
  if (kind === 'path') return Object.hasOwn(request.path, field) ? (request.path[field] ?? '') : ''
  return JSON.stringify(fieldAt(body, field)) ?? NOTHING
}

/** The field of a body at a dotted path. */
function fieldAt(body: unknown, path: string): unknown {
  let node = body
  for (const key of path.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined
    node = (node as Record<string, unknown>)[key]
  }
  return node
}
