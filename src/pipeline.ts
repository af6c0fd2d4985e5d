/**
 * The order of the steps, and the only file that knows it: receive, match, authenticate, validate,
 * answer (idempotency, scenario, response), leave. One value flows down and is replaced at each
 * step; whatever happens, it leaves through one exit, where the journal is written.
 */
import { authenticate, match, validate } from './admit.ts'
import { answer } from './answer.ts'
import type { Sandbox } from './engine.ts'
import type { Answered, Incoming, Matched, Received } from './exchange.ts'
import { address, DEFAULT_SESSION, receive } from './receive.ts'
import { refuse } from './refuse.ts'

/** The way of one request through the sandbox. Never throws: every mishap is an answer, too. */
export async function handle(sandbox: Sandbox, incoming: Incoming): Promise<Answered> {
  let session = DEFAULT_SESSION
  let exchange: Received | undefined
  try {
    const addressed = address(incoming)
    session = addressed.session
    const received = await receive(incoming, addressed, sandbox)
    exchange = received
    const matched = match(sandbox.engine, received)
    exchange = matched
    const authenticated = authenticate(matched)
    exchange = authenticated
    const valid = validate(authenticated)
    exchange = valid
    return leave(sandbox, incoming, session, exchange, await answer(sandbox, valid))
  } catch (error) {
    const answered = await refuse(error as Error, incoming, exchange, sandbox)
    return leave(sandbox, incoming, session, exchange, answered, error as Error)
  }
}

/** The one exit: journal, log, and the headers that say what was played. */
function leave(
  sandbox: Sandbox,
  incoming: Incoming,
  session: string,
  exchange: Received | undefined,
  answered: Answered,
  error?: Error,
): Answered {
  const { journal, clock, log } = sandbox
  const headers = {
    ...answered.headers,
    'x-sandbox-scenario': answered.scenario,
    'x-sandbox-session': session,
    'x-sandbox-rule': answered.rule,
  }
  const operation =
    exchange && 'operation' in exchange ? (exchange as Matched).operation : undefined
  const entry = {
    id: journal.nextId(),
    session,
    at: exchange?.now.getTime() ?? incoming.receivedAt,
    receivedAt: incoming.receivedAt,
    duration: clock.now() - incoming.receivedAt,
    request: {
      method: incoming.method,
      url: incoming.url,
      headers: incoming.headers,
      body: incoming.body?.toString(),
    },
    response: {
      status: answered.fault ? 0 : answered.status,
      headers,
      body: answered.body,
    },
    step: exchange?.step ?? 'arrived',
    api: operation?.api,
    operation: operation?.id,
    scenario: answered.scenario,
    rule: answered.rule,
    fault: answered.fault,
    passed: answered.passed,
    messages: answered.messages,
    reasons: answered.reasons,
  }
  journal.write(entry)
  log(entry, error)
  return { ...answered, headers }
}
