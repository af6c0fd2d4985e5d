import { type Matched, Refusal } from '../exchange/exchange.ts'
import { Scope } from '../scenario/scope.ts'

/**
 * Checks that the request shows the credentials that its operation asks for.
 *
 * @throws Refusal 401 where some are missing, or what a rule for magic credentials says
 */
export function authenticate(matched: Matched): void {
  const { api, missing } = matched
  if (missing !== undefined) throw new Refusal('unauthorized', api, missing)
  const { credentials } = api.scenarioSet
  if (credentials.length === 0) return
  const scope = new Scope(matched)
  const rule = credentials.find(({ when }) => when?.(scope))
  if (typeof rule?.respond !== 'object') return
  const scripted = { at: rule.at, evaluation: rule.chosen, respond: rule.respond }
  const reason = `${rule.condition} is true of the credentials`
  throw new Refusal('unauthorized', api, reason, { scripted })
}
