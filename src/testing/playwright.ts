/**
 * `test` of Playwright, with a session of the sandbox for each test.
 *
 * @module
 */
import {
  test as base,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestInfo,
  type TestType,
} from '@playwright/test'
import type { SandboxClient, SessionClient } from '../client/client.ts'
import type { SandboxOptions } from '../index.ts'
import { reportSession } from './journal.ts'
import { openSandbox } from './open.ts'
import { openSession, type SandboxFixtures } from './session.ts'

export type { SandboxFixtures } from './session.ts'

/** What each test gets. */
export type SandboxTestFixtures = Pick<SandboxFixtures, 'session'>

/** What each worker has. */
export interface SandboxWorkerFixtures {
  sandbox: SandboxClient
  /** Settings of a sandbox that is started here: `use: { sandboxOptions }` in the configuration. */
  sandboxOptions: SandboxOptions
}

/** `test` of Playwright, with a session of the sandbox for each test. */
export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & SandboxTestFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & SandboxWorkerFixtures
> = base.extend<SandboxTestFixtures, SandboxWorkerFixtures>({
  sandboxOptions: [{}, { scope: 'worker', option: true }],
  sandbox: [
    async ({ sandboxOptions }, use) => {
      const { client, stop } = await openSandbox(sandboxOptions)
      await use(client)
      await stop()
    },
    { scope: 'worker' },
  ],
  session: async ({ sandbox }, use, testInfo) => {
    const session = await openSession(sandbox, testInfo.title, testInfo.testId)
    await use(session)
    if (testInfo.status !== testInfo.expectedStatus) await attachJournal(session, testInfo)
  },
})

async function attachJournal(session: SessionClient, testInfo: TestInfo): Promise<void> {
  const { text, entries } = await reportSession(session)
  await testInfo.attach('sandbox journal', { body: text, contentType: 'text/plain' })
  const body = JSON.stringify(entries, null, 2)
  await testInfo.attach('sandbox-journal.json', { body, contentType: 'application/json' })
}
