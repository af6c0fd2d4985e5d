import { sessionTime } from '../clock.ts'
import { findApiKey, readBearer } from '../contract/security.ts'
import { Problem } from '../errors.ts'
import type { RawEntry } from '../journal/entry.ts'
import { HIDDEN, masked, replaced } from '../journal/mask.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { checkScenario, checkSessionId } from '../sandbox/sandbox.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import { toJson } from '../scenario/template.ts'
import { listTimers } from '../scenario/timers.ts'
import { describeClock, requireSession, type StoredSession } from './lookups.ts'
import { EMPTY, noInput, pageQuery, sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

const describeHead = (
  { journal, clock }: Sandbox,
  id: string,
  { record, usedAt }: Pick<StoredSession, 'record' | 'usedAt'>,
) => ({
  id,
  scenario: record.scenario,
  clock: describeClock(record, clock.now()),
  ...(record.webhookUrl !== undefined && { webhookUrl: record.webhookUrl }),
  usedAt: new Date(usedAt).toISOString(),
  requests: journal.count(id),
})

/** Limit of the subjects shown for a session: the most recently used ones. */
const SUBJECTS_SHOWN = 100

function describeSession(sandbox: Sandbox, id: string, session: StoredSession) {
  const entries = sandbox.journal.recorded(id)
  const isSecret = (api: string) => sandbox.apis.byName.get(api)?.scenarioSet.secretSubject ?? true
  const own = session.subjects.flatMap(({ api, subject }) => (isSecret(api) ? [subject] : []))
  const secrets = findCredentials(entries, [...sandbox.journal.codes(id), ...own])
  return {
    ...describeHead(sandbox, id, session),
    subjects: session.subjects.slice(-SUBJECTS_SHOWN).map(({ api, subject, record }) => {
      const keys = sandbox.apis.byName.get(api)?.scenarioSet.secretKeys ?? NO_KEYS
      return {
        api,
        subject: isSecret(api) ? masked(subject) : subject,
        ...redactRecord(record, { texts: secrets, keys }),
      }
    }),
    messages: [...entries.map(({ outcome }) => outcome), ...sandbox.journal.events(id)].reduce(
      (sum, { messages }) => sum + messages.length,
      0,
    ),
    timers: describeTimers(sandbox, session),
  }
}

/** Lists what will happen as things stand, the first one first. */
function describeTimers({ apis, clock }: Sandbox, { record, subjects }: StoredSession) {
  const now = sessionTime(record.clock, clock.now())
  const all = subjects.flatMap(({ api, record }) => {
    const scenarioSet = apis.byName.get(api)?.scenarioSet
    const timers = scenarioSet ? listTimers(scenarioSet, record) : []
    return timers.map((timer) => ({ api, ...timer }))
  })
  return all
    .sort((a, b) => a.due - b.due)
    .slice(0, SUBJECTS_SHOWN)
    .map(({ api, due, summary, at }) => ({
      api,
      summary,
      due: new Date(due).toISOString(),
      in: Math.max(0, due - now),
      rule: at,
    }))
}

/** @throws Problem if the operator does not allow its origin */
function checkWebhookUrl(url: string | null | undefined, { deliveries }: Sandbox): void {
  if (typeof url !== 'string') return
  const refusal = deliveries.targets.refusal(url)
  if (refusal !== undefined) throw new Problem('bad-admin-request', `webhookUrl: ${refusal}`)
}

const NO_KEYS: ReadonlySet<string> = new Set()

interface Credentials {
  readonly texts: ReadonlySet<string>
  /** Keys whose values are credentials. */
  readonly keys: ReadonlySet<string>
}

/** Converts the state to plain JSON and hides the credentials that rules stored in it. */
function redactRecord({ state, calls }: SubjectRecord, { texts, keys }: Credentials) {
  const plain = replaced(toJson(state), (text) => (texts.has(text) ? masked(text) : text))
  return { state: hideKeys(plain, keys), calls }
}

function hideKeys(value: unknown, keys: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => hideKeys(item, keys))
  const shown = Object.entries(value).map(([key, item]) => {
    const secret = keys.has(key) && typeof item === 'string' && !item.startsWith(HIDDEN)
    return [key, secret ? masked(item) : hideKeys(item, keys)]
  })
  return Object.fromEntries(shown)
}

function findCredentials(entries: readonly RawEntry[], codes: Iterable<string>): Set<string> {
  const found = new Set(codes)
  for (const { incoming, operation } of entries) {
    const { headers } = incoming
    found.add(readBearer(headers))
    if (operation) found.add(findApiKey(operation.apiKeys, { headers, query: {} }))
  }
  found.delete('')
  return found
}

export const sessionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions',
    operationId: 'listSessions',
    tag: 'Sessions',
    summary: 'List all sessions, the most recently used first',
    input: {
      querystring: { type: 'object', additionalProperties: false, properties: pageQuery },
    },
    responses: {
      200: {
        description: 'A page of sessions and the number of all.',
        schema: {
          type: 'object',
          required: ['sessions', 'total'],
          properties: {
            sessions: { type: 'array', items: ref('SessionSummary') },
            total: { type: 'integer' },
          },
        },
      },
    },
    handler: async ({ sandbox, query }) => {
      const all = (await sandbox.store.sessions()).toReversed()
      const page = all.slice(query.offset, query.offset + query.limit)
      const sessions = page.map((known) => ({
        ...describeHead(sandbox, known.id, known),
        subjects: known.subjects,
      }))
      return { sessions, total: all.length }
    },
  }),
  route({
    method: 'DELETE',
    url: '/sessions',
    operationId: 'deleteSessions',
    tag: 'Sessions',
    summary: 'Reset all sessions: delete their state, clock and journal',
    input: noInput,
    responses: EMPTY,
    handler: async ({ sandbox, reply }) => {
      const all = await sandbox.store.sessions()
      await sandbox.store.deleteAll()
      for (const { id } of all) sandbox.forget(id)
      sandbox.timers.stop()
      sandbox.journal.clear()
      return reply.code(204).send()
    },
  }),
  route({
    method: 'GET',
    url: '/sessions/:id',
    operationId: 'getSession',
    tag: 'Sessions',
    summary: 'Show a session: scenario, clock, state and calls of its subjects',
    input: { params: sessionParams },
    responses: { 200: { description: 'The session.', schema: ref('Session') } },
    problems: ['unknown-session'],
    handler: async ({ sandbox, params }) =>
      describeSession(sandbox, params.id, await requireSession(sandbox, params.id)),
  }),
  route({
    method: 'PATCH',
    url: '/sessions/:id',
    operationId: 'updateSession',
    tag: 'Sessions',
    summary:
      'Set the scenario of a session, and where its webhooks go; creates the session if needed',
    input: {
      params: sessionParams,
      body: {
        type: 'object',
        additionalProperties: false,
        properties: {
          scenario: {
            type: ['string', 'null'],
            description: "The scenario of requests that name none; null for the server's.",
          },
          webhookUrl: {
            type: ['string', 'null'],
            maxLength: 2_000,
            description:
              'Where its webhooks are sent; null for where the operator says. Its origin must be allowed.',
          },
        },
      },
    },
    responses: { 200: { description: 'The session.', schema: ref('Session') } },
    problems: ['unknown-scenario', 'bad-session-id'],
    handler: async ({ sandbox, params, body }) => {
      checkSessionId(params.id)
      const { scenario, webhookUrl } = body
      if (typeof scenario === 'string') checkScenario(scenario, sandbox.apis)
      checkWebhookUrl(webhookUrl, sandbox)
      await sandbox.store.changeSession(params.id, ({ webhookUrl: before, ...record }) => {
        const url = webhookUrl === undefined ? before : webhookUrl
        return {
          ...record,
          scenario: scenario === undefined ? record.scenario : scenario,
          ...(typeof url === 'string' && { webhookUrl: url }),
        }
      })
      return describeSession(sandbox, params.id, await requireSession(sandbox, params.id))
    },
  }),
  route({
    method: 'DELETE',
    url: '/sessions/:id',
    operationId: 'deleteSession',
    tag: 'Sessions',
    summary: 'Reset a session: delete its state, clock and journal',
    input: { params: sessionParams },
    responses: EMPTY,
    problems: ['unknown-session'],
    handler: async ({ sandbox, params, reply }) => {
      // A session whose requests were all refused early has a journal but is not in the store.
      if (sandbox.journal.count(params.id) === 0) await requireSession(sandbox, params.id)
      await sandbox.store.deleteSession(params.id)
      sandbox.forget(params.id)
      return reply.code(204).send()
    },
  }),
]
