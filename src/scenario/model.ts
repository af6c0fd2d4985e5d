/** Scenarios as they are played: checked, compiled, immutable. */
import type { Json, Operation, ResponseViolation } from '../contract/model.ts'
import type { ActionName, RefusalKind } from './format.ts'
import type { Scope } from './scope.ts'

export type Guard = (scope: Scope) => boolean
/** A value with its expressions worked out; timestamps are still dates. */
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

/** What is checked of an answer when its values are worked out. */
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
  /** Checks the finished answer; only where a value in it could not be checked at load. */
  readonly verify:
    | ((operation: Operation, answer: FinishedResponse) => readonly ResponseViolation[])
    | undefined
}

export interface Assignment {
  /** Keys, where they are computed as templates: their parents are maps that grow. */
  readonly path: readonly (string | Template)[]
  readonly value: Template
}

/** An entry that was looked at: its guard, and what came of it. The last one answered. */
export interface Evaluation {
  /** `file:line`. */
  readonly at: string
  /** The guard as the file has it; null where the entry has none. */
  readonly when: string | null
  /** Whether the entry was played. */
  readonly value: boolean
  /** What else decided: `times` that were used up, the number of the call. */
  readonly note?: string
}

export interface Rule {
  /** `file:line`. */
  readonly at: string
  /** Tells it from all others of its API, those in the same line and below the same `*` too. */
  readonly key: string
  readonly when: Guard | undefined
  readonly condition: string | undefined
  readonly times: number | undefined
  readonly lets: Lets | undefined
  readonly set: readonly Assignment[]
  readonly send: readonly Template[]
  /** Undefined where the connection breaks and there is nothing to answer. */
  readonly respond: RespondTemplate | 'default' | undefined
  readonly delay: number
  readonly fault: ConnectionFault | undefined
  /** What the journal says of it; made once, not at each call. */
  readonly chosen: Evaluation
  readonly untrue: Evaluation
  readonly spent: Evaluation
}

/** Makes the scope in which an operation's or an entry's names are known. */
export type Lets = (scope: Scope) => Scope

export interface OperationRules {
  readonly kind: 'calls' | 'rules'
  readonly rules: readonly Rule[]
  readonly lets: Lets | undefined
  readonly subject: Template | undefined
}

export type State = { readonly [key: string]: unknown }

export interface Scenario {
  readonly api: string
  readonly name: string
  readonly summary: string
  /** The scenario that answers what this one does not; undefined for the last in the chain. */
  readonly base: Scenario | undefined
  readonly given: State | undefined
  readonly operations: ReadonlyMap<string, OperationRules>
  /** What a user does outside the API, and what that changes: on the phone, say. */
  readonly actions: ReadonlyMap<ActionName, OperationRules>
  readonly file: string
}

export interface Idempotency {
  /** In lower case. */
  readonly header: string
  readonly keep: number
}

/** All that scenario files say about one API. */
export interface ScenarioSet {
  readonly api: string
  readonly subject: Template
  /** Whether a subject is a credential, which is not shown. */
  readonly secretSubject: boolean
  /** Keys of the state into which rules put credentials. */
  readonly secretKeys: ReadonlySet<string>
  readonly credentials: readonly Rule[]
  readonly refusals: ReadonlyMap<RefusalKind, RespondTemplate>
  readonly idempotency: Idempotency | undefined
  readonly initial: State
  readonly scenarios: ReadonlyMap<string, Scenario>
}

/** What is remembered of a subject. Immutable: each decision makes the next one. */
export interface SubjectRecord {
  readonly state: State
  /** How often each operation was called, by scenario and operation. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** How often each entry with `times` was used, by its key. */
  readonly used: Readonly<Record<string, number>>
  /** Scenarios whose `given` has been merged in. */
  readonly given: readonly string[]
}

export const DEFAULT = 'default'
