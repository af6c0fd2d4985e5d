/** What is answered to a valid request: what the client insists on, else what a scenario says. */
import { hash } from 'node:crypto'
import type { Operation } from './api.ts'
import type { Sandbox } from './engine.ts'
import type { Answered, Valid } from './exchange.ts'
import { idempotent } from './idempotency.ts'
import { type Built, build, type Source } from './response/build.ts'
import { type Preference, preferredStatus, successStatus } from './response/prefer.ts'
import { playedBy, scriptOf } from './scenario/chain.ts'
import { type Decision, decide } from './scenario/decide.ts'
import type { Scenario } from './scenario/definition.ts'
import { derived, type Origin } from './scenario/ids.ts'
import { OWNER } from './scenario/scope.ts'
import { factsOf, scopeOf } from './scopes.ts'

export function answer(sandbox: Sandbox, valid: Valid): Promise<Answered> {
  if (valid.preference) return prefer(sandbox, valid, valid.preference)
  const scenario = playedBy(valid.mocked.playbook, valid.scenario)
  const subject = subjectOf(sandbox, valid, scenario)
  const of = (subject: string) =>
    idempotent(valid, subject, sandbox.store, () => play(sandbox, valid, scenario, subject))
  return typeof subject === 'string' ? of(subject) : subject.then(of)
}

/** A documented answer because the client asks for it; nothing is remembered of it. */
async function prefer(
  { seed, generate }: Sandbox,
  valid: Valid,
  { code, example, dynamic }: Preference,
): Promise<Answered> {
  const { operation, mocked, session } = valid
  const status = preferredStatus(operation, { code, example, dynamic })
  const origin = { seed, session, api: operation.api, subject: '', operation: operation.id }
  const built = await build(
    operation,
    { status, example, dynamic },
    { contract: mocked.contract, generate, seed: () => bodySeed(origin, 0) },
  )
  const applied = Object.entries({ code, example, dynamic: dynamic || undefined })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
  return {
    status: built.status,
    headers: { ...built.headers, 'preference-applied': applied.join(', ') },
    body: built.body,
    rule: built.from,
    scenario: playedBy(valid.mocked.playbook, valid.scenario).name,
    delay: 0,
    fault: undefined,
    tried: [],
    example: built.example,
    messages: [],
    reasons: [],
  }
}

/** Whose state the request is about. */
function subjectOf({ store }: Sandbox, valid: Valid, scenario: Scenario): string | Promise<string> {
  const { mocked, operation, session } = valid
  const { api, id } = operation
  const owner = async (made: string) => (await store.owner(session, api, made)) ?? made
  const expression = scriptOf(scenario, id)?.subject ?? mocked.playbook.subject
  const subject = expression(scopeOf(valid, { [OWNER]: owner }))
  return subject instanceof Promise ? subject.then(shortened) : shortened(subject)
}

const LONGEST_SUBJECT = 128

/** A token may be kilobytes long, and a session may have thousands. */
export function shortened(subject: unknown): string {
  const text = String(subject ?? '')
  return text.length > LONGEST_SUBJECT ? hash('sha256', text, 'base64') : text
}

/** What a scenario says, applied to the subject's state in one atomic update. */
async function play(
  { store, generate, seed }: Sandbox,
  valid: Valid,
  scenario: Scenario,
  subject: string,
): Promise<Answered> {
  const { mocked, operation, session } = valid
  const { playbook, contract } = mocked
  const api = operation.api
  const origin = { seed, session, api, subject, operation: operation.id }
  const facts = factsOf(valid)
  const decision = await store.update({ session, api, subject }, (record) =>
    decide({ playbook, scenario, operation, record, facts, origin }),
  )
  const built = await builtFrom(decision, operation, {
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
    tried: decision.tried,
    example: built.example,
    messages: decision.messages,
    reasons: [],
  }
}

function builtFrom(
  { answer }: Decision,
  operation: Operation,
  source: Source,
): Built | Promise<Built> {
  if (answer === 'nothing') return NOTHING
  const wanted = answer === 'contract' ? { status: successStatus(operation) } : answer
  return build(operation, wanted, source)
}

/** No status: nothing happened that a retry could be told of. */
const NOTHING: Built = { status: 0, headers: {}, body: undefined, from: 'contract' }

/** The generator takes 31 bits. */
const bodySeed = (origin: Origin, call: number) => derived(origin, call, 'body')[0] >>> 1
