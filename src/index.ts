/**
 * The sandbox as a library: start one in process, on a free port, for the tests of an app.
 *
 * @module
 */
import { SandboxClient } from './client/client.ts'
import type { SandboxOptions } from './config/options.ts'
import type { PlainEntry } from './journal/entry.ts'
import { start } from './server/start.ts'

export { ClientError, SandboxClient, SessionClient } from './client/client.ts'
export type { Clock } from './clock.ts'
export type { SandboxOptions } from './config/options.ts'
export type { Diagnostic as Fault, ProblemCode } from './errors.ts'
export { LoadError, StartError, UsageError } from './errors.ts'
export type { PlainEntry as JournalEntry } from './journal/entry.ts'
export { STOP_WITHIN } from './server/start.ts'

/** A running sandbox. */
export interface Sandbox {
  /** Its base URL, such as `http://127.0.0.1:4010`. */
  readonly url: string
  readonly port: number
  /** Arranges and looks at it by its admin API, as tests in another process do. */
  readonly client: SandboxClient
  /** The journal of a session, oldest first; credentials in it are as they came. */
  requests(session?: string): readonly PlainEntry[]
  /** Answers what is open, then stops; at most `STOP_WITHIN` ms. */
  stop(): Promise<void>
}

/**
 * Starts a sandbox and resolves when it listens.
 *
 * @throws LoadError if a document or scenario file has faults; it carries all of them
 * @throws StartError if something cannot be read or the port is taken
 * @throws UsageError if the scenario is not known or the store cannot be reached
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { url, port, parts, stop } = await start(options)
  const { adminToken: token } = options
  return {
    url,
    port,
    client: new SandboxClient(url, { ...(token !== undefined && { token }) }),
    requests: (session = 'default') => parts.journal.of(session),
    stop,
  }
}
