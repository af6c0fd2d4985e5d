/** The first scenario files of a document: those that fit it best, and load. */
import type { Contract } from '../contract/model.ts'
import type { Generate } from '../generate/generate.ts'
import { loadScenarioSet } from '../scenario/load.ts'
import { YamlFile } from '../yaml-file.ts'
import { about, areByToken, haveToken } from './about.ts'
import { failing } from './failing.ts'
import { resourcesOf } from './resource.ts'
import { stateful } from './stateful.ts'

/** Texts by file name. */
type Files = Readonly<Record<string, string>>

/** @param hasScenarios whether the API has files already: then what holds for all stays theirs */
export async function starterOf(
  contract: Contract,
  generate: Generate,
  hasScenarios: boolean,
): Promise<Files> {
  const remembering = hasScenarios ? undefined : await remembers(contract, generate)
  if (remembering) return remembering
  const operations = [...contract.operations.values()]
  const api: Files = hasScenarios ? {} : { 'api.yaml': about(contract, haveToken(operations)) }
  for (const text of failing(contract)) {
    if (loads(contract, { 'first-call-fails.yaml': text })) {
      return { ...api, 'first-call-fails.yaml': text }
    }
  }
  return api
}

async function remembers(contract: Contract, generate: Generate) {
  for (const resource of resourcesOf(contract)) {
    const { create, read, remove, updates, list } = resource
    const text = await stateful(resource, contract, generate)
    if (text === undefined) continue
    const all = [create, read, remove, list, ...updates].flatMap((each) => each ?? [])
    const files = { 'api.yaml': about(contract, areByToken(all)), 'default.yaml': text }
    if (loads(contract, files)) return files
  }
  return undefined
}

function loads(contract: Contract, files: Files): boolean {
  const { 'api.yaml': api, ...scenarios } = files
  const { diagnostics } = loadScenarioSet(contract, {
    api: api === undefined ? undefined : new YamlFile('api.yaml', api),
    folders: [Object.entries(scenarios).map(([name, text]) => new YamlFile(name, text))],
  })
  return diagnostics.length === 0
}
