/** What expressions can name, made of the exchange. */
import type { Matched } from './exchange.ts'
import { type Facts, RequestView, Scope } from './scenario/scope.ts'

export const factsOf = ({ credentials, now }: Matched): Omit<Facts, 'request'> => ({
  ...credentials,
  now: new Date(now),
})

/** Everything an API's own file may name; the request's body only once it has been read. */
export function scopeOf(matched: Matched, request?: RequestView, more: Partial<Scope> = {}): Scope {
  return new Scope({ ...factsOf(matched), request: request ?? unread(matched), ...more })
}

const unread = ({ incoming, parameters, query }: Matched) =>
  new RequestView({
    method: incoming.method,
    path: parameters,
    query,
    headers: incoming.headers,
    body: null,
  })
