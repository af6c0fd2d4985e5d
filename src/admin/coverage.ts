import { Tally } from '../journal/counters.ts'
import { coverageOf, coverageText } from '../journal/coverage.ts'
import { checkRecording, requireJournal } from './lookups.ts'
import { EMPTY, noInput } from './parameters.ts'
import { type Call, type Route, route } from './route.ts'
import { ref } from './schemas.ts'

/** What one session exercised, as far as its journal reaches back. */
async function findTally({ sandbox }: Call, session: string | undefined): Promise<Tally> {
  checkRecording(sandbox)
  if (session === undefined) return sandbox.tally
  const tally = new Tally()
  for (const recorded of await requireJournal(sandbox, session)) tally.add(recorded)
  return tally
}

export const coverageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/coverage',
    operationId: 'getCoverage',
    tag: 'Coverage',
    summary: 'What of the contracts and of the scenarios was exercised, how often, by whom',
    input: {
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          session: { type: 'string', description: 'By this session, as far as its journal goes.' },
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
    summary: 'Begin to count anew',
    input: noInput,
    responses: EMPTY,
    handler: async ({ sandbox, reply }) => {
      sandbox.tally.clear()
      return reply.code(204).send()
    },
  }),
]
