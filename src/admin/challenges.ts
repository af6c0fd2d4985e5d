import { sessionTime } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { type ActionTarget, act, actionContext, findTarget, NotPossible } from '../scenario/act.ts'
import { ACTIONS, type ActionName } from '../scenario/format.ts'
import type { RequestContext } from '../scenario/scope.ts'
import { nearest } from '../suggest.ts'
import { requireSession, type StoredSession } from './lookups.ts'
import { EMPTY, sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'

interface ChallengeAnswer {
  readonly session: string
  readonly challenge: string
  readonly action: ActionName
}

interface Holder extends ActionTarget {
  readonly api: Api
}

/** Does what the user does on the device, as the session's scenario defines it. */
async function answerChallenge(sandbox: Sandbox, answer: ChallengeAnswer): Promise<void> {
  const session = await requireSession(sandbox, answer.session)
  const now = new Date(sessionTime(session.record.clock, sandbox.clock.now()))
  const context = actionContext(answer.challenge, now)
  const holders = await findHolders(sandbox, session, answer, context)
  if (holders.length === 0) throw unknownChallenge(sandbox, session, answer)
  const refusals: string[] = []
  for (const holder of holders) {
    const refusal = await tryAction(sandbox, answer.session, holder, context)
    if (refusal === undefined) return
    refusals.push(refusal)
  }
  const { challenge, action } = answer
  const detail = `challenge "${challenge}" cannot be answered with "${action}" now: ${refusals.join('; ')}`
  throw new Problem('challenge-not-pending', detail)
}

/** Finds the subjects that have the challenge, in any API: it was issued to one, or is one itself. */
async function findHolders(
  { apis, scenario, store }: Sandbox,
  { record, subjects }: StoredSession,
  { session, action }: ChallengeAnswer,
  context: RequestContext,
): Promise<Holder[]> {
  const holders: Holder[] = []
  for (const [name, api] of apis.byName) {
    const target = await findTarget({
      scenarioSet: api.scenarioSet,
      scenario: record.scenario ?? scenario,
      action,
      context,
      owner: async (id) => (await store.owner(session, name, id)) ?? id,
    })
    const isKnown = subjects.some((each) => each.api === name && each.subject === target?.subject)
    if (target && isKnown) holders.push({ api, ...target })
  }
  return holders
}

/** Applies the action. Returns why it cannot be applied, or undefined if it was. */
async function tryAction(
  { store, recording, tally }: Sandbox,
  session: string,
  { api, operationRules, subject }: Holder,
  context: RequestContext,
): Promise<string | undefined> {
  const { scenarioSet, contract } = api
  const key = { session, api: contract.name, subject }
  try {
    const { trace } = await store.update(key, (record) =>
      act({ scenarioSet, operationRules, record, context }),
    )
    if (recording) tally.played(trace, session)
    return undefined
  } catch (error) {
    if (error instanceof NotPossible) return error.message
    throw error
  }
}

/** Suggests the nearest challenges; ids are rarely alike, so otherwise the newest three. */
function unknownChallenge(
  sandbox: Sandbox,
  stored: StoredSession,
  { session, challenge, action }: ChallengeAnswer,
): Problem {
  const ids = listChallenges(sandbox, stored)
  const near = nearest(challenge, ids)
  const known = near.length > 0 ? near : ids.slice(-3)
  const hint = known.length > 0 ? `; it has ${known.join(', ')}` : '; it has none'
  const detail = `session "${session}" has no challenge "${challenge}" for "${action}"${hint}`
  return new Problem('unknown-challenge', detail, { nearest: near })
}

/** Lists ids that were issued in the session, and subjects that are themselves challenges. */
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
    summary: 'Do what the user does on the phone: accept, decline, or let the challenge expire',
    input: {
      params: {
        type: 'object',
        required: ['id', 'challenge', 'action'],
        additionalProperties: false,
        properties: {
          ...sessionParams.properties,
          challenge: { type: 'string', description: 'The id of the challenge.' },
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
