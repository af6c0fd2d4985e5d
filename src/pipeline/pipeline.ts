/**
 * The order of the steps, and the only file that knows it: receive, match, authenticate, validate,
 * answer (idempotency, scenario, response), leave. One value flows down and is replaced at each
 * step; whatever happens, it leaves through one exit, where the journal is written.
 */

import { type Incoming, isMatched, type Outcome, type Received } from '../exchange/exchange.ts'
import type { RawEntry } from '../journal/entry.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { DEFAULT_SESSION } from '../sandbox/sandbox.ts'
import { address, bound, receive, visit } from './address.ts'
import { authenticate } from './authenticate.ts'
import { match } from './match.ts'
import { refuse } from './refuse.ts'
import { answer } from './respond.ts'
import { validate } from './validate.ts'

/**
 * The way of one request through the sandbox, and what is recorded of it. Never throws: every mishap
 * is an answer, too.
 */
export async function handle(sandbox: Sandbox, incoming: Incoming): Promise<RawEntry> {
  let session = DEFAULT_SESSION
  let exchange: Received | undefined
  try {
    const addressed = bound(sandbox, incoming, address(incoming))
    session = addressed.session
    const received = receive(
      incoming,
      addressed,
      await visit(incoming, addressed, sandbox),
      sandbox,
    )
    exchange = received
    const matched = match(sandbox.apis, received)
    exchange = matched
    const authenticated = authenticate(matched)
    exchange = authenticated
    const checked = validate(authenticated)
    // Most bodies are read at once: waiting would cost a turn.
    const valid = checked instanceof Promise ? await checked : checked
    exchange = valid
    return leave(sandbox, incoming, session, exchange, await answer(sandbox, valid))
  } catch (error) {
    const outcome = await refuse(error as Error, incoming, exchange, sandbox)
    return leave(sandbox, incoming, session, exchange, outcome, error as Error)
  }
}

/** The one exit, where journal and log are written. */
function leave(
  { journal, tally, recording, clock, log }: Sandbox,
  incoming: Incoming,
  session: string,
  exchange: Received | undefined,
  outcome: Outcome,
  error?: Error,
): RawEntry {
  const recorded: RawEntry = {
    id: journal.nextId(),
    session,
    at: exchange ? exchange.now.getTime() : incoming.receivedAt,
    // The system's clock may be set back meanwhile.
    duration: Math.max(0, clock.now() - incoming.receivedAt),
    step: exchange?.step ?? 'arrived',
    operation: isMatched(exchange) ? exchange.operation : undefined,
    path: exchange?.path,
    incoming,
    outcome,
  }
  if (recording) {
    journal.write(recorded)
    tally.add(recorded)
  }
  log(recorded, error)
  return recorded
}
