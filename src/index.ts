/**
 * The sandbox as a library: start one in process, on a free port, for the tests of an app.
 *
 * @module
 */
import { unredacted } from './admin/lookups.ts'
import { type JournalEntry, SandboxClient } from './client/client.ts'
import { readOptions } from './config/read.ts'
import type { SandboxOptions } from './config/settings.ts'
import { toJournalEntry } from './journal/entry.ts'
import { start } from './server/start.ts'

export { ClientError, type JournalEntry, SandboxClient, SessionClient } from './client/client.ts'
export type { Clock } from './clock.ts'
export type { SandboxOptions } from './config/settings.ts'
export type { Diagnostic as Fault, ProblemCode } from './errors.ts'
export { LoadError, StartError, UsageError } from './errors.ts'

import { warnOfOldName } from './errors.ts'

export { STOP_WITHIN } from './server/start.ts'

/** A running sandbox. */
export interface RunningSandbox {
  /** Its base URL, such as `http://127.0.0.1:4010`. */
  readonly url: string
  readonly port: number
  /** Arranges and looks at it by its admin API, as tests in another process do. */
  readonly client: SandboxClient
  /**
   * The journal of a session, oldest first, in the shape of `client.session().requests()`. Nothing is
   * masked: credentials and codes are as they were sent.
   */
  requests(session?: string): readonly (JournalEntry & OldNames)[]
  /** Answers what is open, then stops; at most `STOP_WITHIN` ms. */
  stop(): Promise<void>
}

export type { RunningSandbox as Sandbox }

/**
 * Starts a sandbox and resolves when it listens.
 *
 * @throws LoadError if a document or scenario file has faults; it carries all of them
 * @throws StartError if something cannot be read or the port is taken
 * @throws UsageError if an option is wrong, the scenario unknown, or the store cannot be used
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const config = readOptions(options)
  const { url, port, parts, stop } = await start(config)
  const { adminToken: token } = config
  return {
    url,
    port,
    client: new SandboxClient(url, { ...(token !== undefined && { token }) }),
    requests: (session = 'default') => {
      const redaction = unredacted(parts)
      return parts.journal
        .recorded(session)
        .map((entry) => withOldNames(toJournalEntry(entry, redaction)))
    },
    stop,
  }
}

/** Names of version 0.1, which still work, with a warning each. */
export interface OldNames {
  /** @deprecated use `operationId` */
  readonly operation?: string
  /** @deprecated use `why` */
  readonly tried?: JournalEntry['why']
  /** @deprecated use `response.fault` */
  readonly fault?: string
}

/** What entries called these before they had the admin API's shape. */
const OLD_NAMES: Readonly<Record<keyof OldNames, (entry: JournalEntry) => unknown>> = {
  operation: ({ operationId }) => operationId,
  tried: ({ why }) => why,
  fault: ({ response }) => response.fault,
}

function withOldNames(entry: JournalEntry): JournalEntry & OldNames {
  for (const [name, read] of Object.entries(OLD_NAMES)) {
    Object.defineProperty(entry, name, {
      get: () => {
        warnOfOldName('JournalEntry', name)
        return read(entry)
      },
    })
  }
  return entry
}
