/**
 * `test` of Vitest, with a session of the sandbox for each test.
 *
 * @module
 */
import { test as base, type TestAPI } from 'vitest'
import type { SandboxOptions } from '../index.ts'
import { reportSession } from './journal.ts'
import { openSandbox } from './open.ts'
import { openSession, type SandboxFixtures } from './session.ts'

export type { SandboxFixtures } from './session.ts'

/** What a test of Vitest gets. */
export interface VitestFixtures extends SandboxFixtures {
  /** Settings of a sandbox that is started here: `provide: { sandboxOptions }` in the configuration. */
  sandboxOptions: SandboxOptions
}

declare module 'vitest' {
  interface ProvidedContext {
    sandboxOptions: SandboxOptions
  }
}

/** `test` of Vitest, with a session of the sandbox for each test. */
export const test: TestAPI<VitestFixtures> = base.extend<VitestFixtures>({
  sandboxOptions: [{}, { scope: 'worker', injected: true }],
  sandbox: [
    async ({ sandboxOptions }, use) => {
      const { client, stop } = await openSandbox(sandboxOptions)
      await use(client)
      await stop()
    },
    { scope: 'worker' },
  ],
  session: async ({ sandbox, task, onTestFailed }, use) => {
    const session = await openSession(sandbox, task.name, task.id)
    // Vitest takes no annotations once a test has failed.
    onTestFailed(async () => {
      const error = task.result?.errors?.at(-1)
      if (error) error.message += `\n\n${(await reportSession(session)).text}`
    })
    await use(session)
  },
})
