import { Problem } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import { nearest } from '../suggest.ts'
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
    summary: 'The contracts that are served',
    input: noInput,
    responses: {
      200: {
        description: 'All of them.',
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
    summary: 'A contract as it is served: the OpenAPI document',
    input: {
      params: {
        type: 'object',
        required: ['api'],
        additionalProperties: false,
        properties: { api: { type: 'string', description: 'Its name.' } },
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
      const found = byName.get(params.api)
      if (!found) {
        const near = nearest(params.api, byName.keys())
        const known = [...byName.keys()].join(', ')
        const detail = `there is no document "${params.api}"; there are ${known}`
        throw new Problem('unknown-spec', detail, { nearest: near })
      }
      const { document } = found.contract
      if (query.format !== 'yaml') return document
      // Rarely asked for, and not loaded at every start.
      const { stringify } = await import('yaml')
      return reply.type('application/yaml').send(stringify(document))
    },
  }),
]
