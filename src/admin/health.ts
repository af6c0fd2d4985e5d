import { formatDiagnostic } from '../errors.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { noInput } from './parameters.ts'
import { type Route, route } from './route.ts'

const statusSchema = (word: string, more: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: ['status', ...Object.keys(more)],
  properties: { status: { const: word }, ...more },
})

/** Reports that the process is alive. Needs no credentials and reveals no secrets. */
export const reportHealth = () => ({ status: 'ok' })

/**
 * Reports what is loaded, once the sandbox is ready to take requests.
 *
 * @throws Problem if the store is unavailable
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
    summary: 'Check liveness: the process is alive; needs no token',
    input: noInput,
    responses: { 200: { description: 'The process is alive.', schema: statusSchema('ok') } },
    handler: reportHealth,
  }),
  route({
    method: 'GET',
    url: '/ready',
    operationId: 'getReadiness',
    tag: 'Operations',
    summary:
      'Check readiness: documents and scenarios are loaded, the store is available; needs no token',
    input: noInput,
    responses: {
      200: {
        description: 'Ready to take requests.',
        schema: statusSchema('ready', {
          apis: { type: 'array', items: { type: 'string' } },
          scenarios: { type: 'integer' },
          faults: {
            type: 'array',
            items: { type: 'string' },
            description: 'With --watch: why the newest files are not used.',
          },
        }),
      },
    },
    problems: ['store-unavailable'],
    handler: ({ sandbox }) => reportReadiness(sandbox),
  }),
]
