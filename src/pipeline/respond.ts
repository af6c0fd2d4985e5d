/** What is answered to a valid request: what the client insists on, else what a scenario says. */
import { createHash } from 'node:crypto'
import { headerText } from '../contract/http-values.ts'
import { type Operation, responseFor } from '../contract/model.ts'
import { factsOf, type Outcome, Refusal, scopeOf, type Valid } from '../exchange/exchange.ts'
import { type BuildContext, build, type HttpResponse } from '../response/build.ts'
import { acceptOf, negotiated, preferredStatus, successStatus } from '../response/choose.ts'
import type { Preference } from '../response/prefer.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { subjectKey } from '../scenario/act.ts'
import { type Decision, decide, findOperationRules, findScenario } from '../scenario/decide.ts'
import { derivePair, type SeedInput } from '../scenario/ids.ts'
import type { Scenario } from '../scenario/model.ts'
import { OWNER } from '../scenario/scope.ts'
import type { Store } from '../store/store.ts'

export function answer(sandbox: Sandbox, valid: Valid): Promise<Outcome> {
  if (valid.preference) return prefer(sandbox, valid, valid.preference)
  const scenario = findScenario(valid.api.scenarioSet, valid.scenario)
  const subject = subjectOf(sandbox, valid, scenario)
  const of = (subject: string) =>
    idempotent(valid, subject, sandbox.store, () => play(sandbox, valid, scenario, subject))
  return typeof subject === 'string' ? of(subject) : subject.then(of)
}

/** A documented answer because the client asks for it; nothing is remembered of it. */
async function prefer(
  { seed, generate }: Sandbox,
  valid: Valid,
  { code, example, dynamic, seed: wanted }: Preference,
): Promise<Outcome> {
  const { operation, api, session } = valid
  const status = preferredStatus(operation, { code, example })
  mustFit(valid, status)
  const origin = { seed, session, api: operation.api, subject: '', operation: operation.id }
  const built = await build(
    operation,
    { status, example, dynamic, whole: true, accept: acceptOf(valid.incoming) },
    { contract: api.contract, generate, seed: () => wanted ?? bodySeed(origin, 0) },
  )
  const applied = Object.entries({ code, example, dynamic: dynamic || undefined, seed: wanted })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${worded(String(value))}`)
  return {
    status: built.status,
    headers: { ...built.headers, 'preference-applied': applied.join(', ') },
    body: built.body,
    rule: built.from,
    scenario: findScenario(valid.api.scenarioSet, valid.scenario).name,
    delay: 0,
    fault: undefined,
    trace: [],
    example: built.example,
    messages: [],
    reasons: [],
  }
}

/** An example may have any name, a header's word may not. */
function worded(value: string): string {
  if (/^[\w.-]+$/.test(value)) return value
  return `"${headerText(value.replaceAll('"', ''), false) ?? encodeURIComponent(value)}"`
}

/** Whose state the request is about. */
function subjectOf({ store }: Sandbox, valid: Valid, scenario: Scenario): string | Promise<string> {
  const { api, operation, session } = valid
  const owner = async (made: string) => (await store.owner(session, operation.api, made)) ?? made
  const expression = findOperationRules(scenario, operation.id)?.subject ?? api.scenarioSet.subject
  const subject = expression(scopeOf(valid, { [OWNER]: owner }))
  return subject instanceof Promise ? subject.then(subjectKey) : subjectKey(subject)
}

/** What a scenario says, applied to the subject's state in one atomic update. */
async function play(
  { store, generate, seed }: Sandbox,
  valid: Valid,
  scenario: Scenario,
  subject: string,
): Promise<Outcome> {
  const { operation, session } = valid
  const { scenarioSet, contract } = valid.api
  const { api } = operation
  const origin = { seed, session, api, subject, operation: operation.id }
  const context = factsOf(valid)
  const decision = await store.update({ session, api, subject }, (record) => {
    const decision = decide({
      scenarioSet,
      scenario,
      operation,
      record,
      context,
      seedInput: origin,
    })
    // Before anything is remembered: a client that cannot read the answer may ask again.
    mustFit(valid, statusOf(decision, operation))
    return decision
  })
  const built = await builtFrom(decision, valid, {
    contract,
    generate,
    seed: () => bodySeed(origin, decision.call),
  })
  return {
    status: built.status,
    headers: built.headers,
    body: built.body,
    rule: decision.at ?? built.from,
    scenario: scenario.name,
    delay: decision.delay,
    fault: decision.fault,
    trace: decision.trace,
    example: built.example,
    messages: decision.messages,
    reasons: [],
  }
}

/** Undefined where no answer is sent. */
function statusOf({ response: answer }: Decision, operation: Operation): number | undefined {
  if (answer === 'nothing') return undefined
  if (answer === 'contract') return successStatus(operation)
  // Nobody need read what is not there.
  return answer.empty ? undefined : answer.status
}

/** @throws Refusal where the client takes no media type of a success; errors are sent in any case */
function mustFit(valid: Valid, status: number | undefined): void {
  const accept = acceptOf(valid.incoming)
  if (accept === undefined || status === undefined || status >= 400) return
  const spec = responseFor(valid.operation, status)
  if (!spec?.content || negotiated(spec, accept)) return
  const types = spec.contents.map(({ type }) => type).join(', ')
  const reason = `the client accepts ${accept}; the contract answers ${types}`
  throw new Refusal('notAcceptable', valid.api, reason)
}

function builtFrom(
  { response: answer }: Decision,
  valid: Valid,
  source: BuildContext,
): HttpResponse | Promise<HttpResponse> {
  const { operation } = valid
  const accept = acceptOf(valid.incoming)
  if (answer === 'nothing') return NOTHING
  if (answer !== 'contract') return build(operation, { ...answer, accept }, source)
  return build(operation, { status: successStatus(operation), whole: true, accept }, source)
}

/** No status: nothing happened that a retry could be told of. */
const NOTHING: HttpResponse = { status: 0, headers: {}, body: undefined, from: 'contract' }

/** The generator takes 31 bits. */
const bodySeed = (seedInput: SeedInput, call: number) =>
  derivePair(seedInput, call, 'body')[0] >>> 1

/**
 * The same reference on the same request: the first answer again, byte for byte, and nothing else
 * happens. Only successes are kept: a refused operation has not happened, and its retry runs anew.
 */
export function idempotent<R>(
  exchange: Valid,
  subject: string,
  store: Store<R, Outcome>,
  play: () => Promise<Outcome>,
): Promise<Outcome> {
  const given = reference(exchange)
  return given === undefined
    ? play()
    : once(exchange, fingerprint(exchange, subject, given), store, play)
}

async function once<R>(
  { api, session, now }: Valid,
  reference: string,
  store: Store<R, Outcome>,
  play: () => Promise<Outcome>,
): Promise<Outcome> {
  const time = now.getTime()
  const keep = api.scenarioSet.idempotency?.keep ?? 0
  const { value, replayed } = await store.once(session, reference, time, async () => {
    const value = await play()
    const success = value.status >= 200 && value.status < 300
    return { value, until: success ? time + keep : undefined }
  })
  // A success whose connection was broken did happen: its retry gets it, over a sound connection.
  return replayed
    ? { ...value, rule: 'replay', delay: 0, fault: undefined, trace: [], messages: [] }
    : value
}

/** The reference, where the operation's contract has the header for it. */
function reference({ api, operation, incoming }: Valid): string | undefined {
  const header = api.scenarioSet.idempotency?.header
  if (header === undefined) return undefined
  const value = incoming.headers[header]
  if (typeof value !== 'string' || value === '') return undefined
  const known = operation.parameters.some(
    ({ name, in: place }) => place === 'header' && name.toLowerCase() === header,
  )
  return known ? value : undefined
}

function fingerprint({ operation, request }: Valid, subject: string, given: string): string {
  const { path, query, body } = request
  const parts = [operation.api, operation.id, subject, given, path, query, body]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}
