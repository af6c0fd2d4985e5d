/** Reads documents and scenario files from disk and puts them together; tells every fault. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contractName, loadContract } from '../contract/load.ts'
import type { Contract } from '../contract/model.ts'
import { isObject } from '../contract/walk.ts'
import { type Diagnostic, LoadError, StartError } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import { didYouMean } from '../suggest.ts'
import { describeSystemError, readYamlFile, type YamlFile } from '../yaml-file.ts'
import { type Apis, makeApis } from './apis.ts'
import { type ApiFolder, mockAll } from './worlds.ts'

/** The documents and scenarios that come with the sandbox. */
export const BUILT_IN = {
  spec: fileURLToPath(new URL('../../spec', import.meta.url)),
  scenarios: fileURLToPath(new URL('../../scenarios', import.meta.url)),
} as const

export interface Files {
  /** OpenAPI documents, or folders of them; the built-in ones where there are none. */
  readonly specs: readonly string[]
  /** Folders of scenario files beside the built-in ones; a later one replaces. */
  readonly scenarios: readonly string[]
  /** Single documents and scenario files beside them. */
  readonly files?: readonly string[]
}

const YAML = /\.ya?ml$/i
const DOCUMENT = /\.(ya?ml|json)$/i

/**
 * @throws LoadError with everything that is wrong in any file
 * @throws StartError if something cannot be read
 */
export function loadApis({ specs, scenarios, files = [] }: Files): Apis {
  const diagnostics: Diagnostic[] = []
  const single = files.map((path) => ({ path, isDocument: isDocument(path, diagnostics) }))
  const more = single.filter(({ isDocument }) => isDocument).map(({ path }) => path)
  const contracts = loadContracts(
    [...findDocuments(specs.length > 0 ? specs : [BUILT_IN.spec]), more],
    diagnostics,
  )
  if (contracts.length === 0 && diagnostics.length === 0) {
    throw new StartError('there is no OpenAPI document: name one, or a folder of them, with --spec')
  }
  // Count broken documents as known, or their scenario folders are reported as orphans too.
  const names = [...new Set([...contracts.map(({ name }) => name), ...namesOfBroken(diagnostics)])]
  const folders = [
    { folder: BUILT_IN.scenarios, builtIn: true },
    ...scenarios.flatMap(resolveOptional).map((folder) => ({ folder, builtIn: false })),
  ]
    .flatMap(({ folder, builtIn }) =>
      readScenarioFolders(folder, { names, contracts }, builtIn, diagnostics).map(
        // A document was named that may not be the one for which they were made.
        (each): ApiFolder => ({ ...each, isOptional: builtIn && specs.length > 0 }),
      ),
    )
    .concat(
      readSingleFiles(
        single.flatMap(({ path, isDocument }) => (isDocument === false ? [path] : [])),
        { names, contracts },
        diagnostics,
      ),
    )
  const mocked = mockAll(contracts, folders, diagnostics)
  const [first, ...rest] = mocked
  if (diagnostics.length > 0 || !first) throw new LoadError(sortByPlace(diagnostics))
  return makeApis([first as Api, ...rest])
}

/** The built-in files, loaded once: they do not change, and a test may start many sandboxes. */
export function builtInApis(): Apis {
  builtIn ??= loadApis({ specs: [], scenarios: [] })
  return builtIn
}
let builtIn: Apis | undefined

const namesOfBroken = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ file }) => contractName(file))

const sortByPlace = (diagnostics: readonly Diagnostic[]) =>
  [...diagnostics].sort((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1
    return a.line - b.line || a.column - b.column
  })

/**
 * Goes on after a broken document, so that everything is reported at once. A document replaces one
 * of the same name from an earlier `--spec`.
 */
function loadContracts(
  groups: readonly (readonly string[])[],
  diagnostics: Diagnostic[],
): Contract[] {
  const contracts = new Map<string, Contract>()
  for (const paths of groups) {
    const here = new Map<string, Contract>()
    const sources = paths.flatMap((path) => {
      const source = collectDiagnostics(diagnostics, () => readYamlFile(path, shortenPath(path)))
      return source ? [{ path: resolve(path), source }] : []
    })
    // A folder may also have the files that its documents refer to.
    const parts = sources.filter(({ source }) => !isOpenApi(source))
    const referred = new Set<string>()
    const whole = sources.filter((each) => !parts.includes(each))
    for (const { path, source } of [...whole, ...parts]) {
      if (!isOpenApi(source) && referred.has(path)) continue
      const contract = collectDiagnostics(diagnostics, () => loadContract(source))
      if (!contract) continue
      for (const file of contract.files) referred.add(file)
      const twin = here.get(contract.name)
      if (twin) {
        const message = `two documents are called "${contract.name}": ${twin.file} is the other`
        diagnostics.push({ file: contract.file, line: 1, column: 1, message })
      }
      here.set(contract.name, contract)
      contracts.set(contract.name, contract)
    }
  }
  return [...contracts.values()]
}

function collectDiagnostics<T>(diagnostics: Diagnostic[], load: () => T): T | undefined {
  try {
    return load()
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    diagnostics.push(...error.diagnostics)
    return undefined
  }
}

/** A path that ends with `?` may be missing, as a mount of a container may. */
function resolveOptional(path: string): string[] {
  if (!path.endsWith('?')) return [path]
  return existsSync(stripOptionalMark(path)) ? [stripOptionalMark(path)] : []
}

/** The folders and files to watch: those that are read, and those that may appear. */
export function listFiles({ specs, scenarios }: Files): string[] {
  const documents = specs.length > 0 ? specs.map(stripOptionalMark) : [BUILT_IN.spec]
  return [...documents, BUILT_IN.scenarios, ...scenarios.map(stripOptionalMark)]
}

const stripOptionalMark = (path: string) => path.replace(/\?$/, '')

function findDocuments(specs: readonly string[]): string[][] {
  return specs.flatMap(resolveOptional).map((spec) => {
    if (!isFolder(spec)) return [spec]
    const found = readFolder(spec).filter((name) => DOCUMENT.test(name))
    if (found.length === 0) {
      throw new StartError(`there is no OpenAPI document in ${shortenPath(spec)}: *.yaml or *.json`)
    }
    return found.map((name) => join(spec, name))
  })
}

/** What is served, and what would be if it were not broken. */
interface Known {
  readonly names: readonly string[]
  readonly contracts: readonly Contract[]
}

/** The API that has most of the operations of a scenario file; undefined where none has any. */
function guessApi(path: string, contracts: readonly Contract[]): string | undefined {
  const source = collectDiagnostics([], () => readYamlFile(path, shortenPath(path)))
  const operations = isObject(source?.value) ? source.value.operations : undefined
  const ids = isObject(operations) ? Object.keys(operations) : []
  const counts = contracts
    .map((contract) => ({
      name: contract.name,
      count: ids.filter((id) => contract.operations.has(id)).length,
    }))
    .sort((one, other) => other.count - one.count)
  const [best] = counts
  return best && best.count > 0 ? best.name : undefined
}

/** The folders of one scenarios folder, each named after its API. */
function readScenarioFolders(
  folder: string,
  { names: apis, contracts }: Known,
  builtIn: boolean,
  diagnostics: Diagnostic[],
): ApiFolder[] {
  if (!isFolder(folder)) {
    throw new StartError(`${shortenPath(folder)} is not a folder; --scenarios takes a folder`)
  }
  const names = readFolder(folder)
  for (const stray of names.filter((name) => YAML.test(name))) {
    const api = guessApi(join(folder, stray), contracts) ?? apis[0]
    const message = `a scenario lies in a folder named after its API: ${api}/${stray}`
    diagnostics.push({
      file: shortenPath(join(folder, stray)),
      line: 1,
      column: 1,
      message,
    })
  }
  const folders = names.filter((name) => isFolder(join(folder, name)))
  if (folders.length === 0 && names.every((name) => !YAML.test(name))) {
    const form = `it has a folder for each API, such as ${join(shortenPath(folder), apis[0] ?? 'my-api')}`
    throw new StartError(`there is no scenario in ${shortenPath(folder)}: ${form}`)
  }
  return folders.flatMap((api) => {
    const path = join(folder, api)
    // Built-in scenarios of an API whose document is not served.
    if (!apis.includes(api) && builtIn) return []
    if (!apis.includes(api)) {
      const hint = didYouMean(api, apis) || `; the documents served are ${apis.join(', ')}`
      const message = `there is no document for the scenarios of "${api}"${hint}`
      diagnostics.push({ file: shortenPath(path), line: 1, column: 1, message })
      return []
    }
    return [readApiFolder(api, path, diagnostics)]
  })
}

/** Whether a file is an OpenAPI document; undefined if it cannot be read as YAML. */
function isDocument(path: string, diagnostics: Diagnostic[]): boolean | undefined {
  if (existsSync(path) && isFolder(path)) {
    const shown = shortenPath(path)
    const flags = `use --scenarios ${shown}, or --spec ${shown} if it has OpenAPI documents`
    throw new StartError(`cannot read ${shown}: it is a folder; ${flags}`)
  }
  const source = collectDiagnostics(diagnostics, () => readYamlFile(path, shortenPath(path)))
  if (!source) return undefined
  return isOpenApi(source)
}

const isOpenApi = ({ value }: YamlFile) =>
  isObject(value) && ('openapi' in value || 'swagger' in value)

/** Single scenario files and api.yaml files, by the API that their folder is named after. */
function readSingleFiles(
  paths: readonly string[],
  { names: apis, contracts }: Known,
  diagnostics: Diagnostic[],
): ApiFolder[] {
  const sources = new Map<string, YamlFile[]>()
  // A file that is named twice is not a duplicate of itself.
  for (const path of new Set(paths.map((each) => resolve(each)))) {
    const api = basename(dirname(path))
    if (apis.includes(api)) {
      sources.set(api, [...(sources.get(api) ?? []), readYamlFile(path, shortenPath(path))])
      continue
    }
    const guess = guessApi(path, contracts)
    const hint = didYouMean(api, apis) || `: ${guess ?? apis.join(', ')}`
    const message = `a scenario lies in a folder named after its API, not "${api}"${hint}`
    diagnostics.push({ file: shortenPath(path), line: 1, column: 1, message })
  }
  return [...sources].map(([api, own]) => {
    const [apiFile, ...others] = own.filter(isApiFile)
    for (const other of others) {
      const message = `"${api}" has two api.yaml files: ${apiFile?.file} is the other`
      diagnostics.push(other.diagnosticAt([], message))
    }
    // As if from one folder: a scenario that two files have is reported and replaces nothing.
    return { api, apiFile, scenarios: own.filter((source) => !isApiFile(source)) }
  })
}

const isApiFile = ({ file }: YamlFile) => /^api\.ya?ml$/i.test(basename(file))

function readApiFolder(api: string, path: string, diagnostics: Diagnostic[]): ApiFolder {
  const sources = readFolder(path)
    .filter((name) => YAML.test(name))
    .flatMap((name) => {
      const file = join(path, name)
      return collectDiagnostics(diagnostics, () => readYamlFile(file, shortenPath(file))) ?? []
    })
  return {
    api,
    apiFile: sources.find(isApiFile),
    scenarios: sources.filter((source) => !isApiFile(source)),
  }
}

function readFolder(folder: string): string[] {
  try {
    // Editors keep lock files with such names: links that lead nowhere.
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch (error) {
    throw new StartError(`cannot read ${shortenPath(folder)}: ${describeSystemError(error)}`)
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw new StartError(`cannot read ${shortenPath(path)}: ${describeSystemError(error)}`)
  }
}

/** A path as a person in the current folder would write it. */
function shortenPath(path: string): string {
  const near = relative(process.cwd(), resolve(path))
  return near === '' || near.startsWith('..') ? path : near
}
