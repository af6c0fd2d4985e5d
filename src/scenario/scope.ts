import type { Json, Violation } from '../contract/model.ts'

/**
 * Makes a value readable for expressions. CEL recognises types by `constructor`, and a client may send a
 * field of that name: such an object becomes a Map, which CEL can read, too.
 */
export function toReadable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toReadable)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, toReadable(item)] as const)
  return Object.hasOwn(value, 'constructor') ? new Map(entries) : Object.fromEntries(entries)
}

const toReadableFields = <T extends object>(values: T): T =>
  Object.hasOwn(values, 'constructor') ? (toReadable(values) as T) : values

/** The request as expressions see it. */
export class RequestView {
  readonly method: string
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Json

  constructor(parts: Omit<RequestView, 'body'>, body?: Json) {
    this.method = parts.method
    this.path = parts.path
    this.query = toReadableFields(parts.query)
    this.headers = toReadableFields(parts.headers)
    this.body = body ?? null
  }
}

/** Makes the ids of one decision: the n-th id of the same call is always the same. */
export interface IdSource {
  next(): string
  /** The id of the request itself: another one for each request, the same each time in one. */
  request(): string
}

/** Finds the subject that an id belongs to. */
export type Owner = (id: string) => Promise<string>

export interface RequestContext {
  readonly request: RequestView
  readonly token: string
  readonly apiKey: string
  readonly now: Date
}

const NO_STATE = Object.freeze({})
const NO_IDS: IdSource = { next: () => '', request: () => '' }
const NO_OWNER: Owner = async (id) => id
const NO_FOREIGN: readonly string[] = []
const NO_FAULTS: readonly Violation[] = []

/** Symbols, so that the names which files define cannot clash with them. */
export const IDS = Symbol('ids')
export const OWNER = Symbol('owner')

/** Everything that an expression can name, except constants; subclasses add the names of `let`. */
export class Scope {
  readonly request: RequestView
  readonly token: string
  readonly apiKey: string
  readonly now: Date
  readonly state: { readonly [key: string]: unknown }
  readonly call: bigint
  /** The id of the operation that is called; empty outside the API. */
  readonly operation: string
  /** Of the ids that the operation's `foreign` lists, those that another subject was given. */
  readonly foreign: readonly string[]
  readonly [IDS]: IdSource
  readonly [OWNER]: Owner
  readonly reason: string
  readonly faults: readonly Violation[]

  constructor(context: RequestContext, more: Partial<Scope> = {}) {
    this.request = context.request
    this.token = context.token
    this.apiKey = context.apiKey
    this.now = context.now
    this.state = more.state ?? NO_STATE
    this.call = more.call ?? 0n
    this.operation = more.operation ?? ''
    this.foreign = more.foreign ?? NO_FOREIGN
    this[IDS] = more[IDS] ?? NO_IDS
    this[OWNER] = more[OWNER] ?? NO_OWNER
    this.reason = more.reason ?? ''
    this.faults = more.faults ?? NO_FAULTS
  }
}
