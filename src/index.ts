/**
 * The sandbox as a library: start one in process, on a free port, for the tests of an app.
 *
 * @module
 */
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { type Clock, systemClock } from './clock.ts'
import type { Engine, Sandbox as Parts } from './engine.ts'
import { LoadError, StartError, UsageError } from './errors.ts'
import type { Answered } from './exchange.ts'
import { Journal, type JournalEntry } from './journal/journal.ts'
import { loadEngine } from './load.ts'
import { logRequest } from './log.ts'
import { nearest } from './nearest.ts'
import { generator } from './response/generate.ts'
import type { SubjectRecord } from './scenario/decide.ts'
import { makeServer } from './server.ts'
import { type Evicted, MemoryStore } from './store/memory.ts'
import { BOUNDS } from './store/store.ts'

export type { Clock } from './clock.ts'
export type { Fault, ProblemCode } from './errors.ts'
export type { JournalEntry } from './journal/journal.ts'
export { LoadError, StartError, UsageError }

/** What a sandbox can be given; everything has the default of the command line. */
export interface SandboxOptions {
  /** Port to listen on; 0, the default here, takes a free one. */
  readonly port?: number
  /** Address to listen on; 127.0.0.1 unless told otherwise. */
  readonly host?: string
  /** OpenAPI documents, or folders of them, in place of the built-in ones. */
  readonly specs?: readonly string[]
  /** Folders of scenario files that add to the built-in ones or replace them. */
  readonly scenarios?: readonly string[]
  /** The scenario of requests that name none; `default` unless told otherwise. */
  readonly scenario?: string
  /** Same seed and same calls: same bytes. A whole number below 2^31; 1 unless told otherwise. */
  readonly seed?: number
  /** Whether web pages of other origins may call the mocked APIs; true unless told otherwise. */
  readonly cors?: boolean
  /** Real time; tests of the sandbox itself bring their own. */
  readonly clock?: Clock
  /** Where requests and mistakes are logged; nowhere unless given. */
  readonly logger?: Logger
}

/** A running sandbox. */
export interface Sandbox {
  /** Its base URL, such as `http://127.0.0.1:4010`. */
  readonly url: string
  readonly port: number
  /** The journal of a session, oldest first; credentials in it are as they came. */
  requests(session?: string): readonly JournalEntry[]
  /** Answers what is open, then stops; at most `STOP_WITHIN` ms. */
  stop(): Promise<void>
}

/** Longest time in ms that stopping may take before connections are cut. */
export const STOP_WITHIN = 1_500

/**
 * Starts a sandbox and resolves when it listens.
 *
 * @throws LoadError if a document or scenario file has faults; it carries all of them
 * @throws StartError if something cannot be read or the port is taken
 * @throws UsageError if the scenario is not known
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', cors = true, clock = systemClock } = options
  const engine = loadEngine({
    specs: options.specs ?? [],
    scenarios: options.scenarios ?? [],
  })
  const parts = assemble(engine, options)
  const app = await makeServer({ sandbox: parts, cors })
  try {
    await app.listen({ port, host })
  } catch (error) {
    await app.close()
    throw new StartError(listenFailure(error as NodeJS.ErrnoException, host, port))
  }
  const address = app.server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shown}:${address.port}`,
    port: address.port,
    requests: (session = 'default') => parts.journal.of(session),
    stop: async () => {
      const cut = new AbortController()
      const closing = app.close().finally(() => cut.abort())
      await Promise.race([closing, clock.sleep(STOP_WITHIN, cut.signal)])
      app.server.closeAllConnections()
      await closing
      await parts.store.close()
    },
  }
}

/** The parts that a request passes through, put together. */
export function assemble(engine: Engine, options: SandboxOptions): Parts {
  const { scenario = 'default', seed = 1, clock = systemClock, logger } = options
  if (!engine.scenarioNames.has(scenario)) {
    const near = nearest(scenario, engine.scenarioNames)
    const known = near.length > 0 ? near : [...engine.scenarioNames].sort()
    throw new UsageError(`there is no scenario "${scenario}"; nearest: ${known.join(', ')}`)
  }
  const journal = new Journal()
  const store = new MemoryStore<SubjectRecord, Answered>({
    clock,
    onEvict: evictions(journal, logger),
  })
  const log: Parts['log'] = (entry, error) => logger && logRequest(logger, entry, error)
  return {
    engine,
    store,
    journal,
    clock,
    generate: generator(),
    seed,
    scenario,
    log,
  }
}

/** A bound that is passed is worth one line; from then on it is business as usual. */
function evictions(journal: Journal, logger: Logger | undefined) {
  const told = new Set<Evicted>()
  return (kind: Evicted, session: string) => {
    if (kind === 'session') journal.forget(session)
    if (told.has(kind)) return
    told.add(kind)
    const bound = BOUNDS[`${kind}s`]
    const message = `${bound} ${kind}s are the most that are kept; the least recently used go`
    logger?.warn({ kind, session, bound }, message)
  }
}

const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `port ${port} of ${host} is already in use; choose another with --port, or --port 0 for a free one`,
  EACCES: (_, port) => `port ${port} needs more rights than this user has; choose one above 1023`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine; try 127.0.0.1 or 0.0.0.0`,
  ENOTFOUND: (host) => `${host} is not a name that this machine knows; try 127.0.0.1 or 0.0.0.0`,
}

function listenFailure({ code, message }: NodeJS.ErrnoException, host: string, port: number) {
  return REASONS[code ?? '']?.(host, port) ?? `cannot listen on ${host}:${port}: ${message}`
}
