/**
 * `test` of node:test, with a session of the sandbox for each test.
 *
 * @module
 */
import { relative } from 'node:path'
import { after, test as base, type TestContext } from 'node:test'
import type { SandboxOptions } from '../index.ts'
import { reportSession } from './journal.ts'
import { type OpenedSandbox, openSandbox } from './open.ts'
import { openSession, type SandboxFixtures } from './session.ts'

export type { SandboxFixtures } from './session.ts'

/** What a test of node:test gets. */
export interface NodeTestFixtures extends SandboxFixtures {
  /** The context that node:test gives to each test: subtests, hooks, mocks, diagnostics. */
  t: TestContext
}

/** What a test does. */
export type SandboxTestBody = (fixtures: NodeTestFixtures) => unknown

/** Declares a test, as `test` of node:test does. */
export interface DeclareSandboxTest {
  (name: string, body: SandboxTestBody): Promise<void>
  (name: string, options: base.TestOptions, body: SandboxTestBody): Promise<void>
}

/** `test` of node:test, with the sandbox. */
export interface SandboxTest extends DeclareSandboxTest {
  readonly only: DeclareSandboxTest
  readonly skip: DeclareSandboxTest
  readonly todo: DeclareSandboxTest
}

/**
 * Makes a `test` whose tests share a sandbox. Call it at the top of a file: the sandbox is stopped
 * after the file's last test.
 *
 * @param options settings of a sandbox that is started here; one at `SANDBOX_URL` has its own
 */
export function createTest(options: SandboxOptions = {}): SandboxTest {
  let opened: Promise<OpenedSandbox> | undefined
  const used = new Map<string, number>()

  after(async () => (await opened?.catch(() => undefined))?.stop())

  const withSession = (body: SandboxTestBody) => async (t: TestContext) => {
    opened ??= openSandbox(options)
    const { client: sandbox } = await opened
    const name = identify(t)
    // Two tests of a file may have one name.
    const nth = used.get(name) ?? 0
    used.set(name, nth + 1)
    const session = await openSession(sandbox, t.name, `${name}\n${nth}`)
    t.after(async () => {
      if (hasPassed(t)) return
      // node:test escapes line breaks in a diagnostic.
      for (const line of (await reportSession(session)).text.split('\n')) t.diagnostic(line)
    })
    await body({ session, sandbox, t })
  }

  const wrap =
    (declare: typeof base | typeof base.only): DeclareSandboxTest =>
    (name: string, ...rest: [SandboxTestBody] | [base.TestOptions, SandboxTestBody]) =>
      rest.length === 1
        ? declare(name, withSession(rest[0]))
        : declare(name, rest[0], withSession(rest[1]))

  return Object.assign(wrap(base), {
    only: wrap(base.only),
    skip: wrap(base.skip),
    todo: wrap(base.todo),
  })
}

/** `test` of node:test, with a session of the sandbox for each test. */
export const test: SandboxTest = createTest()

/** Members that the oldest supported version has, or that newer versions have, without their types. */
type RunningTest = TestContext & { readonly passed: boolean; readonly filePath?: string }

const hasPassed = (t: TestContext) => (t as RunningTest).passed

function identify(t: TestContext): string {
  const file = (t as RunningTest).filePath ?? process.argv[1] ?? ''
  return `${relative(process.cwd(), file)}\n${t.fullName}`
}
