import type { Json, RequestFault } from '../api.ts'

/** The request as expressions see it. */
export class RequestView {
  readonly method: string
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Json

  constructor(parts: Omit<RequestView, 'body'> & { readonly body: Json | undefined }) {
    this.method = parts.method
    this.path = parts.path
    this.query = parts.query
    this.headers = parts.headers
    this.body = parts.body ?? null
  }
}

/** Makes the ids of one decision: the n-th is always the same for the same call. */
export interface IdSource {
  next(): string
}

export interface Facts {
  readonly request: RequestView
  readonly token: string
  readonly apiKey: string
  readonly now: Date
}

/** All that an expression can name, apart from constants; named values are added by subclasses. */
export class Scope {
  readonly request: RequestView
  readonly token: string
  readonly apiKey: string
  readonly now: Date
  readonly state: { readonly [key: string]: unknown }
  readonly call: bigint
  readonly ids: IdSource
  readonly reason: string
  readonly faults: readonly RequestFault[]

  constructor(from: Omit<Scope, 'reason' | 'faults'> & Partial<Pick<Scope, 'reason' | 'faults'>>) {
    this.request = from.request
    this.token = from.token
    this.apiKey = from.apiKey
    this.now = from.now
    this.state = from.state
    this.call = from.call
    this.ids = from.ids
    this.reason = from.reason ?? ''
    this.faults = from.faults ?? []
  }
}
