/** Reads documents and scenario files from disk and puts them together; tells every fault. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contractName, loadContract } from '../contract/load.ts'
import type { Contract } from '../contract/model.ts'
import { isObject } from '../contract/walk.ts'
import { type Diagnostic, LoadError, StartError } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import { loadScenarioSet } from '../scenario/load.ts'
import { didYouMean } from '../suggest.ts'
import { describeSystemError, readYamlFile, type YamlFile } from '../yaml-file.ts'
import { type Apis, makeApis } from './sandbox.ts'

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
  const contracts = gathered(
    [...documents(specs.length > 0 ? specs : [BUILT_IN.spec]), more],
    diagnostics,
  )
  if (contracts.length === 0 && diagnostics.length === 0) {
    throw new StartError('there is no OpenAPI document: name one, or a folder of them, with --spec')
  }
  // A document with faults is known by its name, too: its scenarios are not those of nobody.
  const names = [...new Set([...contracts.map(({ name }) => name), ...faulty(diagnostics)])]
  const folders = [
    { folder: BUILT_IN.scenarios, builtIn: true },
    ...scenarios.flatMap(present).map((folder) => ({ folder, builtIn: false })),
  ]
    .flatMap(({ folder, builtIn }) => scenarioFolders(folder, names, builtIn, diagnostics))
    .concat(
      singleFiles(
        single.flatMap(({ path, isDocument }) => (isDocument === false ? [path] : [])),
        names,
        diagnostics,
      ),
    )
  const mocked = contracts.flatMap((contract) => {
    const own = folders.filter(({ api }) => api === contract.name)
    const { scenarioSet, diagnostics: found } = loadScenarioSet(contract, {
      api: own.findLast(({ about }) => about)?.about,
      folders: own.map((folder) => folder.scenarios),
    })
    diagnostics.push(...found)
    return scenarioSet ? [{ contract, scenarioSet }] : []
  })
  const [first, ...rest] = mocked
  if (diagnostics.length > 0 || !first) throw new LoadError(sorted(diagnostics))
  return makeApis([first as Api, ...rest])
}

/** Of the built-in files alone: they do not change, and a test may start many sandboxes. */
export function builtInApis(): Apis {
  builtIn ??= loadApis({ specs: [], scenarios: [] })
  return builtIn
}
let builtIn: Apis | undefined

const faulty = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ file }) => contractName(file))

const sorted = (diagnostics: readonly Diagnostic[]) =>
  [...diagnostics].sort((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1
    return a.line - b.line || a.column - b.column
  })

/**
 * Reads on after a faulty document, so that the faults of all are told at once. A document replaces
 * one of the same name that an earlier `--spec` brought.
 */
function gathered(groups: readonly (readonly string[])[], diagnostics: Diagnostic[]): Contract[] {
  const contracts = new Map<string, Contract>()
  for (const paths of groups) {
    const here = new Map<string, Contract>()
    const sources = paths.flatMap((path) => {
      const source = attempted(diagnostics, () => readYamlFile(path, shown(path)))
      return source ? [{ path: resolve(path), source }] : []
    })
    // Beside documents a folder may hold the files that they refer to.
    const parts = sources.filter(({ source }) => !isOpenApi(source))
    const referred = new Set<string>()
    const whole = sources.filter((each) => !parts.includes(each))
    for (const { path, source } of [...whole, ...parts]) {
      if (!isOpenApi(source) && referred.has(path)) continue
      const contract = attempted(diagnostics, () => loadContract(source))
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

function attempted<T>(diagnostics: Diagnostic[], load: () => T): T | undefined {
  try {
    return load()
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    diagnostics.push(...error.diagnostics)
    return undefined
  }
}

/** A path that ends with `?` may be missing, as a mount of a container may. */
function present(path: string): string[] {
  if (!path.endsWith('?')) return [path]
  return existsSync(plain(path)) ? [plain(path)] : []
}

/** The folders and files that are read: what has to be watched. What may be missing may come. */
export function filesOf({ specs, scenarios }: Files): string[] {
  const documents = specs.length > 0 ? specs.map(plain) : [BUILT_IN.spec]
  return [...documents, BUILT_IN.scenarios, ...scenarios.map(plain)]
}

const plain = (path: string) => path.replace(/\?$/, '')

function documents(specs: readonly string[]): string[][] {
  return specs.flatMap(present).map((spec) => {
    if (!isFolder(spec)) return [spec]
    const found = listed(spec).filter((name) => DOCUMENT.test(name))
    if (found.length === 0) {
      throw new StartError(`there is no OpenAPI document in ${shown(spec)}: *.yaml or *.json`)
    }
    return found.map((name) => join(spec, name))
  })
}

interface ApiFolder {
  readonly api: string
  readonly about: YamlFile | undefined
  readonly scenarios: readonly YamlFile[]
}

/** The folders of one scenarios folder, each named after its API. */
function scenarioFolders(
  folder: string,
  apis: readonly string[],
  builtIn: boolean,
  diagnostics: Diagnostic[],
): ApiFolder[] {
  if (!isFolder(folder)) {
    throw new StartError(`${shown(folder)} is not a folder; --scenarios takes a folder`)
  }
  const names = listed(folder)
  for (const stray of names.filter((name) => YAML.test(name))) {
    const message = `a scenario lies in a folder named after its API: ${apis[0]}/${stray}`
    diagnostics.push({
      file: shown(join(folder, stray)),
      line: 1,
      column: 1,
      message,
    })
  }
  const folders = names.filter((name) => isFolder(join(folder, name)))
  if (folders.length === 0 && names.every((name) => !YAML.test(name))) {
    const form = `it has a folder for each API, such as ${join(shown(folder), apis[0] ?? 'my-api')}`
    throw new StartError(`there is no scenario in ${shown(folder)}: ${form}`)
  }
  return folders.flatMap((api) => {
    const path = join(folder, api)
    // The built-in scenarios of an API whose document is not served have nothing to play.
    if (!apis.includes(api) && builtIn) return []
    if (!apis.includes(api)) {
      const hint = didYouMean(api, apis) || `; the documents served are ${apis.join(', ')}`
      const message = `there is no document for the scenarios of "${api}"${hint}`
      diagnostics.push({ file: shown(path), line: 1, column: 1, message })
      return []
    }
    return [apiFolder(api, path, diagnostics)]
  })
}

/** Whether a file is a document; undefined where it is neither that nor a scenario. */
function isDocument(path: string, diagnostics: Diagnostic[]): boolean | undefined {
  const source = attempted(diagnostics, () => readYamlFile(path, shown(path)))
  if (!source) return undefined
  return isOpenApi(source)
}

const isOpenApi = ({ value }: YamlFile) =>
  isObject(value) && ('openapi' in value || 'swagger' in value)

/** Single scenario files and api.yamls, by the API that the folder of each is named after. */
function singleFiles(
  paths: readonly string[],
  apis: readonly string[],
  diagnostics: Diagnostic[],
): ApiFolder[] {
  const sources = new Map<string, YamlFile[]>()
  // Named twice, a file is no twin of itself.
  for (const path of new Set(paths.map((each) => resolve(each)))) {
    const api = basename(dirname(path))
    if (apis.includes(api)) {
      sources.set(api, [...(sources.get(api) ?? []), readYamlFile(path, shown(path))])
      continue
    }
    const hint = didYouMean(api, apis) || `: ${apis.join(', ')}`
    const message = `a scenario lies in a folder named after its API, not "${api}"${hint}`
    diagnostics.push({ file: shown(path), line: 1, column: 1, message })
  }
  return [...sources].map(([api, own]) => {
    const [about, ...others] = own.filter(isAbout)
    for (const other of others) {
      const message = `"${api}" has two files of what holds for all: ${about?.file} is the other`
      diagnostics.push(other.diagnosticAt([], message))
    }
    // As of one folder: a scenario that two of them have is told, and replaces nothing.
    return { api, about, scenarios: own.filter((source) => !isAbout(source)) }
  })
}

const isAbout = ({ file }: YamlFile) => /^api\.ya?ml$/i.test(basename(file))

function apiFolder(api: string, path: string, diagnostics: Diagnostic[]): ApiFolder {
  const sources = listed(path)
    .filter((name) => YAML.test(name))
    .flatMap((name) => {
      const file = join(path, name)
      return attempted(diagnostics, () => readYamlFile(file, shown(file))) ?? []
    })
  return {
    api,
    about: sources.find(isAbout),
    scenarios: sources.filter((source) => !isAbout(source)),
  }
}

function listed(folder: string): string[] {
  try {
    // Editors keep locks of that kind beside a file: links that lead nowhere.
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch (error) {
    throw new StartError(`cannot read ${shown(folder)}: ${describeSystemError(error)}`)
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw new StartError(`cannot read ${shown(path)}: ${describeSystemError(error)}`)
  }
}

/** A path as a person at this terminal would write it. */
function shown(path: string): string {
  const near = relative(process.cwd(), resolve(path))
  return near === '' || near.startsWith('..') ? path : near
}
