/** Does what happens outside the API in a session, as the session's scenario defines it. */
import { sessionTime } from '../clock.ts'
import type { Api, Outcome } from '../exchange/exchange.ts'
import {
  type ActionInput,
  type ActionResult,
  act,
  findAction,
  findTarget,
  NotPossible,
} from '../scenario/act.ts'
import type { Action, SubjectRecord } from '../scenario/model.ts'
import type { SessionSnapshot } from '../store/store.ts'
import { makeOwner } from './owners.ts'
import type { Sandbox } from './sandbox.ts'

export interface ActionCall {
  readonly session: string
  readonly name: string
  readonly input: ActionInput
  /** Only in this API; undefined for whichever has the action. */
  readonly api?: string | undefined
}

/** An API that has the action, and the subject whose state it would change. */
export interface Candidate {
  readonly api: Api
  readonly action: Action
  readonly subject: string
  /** Whether the session knows the subject. */
  readonly known: boolean
}

export interface Done extends ActionResult {
  readonly api: string
}

/** Finds the APIs that define an action under the session's scenario; those that know the subject first. */
export async function findCandidates(
  { apis, scenario, store, clock }: Sandbox,
  { record, subjects }: SessionSnapshot<SubjectRecord, Outcome>,
  { session, name, input, api: wanted }: ActionCall,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  const now = new Date(sessionTime(record.clock, clock.now()))
  for (const [apiName, api] of apis.byName) {
    const action = findAction(api.scenarioSet, record.scenario ?? scenario, name)
    if (!action || (wanted !== undefined && wanted !== apiName)) continue
    const { world } = api.scenarioSet
    const owner = makeOwner(store, session, world)
    const subject = await findTarget(action, api.scenarioSet, input, { now, owner })
    const known = subjects.some((each) => each.api === world && each.subject === subject)
    found.push({ api, action, subject, known })
  }
  return found.sort((a, b) => Number(b.known) - Number(a.known))
}

/**
 * Does the action on one subject, and records it.
 *
 * @throws NotPossible if no rule applies
 * @throws Problem if an expression fails
 */
async function actOn(
  { api, action, subject }: Candidate,
  { session, input }: ActionCall,
  sandbox: Sandbox,
): Promise<Done> {
  const { store, seed, clock, timers } = sandbox
  const { scenarioSet, contract } = api
  const key = { session, api: scenarioSet.world, subject }
  const { clock: setting, due } = await store.session(session)
  const now = sessionTime(setting, clock.now())
  if (due !== undefined && due <= now) await timers.fireDue(session, now)
  const seedInput = { seed, ...key, operation: `action ${action.name}` }
  const result = await store.update(key, (record) =>
    act({ scenarioSet, action, input, record, now: new Date(now), seedInput }),
  )
  timers.watch(session)
  sandbox.notify(session, result.notices)
  const done = { ...result, api: contract.name }
  recordAction(done, action.name, { session, now }, sandbox)
  return done
}

/**
 * Does the action on the first candidate whose state allows it.
 *
 * @returns why each of them refuses, if all do
 * @throws Problem if an expression fails
 */
export async function actOnFirst(
  candidates: readonly Candidate[],
  call: ActionCall,
  sandbox: Sandbox,
): Promise<Done | { readonly refusals: string }> {
  const refusals: string[] = []
  for (const candidate of candidates) {
    try {
      return await actOn(candidate, call, sandbox)
    } catch (error) {
      if (!(error instanceof NotPossible)) throw error
      refusals.push(error.message)
    }
  }
  return { refusals: refusals.join('; ') }
}

function recordAction(
  { api, trace, messages }: Done,
  name: string,
  { session, now }: { readonly session: string; readonly now: number },
  { recording, tally, journal }: Sandbox,
): void {
  if (!recording) return
  tally.played(trace, session)
  const failure = undefined
  const id = journal.nextId()
  journal.writeEvent({ id, session, kind: 'action', at: now, api, name, trace, messages, failure })
}
