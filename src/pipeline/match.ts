import { readCredentials } from '../contract/security.ts'
import { type Api, type Matched, type Received, Refusal } from '../exchange/exchange.ts'
import type { Apis } from '../sandbox/sandbox.ts'
import { RequestView } from '../scenario/scope.ts'

/** Which operation is meant? 404 where there is none, 405 where it is another method. */
export function match(apis: Apis, received: Received): Matched {
  const { incoming, path, query } = received
  const found = apis.router.match(incoming.method, path)
  const of = (name: string) => apis.byName.get(name) as Api
  if (found.kind === 'found') {
    const { operation, path: parameters, rawPath } = found
    const { method, headers } = incoming
    // Written out: spreading an object and adding to it is slow, and this is every request's way.
    return {
      step: 'matched',
      incoming,
      session: received.session,
      path,
      query,
      now: received.now,
      scenario: received.scenario,
      preference: received.preference,
      api: of(operation.api),
      operation,
      credentials: readCredentials(operation, { headers, query }),
      rawPath,
      request: new RequestView({ method, path: parameters, query, headers }),
    }
  }
  const api = of(found.contract.name)
  if (found.kind === 'method') {
    const allow = found.allow
    const others = allow.filter((method) => method !== 'OPTIONS').join(', ')
    const reason = `${path} does not take ${incoming.method}, but ${others}`
    throw new Refusal('methodNotAllowed', api, reason, { allow })
  }
  if (found.kind === 'malformed') {
    throw new Refusal('malformed', api, `the path ${path} is not properly percent-encoded`)
  }
  throw new Refusal('notFound', api, `no operation has the path ${path}`)
}
