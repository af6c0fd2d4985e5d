/** What a user does outside the API, on the phone say, and what that changes. */
import { runExpressions } from './decide.ts'
import type { Evaluation, OperationRules, ScenarioSet, SubjectRecord } from './model.ts'
import { type RequestContext, Scope } from './scope.ts'
import { applyAssignments } from './state.ts'

export interface Action {
  readonly scenarioSet: ScenarioSet
  /** What the action changes, as a scenario says. */
  readonly operationRules: OperationRules
  readonly record: SubjectRecord | undefined
  readonly context: RequestContext
}

/** What a user's action outside the API does to a subject's state. */
export interface ActionResult {
  readonly record: SubjectRecord
  readonly ids: readonly string[]
  readonly trace: readonly Evaluation[]
}

/**
 * Does a user's action: the first rule whose guard is true. A pure function, as `decide` is.
 *
 * @throws NotPossible if no rule's guard is true
 * @throws Problem if an expression fails
 */
export function act({ scenarioSet, operationRules, record, context }: Action): ActionResult {
  const before = record ?? { state: scenarioSet.initial, calls: {}, used: {}, given: [] }
  const outer = new Scope(context, { state: before.state })
  const named = operationRules.lets ? operationRules.lets(outer) : outer
  const trace: Evaluation[] = []
  for (const rule of operationRules.rules) {
    const holds = !rule.when || runExpressions(rule, () => rule.when?.(named))
    trace.push(holds ? rule.chosen : rule.untrue)
    if (!holds) continue
    return runExpressions(rule, () => {
      const scope = rule.lets ? rule.lets(named) : named
      const state = applyAssignments(before.state, rule.set, scope)
      return { record: { ...before, state }, ids: [], trace }
    })
  }
  throw new NotPossible(trace)
}

/** No rule of an action holds: the state is not such that the user could do this. */
export class NotPossible extends Error {
  readonly trace: readonly Evaluation[]

  constructor(trace: readonly Evaluation[]) {
    super(trace.map(({ at, when }) => `${at}: ${when} is false`).join('; '))
    this.trace = trace
  }
}
