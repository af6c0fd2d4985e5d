import type { Json, Operation } from '../contract/model.ts'
import { Problem } from '../errors.ts'
import type { ActionName } from './format.ts'
import { DerivedIds, type Origin } from './ids.ts'
import type {
  ConnectionFault,
  Entry,
  Respond,
  Scenario,
  ScenarioSet,
  Script,
  State,
  SubjectRecord,
  Tried,
} from './model.ts'
import { DEFAULT } from './model.ts'
import { type Facts, IDS, Scope } from './scope.ts'
import { assigned, merged } from './state.ts'

export interface Message {
  readonly [key: string]: Json
}

/** A scripted answer with its values worked out. */
export interface Scripted {
  readonly status: number
  readonly example: string | undefined
  readonly empty: boolean
  readonly body: Json | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface Decision {
  readonly record: SubjectRecord
  /** `nothing` where the connection breaks and the entry has no answer that would be lost. */
  readonly answer: Scripted | 'contract' | 'nothing'
  /** `file:line` of the entry that answered. */
  readonly at: string | undefined
  /** Which call of this operation by this subject, under whatever scenario: generated data hang on it. */
  readonly call: number
  readonly delay: number
  readonly fault: ConnectionFault | undefined
  readonly messages: readonly Message[]
  readonly ids: readonly string[]
  /** Every entry that was looked at, in order; the last one answered, if any did. */
  readonly tried: readonly Tried[]
}

export interface Question {
  readonly scenarioSet: ScenarioSet
  readonly scenario: Scenario
  readonly operation: Operation
  readonly record: SubjectRecord | undefined
  readonly facts: Facts
  readonly origin: Origin
}

/**
 * What a scenario answers, and what is remembered then. A pure function: the store may run it again.
 *
 * @throws Problem if an expression fails or the finished body breaks the contract
 */
export function decide(question: Question): Decision {
  return new Deciding(question).run(question.scenario)
}

/** One decision being made. The fields are its own: nothing that was passed in is changed. */
class Deciding {
  readonly #question: Question
  readonly #ids: DerivedIds
  readonly #call: number
  #state: State
  #calls: SubjectRecord['calls']
  #used: Readonly<Record<string, number>>
  #given: readonly string[]
  readonly #messages: Message[] = []
  readonly #tried: Tried[] = []
  #delay = 0

  constructor(question: Question) {
    const { record, scenarioSet, operation, origin } = question
    this.#question = question
    this.#state = record?.state ?? scenarioSet.initial
    this.#calls = record?.calls ?? {}
    this.#used = record?.used ?? {}
    this.#given = record?.given ?? []
    this.#call = 1 + counted(this.#calls, operation.id)
    this.#ids = new DerivedIds(origin, this.#call)
  }

  run(scenario: Scenario): Decision {
    this.#give(scenario)
    return this.#play(scenario)
  }

  /** Merges in what a scenario and those it extends say once of a subject, the base first. */
  #give(scenario: Scenario): void {
    if (scenario.base) this.#give(scenario.base)
    if (!scenario.given || this.#given.includes(scenario.name)) return
    this.#state = merged(this.#state, scenario.given)
    this.#given = [...this.#given, scenario.name]
  }

  #play(scenario: Scenario): Decision {
    const { operation } = this.#question
    const call = this.#count(scenario.name, operation.id)
    const script = scenario.operations.get(operation.id)
    const outer = script && this.#scope(script, call)
    const found = script && outer && this.#choose(script, outer, call)
    return found && outer ? this.#apply(found, outer, scenario) : this.#fallBack(scenario)
  }

  #count(scenario: string, operation: string): number {
    const before = this.#calls[scenario]
    const call = (before?.[operation] ?? 0) + 1
    this.#calls = { ...this.#calls, [scenario]: { ...before, [operation]: call } }
    return call
  }

  #fallBack({ base }: Scenario): Decision {
    return base ? this.#play(base) : this.#decided('contract', undefined)
  }

  #scope(script: Script, call: number): Scope {
    const scope = new Scope(this.#question.facts, {
      state: this.#state,
      call: BigInt(call),
      [IDS]: this.#ids,
    })
    return script.lets ? script.lets(scope) : scope
  }

  #choose(script: Script, scope: Scope, call: number): Entry | undefined {
    if (script.kind === 'calls') {
      const entry = nth(script.entries, call)
      if (entry) this.#tried.push({ ...entry.chosen, note: `call ${call}` })
      return entry
    }
    return script.entries.find((entry) => {
      const outcome = this.#outcome(entry, scope)
      this.#tried.push(outcome)
      return outcome.value
    })
  }

  #outcome(entry: Entry, scope: Scope): Tried {
    if (entry.times !== undefined && (this.#used[entry.key] ?? 0) >= entry.times) return entry.spent
    const holds = !entry.when || evaluated(entry, () => entry.when?.(scope))
    return holds ? entry.chosen : entry.untrue
  }

  #apply(entry: Entry, outer: Scope, scenario: Scenario): Decision {
    return evaluated(entry, () => {
      const scope = entry.lets ? entry.lets(outer) : outer
      if (entry.times !== undefined) {
        this.#used = {
          ...this.#used,
          [entry.key]: (this.#used[entry.key] ?? 0) + 1,
        }
      }
      for (const message of entry.send) this.#messages.push(message(scope) as Message)
      const answer =
        typeof entry.respond === 'object'
          ? this.#answered(entry.respond, scope, entry)
          : ('nothing' as const)
      this.#state = assigned(this.#state, entry.set, scope)
      this.#delay += entry.delay
      if (entry.respond !== 'default') return this.#decided(answer, entry)
      const decision = this.#fallBack(scenario)
      return entry.fault ? { ...decision, fault: entry.fault } : decision
    })
  }

  #answered(respond: Respond, scope: Scope, entry: Entry): Scripted {
    const { operation } = this.#question
    const scripted = rendered(respond, scope)
    const violations = respond.verify?.(operation, scripted) ?? []
    if (violations.length > 0) {
      const reasons = violations.map(({ message }) => message).join('; ')
      const what = `the answer ${scripted.status} of ${operation.id} breaks the contract: ${reasons}`
      throw new Problem('answer-breaks-contract', `${entry.at}: ${what}`)
    }
    return scripted
  }

  #decided(answer: Decision['answer'], entry: Entry | undefined): Decision {
    return {
      record: {
        state: this.#state,
        calls: this.#calls,
        used: this.#used,
        given: this.#given,
      },
      answer,
      at: entry?.at,
      call: this.#call,
      delay: this.#delay,
      fault: entry?.fault,
      messages: this.#messages,
      ids: this.#ids.made,
      tried: this.#tried,
    }
  }
}

/** Runs the expressions of an entry; their failure is told with the entry's place. */
export function evaluated<T>(entry: Entry, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof Problem) throw error
    const { summary, message } = error as {
      summary?: string
      message: string
    }
    throw new Problem('scenario-failed', `${entry.at}: ${summary ?? message}`)
  }
}

/** An answer with its expressions worked out. */
export function rendered(respond: Respond, scope: Scope): Scripted {
  return {
    status: respond.status,
    example: respond.example,
    empty: respond.empty,
    body: respond.body?.(scope) as Json | undefined,
    headers: headersOf(respond, scope),
  }
}

function headersOf({ headers }: Respond, scope: Scope): Scripted['headers'] {
  if (headers.length === 0) return NO_HEADERS
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value(scope))]))
}

const NO_HEADERS = Object.freeze({})

/** The entry for a call: each holds for one, or for `times`, and the last one repeats. */
function nth(entries: readonly Entry[], call: number): Entry | undefined {
  let before = 0
  for (const entry of entries) {
    before += entry.times ?? 1
    if (call <= before) return entry
  }
  return entries.at(-1)
}

/** Calls of an operation under any scenario; one that plays another's entry counts for both. */
function counted(calls: SubjectRecord['calls'], operation: string): number {
  let total = 0
  for (const scenario in calls) total += calls[scenario]?.[operation] ?? 0
  return total
}

/** The scenario asked for, where the API has it; APIs that lack it play their default. */
export function playedBy({ api, scenarios }: ScenarioSet, name: string): Scenario {
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
