/** Puts documents and their scenarios together; an API may share the state of another. */
import type { Contract } from '../contract/model.ts'
import type { Diagnostic } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import { readWorld } from '../scenario/api-file.ts'
import type { ScenarioFolders } from '../scenario/files.ts'
import { loadScenarioSet, type World } from '../scenario/load.ts'
import { didYouMean } from '../suggest.ts'
import type { YamlFile } from '../yaml-file.ts'

export interface ApiFolder {
  readonly api: string
  readonly apiFile: YamlFile | undefined
  readonly scenarios: readonly YamlFile[]
}

/** Loads the scenarios of each document; those that share the state of another come after it. */
export function mockAll(
  contracts: readonly Contract[],
  folders: readonly ApiFolder[],
  diagnostics: Diagnostic[],
): Api[] {
  const worlds = new Map<string, World>()
  const found = new Map<string, Api>()
  const load = (contract: Contract, sources: ScenarioFolders, world?: World) => {
    const webhooks = listWebhooks(contract, contracts)
    const loaded = loadScenarioSet(contract, sources, { webhooks, world })
    diagnostics.push(...loaded.diagnostics)
    const { scenarioSet } = loaded
    if (!scenarioSet) return
    found.set(contract.name, { contract, scenarioSet })
    if (!world) worlds.set(contract.name, { scenarioSet, sources })
  }
  const all = contracts.map((contract) => {
    const own = folders.filter(({ api }) => api === contract.name)
    const api = own.findLast(({ apiFile }) => apiFile)?.apiFile
    const sources = { api, folders: own.map((folder) => folder.scenarios) }
    return { contract, sources, wanted: readWorld(api) }
  })
  for (const { contract, sources, wanted } of all) if (!wanted) load(contract, sources)
  for (const { contract, sources, wanted } of all) {
    if (!wanted) continue
    const world = worlds.get(wanted)
    if (world) load(contract, sources, world)
    else if (diagnostics.length === 0) diagnostics.push(describeNoWorld(sources, wanted, worlds))
  }
  return contracts.flatMap(({ name }) => found.get(name) ?? [])
}

function describeNoWorld(
  { api }: ScenarioFolders,
  wanted: string,
  worlds: ReadonlyMap<string, World>,
): Diagnostic {
  const known = [...worlds.keys()]
  const hint = didYouMean(wanted, known) || `; there are ${known.join(', ')}`
  const message = `no document with a state of its own is called "${wanted}"${hint}`
  return (api as YamlFile).diagnosticAt(['world'], message)
}

/** Its own webhooks, and those of the other documents, which some vendors keep apart. */
const listWebhooks = (contract: Contract, all: readonly Contract[]): Contract['webhooks'] =>
  new Map([...all.flatMap(({ webhooks }) => [...webhooks]), ...contract.webhooks])
