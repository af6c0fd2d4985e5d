import { advanced, LATEST, parseDuration, sessionTime } from '../clock.ts'
import { bearerOf, credentials } from '../contract/security.ts'
import { Problem } from '../errors.ts'
import type { Incoming, Query, Received } from '../exchange/exchange.ts'
import { HEADERS } from '../exchange/http.ts'
import { type Preference, parsePrefer } from '../response/prefer.ts'
import type { Bindable } from '../sandbox/bindings.ts'
import type { Apis, Sandbox } from '../sandbox/sandbox.ts'
import { checkScenario, checkSessionId, DEFAULT_SESSION } from '../sandbox/sandbox.ts'
import type { SessionRecord } from '../store/store.ts'
import { truncate } from '../suggest.ts'

const ORIGIN = /^https?:\/\/[^/]*/i
const PREFIX = /^\/@([^/:]*)(?::([^/]*))?(?=\/|$)/

/** A request cut into what is meant for the sandbox and what is meant for the mocked API. */
export interface Addressed {
  readonly session: string
  /** Whether the request itself says which session. */
  readonly named: boolean
  readonly path: string
  readonly query: Query
  readonly scenario: string | undefined
  readonly preference: Preference | undefined
}

/** @throws Problem where the session id is not one, or a preference is not understood */
export function address({ url, headers }: Incoming): Addressed {
  const mark = url.indexOf('?')
  const target = mark < 0 ? url : url.slice(0, mark)
  // A client behind a proxy may send the whole URL (RFC 9112, 3.2.2).
  const whole = target.startsWith('/') ? target : target.replace(ORIGIN, '') || '/'
  const prefix = whole.startsWith('/@') ? PREFIX.exec(whole) : null
  const named = header(headers[HEADERS.session]) ?? prefix?.[1]
  const session = named ?? DEFAULT_SESSION
  checkSessionId(session)
  const query = mark < 0 ? NO_QUERY : parseQuery(url.slice(mark + 1))
  // Looked for only where one may be: this is every request's way.
  const asked = headers.prefer !== undefined || url.includes('__', mark)
  return {
    session,
    named: named !== undefined,
    path: prefix ? whole.slice(prefix[0].length) || '/' : whole,
    query,
    scenario: header(headers[HEADERS.scenario]) ?? prefix?.[2],
    preference: asked ? parsePrefer(headers.prefer, query) : undefined,
  }
}

/** What a binding says of a request that does not say it itself. */
export function bound(
  { bindings, apis }: Sandbox,
  incoming: Incoming,
  addressed: Addressed,
): Addressed {
  const { named, scenario } = addressed
  if (bindings.size === 0 || (named && scenario !== undefined)) return addressed
  const binding = bindings.find(seen(apis, incoming, addressed))
  if (!binding) return addressed
  return {
    ...addressed,
    session: named ? addressed.session : (binding.session ?? addressed.session),
    scenario: scenario ?? binding.scenario,
  }
}

/** What of a request can be bound, read before anybody knows whether it is in order. */
function seen(apis: Apis, incoming: Incoming, { path, query }: Addressed): Bindable {
  const { method, headers, body } = incoming
  const found = apis.router.match(method, path)
  const token = bearerOf(headers)
  if (found.kind !== 'found') return { token, apiKey: '', path: {}, body: () => undefined }
  return {
    ...credentials(found.operation, { headers, query }),
    path: found.path,
    body: () => parsed(body),
  }
}

function parsed(body: Incoming['body']): unknown {
  try {
    return JSON.parse(String(body))
  } catch {
    return undefined
  }
}

/** What is known of a request once its session is. */
export function receive(
  incoming: Incoming,
  { session, path, query, scenario, preference }: Addressed,
  record: SessionRecord,
  sandbox: Sandbox,
): Received {
  return {
    step: 'received',
    incoming,
    session,
    path,
    query,
    now: new Date(sessionTime(record.clock, incoming.receivedAt)),
    scenario: scenario ?? record.scenario ?? sandbox.scenario,
    preference,
  }
}

/**
 * The session, its clock moved forward if the request asks for it.
 *
 * @throws Problem before anything is moved, if the request asks for what there is not
 */
export function visit(
  { headers, receivedAt }: Incoming,
  { session, scenario }: Addressed,
  { store, apis }: Sandbox,
): Promise<SessionRecord> {
  if (scenario !== undefined) checkScenario(scenario, apis)
  const text = header(headers[HEADERS.advance])
  if (text === undefined) return store.session(session)
  const ms = parseDuration(text)
  if (ms === undefined) {
    const form = 'use 15s, 5m, 1h30m, 250ms or ISO 8601 (PT15S); a clock goes forward only'
    throw new Problem('bad-advance', `"${truncate(text)}" is no step forward in time: ${form}`, {
      nearest: nearestDuration(text),
    })
  }
  return store.changeSession(session, (record) => {
    if (sessionTime(record.clock, receivedAt) + ms > LATEST) {
      throw new Problem('bad-advance', `${truncate(text)} from now is beyond the year 9999`)
    }
    return { ...record, clock: advanced(record.clock, ms) }
  })
}

/** `15 seconds`, `-15s` and `15` all mean 15s. */
function nearestDuration(text: string): string[] {
  const [, count, unit] = /(\d+)\s*(ms|[smhd])?/i.exec(text.slice(0, 32)) ?? []
  return count === undefined ? ['15s'] : [`${count}${unit?.toLowerCase() ?? 's'}`]
}

const header = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

const NO_QUERY: Query = Object.freeze(Object.create(null) as Query)

function parseQuery(text: string): Query {
  // Names come from clients: without a prototype none of them is special.
  const query = Object.create(null) as Record<string, string | string[]>
  for (const [name, value] of new URLSearchParams(text)) {
    const known = query[name]
    query[name] = known === undefined ? value : [known, value].flat()
  }
  return query
}
