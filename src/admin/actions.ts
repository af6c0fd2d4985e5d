/** What can happen outside the API in a session: lists it, and does it. */
import { sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import { actOnFirst, findCandidates } from '../sandbox/act.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { type ActionInput, listActions, listTargets } from '../scenario/act.ts'
import { findScenario } from '../scenario/decide.ts'
import type { Action } from '../scenario/model.ts'
import { notFound, requireSession, type StoredSession } from './lookups.ts'
import { sessionParams } from './parameters.ts'
import { checkInput, type Route, route } from './route.ts'
import { ref } from './schemas.ts'

/** Every action of every API under the session's scenario, with the inputs that its state offers. */
function describeActions(sandbox: Sandbox, id: string, session: StoredSession) {
  const { apis, scenario, clock, seed } = sandbox
  const now = new Date(sessionTime(session.record.clock, clock.now()))
  return [...apis.byName].flatMap(([api, { scenarioSet }]) => {
    const playing = findScenario(scenarioSet, session.record.scenario ?? scenario)
    const records = session.subjects.filter((each) => each.api === scenarioSet.world)
    return [...listActions(playing).values()].map((action) => ({
      api,
      name: action.name,
      summary: action.summary,
      input: action.input,
      targets: records.flatMap(({ subject, record }) => {
        const seedInput = { seed, session: id, api, subject, operation: '' }
        return listTargets({ scenarioSet, action, record, now, seedInput })
      }),
    }))
  })
}

interface NamedCall {
  readonly session: string
  readonly name: string
  readonly input: ActionInput
  readonly api: string | undefined
}

async function perform(sandbox: Sandbox, call: NamedCall) {
  const stored = await requireSession(sandbox, call.session)
  checkName(sandbox, stored, call)
  const candidates = await findCandidates(sandbox, stored, call)
  const done = await actOnFirst(candidates, call, sandbox)
  if (!('refusals' in done)) {
    const { api, messages, trace } = done
    return { api, name: call.name, messages: [...messages], why: [...trace] }
  }
  const what = `"${call.name}" cannot be done now with ${JSON.stringify(call.input)}`
  const list = 'GET /__admin/sessions/{id}/actions lists what can'
  throw new Problem('action-not-possible', `${what}: ${done.refusals}; ${list}`)
}

/** @throws Problem if no API has the action, or the input does not have the form that it declares */
function checkName(
  { apis, scenario }: Sandbox,
  { record }: StoredSession,
  { name, api, input }: NamedCall,
): void {
  const actions = [...apis.byName]
    .filter(([apiName]) => api === undefined || api === apiName)
    .flatMap(([, { scenarioSet }]) => [
      ...listActions(findScenario(scenarioSet, record.scenario ?? scenario)).values(),
    ])
  const named = actions.filter((action) => action.name === name)
  if (named.length === 0) throw notFound('unknown-action', name, actions.map(nameOf))
  checkInput(
    named.map((action) => action.input),
    input,
  )
}

const nameOf = ({ name }: Action) => name

export const actionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/actions',
    operationId: 'listActions',
    tag: 'Steering',
    summary: 'List what can happen outside the API, such as on the phone, and on what',
    input: { params: sessionParams },
    responses: {
      200: {
        description: 'The actions by API.',
        schema: {
          type: 'object',
          required: ['actions'],
          properties: { actions: { type: 'array', items: ref('Action') } },
        },
      },
    },
    problems: ['unknown-session'],
    handler: async ({ sandbox, params }) => ({
      actions: describeActions(sandbox, params.id, await requireSession(sandbox, params.id)),
    }),
  }),
  route({
    method: 'POST',
    url: '/sessions/:id/actions/:name',
    operationId: 'doAction',
    tag: 'Steering',
    summary: 'Do what happens outside the API, such as on the phone',
    input: {
      params: {
        type: 'object',
        required: ['id', 'name'],
        additionalProperties: false,
        properties: {
          ...sessionParams.properties,
          name: { type: 'string', description: 'The name of the action.' },
        },
      },
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: { api: { type: 'string', description: 'Only in this API.' } },
      },
      body: {
        type: 'object',
        additionalProperties: true,
        description: 'What the action needs to know, as its `input` schema says.',
      },
    },
    responses: { 200: { description: 'What was done.', schema: ref('ActionDone') } },
    problems: ['unknown-session', 'unknown-action', 'action-not-possible'],
    handler: async ({ sandbox, params, query, body }) =>
      perform(sandbox, {
        session: params.id,
        name: params.name,
        api: query.api,
        input: body as ActionInput,
      }),
  }),
]
