import { Problem } from '../errors.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Scenario } from '../scenario/model.ts'
import { nearest, nearestOrAll, noScenario } from '../suggest.ts'
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
    summary: 'What can be played',
    input: noInput,
    responses: {
      200: {
        description: 'All scenarios by name.',
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
    summary: 'One scenario: summary, operations, source',
    input: {
      params: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: 'string', description: 'Its name.' } },
      },
    },
    responses: { 200: { description: 'The scenario.', schema: ref('Scenario') } },
    problems: ['scenario-not-found'],
    handler: ({ sandbox, params }) => {
      const { scenarioNames } = sandbox.apis
      if (scenarioNames.has(params.name)) return describeScenario(sandbox, params.name)
      const { name } = params
      const detail = noScenario(name, nearestOrAll(name, scenarioNames))
      throw new Problem('scenario-not-found', detail, { nearest: nearest(name, scenarioNames) })
    },
  }),
]
