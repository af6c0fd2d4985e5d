/** Who is meant, and when: session, scenario, preference, and the time on the session's clock. */
import { advanced, LATEST, parseDuration, sessionTime } from '../clock.ts'
import { findApiKey, readBearer } from '../contract/security.ts'
import { Problem } from '../errors.ts'
import type { Addressed, Headers, Incoming, Query } from '../exchange/exchange.ts'
import { HEADERS } from '../exchange/http.ts'
import { NO_PREFERENCES, parsePrefer } from '../response/prefer.ts'
import type { Apis } from '../sandbox/apis.ts'
import type { BindingSubject } from '../sandbox/binding-match.ts'
import type { Binding } from '../sandbox/bindings.ts'
import { checkScenario, checkSessionId, DEFAULT_SESSION, type Sandbox } from '../sandbox/sandbox.ts'
import type { OpenSession } from '../store/store.ts'
import { truncate } from '../suggest.ts'
import { findIgnoredHeaders } from './sandbox-headers.ts'

const ORIGIN = /^https?:\/\/[^/]*/i
const PREFIX = /^\/@([^/:]*)(?::([^/]*))?(?=\/|$)/

/**
 * Reads what a request says to the sandbox, and finds its route. A header has precedence over the
 * base URL, and what the request says over a binding.
 *
 * @throws Problem where the session id is not one, or a preference or header is not understood
 */
export function address(incoming: Incoming, apis: Apis, sandbox: Sandbox): Addressed {
  const { method, target, rawQuery, headers, receivedAt } = incoming
  // A client behind a proxy may send the whole URL (RFC 9112, 3.2.2).
  const whole = target.startsWith('/') ? target : target.replace(ORIGIN, '') || '/'
  const prefix = whole.startsWith('/@') ? PREFIX.exec(whole) : null
  const path = prefix ? whole.slice(prefix[0].length) || '/' : whole
  const query = rawQuery === undefined ? NO_QUERY : parseQuery(rawQuery)
  const session = readHeader(headers[HEADERS.session]) ?? prefix?.[1]
  if (session !== undefined) checkSessionId(session)
  const scenario = readHeader(headers[HEADERS.scenario]) ?? prefix?.[2]
  const route = apis.router.match(method, path)
  const token = readBearer(headers)
  const mayPrefer = headers.prefer !== undefined || rawQuery?.includes('__')
  const { preference, ignored } = mayPrefer ? parsePrefer(headers.prefer, query) : NO_PREFERENCES
  const ignoredHeaders = findIgnoredHeaders(headers, route)
  let binding: Binding | undefined
  if (sandbox.bindings.size > 0 && (session === undefined || scenario === undefined)) {
    binding = sandbox.bindings.find(bindingSubject(incoming, query, token, route))
  }
  const requested = scenario ?? binding?.scenario
  return {
    incoming,
    session: session ?? binding?.session ?? DEFAULT_SESSION,
    path,
    query,
    token,
    preference,
    ignored: ignoredHeaders.length > 0 ? [...ignored, ...ignoredHeaders] : ignored,
    route,
    requested,
    scenario: requested ?? sandbox.scenario,
    now: new Date(receivedAt),
  }
}

/** What a binding can look at, before anything of the request has been checked. */
function bindingSubject(
  { headers, body }: Incoming,
  query: Query,
  token: string,
  route: Addressed['route'],
): BindingSubject {
  if (route.kind !== 'found') return { token, apiKey: '', path: {}, body: () => undefined }
  const apiKey = findApiKey(route.operation.apiKeys, { headers, query })
  return { token, apiKey, path: route.path, body: () => parseJson(body) }
}

function parseJson(body: Incoming['body']): unknown {
  try {
    return JSON.parse(String(body))
  } catch {
    return undefined
  }
}

/**
 * Opens the session, its clock moved forward if the request asks for that.
 *
 * @throws Problem before anything is moved, if scenario or step are not understood
 */
export async function openSession(
  addressed: Addressed,
  apis: Apis,
  sandbox: Sandbox,
): Promise<Addressed> {
  const { incoming, session, path, query, token, preference, ignored, route, requested } = addressed
  if (requested !== undefined) checkScenario(requested, apis)
  const record = await readSession(addressed, sandbox)
  const now = sessionTime(record.clock, incoming.receivedAt)
  if (record.due !== undefined) await fireTimers(addressed, record.due, now, sandbox)
  if (incoming.headers[HEADERS.advance] !== undefined) sandbox.deliveries.advance(session, now)
  // Written out: spreading an object is slow, and every request comes this way.
  return {
    incoming,
    session,
    path,
    query,
    token,
    preference,
    ignored,
    route,
    requested,
    scenario: requested ?? record.scenario ?? sandbox.scenario,
    now: new Date(now),
  }
}

/** What is due happens before the request is handled. */
async function fireTimers(
  { session, incoming }: Addressed,
  due: number,
  now: number,
  { timers }: Sandbox,
): Promise<void> {
  if (due <= now) await timers.fireDue(session, now)
  const isMoved = incoming.headers[HEADERS.advance] !== undefined
  if (due <= now || isMoved) timers.watch(session)
}

function readSession(
  { session, incoming: { headers, receivedAt } }: Addressed,
  { store }: Sandbox,
): Promise<OpenSession> {
  const step = readHeader(headers[HEADERS.advance])
  if (step === undefined) return store.session(session)
  const ms = parseDuration(step)
  if (ms === undefined) {
    const form = 'use 15s, 5m, 1h30m, 250ms or ISO 8601 (PT15S); a clock goes forward only'
    throw new Problem('bad-advance', `"${truncate(step)}" is not a step forward in time: ${form}`, {
      nearest: suggestDuration(step),
    })
  }
  return store.changeSession(session, (record) => {
    if (sessionTime(record.clock, receivedAt) + ms > LATEST) {
      throw new Problem('bad-advance', `${truncate(step)} from now is beyond the year 9999`)
    }
    return { ...record, clock: advanced(record.clock, ms) }
  })
}

/** `15 seconds`, `-15s` and `15` all mean 15s. */
function suggestDuration(text: string): string[] {
  const [, count, unit] = /(\d+)\s*(ms|[smhd])?/i.exec(text.slice(0, 32)) ?? []
  return count === undefined ? ['15s'] : [`${count}${unit?.toLowerCase() ?? 's'}`]
}

const readHeader = (value: Headers[string]): string | undefined =>
  Array.isArray(value) ? value[0] : value

const NO_QUERY: Query = Object.freeze(Object.create(null) as Query)

export function parseQuery(text: string): Query {
  // Names come from clients: without a prototype none of them is special.
  const query = Object.create(null) as Record<string, string | string[]>
  for (const [name, value] of new URLSearchParams(text)) {
    const known = query[name]
    if (Array.isArray(known)) known.push(value)
    else query[name] = known === undefined ? value : [known, value]
  }
  return query
}
