/** What happens outside the API, such as on the user's phone: whose state it is, what the rules change. */
import { hash } from 'node:crypto'
import { applies, findScenario, runExpressions } from './decide.ts'
import { applyEffects } from './effects.ts'
import { DerivedIds, type SeedInput } from './ids.ts'
import {
  type Action,
  CHALLENGE_ID,
  type Evaluation,
  type Message,
  type Notice,
  type Rule,
  type Scenario,
  type ScenarioSet,
  type State,
  type SubjectRecord,
} from './model.ts'
import { IDS, OWNER, type Owner, type RequestContext, RequestView, Scope } from './scope.ts'

const LONGEST_SUBJECT = 128

/** Returns the key of a subject in the store: a session may have thousands of tokens of kilobytes. */
export function subjectKey(subject: unknown): string {
  const key = String(subject ?? '')
  return key.length > LONGEST_SUBJECT ? hash('sha256', key, 'base64') : key
}

/** What an action needs to know; its JSON Schema has been checked. */
export type ActionInput = Readonly<Record<string, unknown>>

/** What the expressions of an action and of a timer see: there is no request, only the time. */
export const outsideContext = (now: Date, input: ActionInput = {}): RequestContext => {
  const challenge = input[CHALLENGE_ID]
  const path: Record<string, string> =
    typeof challenge === 'string' ? { [CHALLENGE_ID]: challenge } : {}
  const request = new RequestView({ method: '', path, query: {}, headers: {} })
  return { request, token: '', apiKey: '', now }
}

/** Lists what can happen under a scenario, with what it inherits. */
export function listActions(scenario: Scenario | undefined): ReadonlyMap<string, Action> {
  if (!scenario) return new Map()
  return new Map([...listActions(scenario.base), ...scenario.actions])
}

/** Finds an action; undefined if the scenario does not define it. */
export const findAction = (
  scenarioSet: ScenarioSet,
  scenario: string,
  name: string,
): Action | undefined => listActions(findScenario(scenarioSet, scenario)).get(name)

/**
 * Finds whose state an action changes.
 *
 * @throws Problem if the expression of the subject fails
 */
export async function findTarget(
  { subject: own }: Action,
  { subject: general }: Pick<ScenarioSet, 'subject'>,
  input: ActionInput,
  context: { readonly now: Date; readonly owner: Owner },
): Promise<string> {
  const expression = own ?? general
  const scope = new Scope(outsideContext(context.now, input), { [OWNER]: context.owner })
  return subjectKey(await expression(Object.assign(scope, { input })))
}

export interface ActInput {
  readonly scenarioSet: ScenarioSet
  readonly action: Action
  readonly input: ActionInput
  readonly record: SubjectRecord | undefined
  readonly now: Date
  readonly seedInput: SeedInput
}

export interface ActionResult {
  readonly record: SubjectRecord
  readonly ids: readonly string[]
  readonly messages: readonly Message[]
  readonly notices: readonly Notice[]
  readonly trace: readonly Evaluation[]
}

/**
 * Applies the first rule whose condition is true. A pure function like `decide`: the store may call it
 * again.
 *
 * @throws NotPossible if no rule's condition is true
 * @throws Problem if an expression fails
 */
export function act({
  scenarioSet,
  action,
  input,
  record,
  now,
  seedInput,
}: ActInput): ActionResult {
  const before = record ?? { state: scenarioSet.initial, calls: {}, used: {}, given: [] }
  const counted = countAction(before, action.name)
  const ids = new DerivedIds(seedInput, counted.actions?.[action.name] ?? 1)
  const scope = new Scope(outsideContext(now, input), { state: before.state, [IDS]: ids })
  const outer = Object.assign(scope, { input })
  const named = action.lets ? action.lets(outer) : outer
  const trace: Evaluation[] = []
  for (const rule of action.rules) {
    const holds = applies(rule, named)
    trace.push(holds ? rule.chosen : rule.untrue)
    if (!holds) continue
    return { ...change(rule, named, counted), ids: ids.issued, trace }
  }
  throw new NotPossible(trace)
}

/** Counts an action that makes ids differ from those of the one before. */
const countAction = (record: SubjectRecord, name: string): SubjectRecord => ({
  ...record,
  actions: { ...record.actions, [name]: (record.actions?.[name] ?? 0) + 1 },
})

/** Applies a rule that makes no response. */
export const change = (
  rule: Rule,
  outer: Scope,
  record: SubjectRecord,
): Pick<ActionResult, 'record' | 'messages' | 'notices'> =>
  runExpressions(rule, () => {
    const scope = rule.lets ? rule.lets(outer) : outer
    const { state, timers, messages, notices } = applyEffects(rule, scope, record)
    return { record: { ...record, state, ...(timers && { timers }) }, messages, notices }
  })

/** Lists the inputs that a subject's state offers and that the rules accept now. */
export function listTargets(
  input: Omit<ActInput, 'input' | 'record'> & { record: SubjectRecord },
): readonly ActionInput[] {
  const { action, record, now } = input
  if (!action.targets) return []
  const scope = new Scope(outsideContext(now), { state: record.state })
  const offered: unknown = action.targets(scope)
  return (Array.isArray(offered) ? offered : [])
    .map((each) => toInput(each))
    .filter((each) => isPossible({ ...input, input: each }))
}

const toInput = (offered: unknown): ActionInput =>
  offered instanceof Map ? Object.fromEntries(offered) : ((offered ?? {}) as State)

function isPossible(input: ActInput): boolean {
  try {
    act(input)
    return true
  } catch (error) {
    if (error instanceof NotPossible) return false
    throw error
  }
}

/** No rule of an action applies: the state does not allow it. */
export class NotPossible extends Error {
  readonly trace: readonly Evaluation[]

  constructor(trace: readonly Evaluation[]) {
    super(trace.map(({ at, when }) => `${at}: ${when} is false`).join('; '))
    this.trace = trace
  }
}
