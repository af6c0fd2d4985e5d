/** Starts a fresh sandbox for a document that was read once. */
import type { Test } from 'tap'
import { readOptions } from '../../src/config/read.ts'
import type { Apis } from '../../src/sandbox/apis.ts'
import { makeServer } from '../../src/server/server.ts'
import { serverOptions } from '../../src/server/start.ts'
import { makeParts, TestClock } from '../fixtures/app.ts'
import type { Sent } from './requests.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly type: string
  readonly bytes: Buffer
  /** Why the journal says it was refused. */
  readonly reasons: readonly string[]
}

export type Ask = (session: string, sent: Sent, prefer?: string) => Promise<Answer>

export async function freshSandbox(t: Pick<Test, 'teardown'>, apis: Apis, seed = 7): Promise<Ask> {
  const options = { clock: new TestClock(), seed }
  const parts = makeParts(apis, options)
  const server = await makeServer(serverOptions(parts, readOptions(options)))
  t.teardown(() => server.close())
  return async (session, { method, url, headers, body }, prefer) => {
    const response = await server.inject({
      method: method as 'GET',
      url,
      headers: { ...headers, 'x-sandbox-session': session, ...(prefer && { prefer }) },
      ...(body !== undefined && { payload: body }),
    })
    const entry = parts.journal.recorded(session).at(-1)?.outcome
    return {
      status: response.statusCode,
      headers: response.headers as Answer['headers'],
      type: String(response.headers['content-type'] ?? ''),
      bytes: response.rawPayload,
      reasons: entry?.reasons ?? [],
    }
  }
}
