/** A sandbox for one test: its own server, without a socket, and a clock that only the test moves. */
import type { Test } from 'tap'
import type { Clock } from '../src/clock.ts'
import type { SandboxOptions } from '../src/config/options.ts'
import type { JournalEntry } from '../src/index.ts'
import { assemble } from '../src/sandbox/assemble.ts'
import { loadEngine } from '../src/sandbox/load.ts'
import { makeServer } from '../src/server/server.ts'
import { serverOptions } from '../src/server/start.ts'

export const START = Date.UTC(2026, 0, 1, 12)

/** Real time for tests: stands still until told; sleeping is noted and over at once. */
export class TestClock implements Clock {
  time = START
  readonly slept: number[] = []

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.time
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms)
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** The body as JSON; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely
  readonly body: any
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, unless it is a text, which is sent as it is. */
  readonly body?: unknown
}

export interface TestApp {
  readonly clock: TestClock
  ask(method: string, url: string, ask?: Ask): Promise<Answer>
  requests(session?: string): readonly JournalEntry[]
}

/** The built-in documents and scenarios are read once for a test file: they never change. */
const builtIn = () => {
  engine ??= loadEngine({ specs: [], scenarios: [] })
  return engine
}
let engine: ReturnType<typeof loadEngine> | undefined

export async function makeApp(
  t: Pick<Test, 'teardown'>,
  options: SandboxOptions = {},
): Promise<TestApp> {
  const clock = new TestClock()
  const { specs = [], scenarios = [] } = options
  const own = specs.length + scenarios.length > 0
  const parts = assemble(own ? loadEngine({ specs, scenarios }) : builtIn(), { clock, ...options })
  const server = await makeServer(serverOptions(parts, options))
  t.teardown(() => server.close())
  return {
    clock,
    requests: (session = 'default') => parts.journal.of(session),
    ask: async (method, url, { headers = {}, body } = {}) => {
      const json = body !== undefined && typeof body !== 'string'
      const response = await server.inject({
        method: method as 'GET',
        url,
        headers: { ...(json && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { payload: json ? JSON.stringify(body) : (body as string) }),
      })
      const type = String(response.headers['content-type'] ?? '')
      return {
        status: response.statusCode,
        headers: response.headers as Answer['headers'],
        text: response.body,
        body: /json/.test(type) && response.body !== '' ? JSON.parse(response.body) : undefined,
      }
    },
  }
}
