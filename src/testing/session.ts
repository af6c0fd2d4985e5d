/** What the fixtures of all test runners give to a test. */
import { createHash } from 'node:crypto'
import type { SandboxClient, SessionClient } from '../client/client.ts'

/** What a test gets. */
export interface SandboxFixtures {
  /** The test's own session: base URL of the app, messages, clock, actions, journal. */
  session: SessionClient
  /** The sandbox: scenarios, bindings, coverage. */
  sandbox: SandboxClient
}

/** Characters of a title that its session's id repeats; the server takes 128 in all. */
const LONGEST_NAME = 64

/**
 * Returns the session of a test, as if nobody had used it. Its id begins with the test's title, so
 * that a reader finds it in the admin API.
 *
 * @param identity what tells the test from others with its title; the same in each run
 */
export async function openSession(
  sandbox: SandboxClient,
  title: string,
  identity: string,
): Promise<SessionClient> {
  const session = sandbox.session(sessionId(title, identity))
  await session.reset()
  return session
}

export function sessionId(title: string, identity: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g)
  const name = words?.join('-').slice(0, LONGEST_NAME).replace(/-$/, '') ?? 'test'
  return `${name}-${createHash('sha256').update(identity).digest('hex').slice(0, 8)}`
}
