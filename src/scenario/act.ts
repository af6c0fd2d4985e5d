/** What a user does outside the API, on the phone for example: whose challenge it is, what changes. */
import { hash } from 'node:crypto'
import { findActionRules, findScenario, runExpressions } from './decide.ts'
import type { ActionName } from './format.ts'
import {
  CHALLENGE_ID,
  type Evaluation,
  type OperationRules,
  type ScenarioSet,
  type SubjectRecord,
  type Template,
} from './model.ts'
import { OWNER, type Owner, type RequestContext, RequestView, Scope } from './scope.ts'
import { applyAssignments } from './state.ts'

const LONGEST_SUBJECT = 128

/** Returns the key of a subject in the store: a session may have thousands of tokens of kilobytes. */
export function subjectKey(subject: unknown): string {
  const key = String(subject ?? '')
  return key.length > LONGEST_SUBJECT ? hash('sha256', key, 'base64') : key
}

/** What the expressions of an action see: no request of the API, only the id of the challenge. */
export const actionContext = (challenge: string, now: Date): RequestContext => ({
  request: new RequestView({
    method: '',
    path: { [CHALLENGE_ID]: challenge },
    query: {},
    headers: {},
  }),
  token: '',
  apiKey: '',
  now,
})

export interface TargetInput {
  readonly scenarioSet: ScenarioSet
  /** The scenario that the session plays. */
  readonly scenario: string
  readonly action: ActionName
  readonly context: RequestContext
  readonly owner: Owner
}

/** The rules of an action and the subject whose state they change. */
export interface ActionTarget {
  readonly operationRules: OperationRules
  readonly subject: string
}

/**
 * Finds whose challenge an action is about.
 *
 * @returns undefined if the scenario does not define the action
 * @throws Problem if the expression of the subject fails
 */
export async function findTarget({
  scenarioSet,
  scenario,
  action,
  context,
  owner,
}: TargetInput): Promise<ActionTarget | undefined> {
  const operationRules = findActionRules(findScenario(scenarioSet, scenario), action)
  if (!operationRules) return undefined
  const expression: Template = operationRules.subject ?? scenarioSet.subject
  const subject = await expression(new Scope(context, { [OWNER]: owner }))
  return { operationRules, subject: subjectKey(subject) }
}

export interface ActionInput {
  readonly scenarioSet: ScenarioSet
  readonly operationRules: OperationRules
  readonly record: SubjectRecord | undefined
  readonly context: RequestContext
}

export interface ActionResult {
  readonly record: SubjectRecord
  /** Ids that the action made, as `Store.update` asks for them: an action makes none. */
  readonly ids: readonly string[]
  readonly trace: readonly Evaluation[]
}

/**
 * Applies the first rule whose condition is true. A pure function like `decide`: the store may call it
 * again.
 *
 * @throws NotPossible if no rule's condition is true
 * @throws Problem if an expression fails
 */
export function act({ scenarioSet, operationRules, record, context }: ActionInput): ActionResult {
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

/** No rule of an action applies: the state does not allow it. */
export class NotPossible extends Error {
  readonly trace: readonly Evaluation[]

  constructor(trace: readonly Evaluation[]) {
    super(trace.map(({ at, when }) => `${at}: ${when} is false`).join('; '))
    this.trace = trace
  }
}
