/** Journal entries as they are shown: times as text, credentials and codes hidden, with the reasons. */

import { signature } from '../exchange/http.ts'
import type { Message } from '../scenario/decide.ts'
import type { Tried } from '../scenario/model.ts'
import { isUnmatched, type Recorded, statusOf } from './journal.ts'
import { HIDDEN, maskedBody, maskedHeaders, maskedUrl, type Secrets, withoutCodes } from './mask.ts'
import { type NearMiss, nearMisses, type Served } from './near-misses.ts'

export interface ShownEntry {
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
  readonly why: readonly Tried[]
  /** In words, why it was refused. */
  readonly reasons: readonly string[]
  readonly messages: readonly Message[]
  readonly nearMisses: readonly NearMiss[]
}

export interface Showing {
  readonly secrets: Secrets
  readonly served: readonly Served[]
}

export function shownEntry(recorded: Recorded, { secrets, served }: Showing): ShownEntry {
  const { id, session, duration, step, operation, incoming, answered } = recorded
  const { method, body } = incoming
  const { codes } = secrets
  const { scenario, rule, tried, reasons, messages, fault } = answered
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
      status: statusOf(answered),
      headers: maskedHeaders({ ...answered.headers, ...signature(session, answered) }, secrets),
      ...shownBody(answered.body, secrets),
      ...(fault !== undefined && { fault }),
    },
    step,
    unmatched: isUnmatched(recorded),
    ...(operation && { api: operation.api, operationId: operation.id }),
    scenario,
    rule,
    why: tried,
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
