import { sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import { shortened } from '../pipeline/respond.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { act, NotPossible } from '../scenario/act.ts'
import { CHALLENGE_ID } from '../scenario/compile.ts'
import { findActionRules, findScenario } from '../scenario/decide.ts'
import { ACTIONS, type ActionName } from '../scenario/format.ts'
import type { OperationRules } from '../scenario/model.ts'
import { OWNER, RequestView, Scope } from '../scenario/scope.ts'
import { nearest } from '../suggest.ts'
import { requireSession, type StoredSession } from './lookups.ts'
import { EMPTY, sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'

interface ChallengeAnswer {
  readonly session: string
  readonly challenge: string
  readonly action: ActionName
}

interface ChallengeHolder {
  readonly api: Api
  readonly operationRules: OperationRules
  readonly subject: string
}

/** What the user does on the device, as the session's scenario says. */
async function answerChallenge(sandbox: Sandbox, asked: ChallengeAnswer): Promise<void> {
  const world = await requireSession(sandbox, asked.session)
  const found = await findHolders(sandbox, world, asked)
  if (found.length === 0) throw unknownChallenge(sandbox, world, asked)
  const refusals: string[] = []
  for (const each of found) {
    const refused = await tryAction(sandbox, world, asked, each)
    if (refused === undefined) return
    refusals.push(refused)
  }
  const { challenge, action } = asked
  const detail = `challenge "${challenge}" cannot be answered with "${action}" now: ${refusals.join('; ')}`
  throw new Problem('challenge-not-pending', detail)
}

/** Who has the challenge, in whatever API; an id is known if it was made, or if it is a subject. */
async function findHolders(
  sandbox: Sandbox,
  world: StoredSession,
  asked: ChallengeAnswer,
): Promise<ChallengeHolder[]> {
  const found: ChallengeHolder[] = []
  for (const api of sandbox.apis.byName.values()) {
    const scenario = findScenario(api.scenarioSet, world.record.scenario ?? sandbox.scenario)
    const operationRules = findActionRules(scenario, asked.action)
    if (!operationRules) continue
    const whose = operationRules.subject ?? api.scenarioSet.subject
    const { name } = api.contract
    const owner = async (id: string) => (await sandbox.store.owner(asked.session, name, id)) ?? id
    const scope = new Scope(actionContext(sandbox, world, asked), { [OWNER]: owner })
    const subject = shortened(await whose(scope))
    const known = world.subjects.some((each) => each.api === name && each.subject === subject)
    if (known) found.push({ api, operationRules, subject })
  }
  return found
}

/** Undefined where it was done, else why it could not be. */
async function tryAction(
  sandbox: Sandbox,
  world: StoredSession,
  asked: ChallengeAnswer,
  { api, operationRules, subject }: ChallengeHolder,
): Promise<string | undefined> {
  const { scenarioSet, contract } = api
  const key = { session: asked.session, api: contract.name, subject }
  const facts = actionContext(sandbox, world, asked)
  try {
    const { trace } = await sandbox.store.update(key, (record) =>
      act({ scenarioSet, operationRules, record, context: facts }),
    )
    if (sandbox.recording) sandbox.tally.played(trace, asked.session)
    return undefined
  } catch (error) {
    if (error instanceof NotPossible) return error.message
    throw error
  }
}

const actionContext = (
  { clock }: Sandbox,
  { record }: StoredSession,
  { challenge }: ChallengeAnswer,
) => ({
  request: new RequestView({
    method: '',
    path: { [CHALLENGE_ID]: challenge },
    query: {},
    headers: {},
  }),
  token: '',
  apiKey: '',
  now: new Date(sessionTime(record.clock, clock.now())),
})

function unknownChallenge(sandbox: Sandbox, world: StoredSession, asked: ChallengeAnswer): Problem {
  const { session, challenge } = asked
  const ids = listChallenges(sandbox, world)
  const near = nearest(challenge, ids)
  const known = near.length > 0 ? near : ids.slice(-3)
  const hint = known.length > 0 ? `; it has ${known.join(', ')}` : '; it has none'
  const detail = `session "${session}" has no challenge "${challenge}" that this can be done with`
  return new Problem('unknown-challenge', detail + hint, { nearest: near })
}

/** Those that were made here, and those from elsewhere that are subjects themselves. */
function listChallenges({ apis }: Sandbox, { owners, subjects }: StoredSession): string[] {
  const open = subjects.filter(({ api }) => !apis.byName.get(api)?.scenarioSet.secretSubject)
  return [...owners.map(({ id }) => id), ...open.map(({ subject }) => subject)]
}

export const challengeRoutes: readonly Route[] = [
  route({
    method: 'POST',
    url: '/sessions/:id/challenges/:challenge/:action',
    operationId: 'answerChallenge',
    tag: 'Steering',
    summary: 'What the user does on the phone: accept, decline, or let it expire',
    input: {
      params: {
        type: 'object',
        required: ['id', 'challenge', 'action'],
        additionalProperties: false,
        properties: {
          ...sessionParams.properties,
          challenge: { type: 'string', description: 'The id that the challenge was given.' },
          action: { enum: ACTIONS, description: 'What the user does.' },
        },
      },
    },
    responses: EMPTY,
    problems: ['unknown-session', 'unknown-challenge', 'challenge-not-pending'],
    handler: async ({ sandbox, params, reply }) => {
      const { id, challenge, action } = params
      await answerChallenge(sandbox, { session: id, challenge, action })
      return reply.code(204).send()
    },
  }),
]
