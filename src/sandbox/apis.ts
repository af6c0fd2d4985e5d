import type { Contract } from '../contract/model.ts'
import { Router } from '../contract/router.ts'
import type { Api, StoredOutcome } from '../exchange/exchange.ts'
import type { Served } from '../journal/near-misses.ts'
import type { ScenarioSet, SubjectRecord } from '../scenario/model.ts'
import type { Store } from '../store/store.ts'

/** The documents and scenarios in use; immutable, so that a reload replaces them as a whole. */
export interface Apis {
  readonly byName: ReadonlyMap<string, Api>
  readonly router: Router
  readonly scenarioNames: ReadonlySet<string>
}

export type SandboxStore = Store<SubjectRecord, StoredOutcome>

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

const served = new WeakMap<Apis, readonly Served[]>()

/** Lists all operations, each at every path at which it is served: what near misses compare. */
export function listServed(apis: Apis): readonly Served[] {
  let all = served.get(apis)
  if (!all) {
    all = [...apis.byName.values()].flatMap(servedPaths)
    served.set(apis, all)
  }
  return all
}

const servedPaths = ({ contract }: Api): Served[] =>
  [...contract.operations.values()].flatMap((operation) =>
    (operation.basePaths ?? contract.basePaths).map((base) => ({
      operation,
      path: base + operation.path,
    })),
  )
