/** One running sandbox: its parts, put together, and which ids and names requests may use. */
import type { Logger } from 'pino'
import { type Clock, sessionTime } from '../clock.ts'
import type { SandboxConfig } from '../config/settings.ts'
import { type Diagnostic, Problem, UsageError } from '../errors.ts'
import { createGenerator, type Generate } from '../generate/generate.ts'
import { type Durations, Tally } from '../journal/counters.ts'
import type { RawEntry } from '../journal/entry.ts'
import { Journal } from '../journal/journal.ts'
import type { Notice } from '../scenario/model.ts'
import { BOUNDS, type Evicted, Evictions, type OnEvict } from '../store/store.ts'
import { describeUnknown, nearest, truncate } from '../suggest.ts'
import { Deliveries } from '../webhook/deliveries.ts'
import type { Apis, SandboxStore } from './apis.ts'
import { Bindings } from './bindings.ts'
import { type ErrorCode, findErrorCode } from './error-codes.ts'
import { timeMethods } from './timed.ts'
import { SessionTimers } from './timers.ts'

export interface Sandbox {
  readonly apis: Apis
  /** Why the newest files are not in use; empty if they are. */
  readonly diagnostics: readonly Diagnostic[]
  readonly store: SandboxStore
  /** How long the store took, by method. */
  readonly storeTimes: ReadonlyMap<string, Durations>
  readonly journal: Journal
  readonly tally: Tally
  /** Whether journal and tally are kept. */
  readonly recording: boolean
  readonly bindings: Bindings
  readonly timers: SessionTimers
  readonly deliveries: Deliveries
  /** Has webhooks sent, in a later turn. */
  notify(session: string, notices: readonly Notice[]): void
  /** Forgets what is kept of a session beside the store; call it when the session has been reset. */
  forget(session: string): void
  readonly evictions: Evictions
  readonly clock: Clock
  readonly generate: Generate
  readonly seed: number
  /** The scenario of requests that name none. */
  readonly scenario: string
  /** Called for each request once its outcome is known; `error` is ours or a scenario's. */
  readonly log: (entry: RawEntry, error: Error | undefined) => void
  /** Called for an unexpected error outside the requests of mocked APIs. */
  readonly logError: (error: Error) => void
}

/** What a reload replaces. */
export interface Loaded {
  apis: Apis
  diagnostics: readonly Diagnostic[]
}

export interface ReloadableSandbox extends Sandbox {
  readonly current: Loaded
}

export interface SandboxParts
  extends Pick<
    SandboxConfig,
    'scenario' | 'seed' | 'journal' | 'clock' | 'logger' | 'webhookUrl' | 'webhookAllow'
  > {
  /** Makes the store, which need not be open yet. */
  makeStore(onEvict: OnEvict): SandboxStore
  readonly log?: Sandbox['log']
}

/** @throws UsageError if no API has the scenario that requests are to play */
export function makeSandbox(apis: Apis, parts: SandboxParts): ReloadableSandbox {
  const { scenario, seed, journal: recording, clock, logger, log = () => {} } = parts
  if (!apis.scenarioNames.has(scenario)) {
    const near = nearest(scenario, apis.scenarioNames)
    const list = '"sca-sandbox scenarios" lists all'
    throw new UsageError(describeUnknown('scenario', scenario, near, list))
  }
  const current: Loaded = { apis, diagnostics: [] }
  const journal = new Journal()
  const evictions = new Evictions()
  const warn = warnOnce(logger)
  const store = parts.makeStore((kind, session) => {
    evictions.add(kind)
    if (kind === 'session') forget(session)
    warn(kind, session)
  })
  const tally = new Tally()
  const logError = (error: Error) => logger?.error({ err: error }, 'a mistake in the sandbox')
  const timers: SessionTimers = new SessionTimers({
    store,
    clock,
    seed,
    apis: () => current.apis,
    onError: logError,
    onFired: (session, { api, due }, { later, trace, messages, notices, failure }) => {
      notify(session, notices)
      const happened = failure !== undefined || trace.some(({ value }) => value)
      if (!recording || !happened) return
      tally.played(trace, session)
      journal.writeEvent({
        id: journal.nextId(),
        session,
        kind: 'timer',
        at: due,
        api,
        name: later?.summary ?? '',
        trace,
        messages,
        failure: failure?.message,
      })
    },
  })
  const deliveries = new Deliveries({
    clock,
    targets: parts.webhookUrl,
    allow: parts.webhookAllow,
    logger,
    sessionNow: async (session) => {
      const { clock: setting } = await store.session(session)
      return setting.frozenAt === null ? sessionTime(setting, clock.now()) : undefined
    },
  })
  deliveries.targets.checkApis(new Set(apis.byName.keys()))
  const forget = (session: string) => {
    journal.forget(session)
    timers.forget(session)
    deliveries.forget(session)
  }
  const notify = (session: string, notices: readonly Notice[]) => {
    if (notices.length === 0) return
    const send = async () => {
      const { webhookUrl } = await store.session(session)
      for (const notice of notices) deliveries.add({ ...notice, session }, webhookUrl)
    }
    send().catch(logError)
  }
  return {
    current,
    get apis() {
      return current.apis
    },
    get diagnostics() {
      return current.diagnostics
    },
    store,
    // Every request waits for these two.
    storeTimes: timeMethods(store, ['session', 'update'], clock),
    journal,
    tally,
    recording,
    bindings: new Bindings(),
    timers,
    deliveries,
    notify,
    forget,
    evictions,
    clock,
    generate: createGenerator(),
    seed,
    scenario,
    log,
    logError,
  }
}

/** The first eviction of a kind is worth a line in the log; all further ones are only counted. */
function warnOnce(logger: Logger | undefined): OnEvict {
  const warned = new Set<Evicted>()
  return (kind, session) => {
    if (warned.has(kind)) return
    warned.add(kind)
    const bound = BOUNDS[`${kind}s`]
    const message = `at most ${bound} ${kind}s are kept; the least recently used ones are evicted`
    logger?.warn({ kind, session, bound }, message)
  }
}

export const DEFAULT_SESSION = 'default'

const SESSION_ID = /^[A-Za-z0-9._-]{1,128}$/

/** @throws Problem if the string cannot be the id of a session */
export function checkSessionId(id: string): void {
  if (SESSION_ID.test(id)) return
  const rule = 'use 1 to 128 of the letters A-Z a-z, digits, ".", "_" and "-"'
  throw new Problem('bad-session-id', `"${truncate(id)}" cannot be a session id: ${rule}`)
}

/** @throws Problem that lists the nearest names, if no API has the scenario */
export function checkScenario(name: string, apis: Apis): void {
  const { scenarioNames } = apis
  if (scenarioNames.has(name)) return
  const found = findErrorCode(name, apis)
  const list = 'GET /__admin/scenarios lists all'
  if (found) throw new Problem('unknown-scenario', ...describeErrorCode(found, list))
  const near = nearest(name, scenarioNames)
  const detail = describeUnknown('scenario', name, near, list)
  throw new Problem('unknown-scenario', detail, { nearest: near })
}

/** An error code is not a scenario, but says which one is meant. */
function describeErrorCode({ code, status, scenarios }: ErrorCode, list: string) {
  const prefer = `"Prefer: code=${status}, example=${code}" gets it without one`
  const sends = scenarios.length === 1 ? 'a scenario that sends it' : 'scenarios that send it'
  const names = scenarios.length > 0 ? `${sends}: ${scenarios.join(', ')}` : 'no scenario sends it'
  const detail = `${code} is an error code, not a scenario; ${names}; ${prefer}; ${list}`
  return [detail, { nearest: scenarios }] as const
}
