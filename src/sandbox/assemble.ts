/** Puts the parts together that a request passes through. */
import type { Logger } from 'pino'
import { type Clock, systemClock } from '../clock.ts'
import type { SandboxOptions } from '../config/options.ts'
import { type Diagnostic, UsageError } from '../errors.ts'
import type { Outcome } from '../exchange/exchange.ts'
import { generator } from '../generate/generate.ts'
import { type Durations, Tally } from '../journal/counters.ts'
import { Journal } from '../journal/journal.ts'
import type { SubjectRecord } from '../scenario/model.ts'
import { logRequest } from '../server/log.ts'
import { MemoryStore } from '../store/memory.ts'
import { BOUNDS, type Evicted, Evictions, type OnEvict, type Store } from '../store/store.ts'
import { describeUnknown, nearest } from '../suggest.ts'
import { Bindings } from './bindings.ts'
import type { Apis, Sandbox as Parts } from './sandbox.ts'
import { type TimedMethod, timed } from './timed.ts'

/** What watching replaces. */
export interface Loaded {
  apis: Apis
  diagnostics: readonly Diagnostic[]
}

export interface Assembled extends Parts {
  readonly current: Loaded
}

/** Makes a store that tells what goes; it need not be open yet. */
export type MakeStore = (told: {
  readonly clock: Clock
  readonly onEvict: OnEvict
}) => Store<SubjectRecord, Outcome>

const inMemory: MakeStore = (told) => new MemoryStore<SubjectRecord, Outcome>(told)

/** The parts that a request passes through, put together. */
export function assemble(
  apis: Apis,
  options: SandboxOptions,
  makeStore: MakeStore = inMemory,
): Assembled {
  const {
    scenario = 'default',
    seed = 1,
    clock = systemClock,
    logger,
    journal: recording,
  } = options
  if (!apis.scenarioNames.has(scenario)) {
    const near = nearest(scenario, apis.scenarioNames)
    const list = '"sca-sandbox scenarios" lists all'
    throw new UsageError(describeUnknown('scenario', scenario, near, list))
  }
  const current: Loaded = { apis, diagnostics: [] }
  const journal = new Journal()
  const evictions = new Evictions()
  const told = tellsOnce(logger)
  const storeTimes = new Map<TimedMethod, Durations>()
  const store = makeStore({
    clock,
    onEvict: (kind, session) => {
      evictions.add(kind)
      if (kind === 'session') journal.forget(session)
      told(kind, session)
    },
  })
  const log: Parts['log'] = (entry, error) => logger && logRequest(logger, entry, error)
  return {
    current,
    get apis() {
      return current.apis
    },
    get diagnostics() {
      return current.diagnostics
    },
    store: timed(store, clock, storeTimes),
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
