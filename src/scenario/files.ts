/** The scenario files of one API as written, and what all of them together mention. */
import type { Diagnostic } from '../errors.ts'
import type { YamlFile } from '../yaml-file.ts'
import { StateKeys } from './checks.ts'
import type { State } from './model.ts'
import {
  checkForm,
  listRules,
  type RawAction,
  type RawOperationRules,
  type RawRule,
} from './raw.ts'
import { splitPath } from './template.ts'

export interface RawScenario {
  readonly scenario: string
  readonly summary: string
  readonly extends?: string
  readonly state?: State
  readonly given?: State
  readonly before?: RawOperationRules
  readonly operations?: Readonly<Record<string, RawOperationRules>>
  readonly actions?: Readonly<Record<string, RawAction>>
}

/** The files of one API: its api.yaml, and folders of scenarios; later folders replace earlier ones. */
export interface ScenarioFolders {
  readonly api: YamlFile | undefined
  readonly folders: readonly (readonly YamlFile[])[]
}

export interface ScenarioFile {
  readonly source: YamlFile
  readonly raw: RawScenario
}

/** Parses the files by scenario name. A duplicate in a folder is reported; a later folder replaces. */
export function parseScenarioFiles(
  { folders }: ScenarioFolders,
  diagnostics: Diagnostic[],
): Map<string, ScenarioFile> {
  const files = new Map<string, ScenarioFile>()
  for (const folder of folders) {
    const here = new Map<string, YamlFile>()
    for (const source of folder) {
      const invalid = checkForm(source, 'scenario')
      diagnostics.push(...invalid)
      if (invalid.length > 0) continue
      const raw = source.value as RawScenario
      const twin = here.get(raw.scenario)
      if (twin) {
        const message = `duplicate scenario name "${raw.scenario}": ${twin.file} has it, too`
        diagnostics.push(source.diagnosticAt(['scenario'], message))
      }
      here.set(raw.scenario, source)
      files.set(raw.scenario, { source, raw })
    }
  }
  return files
}

/** Every rule of a file, with what it plans. */
const listChanges = ({ before, operations = {}, actions = {} }: RawScenario): readonly RawRule[] =>
  [...(before ? [before] : []), ...Object.values(operations), ...Object.values(actions)]
    .flatMap(listRules)
    .flatMap(withPlans)

const withPlans = (rule: RawRule): readonly RawRule[] => [
  rule,
  ...[rule.later ?? []].flat().flatMap(withPlans),
]

const CREDENTIAL = /\$\{[^}]*\b(token|apiKey)\b/

/** Finds the keys under which any file stores a token or an api-key. */
export function findSecretKeys(files: Iterable<ScenarioFile>): Set<string> {
  const found = new Set<string>()
  const look = (key: string, value: unknown): void => {
    if (typeof value === 'string' && CREDENTIAL.test(value)) found.add(key)
    if (typeof value !== 'object' || value === null) return
    for (const [name, item] of Object.entries(value)) look(Array.isArray(value) ? key : name, item)
  }
  for (const { raw } of files) {
    for (const { set = {} } of listChanges(raw)) {
      for (const [path, value] of Object.entries(set)) look(splitPath(path).at(-1) ?? '', value)
    }
  }
  return found
}

/** Collects the keys of the state that any file mentions. */
export function collectStateKeys(files: Iterable<ScenarioFile>): StateKeys {
  const keys = new StateKeys()
  for (const { raw } of files) {
    // An empty object would mean that any key may exist.
    if (raw.state) keys.add(raw.state)
    if (raw.given) keys.add(raw.given)
    for (const { set = {} } of listChanges(raw)) {
      for (const [key, value] of Object.entries(set)) {
        let node = keys
        for (const part of splitPath(key)) node = node.at(part.includes('${') ? undefined : part)
        node.add(value)
      }
    }
  }
  return keys
}
