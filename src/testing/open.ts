/**
 * The sandbox of a test run, for any test runner: one that runs elsewhere, or one that is started.
 *
 * @module
 */
import { ClientError, SandboxClient } from '../client/client.ts'
import { StartError } from '../errors.ts'
import type { SandboxOptions } from '../index.ts'

/** A sandbox that tests use. */
export interface OpenedSandbox {
  readonly client: SandboxClient
  /** Stops the sandbox if it was started here; one that runs elsewhere goes on. */
  stop(): Promise<void>
}

/**
 * Opens the sandbox at `SANDBOX_URL`, with `SANDBOX_ADMIN_TOKEN`. Without that variable, starts one
 * in this process, on a free port.
 *
 * @param options settings of a sandbox that is started here; one that runs elsewhere has its own
 * @throws StartError if no sandbox answers at `SANDBOX_URL`; else what `createSandbox()` throws
 */
export async function openSandbox(options: SandboxOptions = {}): Promise<OpenedSandbox> {
  const { SANDBOX_URL: url, SANDBOX_ADMIN_TOKEN: token } = process.env
  if (url) return { client: await connect(url, token), stop: async () => {} }
  // The server takes longer to load than all tests of a file that does not need it.
  const { createSandbox } = await import('../index.ts')
  return createSandbox(options)
}

async function connect(url: string, token: string | undefined): Promise<SandboxClient> {
  const client = new SandboxClient(url, { ...(token && { token }) })
  try {
    await client.ready()
  } catch (error) {
    if (error instanceof ClientError && error.code) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`no sandbox answers at SANDBOX_URL, ${url}: ${reason}`, { cause: error })
  }
  return client
}
