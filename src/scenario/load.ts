import { isDeepStrictEqual } from 'node:util'
import type { Contract, Operation } from '../contract/model.ts'
import { responseFor } from '../contract/model.ts'
import type { Diagnostic, Path } from '../errors.ts'
import { Diagnostics } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { YamlFile } from '../yaml-file.ts'
import { loadApi, readCommonHeaders, readConstants } from './api-file.ts'
import { makeKeyCheck } from './checks.ts'
import { compileOperationRules, compileRulesBefore } from './compile.ts'
import { compileAction } from './compile-action.ts'
import type { Webhooks } from './compile-context.ts'
import { compileLets } from './compile-names.ts'
import { Language } from './expression.ts'
import {
  collectStateKeys,
  findSecretKeys,
  parseScenarioFiles,
  type RawScenario,
  type ScenarioFile,
  type ScenarioFolders,
} from './files.ts'
import type { Action, Later, OperationRules, Scenario, ScenarioSet, State } from './model.ts'
import { DEFAULT } from './model.ts'
import {
  checkForm,
  hasAllResponses,
  hasResponse,
  listRules,
  type RawOperationRules,
  readResponse,
} from './raw.ts'
import { mergeState } from './state.ts'

/** An API whose state another one shares. */
export interface World {
  readonly scenarioSet: ScenarioSet
  readonly sources: ScenarioFolders
}

export interface LoadOptions {
  /** Webhooks that rules may have sent: its own, and those of other documents. */
  readonly webhooks?: Webhooks
  /** The API that its api.yaml names as its world. */
  readonly world?: World | undefined
}

/** Compiles all scenario files of an API against its contract, and reports every problem in them. */
export function loadScenarioSet(
  contract: Contract,
  sources: ScenarioFolders,
  { webhooks = contract.webhooks, world }: LoadOptions = {},
): {
  readonly scenarioSet: ScenarioSet | undefined
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const files = parseScenarioFiles(sources, diagnostics)
  const api = sources.api && checkForm(sources.api, 'api')
  diagnostics.push(...(api ?? []))
  if (diagnostics.length > 0) return { scenarioSet: undefined, diagnostics }
  const parts = { contract, api: sources.api, files, webhooks, world }
  const scenarioSet = new ScenarioLoader(parts, diagnostics).run()
  return { scenarioSet: diagnostics.length > 0 ? undefined : scenarioSet, diagnostics }
}

const NONE: ReadonlyMap<string, OperationRules> = new Map()

interface LoaderParts {
  readonly contract: Contract
  readonly api: YamlFile | undefined
  readonly files: ReadonlyMap<string, ScenarioFile>
  readonly webhooks: Webhooks
  readonly world: World | undefined
}

class ScenarioLoader {
  readonly #contract: Contract
  readonly #api: YamlFile | undefined
  readonly #files: ReadonlyMap<string, ScenarioFile>
  readonly #webhooks: Webhooks
  readonly #diagnostics: Diagnostic[]
  readonly #language: Language
  readonly #scenarios = new Map<string, Scenario>()
  /** What the rules of each scenario can name: `before` adds to the API's language. */
  readonly #languages = new Map<string, Language>()
  readonly #later: Map<string, Later>
  readonly #world: World | undefined
  /** All files whose rules read and change this state. */
  readonly #stateFiles: readonly ScenarioFile[]

  constructor(parts: LoaderParts, diagnostics: Diagnostic[]) {
    const { contract, api, files, webhooks, world } = parts
    this.#contract = contract
    this.#api = api
    this.#files = files
    this.#webhooks = webhooks
    this.#world = world
    this.#diagnostics = diagnostics
    const others = world ? parseScenarioFiles(world.sources, []).values() : []
    this.#stateFiles = [...others, ...files.values()]
    // Who shares a world shares what was planned in it.
    this.#later = (world?.scenarioSet.later as Map<string, Later> | undefined) ?? new Map()
    const state = collectStateKeys(this.#stateFiles)
    this.#language = makeLanguage(api, diagnostics).withCheck(makeKeyCheck({ state }))
  }

  run(): ScenarioSet {
    for (const name of this.#files.keys()) this.#loadScenario(name, [])
    if (!this.#scenarios.has(DEFAULT)) this.#scenarios.set(DEFAULT, this.#contractScenario())
    return {
      api: this.#contract.name,
      world: this.#world?.scenarioSet.api ?? this.#contract.name,
      ...loadApi(this.#api, this.#contract, this.#language, this.#diagnostics),
      secretKeys: findSecretKeys(this.#stateFiles),
      initial: this.#world?.scenarioSet.initial ?? this.#mergeInitialState(),
      later: this.#later,
      scenarios: this.#scenarios,
    }
  }

  /** The default scenario of an API without scenario files: only its contract. */
  #contractScenario(): Scenario {
    return {
      api: this.#contract.name,
      name: DEFAULT,
      summary: 'The examples of the contract, or data generated from its schemas.',
      base: undefined,
      given: undefined,
      before: NONE,
      operations: NONE,
      actions: new Map(),
      file: this.#contract.file,
    }
  }

  #loadScenario(name: string, chain: readonly string[]): Scenario | undefined {
    const known = this.#scenarios.get(name)
    if (known) return known
    const file = this.#files.get(name)
    if (!file) {
      if (name !== DEFAULT) return undefined
      this.#scenarios.set(name, this.#contractScenario())
      return this.#scenarios.get(name)
    }
    const { source, raw } = file
    const diagnostics = new Diagnostics(source, this.#diagnostics)
    for (const key of ['state', 'given'] as const) refuseExpressions(raw[key], [key], diagnostics)
    if (this.#world && raw.state) {
      const { api } = this.#world.scenarioSet
      diagnostics.add(
        ['state'],
        `the state belongs to ${api}: use "given", or write it there`,
        'key',
      )
    }
    const base = this.#loadBase(raw, [...chain, name], diagnostics)
    const outer = this.#languages.get(base?.name ?? '') ?? this.#language
    const { language, lets } = compileLets(raw.before?.let, ['before', 'let'], outer, diagnostics)
    this.#languages.set(name, language)
    const scenario: Scenario = {
      api: this.#contract.name,
      name,
      summary: raw.summary,
      base,
      given: raw.given,
      before: raw.before ? this.#compileBefore(raw.before, lets, language, diagnostics) : NONE,
      operations: this.#compileOperations(raw, language, diagnostics),
      actions: this.#compileActions(raw, diagnostics),
      file: source.file,
    }
    this.#scenarios.set(name, scenario)
    return scenario
  }

  #loadBase(
    raw: RawScenario,
    chain: readonly string[],
    diagnostics: Diagnostics,
  ): Scenario | undefined {
    const { scenario, extends: wanted } = raw
    if (scenario === DEFAULT) {
      if (wanted) diagnostics.add(['extends'], 'the default scenario cannot extend another')
      return undefined
    }
    const name = wanted ?? DEFAULT
    if (chain.includes(name)) {
      diagnostics.add(['extends'], `"${scenario}" extends itself: ${[...chain, name].join(' > ')}`)
      return undefined
    }
    const base = this.#loadScenario(name, chain)
    if (!base) {
      const hint = didYouMean(name, [DEFAULT, ...this.#files.keys()])
      diagnostics.add(
        ['extends'],
        `there is no scenario "${name}" of ${this.#contract.name}${hint}`,
      )
    }
    return base
  }

  #compileBefore(
    raw: RawOperationRules,
    lets: OperationRules['lets'],
    language: Language,
    diagnostics: Diagnostics,
  ): Map<string, OperationRules> {
    const compiled = new Map<string, OperationRules>()
    const contract = this.#contract
    const before = diagnostics.count
    for (const operation of contract.operations.values()) {
      // A mistake would be reported again for each operation.
      if (diagnostics.count > before) break
      const commonHeaders = readCommonHeaders(this.#api)
      const later = this.#later
      const webhooks = this.#webhooks
      const context = { contract, operation, language, diagnostics, commonHeaders, later, webhooks }
      const rules = compileRulesBefore(raw, ['before'], context)
      compiled.set(operation.id, { kind: 'rules', rules, lets, subject: undefined })
    }
    return compiled
  }

  #compileOperations(
    raw: RawScenario,
    language: Language,
    diagnostics: Diagnostics,
  ): Map<string, OperationRules> {
    const compiled = new Map<string, OperationRules>()
    const { operations = {} } = raw
    const contract = this.#contract
    const commonHeaders = readCommonHeaders(this.#api)
    const compile = (key: string, operation: Operation) => {
      const later = this.#later
      const webhooks = this.#webhooks
      const context = { contract, operation, language, diagnostics, commonHeaders, later, webhooks }
      compiled.set(
        operation.id,
        compileOperationRules(operations[key] ?? {}, ['operations', key], context),
      )
    }
    for (const key of Object.keys(operations)) {
      const operation = contract.operations.get(key)
      if (operation) compile(key, operation)
      else if (key !== '*') {
        const hint = didYouMean(key, contract.operations.keys())
        diagnostics.add(
          ['operations', key],
          `${contract.name} has no operation "${key}"${hint}`,
          'key',
        )
      }
    }
    const any = operations['*']
    if (!any) return compiled
    const fitting = [...contract.operations.values()].filter((operation) =>
      hasAllResponses(any, operation),
    )
    if (fitting.length === 0) this.#reportNoFit(any, diagnostics)
    const before = diagnostics.count
    for (const operation of fitting) {
      // A mistake below `*` would be reported again for each operation.
      if (!compiled.has(operation.id) && diagnostics.count === before) compile('*', operation)
    }
    return compiled
  }

  #compileActions({ actions = {} }: RawScenario, diagnostics: Diagnostics): Map<string, Action> {
    const context = {
      language: this.#language,
      diagnostics,
      owner: 'action',
      later: this.#later,
      webhooks: this.#webhooks,
    }
    return new Map(
      Object.entries(actions).map(([name, raw]) => [
        name,
        compileAction(name, raw, ['actions', name], context),
      ]),
    )
  }

  /** Reports that `*` names a response which no operation has, with the nearest example. */
  #reportNoFit(any: RawOperationRules, diagnostics: Diagnostics): void {
    const operations = [...this.#contract.operations.values()]
    for (const [index, rule] of listRules(any).entries()) {
      const response = readResponse(rule)
      if (!response || operations.some((operation) => hasResponse(operation, response))) continue
      const path: Path = ['operations', '*', any.calls ? 'calls' : 'rules', index, 'respond']
      const examples = operations.flatMap((operation) => [
        ...(responseFor(operation, response.status)?.content?.examples.keys() ?? []),
      ])
      const hint = response.example ? didYouMean(response.example, examples) : ''
      const what = response.example
        ? `${response.status} "${response.example}"`
        : `status ${response.status}`
      diagnostics.add(
        path,
        `no operation of ${this.#contract.name} has ${what} in its contract${hint}`,
      )
      return
    }
    const message = `no operation of ${this.#contract.name} has all the responses named here`
    diagnostics.add(['operations', '*'], message, 'key')
  }

  /** Merges the `state` of all scenarios: they share one state, and every subject starts with it. */
  #mergeInitialState(): State {
    let initial: State = {}
    const owners = new Map<string, string>()
    for (const { source, raw } of this.#files.values()) {
      for (const [key, value] of Object.entries(raw.state ?? {})) {
        const owner = owners.get(key)
        if (owner && !isDeepStrictEqual(initial[key], value)) {
          const message = `${owner} starts "${key}" with another value; use "given" to change it`
          this.#diagnostics.push(source.diagnosticAt(['state', key], message, 'key'))
        }
        owners.set(key, source.file)
        initial = mergeState(initial, { [key]: value })
      }
    }
    return initial
  }
}

/** Reports expressions in `state` and `given`, which are plain values. */
function refuseExpressions(value: unknown, path: Path, diagnostics: Diagnostics): void {
  if (typeof value === 'string' && value.includes('${')) {
    diagnostics.add(path, 'expressions cannot be used here')
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      refuseExpressions(item, [...path, key], diagnostics)
  }
}

/** Makes the language with the API's constants, and reports each invalid one at its place. */
function makeLanguage(api: YamlFile | undefined, list: Diagnostic[]): Language {
  let language = Language.of({})
  for (const [name, value] of Object.entries(readConstants(api))) {
    const diagnostics = api && new Diagnostics(api, list)
    const next = diagnostics?.attempt(
      ['constants', name],
      () => language.withConstants({ [name]: value }),
      'key',
    )
    language = next ?? language
  }
  return language
}
