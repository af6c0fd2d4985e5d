/** What api.yaml puts on every response of an API: headers, and fields of bodies. */
import { HEADER_NAME, HEADER_VALUE } from '../contract/http-values.ts'
import type { Contract, Json } from '../contract/model.ts'
import type { Diagnostics } from '../errors.ts'
import { Problem } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { runExpressions } from './decide.ts'
import type { Language } from './expression.ts'
import type { CommonParts, ResponsePlan, Template } from './model.ts'
import type { Scope } from './scope.ts'
import { compileTemplate, isRecord, toJson } from './template.ts'

export interface RawCommon {
  readonly headers?: Readonly<Record<string, string | number>>
  readonly fields?: Readonly<Record<string, unknown>>
  readonly answers?: unknown
  readonly credentials?: unknown
  readonly idempotency?: unknown
}

export const NOTHING_IN_COMMON: CommonParts = {
  at: '',
  headers: [],
  fields: [],
  needsNumber: false,
}

interface Context {
  readonly contract: Contract
  readonly language: Language
  readonly diagnostics: Diagnostics
}

/** Compiles `headers` and `fields`, and reports those that no response can have. */
export function compileCommon(raw: RawCommon, context: Context): CommonParts {
  const { headers = {}, fields = {}, answers, credentials, idempotency } = raw
  for (const name of Object.keys(headers)) checkHeader(name, headers[name], context)
  checkFields(Object.keys(fields), context)
  const refusing = JSON.stringify([headers, fields, answers, credentials, idempotency])
  return {
    at: context.diagnostics.locate([headers === raw.headers ? 'headers' : 'fields']),
    headers: compileAll('headers', headers, context).map(
      ([name, value]) => [name.toLowerCase(), value] as const,
    ),
    fields: compileAll('fields', fields, context),
    needsNumber: /\brequestId\s*\(/.test(refusing),
  }
}

function compileAll(
  section: 'headers' | 'fields',
  raw: Readonly<Record<string, unknown>>,
  { language, diagnostics }: Context,
): [name: string, value: Template][] {
  return Object.entries(raw).flatMap(([name, value]) => {
    const compile = () => compileTemplate(language, value, toJson)
    const compiled = diagnostics.attempt([section, name], compile)
    return compiled ? [[name, compiled.evaluate]] : []
  })
}

function checkHeader(name: string, value: unknown, { contract, diagnostics }: Context): void {
  const at = ['headers', name]
  if (!HEADER_NAME.test(name)) diagnostics.add(at, `"${name}" is not a valid header name`, 'key')
  const text = String(value)
  if (text.includes('${')) return
  for (const { responses } of contract.operations.values()) {
    for (const { headers } of responses.values()) {
      const spec = headers.get(name.toLowerCase())
      const [violation] = spec ? contract.checkHeader(spec, text) : []
      if (!violation) continue
      diagnostics.add(at, `header ${name}: ${violation.message.replace(/^\/value /, '')}`)
      return
    }
  }
}

/** A field that no example has would be ignored without a word. */
function checkFields(names: readonly string[], { contract, diagnostics }: Context): void {
  if (names.length === 0) return
  const known = new Set<string>()
  for (const { responses } of contract.operations.values()) {
    for (const { contents } of responses.values()) {
      for (const { examples } of contents) {
        for (const example of examples.values()) {
          if (isRecord(example)) for (const name of Object.keys(example)) known.add(name)
        }
      }
    }
  }
  for (const name of names) {
    if (known.has(name)) continue
    const hint = didYouMean(name, known)
    const message = `no example of ${contract.name} has a field "${name}"${hint}`
    diagnostics.add(['fields', name], message, 'key')
  }
}

/**
 * Adds what every response has to the plan of one. What the plan says itself has precedence.
 *
 * @throws Problem if an expression fails, or a value cannot be sent
 */
export function addCommon(plan: ResponsePlan, common: CommonParts, scope: Scope): ResponsePlan {
  if (common.headers.length === 0 && common.fields.length === 0) return plan
  return {
    ...plan,
    headers: { ...renderCommonHeaders(common, scope), ...plan.headers },
    ...(common.fields.length > 0 && { fill: fillFields(plan, common, scope) }),
  }
}

/** @throws Problem if an expression fails, or a value cannot be sent */
export function renderCommonHeaders(
  common: CommonParts,
  scope: Scope,
): Readonly<Record<string, string>> {
  const rendered: Record<string, string> = {}
  for (const [name, template] of common.headers) {
    const value = runExpressions(common, () => String(template(scope)))
    if (!HEADER_VALUE.test(value)) {
      const reason = `header ${name} contains a character that HTTP does not allow`
      throw new Problem('answer-breaks-contract', `${common.at}: ${reason}`)
    }
    rendered[name] = value
  }
  return rendered
}

/** Replaces the fields of an example or generated body, in objects that have them. */
function fillFields(
  { fill }: ResponsePlan,
  common: CommonParts,
  scope: Scope,
): (value: Json) => Json {
  return (value) => {
    const filled = fill ? fill(value) : value
    if (!isRecord(filled)) return filled
    const present = common.fields.filter(([name]) => Object.hasOwn(filled, name))
    if (present.length === 0) return filled
    const values = runExpressions(common, () =>
      present.map(([name, template]) => [name, template(scope)] as const),
    )
    return { ...filled, ...Object.fromEntries(values) } as Json
  }
}
