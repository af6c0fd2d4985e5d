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
  /** The document is not the one it was made for: scenarios that do not fit are left out. */
  readonly isOptional?: boolean
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
    const attempt = (sources: ScenarioFolders) =>
      loadScenarioSet(contract, sources, { webhooks, world })
    const first = attempt(sources)
    const unfit = findUnfit(first.diagnostics, foldersOf(contract))
    const fitting = unfit.size > 0 ? withoutFiles(sources, unfit) : sources
    const loaded = fitting === sources ? first : attempt(fitting)
    diagnostics.push(...loaded.diagnostics)
    const { scenarioSet } = loaded
    if (!scenarioSet) return
    const warnings = [...contract.warnings, ...unfit.values()]
    found.set(contract.name, { contract: { ...contract, warnings }, scenarioSet })
    if (!world) worlds.set(contract.name, { scenarioSet, sources: fitting })
  }
  const foldersOf = ({ name }: Contract) => folders.filter(({ api }) => api === name)
  const all = contracts.map((contract) => {
    const own = foldersOf(contract)
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

/**
 * Finds the built-in scenarios that a document of one's own has no use for, such as one that sends an error
 * which it does not list: by file, with the reason.
 */
function findUnfit(
  found: readonly Diagnostic[],
  folders: readonly ApiFolder[],
): ReadonlyMap<string, Diagnostic> {
  const optional = new Set(
    folders
      .filter(({ isOptional }) => isOptional)
      .flatMap(({ scenarios }) => scenarios.map(({ file }) => file)),
  )
  const unfit = new Map<string, Diagnostic>()
  for (const diagnostic of found) {
    const { file, message } = diagnostic
    if (!optional.has(file) || /\bdefault\.yaml$/.test(file)) return NO_FILES
    if (unfit.has(file)) continue
    unfit.set(file, { ...diagnostic, message: `the scenario is left out: ${message}` })
  }
  return unfit
}

const NO_FILES: ReadonlyMap<string, Diagnostic> = new Map()

const withoutFiles = (
  { api, folders }: ScenarioFolders,
  files: ReadonlyMap<string, unknown>,
): ScenarioFolders => ({
  api,
  folders: folders.map((folder) => folder.filter(({ file }) => !files.has(file))),
})

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
