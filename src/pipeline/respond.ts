/** What a valid request gets: what the client prefers, a replay, or what a scenario says. */
import { formatHeader } from '../contract/http-values.ts'
import { type MediaType, responseFor } from '../contract/model.ts'
import { type Outcome, Refusal, type Valid } from '../exchange/exchange.ts'
import { buildResponse, type HttpResponse } from '../response/build.ts'
import { chooseMedia, preferredStatus, readAccept, successStatus } from '../response/choose.ts'
import type { Preference } from '../response/prefer.ts'
import { findForeign, makeOwner } from '../sandbox/owners.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { subjectKey } from '../scenario/act.ts'
import { addCommon } from '../scenario/common.ts'
import { decide, findForeignIds, findOperationRules, findScenario } from '../scenario/decide.ts'
import { derivePair, type SeedInput } from '../scenario/ids.ts'
import type { ResponsePlan, Scenario } from '../scenario/model.ts'
import { OWNER, Scope } from '../scenario/scope.ts'
import { replayOr } from './replay.ts'
import { numberUnplayed, scopeOfCall } from './request-ids.ts'

export function respond(valid: Valid, sandbox: Sandbox): Promise<Outcome> {
  if (valid.preference) return respondPreferred(valid, valid.preference, sandbox)
  const scenario = findScenario(valid.api.scenarioSet, valid.scenario)
  const subject = findSubject(valid, scenario, sandbox)
  const respondTo = (subject: string) =>
    replayOr(valid, subject, sandbox.store, () => playScenario(valid, scenario, subject, sandbox))
  return typeof subject === 'string' ? respondTo(subject) : subject.then(respondTo)
}

/** A documented response because the client asks for it; no state is touched. */
async function respondPreferred(
  valid: Valid,
  { code, example, dynamic, seed: wanted }: Preference,
  sandbox: Sandbox,
): Promise<Outcome> {
  const { seed, generate } = sandbox
  const { operation, api, session } = valid
  const status = preferredStatus(operation, { code, example })
  const plan: ResponsePlan = { status, example, dynamic, generateHeaders: true }
  const seedInput = { seed, session, api: operation.api, subject: '', operation: operation.id }
  const media = acceptableMedia(valid, plan)
  const { common } = api.scenarioSet
  const number = await numberUnplayed(valid, api, sandbox)
  const scope = scopeOfCall(valid, number.seedInput, number.call)
  const response = await buildResponse(operation, addCommon(plan, common, scope), {
    contract: api.contract,
    generate,
    media,
    seed: () => wanted ?? bodySeed(seedInput, 0),
  })
  const applied = Object.entries({ code, example, dynamic: dynamic || undefined, seed: wanted })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoteToken(String(value))}`)
  return {
    status: response.status,
    headers: { ...response.headers, 'preference-applied': applied.join(', ') },
    body: response.body,
    rule: response.from,
    scenario: findScenario(api.scenarioSet, valid.scenario).name,
    delay: 0,
    fault: undefined,
    trace: [],
    example: response.example,
    messages: [],
    notices: [],
    reasons: [],
  }
}

/** An example may have any name, a token in a header may not. */
function quoteToken(value: string): string {
  if (/^[\w.-]+$/.test(value)) return value
  return `"${formatHeader(value.replaceAll('"', ''), false) ?? encodeURIComponent(value)}"`
}

/** Whose state the request is about. */
function findSubject(
  valid: Valid,
  scenario: Scenario,
  { store }: Sandbox,
): string | Promise<string> {
  const { api, operation, session } = valid
  const owner = makeOwner(store, session, api.scenarioSet.world)
  const expression = findOperationRules(scenario, operation.id)?.subject ?? api.scenarioSet.subject
  const subject = expression(new Scope(valid, { [OWNER]: owner }))
  return subject instanceof Promise ? subject.then(subjectKey) : subjectKey(subject)
}

/** What the scenario says, applied to the subject's state in one atomic update. */
async function playScenario(
  valid: Valid,
  scenario: Scenario,
  subject: string,
  { store, generate, seed, timers }: Sandbox,
): Promise<Outcome> {
  const { operation, session } = valid
  const { scenarioSet, contract } = valid.api
  const { api, id } = operation
  const seedInput = { seed, session, api, subject, operation: id }
  const { world } = scenarioSet
  const listIds = findForeignIds(scenario, id)
  const foreign =
    listIds && (await findForeign(listIds, new Scope(valid), { store, session, world, subject }))
  let plan: ResponsePlan | undefined
  let media: MediaType | undefined
  let planned = false
  const input = { scenarioSet, scenario, operation, context: valid, seedInput, foreign }
  const decision = await store.update({ session, api: world, subject }, (record) => {
    const decision = decide({ ...input, record })
    planned = decision.record.timers !== record?.timers
    plan = toPlan(decision.response, valid)
    // Before anything is remembered: a client that cannot read the response may ask again.
    media = plan && acceptableMedia(valid, plan)
    return decision
  })
  if (planned) timers.watch(session)
  const scope = scopeOfCall(valid, seedInput, decision.call)
  const response = plan
    ? await buildResponse(operation, addCommon(plan, scenarioSet.common, scope), {
        contract,
        generate,
        media,
        seed: () => bodySeed(seedInput, decision.call),
      })
    : NOTHING
  return {
    status: response.status,
    headers: response.headers,
    body: response.body,
    rule: decision.at ?? response.from,
    scenario: scenario.name,
    delay: decision.delay,
    fault: decision.fault,
    trace: decision.trace,
    example: response.example,
    messages: decision.messages,
    notices: decision.notices,
    reasons: [],
  }
}

/** Undefined where no response is sent. */
function toPlan(
  response: ResponsePlan | 'contract' | 'nothing',
  { operation }: Valid,
): ResponsePlan | undefined {
  if (response === 'nothing') return undefined
  return response === 'contract'
    ? { status: successStatus(operation), generateHeaders: true }
    : response
}

/** Status 0: nothing was sent, so idempotency must not store it. */
const NOTHING: HttpResponse = { status: 0, headers: {}, body: undefined, from: 'contract' }

/**
 * The media type to send, the one place where `Accept` is negotiated.
 *
 * @throws Refusal where the client takes no media type of a success; errors are sent in any case
 */
function acceptableMedia(valid: Valid, { status, empty }: ResponsePlan): MediaType | undefined {
  const spec = responseFor(valid.operation, status)
  if (!spec?.content || empty) return undefined
  const accept = readAccept(valid.incoming.headers)
  const media = chooseMedia(spec, accept)
  if (media || status >= 400) return media
  const types = spec.contents.map(({ type }) => type).join(', ')
  const reason = `the client accepts ${accept}; the contract answers ${types}`
  throw new Refusal('notAcceptable', valid.api, reason)
}

/** The generator takes 31 bits. */
const bodySeed = (seedInput: SeedInput, call: number) =>
  derivePair(seedInput, call, 'body')[0] >>> 1
