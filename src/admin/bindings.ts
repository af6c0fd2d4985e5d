import { Problem } from '../errors.ts'
import { masked } from '../journal/mask.ts'
import { explainMismatch, type Match } from '../sandbox/binding-match.ts'
import { type Binding, MOST_BINDINGS } from '../sandbox/bindings.ts'
import { checkScenario, checkSessionId } from '../sandbox/sandbox.ts'
import { notFound } from './lookups.ts'
import { EMPTY, noInput } from './parameters.ts'
import { type Call, type Route, route } from './route.ts'
import { ref } from './schemas.ts'

const bindingParams = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9._-]{1,128}$',
      description: 'The name of the binding.',
    },
  },
} as const

const atLeastOne = { minProperties: 1 } as const
const value = { type: 'string', minLength: 1, maxLength: 8192 } as const

const bindingBody = {
  type: 'object',
  required: ['match'],
  additionalProperties: false,
  anyOf: [{ required: ['session'] }, { required: ['scenario'] }],
  properties: {
    match: {
      type: 'object',
      additionalProperties: false,
      ...atLeastOne,
      description: 'What a request must have: all of it.',
      properties: {
        token: { ...value, description: 'A bearer token.' },
        apiKey: { ...value, description: 'An api-key.' },
        path: {
          type: 'object',
          ...atLeastOne,
          additionalProperties: value,
          description: 'Path parameters and their values.',
        },
        body: {
          type: 'object',
          ...atLeastOne,
          additionalProperties: { type: ['string', 'number', 'boolean'] },
          description:
            'Fields of the JSON body, such as user.id or resourceIds[0], and their values.',
        },
      },
    },
    session: { type: 'string', description: 'The session that these requests belong to.' },
    scenario: { type: 'string', description: 'The scenario that these requests play.' },
  },
} as const

/** Hides the credential of a binding. */
function redactBinding({ name, match, session, scenario }: Binding) {
  return {
    name,
    match: redactMatch(match),
    ...(session !== undefined && { session }),
    ...(scenario !== undefined && { scenario }),
  }
}

function redactMatch({ token, apiKey, ...others }: Match): Match {
  return {
    ...(token !== undefined && { token: masked(token) }),
    ...(apiKey !== undefined && { apiKey: masked(apiKey) }),
    ...others,
  }
}

const listOperations = ({ apis }: Call['sandbox']) =>
  [...apis.byName.values()].flatMap(({ contract }) => [...contract.operations.values()])

function requireBinding({ sandbox }: Pick<Call, 'sandbox'>, name: string): Binding {
  const binding = sandbox.bindings.get(name)
  if (binding) return binding
  throw notFound(
    'unknown-binding',
    name,
    sandbox.bindings.all().map((each) => each.name),
  )
}

export const bindingRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/bindings',
    operationId: 'listBindings',
    tag: 'Steering',
    summary: 'List all bindings, in the order in which they are checked',
    input: noInput,
    responses: {
      200: {
        description: 'All bindings.',
        schema: {
          type: 'object',
          required: ['bindings'],
          properties: { bindings: { type: 'array', items: ref('Binding') } },
        },
      },
    },
    handler: ({ sandbox }) => ({ bindings: sandbox.bindings.all().map(redactBinding) }),
  }),
  route({
    method: 'GET',
    url: '/bindings/:name',
    operationId: 'getBinding',
    tag: 'Steering',
    summary: 'Show a binding',
    input: { params: bindingParams },
    responses: { 200: { description: 'The binding.', schema: ref('Binding') } },
    problems: ['unknown-binding'],
    handler: (call) => redactBinding(requireBinding(call, call.params.name)),
  }),
  route({
    method: 'PUT',
    url: '/bindings/:name',
    operationId: 'putBinding',
    tag: 'Steering',
    summary: 'Assign requests with certain values to a session, a scenario, or both',
    input: { params: bindingParams, body: bindingBody },
    responses: { 200: { description: 'The binding.', schema: ref('Binding') } },
    problems: ['unknown-scenario', 'bad-session-id', 'binding-never-matches', 'too-many-bindings'],
    handler: ({ sandbox, params, body }) => {
      const { session, scenario } = body
      if (session !== undefined) checkSessionId(session)
      if (scenario !== undefined) checkScenario(scenario, sandbox.apis)
      const match = body.match as Match
      const mismatch = explainMismatch(match, listOperations(sandbox))
      if (mismatch !== undefined) throw new Problem('binding-never-matches', mismatch)
      const binding = { name: params.name, match, session, scenario }
      if (sandbox.bindings.put(binding)) return redactBinding(binding)
      const detail = `there are already ${MOST_BINDINGS} bindings; delete those that are no longer needed`
      throw new Problem('too-many-bindings', detail)
    },
  }),
  route({
    method: 'DELETE',
    url: '/bindings/:name',
    operationId: 'deleteBinding',
    tag: 'Steering',
    summary: 'Delete a binding',
    input: { params: bindingParams },
    responses: EMPTY,
    problems: ['unknown-binding'],
    handler: (call) => {
      requireBinding(call, call.params.name)
      call.sandbox.bindings.delete(call.params.name)
      return call.reply.code(204).send()
    },
  }),
  route({
    method: 'DELETE',
    url: '/bindings',
    operationId: 'deleteBindings',
    tag: 'Steering',
    summary: 'Delete all bindings',
    input: noInput,
    responses: EMPTY,
    handler: ({ sandbox, reply }) => {
      sandbox.bindings.clear()
      return reply.code(204).send()
    },
  }),
]
