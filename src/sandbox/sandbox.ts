/** One running sandbox: its parts, put together, and which ids and names requests may use. */
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { SandboxConfig } from '../config/settings.ts'
import type { Contract } from '../contract/model.ts'
import { Router } from '../contract/router.ts'
import { type Diagnostic, Problem, UsageError } from '../errors.ts'
import type { Api, StoredOutcome } from '../exchange/exchange.ts'
import { createGenerator, type Generate } from '../generate/generate.ts'
import { type Durations, Tally } from '../journal/counters.ts'
import type { RawEntry } from '../journal/entry.ts'
import { Journal } from '../journal/journal.ts'
import type { ScenarioSet, SubjectRecord } from '../scenario/model.ts'
import { BOUNDS, type Evicted, Evictions, type OnEvict, type Store } from '../store/store.ts'
import { describeUnknown, nearest, truncate } from '../suggest.ts'
import { Bindings } from './bindings.ts'
import { timeMethods } from './timed.ts'

/** The documents and scenarios in use; immutable, so that a reload replaces them as a whole. */
export interface Apis {
  readonly byName: ReadonlyMap<string, Api>
  readonly router: Router
  readonly scenarioNames: ReadonlySet<string>
}

export type SandboxStore = Store<SubjectRecord, StoredOutcome>

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
  extends Pick<SandboxConfig, 'scenario' | 'seed' | 'journal' | 'clock' | 'logger'> {
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
    if (kind === 'session') journal.forget(session)
    warn(kind, session)
  })
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
    tally: new Tally(),
    recording,
    bindings: new Bindings(),
    evictions,
    clock,
    generate: createGenerator(),
    seed,
    scenario,
    log,
    logError: (error) => logger?.error({ err: error }, 'a mistake in the sandbox'),
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

/** @throws LoadError if two documents claim the same path */
export function makeApis(apis: readonly [Api, ...Api[]]): Apis {
  const contracts = apis.map(({ contract }) => contract) as [Contract, ...Contract[]]
  return {
    byName: new Map(apis.map((api) => [api.contract.name, api])),
    router: new Router(contracts),
    scenarioNames: new Set(apis.flatMap(({ scenarioSet }) => scenarioNames(scenarioSet))),
  }
}

const scenarioNames = ({ scenarios }: ScenarioSet) => [...scenarios.keys()]

export const DEFAULT_SESSION = 'default'

const SESSION_ID = /^[A-Za-z0-9._-]{1,128}$/

/** @throws Problem if the string cannot be the id of a session */
export function checkSessionId(id: string): void {
  if (SESSION_ID.test(id)) return
  const rule = 'use 1 to 128 of the letters A-Z a-z, digits, ".", "_" and "-"'
  throw new Problem('bad-session-id', `"${truncate(id)}" cannot be a session id: ${rule}`)
}

/** @throws Problem that lists the nearest names, if no API has the scenario */
export function checkScenario(name: string, { scenarioNames }: Apis): void {
  if (scenarioNames.has(name)) return
  const near = nearest(name, scenarioNames)
  const detail = describeUnknown('scenario', name, near, 'GET /__admin/scenarios lists all')
  throw new Problem('unknown-scenario', detail, { nearest: near })
}
