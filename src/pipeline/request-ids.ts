/** The ids of requests: those that a scenario plays have one of its call, others are counted. */
import type { Addressed, Api } from '../exchange/exchange.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { makeRequestId, type SeedInput } from '../scenario/ids.ts'
import { IDS, type RequestContext, Scope } from '../scenario/scope.ts'

/** What the expressions see that make what every response of an API has. */
export const scopeOfCall = (
  context: RequestContext,
  seedInput: SeedInput,
  call: number,
  more: Partial<Scope> = {},
): Scope =>
  new Scope(context, {
    ...more,
    [IDS]: { next: () => '', request: () => makeRequestId(seedInput, call) },
  })

/**
 * Numbers a response that no scenario makes, such as a refusal, in its session. Without a number, two
 * requests that are refused for the same reason would have the same id.
 */
export async function numberUnplayed(
  { session }: Pick<Addressed, 'session'>,
  { contract, scenarioSet }: Api,
  { store, seed }: Sandbox,
): Promise<{ seedInput: SeedInput; call: number }> {
  const seedInput = { seed, session, api: contract.name, subject: '', operation: '' }
  if (!scenarioSet.common.needsNumber) return { seedInput, call: 0 }
  const { unplayed } = await store.changeSession(session, (record) => ({
    ...record,
    unplayed: (record.unplayed ?? 0) + 1,
  }))
  return { seedInput, call: unplayed ?? 0 }
}
