import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Scenario } from '../scenario/model.ts'
import { notFound } from './lookups.ts'
import { noInput } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

function describeScenario(sandbox: Sandbox, name: string) {
  const apis = [...sandbox.apis.byName.values()].flatMap(({ scenarioSet }) => {
    const scenario = scenarioSet.scenarios.get(name)
    return scenario ? [describeForApi(scenario)] : []
  })
  return { name, apis }
}

const describeForApi = ({ api, summary, base, file, operations, actions }: Scenario) => ({
  api,
  summary,
  extends: base?.name ?? null,
  source: file,
  operations: [...operations].map(([operationId, { rules }]) => ({
    operationId,
    entries: rules.map(({ at, condition }) => ({ at, when: condition ?? null })),
  })),
  actions: [...actions.keys()],
})

export const scenarioRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/scenarios',
    operationId: 'listScenarios',
    tag: 'Contract',
    summary: 'List the scenarios that can be played',
    input: noInput,
    responses: {
      200: {
        description: 'All scenarios, by name.',
        schema: {
          type: 'object',
          required: ['scenarios'],
          properties: { scenarios: { type: 'array', items: ref('Scenario') } },
        },
      },
    },
    handler: ({ sandbox }) => ({
      scenarios: [...sandbox.apis.scenarioNames].map((name) => describeScenario(sandbox, name)),
    }),
  }),
  route({
    method: 'GET',
    url: '/scenarios/:name',
    operationId: 'getScenario',
    tag: 'Contract',
    summary: 'Show a scenario: summary, operations, source',
    input: {
      params: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: 'string', description: 'The name of the scenario.' } },
      },
    },
    responses: { 200: { description: 'The scenario.', schema: ref('Scenario') } },
    problems: ['unknown-scenario'],
    handler: ({ sandbox, params }) => {
      const { scenarioNames } = sandbox.apis
      if (scenarioNames.has(params.name)) return describeScenario(sandbox, params.name)
      throw notFound('unknown-scenario', params.name, scenarioNames)
    },
  }),
]
