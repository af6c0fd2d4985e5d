import type { Json, Operation } from '../contract/model.ts'
import { Problem } from '../errors.ts'
import type { ActionName } from './format.ts'
import { DerivedIds, type SeedInput } from './ids.ts'
import type {
  ConnectionFault,
  Evaluation,
  Message,
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
import { applyAssignments, mergeState } from './state.ts'

export interface Decision {
  readonly record: SubjectRecord
  /** `nothing` where the connection breaks and the entry has no answer that would be lost. */
  readonly response: ResponsePlan | 'contract' | 'nothing'
  /** `file:line` of the entry that answered. */
  readonly at: string | undefined
  /** Which call of this operation by this subject, under whatever scenario: generated data hang on it. */
  readonly call: number
  readonly delay: number
  readonly fault: ConnectionFault | undefined
  readonly messages: readonly Message[]
  readonly ids: readonly string[]
  /** Every entry that was looked at, in order; the last one answered, if any did. */
  readonly trace: readonly Evaluation[]
}

export interface DecideInput {
  readonly scenarioSet: ScenarioSet
  readonly scenario: Scenario
  readonly operation: Operation
  readonly record: SubjectRecord | undefined
  readonly context: RequestContext
  readonly seedInput: SeedInput
}

/**
 * What a scenario answers, and what is remembered then. A pure function: the store may run it again.
 *
 * @throws Problem if an expression fails or the finished body breaks the contract
 */
export function decide(question: DecideInput): Decision {
  return new DecisionRun(question).run(question.scenario)
}

/** One decision being made. The fields are its own: nothing that was passed in is changed. */
class DecisionRun {
  readonly #input: DecideInput
  readonly #ids: DerivedIds
  readonly #call: number
  #state: State
  #calls: SubjectRecord['calls']
  #used: Readonly<Record<string, number>>
  #given: readonly string[]
  readonly #messages: Message[] = []
  readonly #trace: Evaluation[] = []
  #delay = 0

  constructor(question: DecideInput) {
    const { record, scenarioSet, operation, seedInput } = question
    this.#input = question
    this.#state = record?.state ?? scenarioSet.initial
    this.#calls = record?.calls ?? {}
    this.#used = record?.used ?? {}
    this.#given = record?.given ?? []
    this.#call = 1 + totalCalls(this.#calls, operation.id)
    this.#ids = new DerivedIds(seedInput, this.#call)
  }

  run(scenario: Scenario): Decision {
    this.#mergeGiven(scenario)
    return this.#playScenario(scenario)
  }

  /** Merges in what a scenario and those it extends say once of a subject, the base first. */
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
    const outer = operationRules && this.#makeScope(operationRules, call)
    const found = operationRules && outer && this.#pickRule(operationRules, outer, call)
    return found && outer ? this.#applyRule(found, outer, scenario) : this.#playBase(scenario)
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

  #makeScope(operationRules: OperationRules, call: number): Scope {
    const scope = new Scope(this.#input.context, {
      state: this.#state,
      call: BigInt(call),
      [IDS]: this.#ids,
    })
    return operationRules.lets ? operationRules.lets(scope) : scope
  }

  #pickRule(operationRules: OperationRules, scope: Scope, call: number): Rule | undefined {
    if (operationRules.kind === 'calls') {
      const rule = ruleForCall(operationRules.rules, call)
      if (rule) this.#trace.push({ ...rule.chosen, note: `call ${call}` })
      return rule
    }
    return operationRules.rules.find((rule) => {
      const outcome = this.#evaluateRule(rule, scope)
      this.#trace.push(outcome)
      return outcome.value
    })
  }

  #evaluateRule(rule: Rule, scope: Scope): Evaluation {
    if (rule.times !== undefined && (this.#used[rule.key] ?? 0) >= rule.times) return rule.spent
    const holds = !rule.when || runExpressions(rule, () => rule.when?.(scope))
    return holds ? rule.chosen : rule.untrue
  }

  #applyRule(rule: Rule, outer: Scope, scenario: Scenario): Decision {
    return runExpressions(rule, () => {
      const scope = rule.lets ? rule.lets(outer) : outer
      if (rule.times !== undefined) {
        this.#used = {
          ...this.#used,
          [rule.key]: (this.#used[rule.key] ?? 0) + 1,
        }
      }
      for (const message of rule.send) this.#messages.push(message(scope) as Message)
      const answer =
        typeof rule.respond === 'object'
          ? this.#renderResponse(rule.respond, scope, rule)
          : ('nothing' as const)
      this.#state = applyAssignments(this.#state, rule.set, scope)
      this.#delay += rule.delay
      if (rule.respond !== 'default') return this.#finish(answer, rule)
      const decision = this.#playBase(scenario)
      return rule.fault ? { ...decision, fault: rule.fault } : decision
    })
  }

  #renderResponse(respond: RespondTemplate, scope: Scope, rule: Rule): ResponsePlan {
    const { operation } = this.#input
    const scripted = renderResponse(respond, scope)
    const violations = respond.verify?.(operation, scripted) ?? []
    if (violations.length > 0) {
      const reasons = violations.map(({ message }) => message).join('; ')
      const what = `the answer ${scripted.status} of ${operation.id} breaks the contract: ${reasons}`
      throw new Problem('answer-breaks-contract', `${rule.at}: ${what}`)
    }
    return scripted
  }

  #finish(answer: Decision['response'], rule: Rule | undefined): Decision {
    return {
      record: {
        state: this.#state,
        calls: this.#calls,
        used: this.#used,
        given: this.#given,
      },
      response: answer,
      at: rule?.at,
      call: this.#call,
      delay: this.#delay,
      fault: rule?.fault,
      messages: this.#messages,
      ids: this.#ids.issued,
      trace: this.#trace,
    }
  }
}

/** Runs the expressions of an entry; their failure is told with the entry's place. */
export function runExpressions<T>(rule: Rule, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof Problem) throw error
    const { summary, message } = error as {
      summary?: string
      message: string
    }
    throw new Problem('scenario-failed', `${rule.at}: ${summary ?? message}`)
  }
}

/** An answer with its expressions worked out. */
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

/** The entry for a call: each holds for one, or for `times`, and the last one repeats. */
function ruleForCall(rules: readonly Rule[], call: number): Rule | undefined {
  let before = 0
  for (const rule of rules) {
    before += rule.times ?? 1
    if (call <= before) return rule
  }
  return rules.at(-1)
}

/** Calls of an operation under any scenario; one that plays another's entry counts for both. */
function totalCalls(calls: SubjectRecord['calls'], operation: string): number {
  let total = 0
  for (const scenario in calls) total += calls[scenario]?.[operation] ?? 0
  return total
}

/** The scenario asked for, where the API has it; APIs that lack it play their default. */
export function findScenario({ api, scenarios }: ScenarioSet, name: string): Scenario {
  const played = scenarios.get(name) ?? scenarios.get(DEFAULT)
  if (!played) throw new Error(`${api} has no scenario "${DEFAULT}"`)
  return played
}

/** A scenario's script for an operation, or that of the nearest scenario it extends. */
export function findOperationRules(
  scenario: Scenario | undefined,
  operation: string,
): OperationRules | undefined {
  if (!scenario) return undefined
  return scenario.operations.get(operation) ?? findOperationRules(scenario.base, operation)
}

/** The same for what a user does outside the API. */
export function findActionRules(
  scenario: Scenario | undefined,
  action: ActionName,
): OperationRules | undefined {
  if (!scenario) return undefined
  return scenario.actions.get(action) ?? findActionRules(scenario.base, action)
}
