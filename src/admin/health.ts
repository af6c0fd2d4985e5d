import { formatDiagnostic } from '../errors.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { noInput } from './parameters.ts'
import { type Route, route } from './route.ts'

const statusSchema = (word: string, more: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: ['status', ...Object.keys(more)],
  properties: { status: { const: word }, ...more },
})

/** The process answers. Needs no credentials, tells no secrets. */
export const reportHealth = () => ({ status: 'ok' })

/**
 * Documents and scenarios are loaded, and requests are taken.
 *
 * @throws Problem if the store takes nothing now
 */
export async function reportReadiness({ apis, diagnostics, store }: Sandbox) {
  await store.check()
  return {
    status: 'ready',
    apis: [...apis.byName.keys()],
    scenarios: apis.scenarioNames.size,
    faults: diagnostics.map(formatDiagnostic),
  }
}

export const healthRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/health',
    operationId: 'getHealth',
    tag: 'Operations',
    summary: 'Liveness: the process answers; needs no token',
    input: noInput,
    responses: { 200: { description: 'It does.', schema: statusSchema('ok') } },
    handler: reportHealth,
  }),
  route({
    method: 'GET',
    url: '/ready',
    operationId: 'getReadiness',
    tag: 'Operations',
    summary: 'Readiness: documents and scenarios are loaded, the store is there; needs no token',
    input: noInput,
    responses: {
      200: {
        description: 'They are.',
        schema: statusSchema('ready', {
          apis: { type: 'array', items: { type: 'string' } },
          scenarios: { type: 'integer' },
          faults: {
            type: 'array',
            items: { type: 'string' },
            description: 'Why the newest files are not used, with --watch.',
          },
        }),
      },
    },
    problems: ['store-unavailable'],
    handler: ({ sandbox }) => reportReadiness(sandbox),
  }),
]
