/** What a user does outside the API, on the phone say, and what that changes. */
import { evaluated } from './decide.ts'
import type { ScenarioSet, Script, SubjectRecord, Tried } from './model.ts'
import { type Facts, Scope } from './scope.ts'
import { assigned } from './state.ts'

export interface Action {
  readonly scenarioSet: ScenarioSet
  /** What the action changes, as a scenario says. */
  readonly script: Script
  readonly record: SubjectRecord | undefined
  readonly facts: Facts
}

/** What a user's action outside the API does to a subject's state. */
export interface Acted {
  readonly record: SubjectRecord
  readonly ids: readonly string[]
  readonly tried: readonly Tried[]
}

/**
 * Does a user's action: the first rule whose guard is true. A pure function, as `decide` is.
 *
 * @throws NotPossible if no rule's guard is true
 * @throws Problem if an expression fails
 */
export function act({ scenarioSet, script, record, facts }: Action): Acted {
  const before = record ?? { state: scenarioSet.initial, calls: {}, used: {}, given: [] }
  const outer = new Scope(facts, { state: before.state })
  const named = script.lets ? script.lets(outer) : outer
  const tried: Tried[] = []
  for (const entry of script.entries) {
    const holds = !entry.when || evaluated(entry, () => entry.when?.(named))
    tried.push(holds ? entry.chosen : entry.untrue)
    if (!holds) continue
    return evaluated(entry, () => {
      const scope = entry.lets ? entry.lets(named) : named
      const state = assigned(before.state, entry.set, scope)
      return { record: { ...before, state }, ids: [], tried }
    })
  }
  throw new NotPossible(tried)
}

/** No rule of an action holds: the state is not such that the user could do this. */
export class NotPossible extends Error {
  constructor(readonly tried: readonly Tried[]) {
    super(tried.map(({ at, when }) => `${at}: ${when} is false`).join('; '))
  }
}
