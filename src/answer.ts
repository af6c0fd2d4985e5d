/** What is answered to a valid request: what the client insists on, else what a scenario says. */
import { createHash } from 'node:crypto'
import type { Sandbox } from './engine.ts'
import type { Answered, Matched, Valid } from './exchange.ts'
import { idempotent } from './idempotency.ts'
import { build } from './response/build.ts'
import { preferredStatus, successStatus } from './response/prefer.ts'
import { decide } from './scenario/decide.ts'
import { derived, type Origin } from './scenario/ids.ts'
import { DEFAULT } from './scenario/load.ts'
import { OWNER } from './scenario/scope.ts'
import { factsOf, scopeOf } from './scopes.ts'

export async function answer(sandbox: Sandbox, valid: Valid): Promise<Answered> {
  if (valid.preference) return prefer(sandbox, valid)
  const subject = await subjectOf(sandbox, valid)
  return idempotent(valid, subject, sandbox.store, () => play(sandbox, valid, subject))
}

/** A documented answer because the client asks for it; nothing is remembered of it. */
async function prefer(sandbox: Sandbox, valid: Valid): Promise<Answered> {
  const { preference, operation, mocked } = valid
  const { code, example, dynamic } = preference as NonNullable<typeof preference>
  const status = preferredStatus(operation, { code, example, dynamic })
  const seed = Number(derived(originOf(sandbox, valid, ''), 0, 'body') % SEEDS)
  const source = { contract: mocked.contract, generate: sandbox.generate, seed }
  const built = await build(operation, { status, example, dynamic }, source)
  const applied = [
    ...(code === undefined ? [] : [`code=${code}`]),
    ...(example === undefined ? [] : [`example=${example}`]),
    ...(dynamic ? ['dynamic=true'] : []),
  ].join(', ')
  return {
    ...PLAIN,
    status: built.status,
    headers: [...built.headers, ['preference-applied', applied]],
    body: built.body,
    rule: built.from === 'script' ? 'example' : built.from,
    scenario: playedScenario(valid).name,
  }
}

/** Whose state the request is about. */
async function subjectOf({ store }: Sandbox, valid: Valid): Promise<string> {
  const { mocked, operation, session } = valid
  const { playbook } = mocked
  const own = playedScenario(valid)
  let script = own.operations.get(operation.id)
  for (let base = own.base; !script && base; base = base.base)
    script = base.operations.get(operation.id)
  const owner = async (id: string) => (await store.owner(session, operation.api, id)) ?? id
  const scope = scopeOf(valid, valid.request, { [OWNER]: owner })
  const subject = String((await (script?.subject ?? playbook.subject)(scope)) ?? '')
  // A token may be kilobytes long, and a session may have thousands.
  return subject.length > LONGEST_SUBJECT
    ? createHash('sha256').update(subject).digest('base64')
    : subject
}

const LONGEST_SUBJECT = 128

/** What a scenario says, applied to the subject's state in one atomic update. */
async function play(sandbox: Sandbox, valid: Valid, subject: string): Promise<Answered> {
  const { store, generate } = sandbox
  const { mocked, operation, session } = valid
  const origin = originOf(sandbox, valid, subject)
  const scenario = playedScenario(valid)
  const facts = { ...factsOf(valid), request: valid.request }
  const decision = await store.update({ session, api: operation.api, subject }, (record) => {
    const question = { playbook: mocked.playbook, scenario, operation, record, facts, origin }
    const decision = decide(question)
    return { record: decision.record, ids: decision.ids, result: decision }
  })
  const wanted = decision.answer ?? { status: successStatus(operation) }
  const seed = Number(derived(origin, decision.call, 'body') % SEEDS)
  const built = await build(operation, wanted, { contract: mocked.contract, generate, seed })
  return {
    status: built.status,
    headers: built.headers,
    body: built.body,
    rule: decision.at ?? (built.from === 'script' ? 'contract' : built.from),
    scenario: scenario.name,
    delay: decision.delay,
    fault: decision.fault,
    passed: decision.passed,
    messages: decision.messages,
    reasons: [],
  }
}

/** The generator takes 31 bits. */
const SEEDS = 2n ** 31n

const PLAIN = {
  delay: 0,
  fault: undefined,
  passed: [],
  messages: [],
  reasons: [],
} satisfies Partial<Answered>

/** The scenario asked for, where the API has it; APIs that lack it play their default. */
function playedScenario({ mocked, scenario }: Matched) {
  const { scenarios } = mocked.playbook
  const played = scenarios.get(scenario) ?? scenarios.get(DEFAULT)
  if (!played) throw new Error(`${mocked.contract.name} has no scenario "${DEFAULT}"`)
  return played
}

const originOf = ({ seed }: Sandbox, { session, operation }: Matched, subject: string): Origin => ({
  seed,
  session,
  api: operation.api,
  subject,
  operation: operation.id,
})
