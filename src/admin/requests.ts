import { Problem } from '../errors.ts'
import { isUnmatched, type RawEntry, statusOf, toJournalEntry } from '../journal/entry.ts'
import { didYouMean, nearest } from '../suggest.ts'
import { redaction, requireJournal } from './lookups.ts'
import { pageQuery, sessionParams } from './parameters.ts'
import { type Call, type Route, route } from './route.ts'
import { ref } from './schemas.ts'

const filters = {
  operationId: { type: 'string', description: 'Requests of this operation.' },
  status: {
    type: 'string',
    pattern: '^([0-5]\\d\\d|[1-5]XX|0)$',
    description: 'With this status, or of this class: 409, 4XX; 0 where the connection was broken.',
  },
  method: { type: 'string', description: 'With this method.' },
  path: { type: 'string', description: 'With this path, without base-URL prefix and query.' },
  scenario: { type: 'string', description: 'For which this scenario was played.' },
  rule: { type: 'string', description: 'Answered by this file:line, or contract, replay, …' },
  unmatched: { type: 'boolean', description: 'Whether no operation has its path and method.' },
  after: { type: 'integer', minimum: 0, description: 'With a greater id.' },
} as const

type Filters = {
  readonly [K in keyof typeof filters]?: (typeof filters)[K]['type'] extends 'string'
    ? string
    : (typeof filters)[K]['type'] extends 'boolean'
      ? boolean
      : number
}

/** Whether an entry is one of those that are asked for. */
function makeFilter(asked: Filters): (entry: RawEntry) => boolean {
  return (entry) => {
    const { id, operation, incoming, path, outcome } = entry
    return (
      isUnsetOrEqual(asked.operationId, operation?.id) &&
      (asked.status === undefined || hasStatus(statusOf(outcome), asked.status)) &&
      isUnsetOrEqual(asked.method?.toUpperCase(), incoming.method) &&
      isUnsetOrEqual(asked.path, path) &&
      isUnsetOrEqual(asked.scenario, outcome.scenario) &&
      isUnsetOrEqual(asked.rule, outcome.rule) &&
      isUnsetOrEqual(asked.unmatched, isUnmatched(entry)) &&
      (asked.after === undefined || id > asked.after)
    )
  }
}

const isUnsetOrEqual = <T>(asked: T | undefined, value: T | undefined) =>
  asked === undefined || asked === value

const hasStatus = (status: number, asked: string) =>
  asked.endsWith('XX') ? String(status)[0] === asked[0] : status === Number(asked)

/** A misspelt operation would count nothing, and a test that expects none would pass. */
function checkOperation({ sandbox }: Call, operationId: string | undefined): void {
  if (operationId === undefined) return
  const known = [...sandbox.apis.byName.values()].flatMap(({ contract }) => [
    ...contract.operations.keys(),
  ])
  if (known.includes(operationId)) return
  const hint = didYouMean(operationId, known) || `; there are ${known.join(', ')}`
  throw new Problem('bad-admin-request', `there is no operation "${operationId}"${hint}`, {
    nearest: nearest(operationId, known),
  })
}

export const requestRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/requests',
    operationId: 'listRequests',
    tag: 'Journal',
    summary: 'The journal of a session: requests, answers, and why; or how many there are',
    input: {
      params: sessionParams,
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ...filters,
          ...pageQuery,
          order: { enum: ['asc', 'desc'], default: 'asc', description: 'asc: oldest first.' },
          count: { type: 'boolean', default: false, description: 'Only how many.' },
        },
      },
    },
    responses: {
      200: {
        description: 'A page of entries and how many there are in all, or that number alone.',
        schema: {
          type: 'object',
          required: ['count'],
          additionalProperties: false,
          properties: {
            count: { type: 'integer', description: 'All that fit the filters.' },
            requests: { type: 'array', items: ref('JournalEntry') },
          },
        },
      },
    },
    problems: ['unknown-session', 'journal-off'],
    handler: async (call) => {
      const { sandbox, params, query } = call
      const { limit, offset, order, count, ...asked } = query
      checkOperation(call, asked.operationId)
      const all = await requireJournal(sandbox, params.id)
      const found = all.filter(makeFilter(asked))
      if (count) return { count: found.length }
      if (order === 'desc') found.reverse()
      const shows = redaction(sandbox, params.id)
      const page = found.slice(offset, offset + limit)
      return { count: found.length, requests: page.map((entry) => toJournalEntry(entry, shows)) }
    },
  }),
  route({
    method: 'GET',
    url: '/sessions/:id/requests/:request',
    operationId: 'getRequest',
    tag: 'Journal',
    summary: 'One entry of the journal',
    input: {
      params: {
        type: 'object',
        required: ['id', 'request'],
        additionalProperties: false,
        properties: {
          ...sessionParams.properties,
          request: { type: 'integer', minimum: 1, description: 'The entry.' },
        },
      },
    },
    responses: { 200: { description: 'The entry.', schema: ref('JournalEntry') } },
    problems: ['unknown-session', 'unknown-request', 'journal-off'],
    handler: async ({ sandbox, params }) => {
      const all = await requireJournal(sandbox, params.id)
      const found = all.find(({ id }) => id === params.request)
      if (found) return toJournalEntry(found, redaction(sandbox, params.id))
      const range = all.length > 0 ? `${all[0]?.id} to ${all.at(-1)?.id}` : 'none'
      const detail = `session "${params.id}" has no request ${params.request}; kept are ${range}`
      throw new Problem('unknown-request', detail)
    },
  }),
]
