import type { Api } from '../exchange/exchange.ts'
import { notFound } from './lookups.ts'
import { noInput } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

const describeSpec = ({ contract }: Api) => {
  const { name, title, version, file, basePaths, operations } = contract
  return { api: name, title, version, file, basePaths, operations: [...operations.keys()] }
}

export const specRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/specs',
    operationId: 'listSpecs',
    tag: 'Contract',
    summary: 'List the contracts that are served',
    input: noInput,
    responses: {
      200: {
        description: 'All contracts.',
        schema: {
          type: 'object',
          required: ['specs'],
          properties: { specs: { type: 'array', items: ref('Spec') } },
        },
      },
    },
    handler: ({ sandbox }) => ({ specs: [...sandbox.apis.byName.values()].map(describeSpec) }),
  }),
  route({
    method: 'GET',
    url: '/specs/:api',
    operationId: 'getSpec',
    tag: 'Contract',
    summary: 'Show a contract as it is served: the OpenAPI document',
    input: {
      params: {
        type: 'object',
        required: ['api'],
        additionalProperties: false,
        properties: { api: { type: 'string', description: 'The name of the API.' } },
      },
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: { format: { enum: ['json', 'yaml'], default: 'json' } },
      },
    },
    responses: {
      200: { description: 'The document.', schema: { type: 'object', additionalProperties: true } },
    },
    problems: ['unknown-spec'],
    handler: async ({ sandbox, params, query, reply }) => {
      const { byName } = sandbox.apis
      const api = byName.get(params.api)
      if (!api) throw notFound('unknown-spec', params.api, byName.keys())
      const { document } = api.contract
      if (query.format !== 'yaml') return document
      // Rarely needed, so it is not loaded at every start.
      const { stringify } = await import('yaml')
      return reply.type('application/yaml').send(stringify(document))
    },
  }),
]
