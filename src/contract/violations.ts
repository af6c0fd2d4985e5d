import type { ErrorObject } from 'ajv'
import type { Violation } from './model.ts'
import { REFUSED } from './schema.ts'

const PLACES: Readonly<Record<string, Violation['place']>> = {
  path: 'path',
  query: 'query',
  header: 'header',
  cookie: 'cookie',
  requestBody: 'body',
}

/** Where an error of the validator lies: `/requestBody/ids/0` is `ids[0]` of the body. */
export function fieldOf(error: ErrorObject): {
  place: Violation['place']
  field: string
} {
  const [first, ...rest] = [
    ...error.instancePath.split('/').slice(1).map(unescaped),
    ...child(error),
  ]
  const place = PLACES[first ?? ''] ?? 'body'
  return { place, field: dotted(rest) }
}

const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

/** A missing or unknown property is told at its parent; the field is the property. */
function child({ params }: ErrorObject): string[] {
  const named = params as Record<string, unknown>
  const name = named.missingProperty ?? named.additionalProperty ?? named.unevaluatedProperty
  return typeof name === 'string' ? [name] : []
}

const dotted = (parts: readonly string[]) =>
  parts.reduce((path, part) => {
    if (/^\d+$/.test(part)) return `${path}[${part}]`
    return path === '' ? part : `${path}.${part}`
  }, '')

type Rule = { rule: string; params: string[] }

/** The kind of breach in a word that does not depend on the validator, and the rule's bounds. */
export function ruleOf(error: ErrorObject): Rule {
  const { keyword, data } = error
  const params = error.params as Record<string, unknown>
  const of = (rule: string, ...values: unknown[]): Rule => ({
    rule,
    params: values.map(String),
  })
  // null where the schema knows none is a value that was left out, and spaces are no text.
  if (keyword === 'type' && data === null) return of('required')
  if (TEXT.has(keyword) && typeof data === 'string' && data.trim() === '') return of('blank')
  if (keyword in BOUNDS) return of(BOUNDS[keyword]?.rule ?? '', ...bounds(error))
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return of('required')
    case 'type':
      return of('type', ...[params.type].flat())
    case 'enum':
      return of('enum', ...(params.allowedValues as unknown[]))
    case 'const':
      return of('enum', params.allowedValue)
    case 'pattern':
      return of('pattern', params.pattern)
    case 'format':
      return of('format', params.format)
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case REFUSED:
      return of('unknown')
    default:
      return of('invalid')
  }
}

const TEXT = new Set(['minLength', 'pattern', 'format'])

const BOUNDS: Readonly<Record<string, { rule: string; keys: readonly string[] }>> = {
  minLength: { rule: 'size', keys: ['minLength', 'maxLength'] },
  maxLength: { rule: 'size', keys: ['minLength', 'maxLength'] },
  minItems: { rule: 'size', keys: ['minItems', 'maxItems'] },
  maxItems: { rule: 'size', keys: ['minItems', 'maxItems'] },
  minProperties: { rule: 'size', keys: ['minProperties', 'maxProperties'] },
  maxProperties: { rule: 'size', keys: ['minProperties', 'maxProperties'] },
  minimum: { rule: 'range', keys: ['minimum', 'maximum'] },
  maximum: { rule: 'range', keys: ['minimum', 'maximum'] },
  exclusiveMinimum: {
    rule: 'range',
    keys: ['exclusiveMinimum', 'exclusiveMaximum'],
  },
  exclusiveMaximum: {
    rule: 'range',
    keys: ['exclusiveMinimum', 'exclusiveMaximum'],
  },
}

/** Both bounds of the schema, where it has them: being told one at a time helps nobody. */
function bounds({ keyword, parentSchema }: ErrorObject): unknown[] {
  const schema = (parentSchema ?? {}) as Record<string, unknown>
  return (BOUNDS[keyword]?.keys ?? []).map((key) => schema[key]).filter((v) => v !== undefined)
}

/** The validator's message with the values it leaves out. */
export function describe(error: ErrorObject): string {
  const { keyword, message = 'is not valid' } = error
  const params = error.params as Record<string, unknown>
  if (keyword === 'enum') return `must be one of ${(params.allowedValues as unknown[]).join(', ')}`
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`
  // What readOnly and writeOnly mean, to a reader who does not know how it is checked.
  if (keyword === REFUSED) return `must not be sent: it is ${error.schema}`
  if (keyword === 'additionalProperties') {
    return `must not have a property "${params.additionalProperty}"`
  }
  return message
}
