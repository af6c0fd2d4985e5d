import { Problem } from '../errors.ts'
import { actOnFirst, findCandidates } from '../sandbox/act.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { ACTIONS, type ActionName } from '../scenario/format.ts'
import { CHALLENGE_ID } from '../scenario/model.ts'
import { nearest } from '../suggest.ts'
import { requireSession, type StoredSession } from './lookups.ts'
import { EMPTY, sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'

interface ChallengeAnswer {
  readonly session: string
  readonly challenge: string
  readonly action: ActionName
}

/** Does what the user does on the device, as the session's scenario defines it. */
async function answerChallenge(sandbox: Sandbox, answer: ChallengeAnswer): Promise<void> {
  const { challenge, action } = answer
  const session = await requireSession(sandbox, answer.session)
  const call = { session: answer.session, name: action, input: { [CHALLENGE_ID]: challenge } }
  const candidates = await findCandidates(sandbox, session, call)
  const holders = candidates.filter(({ known }) => known)
  if (holders.length === 0) throw unknownChallenge(sandbox, session, answer)
  const done = await actOnFirst(holders, call, sandbox)
  if (!('refusals' in done)) return
  const detail = `challenge "${challenge}" cannot be answered with "${action}" now: ${done.refusals}`
  throw new Problem('challenge-not-pending', detail)
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
