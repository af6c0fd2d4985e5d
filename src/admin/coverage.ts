import { Tally } from '../journal/counters.ts'
import { coverageOf, coverageText } from '../journal/coverage.ts'
import { checkRecording, requireJournal } from './lookups.ts'
import { EMPTY, noInput } from './parameters.ts'
import { type Call, type Route, route } from './route.ts'
import { ref } from './schemas.ts'

/** Returns the counts of all sessions, or of one, as far back as its journal goes. */
async function findTally({ sandbox }: Call, session: string | undefined): Promise<Tally> {
  checkRecording(sandbox)
  if (session === undefined) return sandbox.tally
  const tally = new Tally()
  for (const entry of await requireJournal(sandbox, session)) tally.add(entry)
  return tally
}

export const coverageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/coverage',
    operationId: 'getCoverage',
    tag: 'Coverage',
    summary:
      'Show which parts of the contracts and scenarios were exercised, how often, by which sessions',
    input: {
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          session: {
            type: 'string',
            description: 'Only this session, as far back as its journal goes.',
          },
          format: { enum: ['json', 'text'], default: 'json' },
        },
      },
    },
    responses: { 200: { description: 'The coverage.', schema: ref('Coverage') } },
    problems: ['unknown-session', 'journal-off'],
    handler: async (call) => {
      const { sandbox, query, reply } = call
      const tally = await findTally(call, query.session)
      const coverage = coverageOf(sandbox.apis.byName.values(), tally)
      if (query.format === 'json') return coverage
      return reply.type('text/plain; charset=utf-8').send(coverageText(coverage))
    },
  }),
  route({
    method: 'DELETE',
    url: '/coverage',
    operationId: 'resetCoverage',
    tag: 'Coverage',
    summary: 'Reset the counts',
    input: noInput,
    responses: EMPTY,
    handler: async ({ sandbox, reply }) => {
      sandbox.tally.clear()
      return reply.code(204).send()
    },
  }),
]
