/** Wires the parts of a sandbox, listens, and stops. */
import type { AddressInfo } from 'node:net'
import type { SandboxConfig } from '../config/settings.ts'
import { formatDiagnostic, StartError, UsageError } from '../errors.ts'
import type { StoredOutcome } from '../exchange/exchange.ts'
import type { Apis } from '../sandbox/apis.ts'
import { builtInApis, loadApis } from '../sandbox/load.ts'
import { makeSandbox, type Sandbox as Parts } from '../sandbox/sandbox.ts'
import { watchFiles } from '../sandbox/watch.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import { decodeRecord, encodeRecord } from '../scenario/state.ts'
import { nextDue } from '../scenario/timers.ts'
import { loadStore } from '../store/open.ts'
import type { Codec } from '../store/store.ts'
import { logRequest } from './log.ts'
import { makeServer, type ServerOptions } from './server.ts'
import { loadTlsPair } from './tls.ts'

/** How a store turns what the sandbox keeps into JSON and back. */
export const CODEC: Codec<SubjectRecord, StoredOutcome> = {
  record: {
    encode: encodeRecord,
    // It has been a state before, so that no depth is too deep.
    decode: (json) => decodeRecord(json as SubjectRecord, Number.POSITIVE_INFINITY),
  },
  // JSON leaves out what is undefined; an outcome that is read back lacks it just as well.
  answer: { encode: (outcome) => outcome, decode: (json) => json as StoredOutcome },
}

/** A sandbox that listens, with its parts. */
export interface StartedSandbox {
  /** Its base URL, such as `http://127.0.0.1:4010`. */
  readonly url: string
  readonly port: number
  readonly parts: Parts
  /** Finishes open requests, then stops; takes at most `STOP_WITHIN` ms. */
  stop(): Promise<void>
}

/** Real ms after which stopping closes the connections that are still open. */
export const STOP_WITHIN = 1_500

/**
 * Starts a sandbox and resolves when it listens.
 *
 * @throws LoadError with all diagnostics, if a document or scenario file is broken
 * @throws StartError if something cannot be read or the port is taken
 * @throws UsageError if the scenario is unknown or the store cannot be used
 */
export async function start(config: SandboxConfig): Promise<StartedSandbox> {
  const { port, host, specs, scenarios, watch, clock, logger } = config
  const files = { specs, scenarios }
  const pair = await loadTlsPair(config)
  const named = specs.length + scenarios.length > 0
  const apis = named || watch ? loadApis(files) : builtInApis()
  const makeStore = await loadStore(config.store)
  const parts = makeSandbox(apis, {
    ...config,
    makeStore: (onEvict) => makeStore({ clock, codec: CODEC, dueOf: nextDue, onEvict, logger }),
    log: (entry, error) => logger && logRequest(logger, entry, error),
  })
  const app = await makeServer({ ...serverOptions(parts, config), pair })
  warnOfOpenAdmin(config)
  warnOfDocuments(apis, config)
  try {
    await parts.store.open()
    await app.listen({ port, host })
  } catch (error) {
    await app.close()
    await parts.store.close()
    if (error instanceof UsageError) throw error
    throw new StartError(describeListenError(error as NodeJS.ErrnoException, host, port))
  }
  const unwatch = watch ? await watchFiles({ sandbox: parts, files, clock, logger }) : undefined
  const address = app.server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http${pair ? 's' : ''}://${shown}:${address.port}`,
    port: address.port,
    parts,
    stop: async () => {
      const cut = new AbortController()
      const closing = app.close().finally(() => cut.abort())
      await Promise.race([closing, clock.sleep(STOP_WITHIN, cut.signal)])
      app.server.closeAllConnections()
      await closing
      await unwatch?.()
      parts.timers.stop()
      await parts.deliveries.stop()
      await parts.store.close()
    },
  }
}

export const serverOptions = (
  sandbox: Parts,
  { cors, adminToken: token, adminHost: hosts }: SandboxConfig,
): ServerOptions => ({ sandbox, cors, admin: { token, hosts } })

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/

/** Everybody who can reach the port can read requests and change responses. */
function warnOfOpenAdmin({ host, adminToken, logger }: SandboxConfig): void {
  if (adminToken !== undefined || LOOPBACK.test(host)) return
  const who = `everybody who can reach ${host} can use the admin API`
  logger?.warn({ host }, `${who}; set --admin-token or SANDBOX_ADMIN_TOKEN to a secret`)
}

/** More lines would hide what follows. */
const MOST_WARNINGS = 5

function warnOfDocuments({ byName }: Apis, { logger }: SandboxConfig): void {
  const contracts = [...byName.values()].map(({ contract }) => contract)
  for (const { name, operations } of contracts) {
    const unnamed = [...operations.values()].filter(({ derivedId }) => derivedId).length
    const remedy = 'sca-sandbox check lists the ids that scenarios can use'
    if (unnamed > 0) logger?.info(`${name}: ${unnamed} operations have no operationId; ${remedy}`)
  }
  const warnings = contracts.flatMap(({ warnings }) => warnings)
  for (const warning of warnings.slice(0, MOST_WARNINGS)) logger?.warn(formatDiagnostic(warning))
  const more = warnings.length - MOST_WARNINGS
  if (more > 0) logger?.warn(`and ${more} more warnings; sca-sandbox check lists them all`)
}

const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `port ${port} of ${host} is already in use; choose another with --port, or --port 0 for a free one`,
  EACCES: (_, port) => `this user may not listen on port ${port}; choose one above 1023`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine; try 127.0.0.1 or 0.0.0.0`,
  ENOTFOUND: (host) => `${host} is not a known host name; try 127.0.0.1 or 0.0.0.0`,
}

function describeListenError({ code, message }: NodeJS.ErrnoException, host: string, port: number) {
  return REASONS[code ?? '']?.(host, port) ?? `cannot listen on ${host}:${port}: ${message}`
}
