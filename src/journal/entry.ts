/** Journal entries as they are shown: times as text, credentials and codes hidden, with the reasons. */

import type { JournalEntry } from '../client/client.ts'
import type { Operation } from '../contract/model.ts'
import type { Incoming, Outcome, Step } from '../exchange/exchange.ts'
import { sandboxHeaders } from '../exchange/http.ts'
import type { Message } from '../scenario/model.ts'
import { HIDDEN, maskedBody, maskedHeaders, maskedUrl, type Secrets, withoutCodes } from './mask.ts'
import { nearMisses, type Served } from './near-misses.ts'

export interface Redaction {
  readonly secrets: Secrets
  readonly served: readonly Served[]
}

export function toJournalEntry(recorded: RawEntry, { secrets, served }: Redaction): JournalEntry {
  const { id, session, duration, step, operation, incoming, ignored, outcome } = recorded
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
      url: maskedUrl(incoming, secrets),
      headers: maskedHeaders(incoming.headers, secrets),
      ...shownBody(body?.toString(), secrets),
    },
    response: {
      status: statusOf(outcome),
      headers: maskedHeaders({ ...outcome.headers, ...sandboxHeaders(session, outcome) }, secrets),
      ...shownBody(outcome.body, secrets),
      ...(fault !== undefined && { fault }),
    },
    step,
    unmatched: isUnmatched(recorded),
    ...(operation && { api: operation.api, operationId: operation.id }),
    scenario,
    rule,
    why: [...trace],
    reasons: withoutCodes([...reasons], codes),
    ignored: withoutCodes([...ignored], codes),
    // Scenario files send messages with a channel; their form has been checked.
    messages: withoutCodes(messages.map(withoutCode), codes),
    nearMisses: isUnmatched(recorded)
      ? withoutCodes([...nearMisses(method, recorded.path, served)], codes)
      : [],
  }
}

const shownBody = (body: string | undefined, secrets: Secrets) =>
  body === undefined || body === '' ? {} : { body: maskedBody(body, secrets) }

type SentMessage = JournalEntry['messages'][number]

/** The form of scenario files gives every message a channel. */
const withoutCode = (message: Message): SentMessage =>
  ('code' in message ? { ...message, code: HIDDEN } : { ...message }) as SentMessage

/** What is kept of an exchange: the values as they are. Few entries are ever looked at. */
export interface RawEntry {
  readonly id: number
  readonly session: string
  readonly at: number
  readonly duration: number
  readonly step: Step
  readonly operation: Operation | undefined
  /** Without base-URL prefix and query; undefined where the request could not be read. */
  readonly path: string | undefined
  readonly incoming: Incoming
  /** Preferences, and headers named like ours, that the sandbox does not know. */
  readonly ignored: readonly string[]
  readonly outcome: Outcome
}

/** The request was read but matched no operation. */
export const isUnmatched = (entry: RawEntry): entry is RawEntry & { readonly path: string } =>
  entry.operation === undefined && entry.path !== undefined

/** Path and query as they stood in the request line. */
export const urlOf = ({ target, rawQuery }: Incoming): string =>
  rawQuery === undefined ? target : `${target}?${rawQuery}`

/** The status that went out: 0 where the connection was broken and nothing did. */
export const statusOf = ({ fault, status }: Outcome): number => (fault === undefined ? status : 0)
