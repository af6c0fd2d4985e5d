/** Compiled scenarios: types only, all immutable. */
import type { Json, Operation, ResponseViolation } from '../contract/model.ts'
import type { Notification } from '../webhook/delivery.ts'
import type { RefusalKind } from './format.ts'
import type { Scope } from './scope.ts'

export type Guard = (scope: Scope) => boolean
/** Evaluates the expressions of a value; timestamps are still dates. */
export type Template = (scope: Scope) => unknown

export type ConnectionFault = 'reset' | 'empty' | 'garbage' | 'timeout'

/** A text message or push notification that would have been sent. */
export interface Message {
  readonly [key: string]: Json
}

/** What is to be sent: what a scenario or a preference fixed of it. The contract gives the rest. */
export interface ResponsePlan {
  readonly status: number
  readonly example?: string | undefined
  readonly body?: Json | undefined
  /** No body is sent, whatever the contract documents. */
  readonly empty?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** Generate from the schema even where there are examples. */
  readonly dynamic?: boolean
  /** Whether to generate headers, too: a scenario's response has only those that it names. */
  readonly generateHeaders?: boolean
  /** Changes an example or a generated value before it is written. */
  readonly fill?: (value: Json) => Json
}

/** The parts of a finished response that are checked against the contract. */
export interface FinishedResponse {
  readonly body?: Json | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface RespondTemplate {
  readonly status: number
  readonly example: string | undefined
  readonly empty: boolean
  readonly body: Template | undefined
  readonly headers: readonly (readonly [name: string, value: Template])[]
  /** Checks the finished response; undefined if everything could be checked at load. */
  readonly verify:
    | ((operation: Operation, response: FinishedResponse) => readonly ResponseViolation[])
    | undefined
}

export interface Assignment {
  /** Keys; a template is a computed key, whose parent is a map that grows. */
  readonly path: readonly (string | Template)[]
  readonly value: Template
}

/** A rule that was checked: its condition and the result. The last one of a trace was applied. */
export interface Evaluation {
  /** `file:line`. */
  readonly at: string
  /** The condition as written in the file; null if the rule has none. */
  readonly when: string | null
  /** Whether the rule was applied. */
  readonly value: boolean
  /** What else decided: `times` is used up, or the number of the call. */
  readonly note?: string
}

/** A webhook that a rule has sent, with its expressions evaluated. */
export type Notice = Omit<Notification, 'session'>

/** @throws Problem if the finished notification breaks the contract */
export type NotifyTemplate = (scope: Scope) => readonly Notice[]

/** What a rule plans: it happens later, if its condition is true by then. */
export interface Later {
  /** In ms on the session's clock. */
  readonly after: number
  readonly summary: string
  /** The names whose values are kept until then. */
  readonly names: readonly string[]
  readonly rule: Rule
}

export interface Rule {
  /** `file:line`. */
  readonly at: string
  /** Unique in its API, also among rules on the same line or below the same `*`. */
  readonly key: string
  readonly when: Guard | undefined
  readonly condition: string | undefined
  /** See the functions in `decide.ts`: it means another thing in `calls` than in `rules`. */
  readonly times: number | undefined
  readonly lets: Lets | undefined
  readonly set: readonly Assignment[]
  readonly send: readonly Template[]
  readonly notify: readonly NotifyTemplate[]
  readonly later: readonly Later[]
  /** Undefined if the connection breaks and there is no response. */
  readonly respond: RespondTemplate | 'default' | undefined
  readonly delay: number
  readonly fault: ConnectionFault | undefined
  /** What the journal says about the rule; made once, not at each call. */
  readonly chosen: Evaluation
  readonly untrue: Evaluation
  readonly spent: Evaluation
}

/** Makes a scope that has the `let` names of an operation or a rule. */
export type Lets = (scope: Scope) => Scope

export interface OperationRules {
  readonly kind: 'calls' | 'rules'
  readonly rules: readonly Rule[]
  readonly lets: Lets | undefined
  readonly subject: Template | undefined
  /** Lists ids of the request; rules see which of them another subject was given. */
  readonly foreign?: Template | undefined
}

/** What happens outside the API, such as on the user's phone. */
export interface Action {
  readonly name: string
  readonly summary: string
  /** The JSON Schema of its input. */
  readonly input: object
  /** Lists the inputs that a subject's state offers; undefined if any input may do. */
  readonly targets: Template | undefined
  readonly rules: readonly Rule[]
  readonly lets: Lets | undefined
  readonly subject: Template | undefined
}

export type State = { readonly [key: string]: unknown }

export interface Scenario {
  readonly api: string
  readonly name: string
  readonly summary: string
  /** The scenario it extends, which handles what this one does not; undefined for the last one. */
  readonly base: Scenario | undefined
  readonly given: State | undefined
  /** What precedes the rules of each operation, by operation. */
  readonly before: ReadonlyMap<string, OperationRules>
  readonly operations: ReadonlyMap<string, OperationRules>
  readonly actions: ReadonlyMap<string, Action>
  readonly file: string
}

export interface Idempotency {
  /** In lower case. */
  readonly header: string
  readonly keep: number
  /** Refuses a reference that was used with another body; undefined if that is a call of its own. */
  readonly mismatch: IdempotencyRefusal | undefined
  /** Refuses a reference of more than so many characters. */
  readonly tooLong: (IdempotencyRefusal & { readonly longest: number }) | undefined
}

export interface IdempotencyRefusal {
  /** `file:line`. */
  readonly at: string
  readonly respond: RespondTemplate
}

/** What every response of an API has, whoever made it. */
export interface CommonParts {
  /** `file:line`. */
  readonly at: string
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: Template])[]
  /** Fields of bodies that are examples or generated. */
  readonly fields: readonly (readonly [name: string, value: Template])[]
  /** Whether a response that no scenario makes, such as a refusal, needs a number for its id. */
  readonly needsNumber: boolean
}

/** Everything that the scenario files of one API define. */
export interface ScenarioSet {
  readonly api: string
  /** The API whose state its operations see and change: itself, unless api.yaml names another. */
  readonly world: string
  readonly subject: Template
  /** Whether a subject is a credential and must be hidden. */
  readonly secretSubject: boolean
  /** Keys of the state under which rules store credentials. */
  readonly secretKeys: ReadonlySet<string>
  readonly credentials: readonly Rule[]
  readonly refusals: ReadonlyMap<RefusalKind, RespondTemplate>
  readonly idempotency: Idempotency | undefined
  readonly common: CommonParts
  readonly initial: State
  /** What rules plan, by the key under which records keep it. */
  readonly later: ReadonlyMap<string, Later>
  readonly scenarios: ReadonlyMap<string, Scenario>
}

/** What is remembered about a subject. Immutable: each decision makes a new one. */
export interface SubjectRecord {
  readonly state: State
  /** How often each operation was called, by scenario and operation. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** How often each rule with `times` was applied, by its key; only of `rules`, not of `calls`. */
  readonly used: Readonly<Record<string, number>>
  /** Scenarios whose `given` was merged into the state. */
  readonly given: readonly string[]
  /** How often each action was done; absent as long as none was. */
  readonly actions?: Readonly<Record<string, number>>
  /** Absent as long as nothing was planned. */
  readonly timers?: Timers
}

/** What is planned for a subject. */
export interface Timers {
  /** How many were ever set: it numbers them. */
  readonly count: number
  readonly pending: readonly Timer[]
}

export interface Timer {
  readonly number: number
  /** Of what a rule plans. */
  readonly key: string
  /** Session time in ms. */
  readonly due: number
  /** The values that names had when it was set. */
  readonly names: State
}

export const DEFAULT = 'default'

/** The input of an action that declares none; expressions see it in `request.path`, too. */
export const CHALLENGE_ID = 'challengeId'
