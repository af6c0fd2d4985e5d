/** A scenario answers for itself, and else the one that it extends does. */

import type { ActionName } from './format.ts'
import type { Playbook, Scenario, Script } from './model.ts'
import { DEFAULT } from './model.ts'

/** The scenario asked for, where the API has it; APIs that lack it play their default. */
export function playedBy({ api, scenarios }: Playbook, name: string): Scenario {
  const played = scenarios.get(name) ?? scenarios.get(DEFAULT)
  if (!played) throw new Error(`${api} has no scenario "${DEFAULT}"`)
  return played
}

/** A scenario's script for an operation, or that of the nearest scenario it extends. */
export function scriptOf(scenario: Scenario | undefined, operation: string): Script | undefined {
  if (!scenario) return undefined
  return scenario.operations.get(operation) ?? scriptOf(scenario.base, operation)
}

/** The same for what a user does outside the API. */
export function actionOf(scenario: Scenario | undefined, action: ActionName): Script | undefined {
  if (!scenario) return undefined
  return scenario.actions.get(action) ?? actionOf(scenario.base, action)
}
