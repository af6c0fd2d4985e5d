/** Scenarios as they are played: checked, compiled, immutable. */
import type { Breach, Json, Operation } from '../api.ts'
import type { AnswerName } from './schema.ts'
import type { Scope } from './scope.ts'

export type Guard = (scope: Scope) => boolean
/** A value with its expressions worked out; timestamps are still dates. */
export type Template = (scope: Scope) => unknown

export type FaultKind = 'reset' | 'empty' | 'garbage' | 'timeout'

/** What is checked of an answer when its values are worked out. */
export interface Finished {
  readonly body?: Json | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface Respond {
  readonly status: number
  readonly example: string | undefined
  readonly empty: boolean
  readonly body: Template | undefined
  readonly headers: readonly (readonly [name: string, value: Template])[]
  /** Checks the finished answer; only where a value in it could not be checked at load. */
  readonly verify: ((operation: Operation, answer: Finished) => readonly Breach[]) | undefined
}

export interface Assignment {
  /** Keys, where they are computed as templates: their parents are maps that grow. */
  readonly path: readonly (string | Template)[]
  readonly value: Template
}

/** Why an entry was not the one: the guard that was false, or `times` that were used up. */
export interface Passed {
  readonly at: string
  readonly why: string
}

export interface Entry {
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
  readonly respond: Respond | 'default' | undefined
  readonly delay: number
  readonly fault: FaultKind | undefined
  /** What the journal says of it when it is passed over; made once, not at each call. */
  readonly untrue: Passed
  readonly spent: Passed
}

/** Makes the scope in which an operation's or an entry's names are known. */
export type Lets = (scope: Scope) => Scope

export interface Script {
  readonly kind: 'calls' | 'rules'
  readonly entries: readonly Entry[]
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
  readonly operations: ReadonlyMap<string, Script>
  readonly file: string
}

export interface Idempotency {
  /** In lower case. */
  readonly header: string
  readonly keep: number
}

/** All that scenario files say about one API. */
export interface Playbook {
  readonly api: string
  readonly subject: Template
  readonly credentials: readonly Entry[]
  readonly answers: ReadonlyMap<AnswerName, Respond>
  readonly idempotency: Idempotency | undefined
  readonly initial: State
  readonly scenarios: ReadonlyMap<string, Scenario>
}
