import type { Json, Operation } from '../contract/model.ts'
import { Problem } from '../errors.ts'
import { applyEffects } from './effects.ts'
import { DerivedIds, type SeedInput } from './ids.ts'
import type {
  ConnectionFault,
  Evaluation,
  Message,
  Notice,
  OperationRules,
  RespondTemplate,
  ResponsePlan,
  Rule,
  Scenario,
  ScenarioSet,
  State,
  SubjectRecord,
} from './model.ts'
import { DEFAULT } from './model.ts'
import { IDS, type RequestContext, Scope } from './scope.ts'
import { mergeState } from './state.ts'

export interface Decision {
  readonly record: SubjectRecord
  /** `nothing` if the connection breaks and the rule has no response that would be lost. */
  readonly response: ResponsePlan | 'contract' | 'nothing'
  /** `file:line` of the rule that made the response. */
  readonly at: string | undefined
  /** Number of this call of the operation by the subject under any scenario; it seeds generated data. */
  readonly call: number
  readonly delay: number
  readonly fault: ConnectionFault | undefined
  readonly messages: readonly Message[]
  readonly notices: readonly Notice[]
  readonly ids: readonly string[]
  /** Every rule that was checked, in order; the last one made the response, if any did. */
  readonly trace: readonly Evaluation[]
}

export interface DecideInput {
  readonly scenarioSet: ScenarioSet
  readonly scenario: Scenario
  readonly operation: Operation
  readonly record: SubjectRecord | undefined
  readonly context: RequestContext
  readonly seedInput: SeedInput
  /** Of the ids that the operation's `foreign` lists, those that another subject was given. */
  readonly foreign?: readonly string[] | undefined
}

/**
 * Decides what a scenario responds, and what is remembered. A pure function: the store may call it again.
 *
 * @throws Problem if an expression fails or the finished response violates the contract
 */
export function decide(input: DecideInput): Decision {
  return new DecisionRun(input).run()
}

/** The working state of one decision. It changes only its own fields, never what was passed in. */
class DecisionRun {
  readonly #input: DecideInput
  readonly #ids: DerivedIds
  readonly #call: number
  #state: State
  #calls: SubjectRecord['calls']
  #used: Uses
  #given: readonly string[]
  #timers: SubjectRecord['timers']
  readonly #messages: Message[] = []
  readonly #notices: Notice[] = []
  readonly #trace: Evaluation[] = []
  #delay = 0

  constructor(input: DecideInput) {
    const { record, scenarioSet, operation, seedInput } = input
    this.#input = input
    this.#state = record?.state ?? scenarioSet.initial
    this.#calls = record?.calls ?? {}
    this.#used = record?.used ?? {}
    this.#given = record?.given ?? []
    this.#timers = record?.timers
    this.#call = 1 + totalCalls(this.#calls, operation.id)
    this.#ids = new DerivedIds(seedInput, this.#call)
  }

  run(): Decision {
    const { scenario } = this.#input
    this.#mergeGiven(scenario)
    return this.#playBefore(scenario) ?? this.#playScenario(scenario)
  }

  /**
   * Applies what precedes the operation's rules, beginning with the scenario extended last. Returns a
   * decision if a rule responds.
   */
  #playBefore(scenario: Scenario): Decision | undefined {
    const decision = scenario.base && this.#playBefore(scenario.base)
    if (decision) return decision
    const { rules = [] } = scenario.before.get(this.#input.operation.id) ?? {}
    let scope: Scope | undefined
    for (const rule of rules) {
      scope ??= this.#makeScope(scenario, 0)
      const evaluation = this.#evaluateRule(rule, scope)
      if (!evaluation.value) continue
      this.#used = countUse(rule, this.#used)
      // The others do not say why the response is what it is.
      if (isResponding(rule)) this.#trace.push(evaluation)
      const decision = this.#applyRule(rule, scope, scenario)
      if (isResponding(rule)) return decision
      // The next rule sees the state as this one left it.
      scope = undefined
    }
    return undefined
  }

  /** Merges `given` into the state once for each scenario, beginning with the one extended last. */
  #mergeGiven(scenario: Scenario): void {
    if (scenario.base) this.#mergeGiven(scenario.base)
    if (!scenario.given || this.#given.includes(scenario.name)) return
    this.#state = mergeState(this.#state, scenario.given)
    this.#given = [...this.#given, scenario.name]
  }

  #playScenario(scenario: Scenario): Decision {
    const { operation } = this.#input
    const call = this.#countCall(scenario.name, operation.id)
    const operationRules = scenario.operations.get(operation.id)
    if (!operationRules) return this.#playBase(scenario)
    const around = this.#makeScope(scenario, call)
    const outer = operationRules.lets ? operationRules.lets(around) : around
    const rule = this.#pickRule(operationRules, outer, call)
    if (!rule) return this.#playBase(scenario)
    if (operationRules.kind === 'rules') this.#used = countUse(rule, this.#used)
    return this.#applyRule(rule, outer, scenario)
  }

  #countCall(scenario: string, operation: string): number {
    const before = this.#calls[scenario]
    const call = (before?.[operation] ?? 0) + 1
    this.#calls = { ...this.#calls, [scenario]: { ...before, [operation]: call } }
    return call
  }

  #playBase({ base }: Scenario): Decision {
    return base ? this.#playScenario(base) : this.#finish('contract', undefined)
  }

  /** Makes the scope around an operation's rules: it has the names of `before`. */
  #makeScope(scenario: Scenario, call: number): Scope {
    const { context, operation, foreign } = this.#input
    const scope = scenario.base
      ? this.#makeScope(scenario.base, call)
      : new Scope(context, {
          state: this.#state,
          call: BigInt(call),
          operation: operation.id,
          foreign,
          [IDS]: this.#ids,
        })
    const { lets } = scenario.before.get(operation.id) ?? {}
    return lets ? lets(scope) : scope
  }

  #pickRule(operationRules: OperationRules, scope: Scope, call: number): Rule | undefined {
    if (operationRules.kind === 'calls') {
      const rule = ruleForCall(operationRules.rules, call)
      if (rule) this.#trace.push({ ...rule.chosen, note: `call ${call}` })
      return rule
    }
    return operationRules.rules.find((rule) => {
      const evaluation = this.#evaluateRule(rule, scope)
      this.#trace.push(evaluation)
      return evaluation.value
    })
  }

  #evaluateRule(rule: Rule, scope: Scope): Evaluation {
    if (isUsedUp(rule, this.#used)) return rule.spent
    return applies(rule, scope) ? rule.chosen : rule.untrue
  }

  #applyRule(rule: Rule, outer: Scope, scenario: Scenario): Decision {
    return runExpressions(rule, () => {
      const scope = rule.lets ? rule.lets(outer) : outer
      const before = { state: this.#state, ...(this.#timers && { timers: this.#timers }) }
      const { state, timers, messages, notices } = applyEffects(rule, scope, before)
      this.#messages.push(...messages)
      this.#notices.push(...notices)
      const response =
        typeof rule.respond === 'object'
          ? this.#renderResponse(rule.respond, scope, rule)
          : ('nothing' as const)
      this.#state = state
      this.#timers = timers
      this.#delay += rule.delay
      if (rule.respond !== 'default') return this.#finish(response, rule)
      const decision = this.#playBase(scenario)
      return rule.fault ? { ...decision, fault: rule.fault } : decision
    })
  }

  #renderResponse(respond: RespondTemplate, scope: Scope, rule: Rule): ResponsePlan {
    const { operation } = this.#input
    const response = renderResponse(respond, scope)
    const violations = respond.verify?.(operation, response) ?? []
    if (violations.length > 0) {
      const reasons = violations.map(({ message }) => message).join('; ')
      const what = `response ${response.status} of ${operation.id} violates the contract: ${reasons}`
      throw new Problem('answer-breaks-contract', `${rule.at}: ${what}`)
    }
    return response
  }

  #finish(response: Decision['response'], rule: Rule | undefined): Decision {
    return {
      record: {
        state: this.#state,
        calls: this.#calls,
        used: this.#used,
        given: this.#given,
        ...(this.#timers && { timers: this.#timers }),
      },
      response,
      at: rule?.at,
      call: this.#call,
      delay: this.#delay,
      fault: rule?.fault,
      messages: this.#messages,
      notices: this.#notices,
      ids: this.#ids.issued,
      trace: this.#trace,
    }
  }
}

/** Whether the condition of a rule is true. @throws Problem if it fails */
export const applies = (rule: Rule, scope: Scope): boolean =>
  !rule.when || runExpressions(rule, () => rule.when?.(scope) === true)

/** Whether a rule ends the call. */
export const isResponding = ({ respond, fault }: Pick<Rule, 'respond' | 'fault'>): boolean =>
  respond !== undefined || fault !== undefined

/** Runs the expressions of a rule; if one fails, the problem names the rule's place. */
export function runExpressions<T>(rule: Pick<Rule, 'at'>, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof Problem) throw error
    const { summary, message } = error as { summary?: string; message: string }
    throw new Problem('scenario-failed', `${rule.at}: ${summary ?? message}`)
  }
}

/** Evaluates the expressions of a response. */
export function renderResponse(respond: RespondTemplate, scope: Scope): ResponsePlan {
  return {
    status: respond.status,
    example: respond.example,
    empty: respond.empty,
    body: respond.body?.(scope) as Json | undefined,
    headers: renderHeaders(respond, scope),
  }
}

function renderHeaders(
  { headers }: RespondTemplate,
  scope: Scope,
): Readonly<Record<string, string>> {
  if (headers.length === 0) return NO_HEADERS
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value(scope))]))
}

const NO_HEADERS = Object.freeze({})

// `times` has two meanings. In `calls` a rule covers that many calls in a row, one if it is left out. In
// `rules` a rule applies that often for a subject, without limit if it is left out.

/** Finds the rule that covers a call, in `calls`; the last one repeats. */
function ruleForCall(rules: readonly Rule[], call: number): Rule | undefined {
  let before = 0
  for (const rule of rules) {
    before += rule.times ?? 1
    if (call <= before) return rule
  }
  return rules.at(-1)
}

/** Whether `times` limits how often a rule applies, in `rules`. */
export const isLimited = ({ times }: Pick<Rule, 'times'>) => times !== undefined

type Uses = SubjectRecord['used']

/** Whether a rule has applied as often as it may, in `rules`. */
const isUsedUp = ({ key, times }: Rule, used: Uses) =>
  times !== undefined && (used[key] ?? 0) >= times

/** Counts that a rule applies, in `rules`; rules without `times` need no count. */
const countUse = (rule: Rule, used: Uses): Uses =>
  isLimited(rule) ? { ...used, [rule.key]: (used[rule.key] ?? 0) + 1 } : used

/** Counts the calls of an operation under any scenario; `respond: default` counts for both. */
function totalCalls(calls: SubjectRecord['calls'], operation: string): number {
  let total = 0
  for (const scenario in calls) total += calls[scenario]?.[operation] ?? 0
  return total
}

/** Returns the scenario of that name, or the default scenario if the API does not have it. */
export function findScenario({ api, scenarios }: ScenarioSet, name: string): Scenario {
  const scenario = scenarios.get(name) ?? scenarios.get(DEFAULT)
  if (!scenario) throw new Error(`${api} has no scenario "${DEFAULT}"`)
  return scenario
}

/** Returns the rules of an operation from a scenario, or from the next one it extends that has some. */
export const findOperationRules = (scenario: Scenario, operation: string) =>
  findInherited(scenario, ({ operations }) => operations.get(operation))

/** Returns `foreign` of an operation, from a scenario or from the next one it extends that has some. */
export const findForeignIds = (scenario: Scenario, operation: string) =>
  findInherited(scenario, ({ operations }) => operations.get(operation)?.foreign)

function findInherited<T>(
  scenario: Scenario | undefined,
  find: (scenario: Scenario) => T | undefined,
): T | undefined {
  for (let each = scenario; each; each = each.base) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}
