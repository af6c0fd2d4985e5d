import { Problem } from '../errors.ts'
import { isUnmatched, type RawEntry, statusOf, toJournalEntry } from '../journal/entry.ts'
import { notFound, redaction, requireJournal } from './lookups.ts'
import { pageQuery, sessionParams } from './parameters.ts'
import { type Call, type Route, route } from './route.ts'
import { ref } from './schemas.ts'

const filters = {
  operationId: { type: 'string', description: 'Only requests of this operation.' },
  status: {
    type: 'string',
    pattern: '^([0-5]\\d\\d|[1-5]XX|0)$',
    description: 'Only with this status, or of this class: 409, 4XX; 0 for a broken connection.',
  },
  method: { type: 'string', description: 'Only with this method.' },
  path: { type: 'string', description: 'Only with this path, without base-URL prefix and query.' },
  scenario: { type: 'string', description: 'Only those that played this scenario.' },
  rule: {
    type: 'string',
    description: 'Only those whose response came from this file:line, or contract, replay, …',
  },
  unmatched: {
    type: 'boolean',
    description: 'true: only requests that match no operation; false: only those that do.',
  },
  after: { type: 'integer', minimum: 0, description: 'Only with a greater id.' },
} as const

type Filters = {
  readonly [K in keyof typeof filters]?: (typeof filters)[K]['type'] extends 'string'
    ? string
    : (typeof filters)[K]['type'] extends 'boolean'
      ? boolean
      : number
}

/** Makes the predicate for the entries that match all filters. */
function makeFilter(filter: Filters): (entry: RawEntry) => boolean {
  return (entry) => {
    const { id, operation, incoming, path, outcome } = entry
    return (
      isUnsetOrEqual(filter.operationId, operation?.id) &&
      (filter.status === undefined || hasStatus(statusOf(outcome), filter.status)) &&
      isUnsetOrEqual(filter.method?.toUpperCase(), incoming.method) &&
      isUnsetOrEqual(filter.path, path) &&
      isUnsetOrEqual(filter.scenario, outcome.scenario) &&
      isUnsetOrEqual(filter.rule, outcome.rule) &&
      isUnsetOrEqual(filter.unmatched, isUnmatched(entry)) &&
      (filter.after === undefined || id > filter.after)
    )
  }
}

const isUnsetOrEqual = <T>(wanted: T | undefined, value: T | undefined) =>
  wanted === undefined || wanted === value

const hasStatus = (status: number, wanted: string) =>
  wanted.endsWith('XX') ? String(status)[0] === wanted[0] : status === Number(wanted)

/** A misspelt operation would count 0 requests, and a test that expects none would pass. */
function checkOperation({ sandbox }: Call, operationId: string | undefined): void {
  if (operationId === undefined) return
  const known = [...sandbox.apis.byName.values()].flatMap(({ contract }) => [
    ...contract.operations.keys(),
  ])
  if (known.includes(operationId)) return
  throw notFound('bad-admin-request', operationId, known)
}

export const requestRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/requests',
    operationId: 'listRequests',
    tag: 'Journal',
    summary: 'List the journal of a session: requests, responses, and why; or only count them',
    input: {
      params: sessionParams,
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ...filters,
          ...pageQuery,
          order: {
            enum: ['asc', 'desc'],
            default: 'asc',
            description: 'asc: oldest first; desc: newest first.',
          },
          count: {
            type: 'boolean',
            default: false,
            description: 'Return only the number of entries.',
          },
        },
      },
    },
    responses: {
      200: {
        description: 'A page of entries and the number of all that match, or only that number.',
        schema: {
          type: 'object',
          required: ['count'],
          additionalProperties: false,
          properties: {
            count: {
              type: 'integer',
              description: 'The number of all entries that match the filters.',
            },
            requests: { type: 'array', items: ref('JournalEntry') },
          },
        },
      },
    },
    problems: ['unknown-session', 'journal-off'],
    handler: async (call) => {
      const { sandbox, params, query } = call
      const { limit, offset, order, count, ...filter } = query
      checkOperation(call, filter.operationId)
      const all = await requireJournal(sandbox, params.id)
      const found = all.filter(makeFilter(filter))
      if (count) return { count: found.length }
      if (order === 'desc') found.reverse()
      const hidden = redaction(sandbox, params.id)
      const page = found.slice(offset, offset + limit)
      return { count: found.length, requests: page.map((entry) => toJournalEntry(entry, hidden)) }
    },
  }),
  route({
    method: 'GET',
    url: '/sessions/:id/requests/:request',
    operationId: 'getRequest',
    tag: 'Journal',
    summary: 'Show an entry of the journal',
    input: {
      params: {
        type: 'object',
        required: ['id', 'request'],
        additionalProperties: false,
        properties: {
          ...sessionParams.properties,
          request: { type: 'integer', minimum: 1, description: 'The id of the entry.' },
        },
      },
    },
    responses: { 200: { description: 'The entry.', schema: ref('JournalEntry') } },
    problems: ['unknown-session', 'unknown-request', 'journal-off'],
    handler: async ({ sandbox, params }) => {
      const all = await requireJournal(sandbox, params.id)
      const found = all.find(({ id }) => id === params.request)
      if (found) return toJournalEntry(found, redaction(sandbox, params.id))
      const range = all.length > 0 ? `has ${all[0]?.id} to ${all.at(-1)?.id}` : 'is empty'
      const detail = `session "${params.id}" has no request ${params.request}; its journal ${range}`
      throw new Problem('unknown-request', detail)
    },
  }),
]
