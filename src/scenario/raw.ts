/** Entries as files have them, and the answers that they name. */

import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Operation, responseFor } from '../contract/model.ts'
import { splitPointer } from '../contract/walk.ts'
import type { Diagnostic, Path } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { YamlFile } from '../yaml-file.ts'
import { apiSchema, scenarioSchema } from './format.ts'
import type { ConnectionFault } from './model.ts'

/** An entry as the file has it; its form has been checked. */
export interface RawRule {
  readonly when?: string
  readonly let?: Readonly<Record<string, unknown>>
  readonly set?: Readonly<Record<string, unknown>>
  readonly send?: unknown
  readonly respond?: RawRespond
  readonly delay?: string
  readonly fault?: ConnectionFault
  readonly times?: number
}

export interface RawOperationRules {
  readonly subject?: string
  readonly let?: Readonly<Record<string, unknown>>
  readonly calls?: readonly (RawRule | 'default')[]
  readonly rules?: readonly (RawRule | 'default')[]
}

export const listRules = ({ calls, rules }: RawOperationRules): RawRule[] =>
  (calls ?? rules ?? []).map((entry) => (entry === 'default' ? { respond: 'default' } : entry))

interface NamedResponse {
  readonly status: number
  readonly example?: string
}

export function readResponse({ respond }: RawRule): NamedResponse | undefined {
  if (respond === undefined || respond === 'default') return undefined
  return typeof respond === 'number' ? { status: respond } : respond
}

/** Whether an operation's contract has an answer. */
export function hasResponse(operation: Operation, { status, example }: NamedResponse): boolean {
  const spec = responseFor(operation, status)
  return !!spec && (example === undefined || !!spec.content?.examples.has(example))
}

/** Whether an operation's contract has every answer that a script names. */
export const hasAllResponses = (script: RawOperationRules, operation: Operation): boolean =>
  listRules(script).every((rule) => {
    const answer = readResponse(rule)
    return !answer || hasResponse(operation, answer)
  })

/** `respond` as the file has it; its form has been checked. */
export type RawRespond =
  | number
  | 'default'
  | {
      readonly status: number
      readonly example?: string
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string | number>>
      readonly empty?: true
    }

type Form = NonNullable<YamlFile['form']>

const SCHEMAS = { scenario: scenarioSchema, api: apiSchema }

const validators = new Map<Form, ValidateFunction>()

function getValidator(form: Form): ValidateFunction {
  const known = validators.get(form)
  if (known) return known
  const options = {
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    // To check forty files once takes less time than to make the code for it fast.
    code: { optimize: false },
  }
  const made = new Ajv2020(options).compile(SCHEMAS[form])
  validators.set(form, made)
  return made
}

/** What in a file does not have the form of a scenario, or of an api.yaml. */
export function checkForm(source: YamlFile, form: Form): Diagnostic[] {
  if (source.form === form) return []
  const validate = getValidator(form)
  if (validate(source.value)) return []
  return (
    (validate.errors ?? [])
      // These only say that one of the errors beside them holds.
      .filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
      .map((error) => toDiagnostic(source, error))
  )
}

function toDiagnostic(source: YamlFile, error: ErrorObject): Diagnostic {
  const path = splitPointer(error.instancePath)
  const params = error.params as Record<string, unknown>
  if (error.keyword === 'additionalProperties') {
    const key = String(params.additionalProperty)
    const known = Object.keys((error.parentSchema as { properties?: object })?.properties ?? {})
    const message = `unknown key "${key}"${didYouMean(key, known) || `; known are ${known.join(', ')}`}`
    return source.diagnosticAt([...path, key], message, 'key')
  }
  if (error.propertyName !== undefined) {
    const message = `"${error.propertyName}" cannot be a name: letters, digits and _ only`
    return source.diagnosticAt([...path, error.propertyName], message, 'key')
  }
  return source.diagnosticAt(path, describeError(error, path))
}

function describeError({ keyword, message, data, params }: ErrorObject, path: Path): string {
  const last = path.at(-1)
  const subject =
    last === undefined ? 'the file' : /^\d+$/.test(String(last)) ? 'an entry' : `"${last}"`
  const values = params as Record<string, unknown>
  if (keyword === 'required') return `${subject} needs a key "${values.missingProperty}"`
  if (keyword === 'enum') {
    const allowed = (values.allowedValues as unknown[]).map(String)
    const hint = didYouMean(String(data), allowed) || `; it can be ${allowed.join(', ')}`
    return `${subject} cannot be ${JSON.stringify(data)}${hint}`
  }
  if (keyword === 'pattern') {
    return `${subject} cannot be ${JSON.stringify(data)}: it must match ${values.pattern}`
  }
  return `${subject} ${message}`
}
