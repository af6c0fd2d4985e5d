/** Notes of `check`: not errors, but worth knowing for the author of a document or scenario. */
import { basename } from 'node:path'
import {
  type Contract,
  type Json,
  type MediaType,
  type ResponseSpec,
  responseFor,
} from '../contract/model.ts'
import type { Diagnostic, Path } from '../errors.ts'
import type { Api } from '../exchange/exchange.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'
import type { Apis } from './apis.ts'
import { responsesOf, responsesTo } from './error-codes.ts'

/** All notes on what was loaded, by file and line. */
export function listNotes({ byName }: Apis): Diagnostic[] {
  return [...byName.values()].flatMap((each) => {
    const source = readYamlFile(each.contract.file)
    return [
      ...each.contract.warnings,
      ...noteAssumptions(source),
      ...noteDerivedIds(each.contract, source),
      ...noteBrokenExamples(each.contract, source),
      ...(hasNoScenario(each) ? [] : noteUnansweredErrors(each, source)),
      ...noteEmptyScenarios(each),
      ...noteMisnamedFiles(each),
    ]
  })
}

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

/** Places that a document itself marks as assumed: `x-assumed: true`. */
function noteAssumptions(source: YamlFile): Diagnostic[] {
  const notes: Diagnostic[] = []
  const visit = (node: unknown, path: Path): void => {
    if (!isNode(node)) return
    if (node['x-assumed'] === true) {
      const why = node['x-assumed-reason'] ?? 'no reason is given'
      notes.push(source.diagnosticAt([...path, 'x-assumed'], `assumed: ${why}`, 'key'))
    }
    for (const [key, value] of Object.entries(node)) {
      visit(value, [...path, Array.isArray(node) ? Number(key) : key])
    }
  }
  visit(source.value, [])
  return notes
}

/** Operations without an operationId; scenarios use the derived one. */
function noteDerivedIds({ operations }: Contract, source: YamlFile): Diagnostic[] {
  return [...operations.values()]
    .filter(({ derivedId }) => derivedId)
    .map(({ id, method, path }) => {
      const message = `${method} ${path} has no operationId: scenarios call it "${id}"`
      return source.diagnosticAt(['paths', path, method.toLowerCase()], message, 'key')
    })
}

/** Examples that break their own schema; they are sent as they are. */
function noteBrokenExamples(contract: Contract, source: YamlFile): Diagnostic[] {
  return [...contract.operations.values()].flatMap(({ method, path, responses }) =>
    [...responses.values()].flatMap((spec) =>
      spec.contents.flatMap((media) =>
        [...media.examples].flatMap(([name, example]) => {
          const [breach] = findViolations(contract, spec, example, media)
          if (!breach) return []
          const at = ['paths', path, method.toLowerCase(), 'responses', spec.key, 'content']
          const message = `the example "${name}" breaks its schema: ${breach.message}`
          return [source.diagnosticAt([...at, media.type, 'examples', name], message)]
        }),
      ),
    ),
  )
}

function findViolations(
  contract: Contract,
  spec: ResponseSpec,
  example: Json,
  media: MediaType,
): readonly { readonly message: string }[] {
  // Only JSON can be checked against the schema.
  if (media.format !== 'json') return []
  try {
    return contract.checkBody(spec, example, media)
  } catch (error) {
    return [{ message: (error as Error).message }]
  }
}

/** Without any scenario, a note for each error code would only be noise. */
const hasNoScenario = ({ contract, scenarioSet }: Api) =>
  scenarioSet.credentials.length === 0 &&
  [...scenarioSet.scenarios.values()].every(({ file }) => file === contract.file)

/** Error codes of the contract that no rule of any scenario, and nothing in api.yaml, sends. */
function noteUnansweredErrors({ contract, scenarioSet }: Api, source: YamlFile): Diagnostic[] {
  const answers = [...scenarioSet.refusals.values(), ...responsesOf(scenarioSet.credentials)]
  return [...contract.operations.values()].flatMap((operation) => {
    const given = [...scenarioSet.scenarios.values()].flatMap((scenario) =>
      responsesTo(operation, scenario),
    )
    return [...operation.responses.values()].flatMap(({ key, content }) => {
      if (/^[123]/.test(key)) return []
      const here = [...given, ...answers].filter(
        ({ status }) => responseFor(operation, status)?.key === key,
      )
      // A body that is written out in a scenario may be any of them.
      if (here.some(({ body }) => body !== undefined)) return []
      const names = [...(content?.examples.keys() ?? [])]
      const reached = new Set(here.map(({ example }) => example ?? names[0]))
      return names
        .filter((name) => !reached.has(name))
        .map((name) => {
          const path = ['paths', operation.path, operation.method.toLowerCase(), 'responses', key]
          return source.diagnosticAt(
            path,
            `no scenario answers ${key} ${name} of ${operation.id}`,
            'key',
          )
        })
    })
  })
}

/** Scenarios that change nothing about the one they extend. */
const noteEmptyScenarios = ({ scenarioSet }: Api): Diagnostic[] =>
  [...scenarioSet.scenarios.values()]
    .filter(
      ({ base, given, before, operations, actions }) =>
        base &&
        given === undefined &&
        [before, operations, actions].every(({ size }) => size === 0),
    )
    .map(({ file, name, base }) => ({
      file,
      line: 1,
      column: 1,
      message: `"${name}" says nothing of its own: it is played as "${base?.name}"`,
    }))

/** Files that are not called as their scenario is: nobody finds the one by the other. */
const noteMisnamedFiles = ({ contract, scenarioSet }: Api): Diagnostic[] =>
  [...scenarioSet.scenarios.values()]
    .filter(({ file, name }) => file !== contract.file && stem(file) !== name)
    .map(({ file, name }) => ({
      file,
      line: 1,
      column: 1,
      message: `the file is called "${stem(file)}", its scenario "${name}"`,
    }))

const stem = (file: string) => basename(file).replace(/\.ya?ml$/i, '')
