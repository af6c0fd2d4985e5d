import { findMissingCredentials } from '../contract/security.ts'
import { type Authenticated, type Matched, Refusal, scopeOf } from '../exchange/exchange.ts'
import { rendered } from '../scenario/decide.ts'

/** Who asks? 401 where credentials are missing, then what the API's file refuses. */
export function authenticate(matched: Matched): Authenticated {
  const { operation, incoming, query, api } = matched
  const missing = findMissingCredentials(operation, {
    headers: incoming.headers,
    query,
  })
  if (missing) throw new Refusal('unauthorized', api, missing)
  const { credentials: rules } = api.scenarioSet
  if (rules.length > 0) {
    const scope = scopeOf(matched)
    const refused = rules.find(({ when }) => when?.(scope))
    if (refused && typeof refused.respond === 'object') {
      const scripted = rendered(refused.respond, scope)
      const reason = `${refused.condition} is true of the credentials`
      throw new Refusal('unauthorized', api, reason, {
        scripted: { at: refused.at, trace: refused.chosen, ...scripted },
      })
    }
  }
  return { ...matched, step: 'authenticated' }
}
