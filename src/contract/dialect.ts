/**
 * Keywords of schemas that no validator can read. Published documents have many: such a keyword is
 * passed over and told with its place, and the rest of its schema still holds.
 */

import type { Path } from '../errors.ts'
import { LoadError } from '../errors.ts'
import type { YamlFile } from '../yaml-file.ts'
import { type DocumentNode, isObject } from './walk.ts'

/** What is wrong with a keyword's value, in words; undefined where it can be used. */
type Check = (value: unknown) => string | undefined

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']

const type: Check = (value) => {
  const odd = [value].flat().find((each) => !TYPES.includes(each as string))
  if (odd === undefined && [value].flat().length > 0) return undefined
  return `${JSON.stringify(odd ?? value)} is no type; there are ${TYPES.join(', ')}`
}

const pattern: Check = (value) => {
  if (typeof value !== 'string') return 'it must be a text'
  try {
    regularExpression(value)
    return undefined
  } catch (error) {
    return `JavaScript cannot read it (${(error as Error).message})`
  }
}

/** Many documents escape signs that need it not, which is a mistake only in Unicode's own mode. */
export function regularExpression(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    return new RegExp(source)
  }
}

const is =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value) =>
    test(value) ? undefined : `it must be ${what}`

const schema = is('a schema', (value) => isObject(value) || typeof value === 'boolean')
const schemas = is(
  'a list of schemas with one at least',
  (value) => Array.isArray(value) && value.length > 0 && value.every((each) => !schema(each)),
)
const named = is(
  'an object of schemas',
  (value) => isObject(value) && Object.values(value).every((each) => !schema(each)),
)
const names = is(
  'a list of names',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
)
const count = is(
  'a whole number from 0 on',
  (value) => Number.isInteger(value) && Number(value) >= 0,
)
const number = is('a number', (value) => typeof value === 'number')
const positive = is('a number above 0', (value) => typeof value === 'number' && value > 0)
const flag = is('true or false', (value) => typeof value === 'boolean')
const text = is('a text', (value) => typeof value === 'string')

const CHECKS: Readonly<Record<string, Check>> = {
  type,
  pattern,
  format: text,
  id: () => 'the word is "$id"',
  enum: is('a list with one value at least', (value) => Array.isArray(value) && value.length > 0),
  required: names,
  properties: named,
  patternProperties: (value) =>
    named(value) ??
    Object.keys(value as DocumentNode)
      .map(pattern)
      .find((wrong) => wrong !== undefined),
  dependentSchemas: named,
  dependentRequired: is(
    'an object of lists of names',
    (value) => isObject(value) && Object.values(value).every((each) => !names(each)),
  ),
  $defs: named,
  definitions: named,
  ...each(schema, ['items', 'contains', 'not', 'if', 'then', 'else', 'propertyNames']),
  ...each(schema, ['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems']),
  ...each(schemas, ['allOf', 'anyOf', 'oneOf', 'prefixItems']),
  ...each(count, ['minLength', 'maxLength', 'minItems', 'maxItems']),
  ...each(count, ['minProperties', 'maxProperties', 'minContains', 'maxContains']),
  ...each(number, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
  multipleOf: positive,
  ...each(flag, ['uniqueItems', 'readOnly', 'writeOnly', 'deprecated']),
}

function each(check: Check, keywords: readonly string[]): Record<string, Check> {
  return Object.fromEntries(keywords.map((keyword) => [keyword, check]))
}

/** A schema without what cannot be used; `tell` hears of each keyword. */
export function usable(
  schema: DocumentNode,
  tell: (keyword: string, message: string) => void,
): DocumentNode {
  let copy: DocumentNode | undefined
  for (const keyword of Object.keys(schema)) {
    const wrong = CHECKS[keyword]?.(schema[keyword])
    if (wrong === undefined) continue
    tell(keyword, `"${keyword}" is passed over: ${wrong}`)
    copy ??= { ...schema }
    delete copy[keyword]
  }
  return copy ?? schema
}

/** @throws LoadError where a document is of no version that is known */
export function versionOf(source: YamlFile): string {
  const { value } = source
  const stop = (path: Path, message: string): never => {
    throw new LoadError([source.diagnosticAt(path, message)])
  }
  if (!isObject(value)) return stop([], 'not an OpenAPI document: an object is needed')
  if ('swagger' in value) {
    return stop(['swagger'], 'OpenAPI 2.0 is not supported; convert the document to 3.0 or 3.1')
  }
  const version = value.openapi
  if (version === undefined) return stop([], 'not an OpenAPI document: it has no "openapi" key')
  if (!/^3\.[01](\.|$)/.test(String(version))) {
    return stop(['openapi'], `OpenAPI ${version} is not supported; 3.0 and 3.1 are`)
  }
  // From 3.1 on a document may be about webhooks alone.
  const needed = value.webhooks === undefined || value.paths !== undefined
  if (needed && !isObject(value.paths)) {
    return stop(['paths'], '"paths" must be an object')
  }
  return String(version)
}
