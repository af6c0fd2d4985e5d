import type { Matched } from './exchange.ts'
import { type Facts, Scope } from './scenario/scope.ts'

/** What expressions can name of a request. */
export const factsOf = ({ request, credentials, now }: Matched): Facts => ({
  request,
  token: credentials.token,
  apiKey: credentials.apiKey,
  now,
})

export const scopeOf = (matched: Matched, more: Partial<Scope> = {}): Scope =>
  new Scope(factsOf(matched), more)
