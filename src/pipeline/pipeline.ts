/** One request from end to end. This page has every step, in order; nothing else knows the order. */
import { type Incoming, type Outcome, Progress } from '../exchange/exchange.ts'
import type { RawEntry } from '../journal/entry.ts'
import { DEFAULT_SESSION, type Sandbox } from '../sandbox/sandbox.ts'
import { address, openSession } from './address.ts'
import { authenticate } from './authenticate.ts'
import { match } from './match.ts'
import { refuse } from './refuse.ts'
import { respond } from './respond.ts'
import { validate } from './validate.ts'

/**
 * Handles one request and returns what is recorded of it. Never throws: every error becomes an
 * outcome. Behind each step stand the statuses with which it can refuse a request.
 */
export async function handle(sandbox: Sandbox, incoming: Incoming): Promise<RawEntry> {
  const { apis } = sandbox // one snapshot: a reload changes no request that is under way
  const progress = new Progress(incoming)
  try {
    // Session, scenario, preference and route: 400.
    const addressed = progress.address('arrived', address(incoming, apis, sandbox))
    // The session's time: 400, 503.
    const opened = progress.address('received', await openSession(addressed, apis, sandbox))
    // API, operation and credentials: 400, 404, 405.
    const matched = progress.match('matched', match(opened, apis))
    // Returns nothing, or throws: 401, 403, 501.
    authenticate(matched)
    progress.match('authenticated', matched)
    // The body, read once: 400, 413, 415, 501.
    const read = validate(matched)
    const valid = progress.match('valid', read instanceof Promise ? await read : read)
    // Preferred, replayed or played: whatever is documented, or 400, 406, 501, 503.
    return record(sandbox, progress, await respond(valid, sandbox))
  } catch (error) {
    return record(
      sandbox,
      progress,
      await refuse(error as Error, progress, sandbox),
      error as Error,
    )
  }
}

/** The one exit, where journal, counters and log are written. */
function record(
  { journal, tally, recording, clock, log }: Sandbox,
  { incoming, step, addressed, matched }: Progress,
  outcome: Outcome,
  error?: Error,
): RawEntry {
  const entry: RawEntry = {
    id: journal.nextId(),
    session: addressed?.session ?? DEFAULT_SESSION,
    at: addressed?.now.getTime() ?? incoming.receivedAt,
    // The system's clock may be set back meanwhile.
    duration: Math.max(0, clock.now() - incoming.receivedAt),
    step,
    operation: matched?.operation,
    path: step === 'arrived' ? undefined : addressed?.path,
    incoming,
    ignored: addressed?.ignored ?? [],
    outcome,
  }
  if (recording) {
    journal.write(entry)
    tally.add(entry)
  }
  log(entry, error)
  return entry
}
