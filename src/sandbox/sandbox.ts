import type { Clock } from '../clock.ts'
import type { Contract } from '../contract/model.ts'
import { Router } from '../contract/router.ts'
import type { Diagnostic } from '../errors.ts'
import { Problem } from '../errors.ts'
import type { Api, Outcome } from '../exchange/exchange.ts'
import type { Generate } from '../generate/generate.ts'
import type { Durations, Tally } from '../journal/counters.ts'
import type { RawEntry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { ScenarioSet, SubjectRecord } from '../scenario/model.ts'
import type { Evictions, Store } from '../store/store.ts'
import { describeUnknown, nearest, truncate } from '../suggest.ts'
import type { Bindings } from './bindings.ts'

/** The documents and scenarios that are played; immutable, so that it can be replaced whole. */
export interface Apis {
  readonly byName: ReadonlyMap<string, Api>
  readonly router: Router
  readonly scenarioNames: ReadonlySet<string>
}

export interface Sandbox {
  readonly apis: Apis
  /** Why the newest files are not used; empty where they are. */
  readonly diagnostics: readonly Diagnostic[]
  readonly store: Store<SubjectRecord, Outcome>
  readonly journal: Journal
  readonly tally: Tally
  /** Whether journal and tally are kept. */
  readonly recording: boolean
  readonly bindings: Bindings
  readonly evictions: Evictions
  /** How long the store took, by method. */
  readonly storeTimes: ReadonlyMap<string, Durations>
  readonly clock: Clock
  readonly generate: Generate
  readonly seed: number
  /** The scenario of requests that name none. */
  readonly scenario: string
  /** Told of each request when its answer is known; `error` is a mistake of ours or a scenario's. */
  readonly log: (entry: RawEntry, error: Error | undefined) => void
  /** Told of a mistake of ours that no request of a mocked API made. */
  readonly mishap: (error: Error) => void
}

/** @throws LoadError if two documents claim the same path */
export function makeApis(mocked: readonly [Api, ...Api[]]): Apis {
  const contracts = mocked.map(({ contract }) => contract) as [Contract, ...Contract[]]
  return {
    byName: new Map(mocked.map((each) => [each.contract.name, each])),
    router: new Router(contracts),
    scenarioNames: new Set(mocked.flatMap(({ scenarioSet }) => names(scenarioSet))),
  }
}

const names = ({ scenarios }: ScenarioSet) => [...scenarios.keys()]

export const DEFAULT_SESSION = 'default'

const SESSION_ID = /^[A-Za-z0-9._-]{1,128}$/

/** @throws Problem if a text cannot be a session's id */
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
