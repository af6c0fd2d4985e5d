/** Journal entries as they are shown: times as text, credentials and codes hidden, with the reasons. */

import type { Operation } from '../contract/model.ts'
import type { Headers, Incoming, Outcome } from '../exchange/exchange.ts'
import { signature } from '../exchange/http.ts'
import type { Message } from '../scenario/decide.ts'
import type { Evaluation } from '../scenario/model.ts'
import { HIDDEN, maskedBody, maskedHeaders, maskedUrl, type Secrets, withoutCodes } from './mask.ts'
import { type NearMiss, nearMisses, type Served } from './near-misses.ts'

export interface JournalEntry {
  readonly id: number
  readonly session: string
  /** The session's clock. */
  readonly at: string
  /** Real time. */
  readonly receivedAt: string
  /** In ms. */
  readonly duration: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: object
    readonly body?: unknown
  }
  readonly response: {
    /** 0 where the connection was broken. */
    readonly status: number
    readonly headers: object
    readonly body?: unknown
    readonly fault?: string
  }
  /** How far it came: arrived, received, matched, authenticated, valid. */
  readonly step: string
  /** No operation has its path and method. */
  readonly unmatched: boolean
  readonly api?: string
  readonly operationId?: string
  readonly scenario: string
  readonly rule: string
  /** The entries that were looked at, in order; the last one with `value: true` answered. */
  readonly why: readonly Evaluation[]
  /** In words, why it was refused. */
  readonly reasons: readonly string[]
  readonly messages: readonly Message[]
  readonly nearMisses: readonly NearMiss[]
}

export interface Redaction {
  readonly secrets: Secrets
  readonly served: readonly Served[]
}

export function toJournalEntry(recorded: RawEntry, { secrets, served }: Redaction): JournalEntry {
  const { id, session, duration, step, operation, incoming, outcome } = recorded
  const { method, body } = incoming
  const { codes } = secrets
  const { scenario, rule, trace, reasons, messages, fault } = outcome
  return {
    id,
    session,
    at: new Date(recorded.at).toISOString(),
    receivedAt: new Date(incoming.receivedAt).toISOString(),
    duration,
    request: {
      method,
      url: maskedUrl(incoming.url, secrets),
      headers: maskedHeaders(incoming.headers, secrets),
      ...shownBody(body?.toString(), secrets),
    },
    response: {
      status: statusOf(outcome),
      headers: maskedHeaders({ ...outcome.headers, ...signature(session, outcome) }, secrets),
      ...shownBody(outcome.body, secrets),
      ...(fault !== undefined && { fault }),
    },
    step,
    unmatched: isUnmatched(recorded),
    ...(operation && { api: operation.api, operationId: operation.id }),
    scenario,
    rule,
    why: trace,
    reasons: withoutCodes(reasons, codes),
    messages: withoutCodes(messages.map(withoutCode), codes),
    nearMisses: isUnmatched(recorded)
      ? withoutCodes(nearMisses(method, recorded.path, served), codes)
      : [],
  }
}

const shownBody = (body: string | undefined, secrets: Secrets) =>
  body === undefined || body === '' ? {} : { body: maskedBody(body, secrets) }

const withoutCode = (message: Message): Message =>
  'code' in message ? { ...message, code: HIDDEN } : message

/** One request and its answer, as it happened. */
export interface PlainEntry {
  /** Counts up over all sessions. */
  readonly id: number
  readonly session: string
  /** The session's clock, in ms since the epoch. */
  readonly at: number
  /** Real time, in ms since the epoch. */
  readonly receivedAt: number
  readonly duration: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Headers
    readonly body: string | undefined
  }
  readonly response: {
    /** 0 where the connection was broken and nothing went out. */
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | undefined
  }
  /** How far it came: arrived, received, matched, authenticated, valid. */
  readonly step: string
  readonly api: string | undefined
  readonly operation: string | undefined
  readonly scenario: string
  readonly rule: string
  /** How the connection was broken instead of answering. */
  readonly fault: string | undefined
  readonly trace: readonly Evaluation[]
  readonly messages: readonly Message[]
  readonly reasons: readonly string[]
}

/** What is kept of an exchange: the values as they are. Few entries are ever looked at. */
export interface RawEntry {
  readonly id: number
  readonly session: string
  readonly at: number
  readonly duration: number
  readonly step: string
  readonly operation: Operation | undefined
  /** Without base-URL prefix and query; undefined where the request could not be read. */
  readonly path: string | undefined
  readonly incoming: Incoming
  readonly outcome: Outcome
}

/** No operation has its path and method; of a request that could not be read nobody knows. */
export const isUnmatched = (entry: RawEntry): entry is RawEntry & { readonly path: string } =>
  entry.operation === undefined && entry.path !== undefined

/** The status that went out: 0 where the connection was broken and nothing did. */
export const statusOf = ({ fault, status }: Outcome): number => (fault === undefined ? status : 0)

/** An entry as it is read. */
export function entryOf({
  incoming,
  outcome,
  operation,
  path: _,
  ...recorded
}: RawEntry): PlainEntry {
  const { method, url, headers, body, receivedAt } = incoming
  const { scenario, rule, fault, trace, messages, reasons } = outcome
  return {
    ...recorded,
    receivedAt,
    request: { method, url, headers, body: body?.toString() },
    response: {
      status: statusOf(outcome),
      headers: { ...outcome.headers, ...signature(recorded.session, outcome) },
      body: outcome.body,
    },
    api: operation?.api,
    operation: operation?.id,
    scenario,
    rule,
    fault,
    trace,
    messages,
    reasons,
  }
}
