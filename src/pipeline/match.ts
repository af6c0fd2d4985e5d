import { findApiKey, findMissingCredentials } from '../contract/security.ts'
import { type Addressed, type Api, type Matched, Refusal } from '../exchange/exchange.ts'
import { nearMisses } from '../journal/near-misses.ts'
import { type Apis, listServed } from '../sandbox/apis.ts'
import { RequestView } from '../scenario/scope.ts'

/**
 * Finds the operation that the request means.
 *
 * @throws Refusal 404 where no operation has the path, 405 where none of the path has the method
 */
export function match(addressed: Addressed, apis: Apis): Matched {
  const { incoming, path, query, token, route } = addressed
  if (route.kind !== 'found') throw refuseRoute(addressed, apis)
  const { operation } = route
  const { method, headers } = incoming
  const source = { headers, query }
  // Written out: spreading an object is slow, and every request comes this way.
  return {
    incoming,
    session: addressed.session,
    path,
    query,
    token,
    preference: addressed.preference,
    ignored: addressed.ignored,
    route,
    requested: addressed.requested,
    scenario: addressed.scenario,
    now: addressed.now,
    api: findApi(apis, operation.api),
    operation,
    rawPath: route.rawPath,
    apiKey: findApiKey(operation.apiKeys, source),
    missing: findMissingCredentials(operation, source, token),
    request: new RequestView({ method, path: route.path, query, headers }),
  }
}

const findApi = (apis: Apis, name: string) => apis.byName.get(name) as Api

function refuseRoute({ incoming, path, route }: Addressed, apis: Apis): Refusal {
  if (route.kind === 'found') throw new Error('a route that was found is not refused')
  const api = findApi(apis, route.contract.name)
  if (route.kind === 'malformed') {
    return new Refusal('malformed', api, `the path ${path} is not properly percent-encoded`)
  }
  if (route.kind === 'path') {
    const [near] = nearMisses(incoming.method, path, listServed(apis))
    const hint = near ? `; nearest: ${near.method} ${near.path}` : ''
    return new Refusal('notFound', api, `no operation has the path ${path}${hint}`)
  }
  const { allow } = route
  const others = allow.filter((method) => method !== 'OPTIONS').join(', ')
  const reason = `${path} does not take ${incoming.method}, but ${others}`
  return new Refusal('methodNotAllowed', api, reason, { allow })
}
