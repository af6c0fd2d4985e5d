/** The value that flows through the pipeline. Each step makes the next form of it; none patches. */
import type { BodyMedia, Contract, Operation, Violation } from '../contract/model.ts'
import type { RouteMatch } from '../contract/router.ts'
import type { ResponseHeaders } from '../response/build.ts'
import type { Preference } from '../response/prefer.ts'
import type { RefusalKind } from '../scenario/format.ts'
import type {
  ConnectionFault,
  Evaluation,
  Message,
  Notice,
  RespondTemplate,
  ScenarioSet,
} from '../scenario/model.ts'
import type { RequestContext, RequestView } from '../scenario/scope.ts'

export type Headers = Readonly<Record<string, string | string[] | undefined>>
export type Query = Readonly<Record<string, string | string[]>>

/** One API that is mocked: its contract and its scenarios. */
export interface Api {
  readonly contract: Contract
  readonly scenarioSet: ScenarioSet
}

/** How far a request came. */
export type Step = 'arrived' | 'received' | 'matched' | 'authenticated' | 'valid'

/** A request as HTTP brought it. */
export interface Incoming {
  readonly method: string
  /** As it stood in the request line, before the first `?`. */
  readonly target: string
  /** What stood behind the `?`; undefined where there was none. */
  readonly rawQuery: string | undefined
  /** Names in lower case. */
  readonly headers: Headers
  /** Text where it is JSON, bytes otherwise. */
  readonly body: Buffer | string | undefined
  /** Real time in ms since the epoch. */
  readonly receivedAt: number
  /** Why HTTP could not read the body. */
  readonly bodyError?: { readonly kind: RefusalKind; readonly reason: string }
}

/** Session, scenario and route are known; whether the request is in order is not. */
export interface Addressed {
  readonly incoming: Incoming
  readonly session: string
  /** Without base-URL prefix and query. */
  readonly path: string
  readonly query: Query
  /** The bearer token; empty where there is none. */
  readonly token: string
  readonly preference: Preference | undefined
  /** Preferences, and headers named like ours, that the sandbox does not know. */
  readonly ignored: readonly string[]
  readonly route: RouteMatch
  /** The scenario that the request or a binding names. */
  readonly requested: string | undefined
  /** What is played: the one requested, else the session's, else the server's. */
  readonly scenario: string
  /** The session's time; the system's until the session has been opened. */
  readonly now: Date
}

/** The operation is known, and what expressions can name but the body. */
export interface Matched extends Addressed, RequestContext {
  readonly api: Api
  readonly operation: Operation
  /** The path's values before they were decoded, where that makes a difference. */
  readonly rawPath: Readonly<Record<string, string>> | undefined
  /** Which credentials are missing, in words; undefined where none are. */
  readonly missing: string | undefined
  /** As expressions see it. Its body is null until it has been read. */
  readonly request: RequestView
}

/** The body has been read, and all of the request keeps to the contract. */
export interface Valid extends Matched {
  /** The media type that the contract declares for the body; undefined where there is no body. */
  readonly media: BodyMedia | undefined
}

/** How far a request has come: what the exit records, whatever happens. */
export class Progress {
  readonly incoming: Incoming
  step: Step = 'arrived'
  addressed: Addressed | undefined
  matched: Matched | undefined

  constructor(incoming: Incoming) {
    this.incoming = incoming
  }

  /** Notes that a step has been taken, and passes on what it made. */
  address(step: Step, addressed: Addressed): Addressed {
    this.step = step
    this.addressed = addressed
    return addressed
  }

  match<T extends Matched>(step: Step, matched: T): T {
    this.step = step
    this.addressed = matched
    this.matched = matched
    return matched
  }
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
  /** The rules that were looked at, in order. */
  readonly trace: readonly Evaluation[]
  /** The name of the contract's example that was sent, where it was one. */
  readonly example: string | undefined
  readonly messages: readonly Message[]
  /** Webhooks that are sent once it has gone out. */
  readonly notices: readonly Notice[]
  /** In words, what was wrong with the request, or with the scenario. */
  readonly reasons: readonly string[]
}

/** An outcome that is stored for its idempotency reference. */
export interface StoredOutcome extends Outcome {
  /** A hash of the body that it answers; undefined where it was stored before there was one. */
  readonly payload?: string
}

/** The contract refuses a request; the API's file says what the response looks like. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly kind: RefusalKind
  readonly api: Api
  readonly more: {
    readonly violations?: readonly Violation[]
    readonly allow?: readonly string[]
    /** A response of its own, such as a magic credential brings. */
    readonly scripted?: {
      readonly at: string
      readonly evaluation: Evaluation
      readonly respond: RespondTemplate
    }
  }

  constructor(kind: RefusalKind, api: Api, message: string, more: Refusal['more'] = {}) {
    super(message)
    this.kind = kind
    this.api = api
    this.more = more
  }
}
