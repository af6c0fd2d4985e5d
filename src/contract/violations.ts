/** Turns errors of the JSON Schema validator into violations: field, rule, bounds, message. */
import type { ErrorObject } from 'ajv'
import type { Violation } from './model.ts'
import { FORBIDDEN } from './schema.ts'
import { splitPointer } from './walk.ts'

/** Places by the names that the validated object has for them. */
const PLACES: Readonly<Record<string, Violation['place']>> = {
  path: 'path',
  query: 'query',
  header: 'header',
  cookie: 'cookie',
  requestBody: 'body',
}

/** Finds the field of an error: `/requestBody/ids/0` is `ids[0]` of the body. */
export function locateField(error: ErrorObject): Pick<Violation, 'place' | 'field'> {
  const [first, ...rest] = [...splitPointer(error.instancePath), ...namedProperty(error)]
  return { place: PLACES[first ?? ''] ?? 'body', field: joinField(rest) }
}

/** A missing or unknown property is an error of its parent; the field is the property. */
function namedProperty({ params }: ErrorObject): string[] {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Params
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty
  return typeof name === 'string' ? [name] : []
}

type Params = Readonly<Record<string, unknown>>

const joinField = (keys: readonly string[]) =>
  keys.reduce((field, key) => {
    if (/^\d+$/.test(key)) return `${field}[${key}]`
    return field === '' ? key : `${field}.${key}`
  }, '')

type BrokenRule = Pick<Violation, 'rule' | 'params'>

/** Names the rule that was broken, in words that do not depend on the validator, and its bounds. */
export function classifyError(error: ErrorObject): BrokenRule {
  const { keyword, data } = error
  const params = error.params as Params
  const broken = (rule: string, ...bounds: unknown[]): BrokenRule => ({
    rule,
    params: bounds.map(String),
  })
  // null where the type does not allow it is a missing value; spaces alone are a blank one.
  if (keyword === 'type' && data === null) return broken('required')
  if (STRING_KEYWORDS.has(keyword) && typeof data === 'string' && data.trim() === '') {
    return broken('blank')
  }
  const bounded = BOUNDS[keyword]
  if (bounded) return broken(bounded.rule, ...readBounds(error, bounded.keywords))
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return broken('required')
    case 'type':
      return broken('type', ...[params.type].flat())
    case 'enum':
      return broken('enum', ...(params.allowedValues as unknown[]))
    case 'const':
      return broken('enum', params.allowedValue)
    case 'pattern':
      return broken('pattern', params.pattern)
    case 'format':
      return broken('format', params.format)
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case FORBIDDEN:
      return broken('unknown')
    default:
      return broken('invalid')
  }
}

const STRING_KEYWORDS = new Set(['minLength', 'pattern', 'format'])

interface BoundedRule {
  readonly rule: string
  readonly keywords: readonly [minimum: string, maximum: string]
}

const LENGTH: BoundedRule = { rule: 'size', keywords: ['minLength', 'maxLength'] }
const ITEMS: BoundedRule = { rule: 'size', keywords: ['minItems', 'maxItems'] }
const PROPERTIES: BoundedRule = { rule: 'size', keywords: ['minProperties', 'maxProperties'] }
const RANGE: BoundedRule = { rule: 'range', keywords: ['minimum', 'maximum'] }
const EXCLUSIVE: BoundedRule = {
  rule: 'range',
  keywords: ['exclusiveMinimum', 'exclusiveMaximum'],
}

const BOUNDS: Readonly<Record<string, BoundedRule>> = Object.fromEntries(
  [LENGTH, ITEMS, PROPERTIES, RANGE, EXCLUSIVE].flatMap((each) =>
    each.keywords.map((keyword) => [keyword, each]),
  ),
)

/** Reads both bounds, as far as the schema has them: a user wants to fix a value in one go. */
function readBounds({ parentSchema }: ErrorObject, keywords: readonly string[]): unknown[] {
  const schema = (parentSchema ?? {}) as Params
  return keywords.map((keyword) => schema[keyword]).filter((bound) => bound !== undefined)
}

/** Writes the validator's message, with the values that it leaves out. */
export function describeError(error: ErrorObject): string {
  const { keyword, message = 'is not valid' } = error
  const params = error.params as Params
  if (keyword === 'enum') return `must be one of ${(params.allowedValues as unknown[]).join(', ')}`
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`
  // The keyword is ours: name the one in the document.
  if (keyword === FORBIDDEN) return `must not be sent: it is ${error.schema}`
  if (keyword === 'additionalProperties') {
    return `must not have a property "${params.additionalProperty}"`
  }
  return message
}
