/** The value that flows through the pipeline. Each step makes the next form of it; none patches. */
import type { Contract, Operation, Violation } from '../contract/model.ts'
import type { Credentials } from '../contract/security.ts'
import type { ResponseHeaders } from '../response/build.ts'
import type { Preference } from '../response/prefer.ts'
import type { Message, ScriptedResponse } from '../scenario/decide.ts'
import type { RefusalKind } from '../scenario/format.ts'
import type { ConnectionFault, Evaluation, ScenarioSet } from '../scenario/model.ts'
import type { RequestView } from '../scenario/scope.ts'
import { type RequestContext, Scope } from '../scenario/scope.ts'

export type Headers = Readonly<Record<string, string | string[] | undefined>>
export type Query = Readonly<Record<string, string | string[]>>

/** A request as HTTP brought it. */
export interface Incoming {
  readonly method: string
  /** Path and query as they stood in the request line. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Headers
  /** Text where it is JSON, bytes otherwise. */
  readonly body: Buffer | string | undefined
  /** Real time in ms since the epoch. */
  readonly receivedAt: number
  /** HTTP found a fault with the body before anybody read it. */
  readonly refused?: { readonly answer: RefusalKind; readonly reason: string }
}

export interface Api {
  readonly contract: Contract
  readonly scenarioSet: ScenarioSet
}

/** It is known whose world the request is for, what time it is there, and what is to be played. */
export interface Received {
  readonly step: 'received' | 'matched' | 'authenticated' | 'valid'
  readonly incoming: Incoming
  readonly session: string
  /** Without base-URL prefix and query. */
  readonly path: string
  readonly query: Query
  /** The session's clock. */
  readonly now: Date
  readonly scenario: string
  readonly preference: Preference | undefined
}

export interface Matched extends Received {
  readonly step: 'matched' | 'authenticated' | 'valid'
  readonly api: Api
  readonly operation: Operation
  readonly credentials: Credentials
  /** The path's values before they were decoded, where that makes a difference. */
  readonly rawPath: Readonly<Record<string, string>> | undefined
  /** As expressions see it; without its body until that has been read. */
  readonly request: RequestView
}

export const isMatched = (exchange: Received | undefined): exchange is Matched =>
  exchange !== undefined && exchange.step !== 'received'

export interface Authenticated extends Matched {
  readonly step: 'authenticated' | 'valid'
}

export interface Valid extends Authenticated {
  readonly step: 'valid'
}

/** What goes out, and why. */
export interface Outcome {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: string | undefined
  /** `file:line`, or `example`, `generated`, `contract`, `replay`, `sandbox`. */
  readonly rule: string
  /** The scenario that was played, `default` where an API has none of the name asked for. */
  readonly scenario: string
  readonly delay: number
  readonly fault: ConnectionFault | undefined
  readonly trace: readonly Evaluation[]
  /** The name of the contract's example that was sent, where it was one. */
  readonly example: string | undefined
  readonly messages: readonly Message[]
  /** In words, what was wrong with the request, or with the scenario. */
  readonly reasons: readonly string[]
}

/** The contract refuses a request: the API's file says how that looks. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(
    readonly kind: RefusalKind,
    readonly api: Api,
    message: string,
    readonly more: {
      readonly violations?: readonly Violation[]
      readonly allow?: readonly string[]
      /** A magic credential words its own answer. */
      readonly scripted?: ScriptedResponse & { readonly at: string; readonly trace: Evaluation }
    } = {},
  ) {
    super(message)
  }
}

/** What expressions can name of a request. */
export const factsOf = ({ request, credentials, now }: Matched): RequestContext => ({
  request,
  token: credentials.token,
  apiKey: credentials.apiKey,
  now,
})

export const scopeOf = (matched: Matched, more: Partial<Scope> = {}): Scope =>
  new Scope(factsOf(matched), more)
