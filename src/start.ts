/** Puts a sandbox together and makes it listen. */
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { Bindings } from './bindings.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Engine, Sandbox as Parts } from './engine.ts'
import { StartError, UsageError } from './errors.ts'
import type { Answered } from './exchange.ts'
import { Journal } from './journal/journal.ts'
import { type Durations, Tally } from './journal/tally.ts'
import { loadEngine } from './load.ts'
import { logRequest } from './log.ts'
import { nearest } from './nearest.ts'
import { generator } from './response/generate.ts'
import type { SubjectRecord } from './scenario/decide.ts'
import { makeServer, type ServerOptions } from './server.ts'
import { MemoryStore } from './store/memory.ts'
import { BOUNDS, type Evicted, Evictions } from './store/store.ts'
import { type TimedMethod, timed } from './timed.ts'

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
  /** Secret that the admin API asks for as a bearer token; none unless given. */
  readonly adminToken?: string
  /** Public-looking host names by which the admin API may be called. */
  readonly adminHost?: readonly string[]
  /** Whether journal, messages and coverage are kept; true unless told otherwise. */
  readonly journal?: boolean
  /** Real time; tests of the sandbox itself bring their own. */
  readonly clock?: Clock
  /** Where requests and mistakes are logged; nowhere unless given. */
  readonly logger?: Logger
}

/** A sandbox that listens, with its parts. */
export interface Running {
  /** Its base URL, such as `http://127.0.0.1:4010`. */
  readonly url: string
  readonly port: number
  readonly parts: Parts
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
export async function start(options: SandboxOptions): Promise<Running> {
  const { port = 0, host = '127.0.0.1', clock = systemClock } = options
  const engine = loadEngine({
    specs: options.specs ?? [],
    scenarios: options.scenarios ?? [],
  })
  const parts = assemble(engine, options)
  const app = await makeServer(serverOptions(parts, options))
  warnOfOpenAdmin(options)
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
    parts,
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

export const serverOptions = (sandbox: Parts, options: SandboxOptions): ServerOptions => ({
  sandbox,
  cors: options.cors ?? true,
  admin: { token: options.adminToken, hosts: options.adminHost ?? [] },
})

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/

/** Whoever can reach the port can read what was sent and change how it is answered. */
function warnOfOpenAdmin({ host = '127.0.0.1', adminToken, logger }: SandboxOptions): void {
  if (adminToken !== undefined || LOOPBACK.test(host)) return
  const who = `everybody who can reach ${host} can use the admin API`
  logger?.warn({ host }, `${who}; set --admin-token or SANDBOX_ADMIN_TOKEN to a secret`)
}

/** The parts that a request passes through, put together. */
export function assemble(engine: Engine, options: SandboxOptions): Parts {
  const {
    scenario = 'default',
    seed = 1,
    clock = systemClock,
    logger,
    journal: recording,
  } = options
  if (!engine.scenarioNames.has(scenario)) {
    const near = nearest(scenario, engine.scenarioNames)
    const known = near.length > 0 ? near : [...engine.scenarioNames].sort()
    throw new UsageError(`there is no scenario "${scenario}"; nearest: ${known.join(', ')}`)
  }
  const journal = new Journal()
  const evictions = new Evictions()
  const told = tellsOnce(logger)
  const storeTimes = new Map<TimedMethod, Durations>()
  const memory = new MemoryStore<SubjectRecord, Answered>({
    clock,
    onEvict: (kind, session) => {
      evictions.add(kind)
      if (kind === 'session') journal.forget(session)
      told(kind, session)
    },
  })
  const log: Parts['log'] = (entry, error) => logger && logRequest(logger, entry, error)
  return {
    engine,
    store: timed(memory, clock, storeTimes),
    storeTimes,
    journal,
    tally: new Tally(),
    recording: recording ?? true,
    bindings: new Bindings(),
    evictions,
    clock,
    generate: generator(),
    seed,
    scenario,
    log,
    mishap: (error) => logger?.error({ err: error }, 'a mistake in the sandbox'),
  }
}

/** A bound that is passed is worth one line; from then on it is business as usual. */
function tellsOnce(logger: Logger | undefined) {
  const told = new Set<Evicted>()
  return (kind: Evicted, session: string) => {
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
