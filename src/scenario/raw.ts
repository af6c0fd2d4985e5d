/** Rules as written in files, and a check of their form. */

import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Operation, responseFor } from '../contract/model.ts'
import { splitPointer } from '../contract/walk.ts'
import type { Diagnostic, Path } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { YamlFile } from '../yaml-file.ts'
import { apiSchema, DURATION, NAME, scenarioSchema } from './format.ts'
import type { ConnectionFault } from './model.ts'

/** A rule as written in the file; its form has been checked. */
export interface RawRule {
  readonly when?: string
  readonly let?: Readonly<Record<string, unknown>>
  readonly set?: Readonly<Record<string, unknown>>
  readonly send?: unknown
  readonly notify?: RawNotify | readonly RawNotify[]
  readonly later?: RawLater | readonly RawLater[]
  readonly respond?: RawRespond
  readonly delay?: string
  readonly fault?: ConnectionFault
  readonly times?: number
}

/** A webhook that a rule has sent, as written in the file. */
export interface RawNotify {
  readonly webhook: string
  readonly each?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | number>>
  readonly retry?: readonly string[]
  readonly copies?: number | string
  readonly delay?: string
}

/** What a rule plans, as written in the file. */
export interface RawLater
  extends Pick<RawRule, 'when' | 'let' | 'set' | 'send' | 'notify' | 'later'> {
  readonly after: string
  readonly summary?: string
}

export interface RawAction {
  readonly summary?: string
  readonly input?: { readonly properties?: object }
  readonly subject?: string
  readonly targets?: string
  readonly let?: Readonly<Record<string, unknown>>
  readonly rules: readonly RawRule[]
}

export interface RawOperationRules {
  readonly subject?: string
  readonly foreign?: string
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

/** Whether the contract of an operation has a response. */
export function hasResponse(operation: Operation, { status, example }: NamedResponse): boolean {
  const spec = responseFor(operation, status)
  return !!spec && (example === undefined || !!spec.content?.examples.has(example))
}

/** Whether the contract of an operation has every response that the rules name. */
export const hasAllResponses = (raw: RawOperationRules, operation: Operation): boolean =>
  listRules(raw).every((rule) => {
    const response = readResponse(rule)
    return !response || hasResponse(operation, response)
  })

/** `respond` as written in the file; its form has been checked. */
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
    // Optimizing the validator takes longer than checking forty files once without it.
    code: { optimize: false },
  }
  const validate = new Ajv2020(options).compile(SCHEMAS[form])
  validators.set(form, validate)
  return validate
}

/** Reports where a file does not have the form of a scenario or of an api.yaml. */
export function checkForm(source: YamlFile, form: Form): Diagnostic[] {
  if (source.form === form) return []
  const validate = getValidator(form)
  if (validate(source.value)) return []
  return (
    (validate.errors ?? [])
      // These errors only summarise the others.
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
    const message = `"${error.propertyName}" is not a valid name: use only letters, digits and _`
    return source.diagnosticAt([...path, error.propertyName], message, 'key')
  }
  return source.diagnosticAt(path, describeError(error, path))
}

/** What to write, by the pattern that a value does not match. */
const FORMS: Readonly<Record<string, string>> = {
  [DURATION]: 'write 5s, 500ms or 2m',
  [NAME]: 'use only a-z, digits and -',
}

function describeError({ keyword, message, data, params }: ErrorObject, path: Path): string {
  const last = path.at(-1)
  const subject =
    last === undefined ? 'the file' : /^\d+$/.test(String(last)) ? 'the item' : `"${last}"`
  const values = params as Record<string, unknown>
  if (keyword === 'required') return `${subject} needs a key "${values.missingProperty}"`
  if (keyword === 'enum') {
    const allowed = (values.allowedValues as unknown[]).map(String)
    const hint = didYouMean(String(data), allowed) || `; it can be ${allowed.join(', ')}`
    return `${subject} cannot be ${JSON.stringify(data)}${hint}`
  }
  if (keyword === 'pattern') {
    const pattern = String(values.pattern)
    const form = FORMS[pattern] ?? `it must match ${pattern}`
    return `${subject} cannot be ${JSON.stringify(data)}: ${form}`
  }
  return `${subject} ${message}`
}
