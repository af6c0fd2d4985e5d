/**
 * Makes a document of any supported version say what JSON Schema 2020-12 can check: checks its
 * version, turns OpenAPI 3.0 into 3.1, drops keywords that no validator can use.
 */
import type { Path } from '../errors.ts'
import { LoadError } from '../errors.ts'
import type { YamlFile } from '../yaml-file.ts'
import { type DocumentNode, isObject } from './walk.ts'

/** @throws LoadError unless the document is of OpenAPI 3.0 or 3.1 */
export function readVersion(source: YamlFile): string {
  const { value } = source
  const refuse = (path: Path, message: string): never => {
    throw new LoadError([source.diagnosticAt(path, message)])
  }
  if (!isObject(value)) return refuse([], 'not an OpenAPI document: an object is needed')
  if ('swagger' in value) {
    return refuse(['swagger'], 'OpenAPI 2.0 is not supported; convert the document to 3.0 or 3.1')
  }
  const version = value.openapi
  if (version === undefined) return refuse([], 'not an OpenAPI document: it has no "openapi" key')
  if (!/^3\.[01](\.|$)/.test(String(version))) {
    return refuse(['openapi'], `OpenAPI ${version} is not supported; use 3.0 or 3.1`)
  }
  // Since 3.1 a document may describe webhooks only.
  const needsPaths = value.webhooks === undefined || value.paths !== undefined
  if (needsPaths && !isObject(value.paths)) return refuse(['paths'], '"paths" must be an object')
  return String(version)
}

/** Writes an OpenAPI 3.0 schema in the words of JSON Schema 2020-12. */
export function modernise(schema: DocumentNode): DocumentNode {
  const { nullable, exclusiveMinimum, exclusiveMaximum } = schema
  const hasSwitch = [exclusiveMinimum, exclusiveMaximum].some((each) => typeof each === 'boolean')
  if (nullable === undefined && !hasSwitch) return schema
  const modern: DocumentNode = { ...schema }
  delete modern.nullable
  convertExclusive(modern, 'exclusiveMinimum', 'minimum')
  convertExclusive(modern, 'exclusiveMaximum', 'maximum')
  if (nullable === true && typeof modern.type === 'string') {
    modern.type = [modern.type, 'null']
    if (Array.isArray(modern.enum) && !modern.enum.includes(null)) {
      modern.enum = [...modern.enum, null]
    }
  }
  return modern
}

/** In 3.0 `exclusiveMinimum: true` changes the meaning of `minimum`; since 3.1 it is a bound itself. */
function convertExclusive(schema: DocumentNode, exclusive: string, bound: string): void {
  const value = schema[exclusive]
  if (typeof value !== 'boolean') return
  delete schema[exclusive]
  if (!value || schema[bound] === undefined) return
  schema[exclusive] = schema[bound]
  delete schema[bound]
}

/**
 * Returns a schema without the keywords whose values are wrong. Published documents have many: such
 * a keyword is reported and ignored, and the rest of its schema still holds.
 */
export function dropUnusableKeywords(
  schema: DocumentNode,
  report: (keyword: string, message: string) => void,
): DocumentNode {
  let copy: DocumentNode | undefined
  for (const keyword of Object.keys(schema)) {
    const problem = CHECKS[keyword]?.(schema[keyword])
    if (problem === undefined) continue
    report(keyword, `"${keyword}" is ignored: ${problem}`)
    copy ??= { ...schema }
    delete copy[keyword]
  }
  return copy ?? schema
}

/** Says what is wrong with a keyword's value; undefined where it can be used. */
type Check = (value: unknown) => string | undefined

const TYPE_NAMES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']

const checkType: Check = (value) => {
  const unknown = [value].flat().find((each) => !TYPE_NAMES.includes(each as string))
  if (unknown === undefined && [value].flat().length > 0) return undefined
  return `${JSON.stringify(unknown ?? value)} is not a type; use ${TYPE_NAMES.join(', ')}`
}

const checkPattern: Check = (value) => {
  if (typeof value !== 'string') return 'it must be a string'
  try {
    compilePattern(value)
    return undefined
  } catch (error) {
    return `JavaScript cannot read it (${(error as Error).message})`
  }
}

/**
 * Compiles a schema's pattern. Many documents escape characters that need no escape, which is an
 * error in Unicode mode only.
 *
 * @throws SyntaxError where JavaScript cannot read it
 */
export function compilePattern(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    return new RegExp(source)
  }
}

const mustBe =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value) =>
    test(value) ? undefined : `it must be ${what}`

const checkSchema = mustBe('a schema', (value) => isObject(value) || typeof value === 'boolean')
const checkSchemaList = mustBe(
  'a list of at least one schema',
  (value) => Array.isArray(value) && value.length > 0 && value.every((each) => !checkSchema(each)),
)
const checkSchemaMap = mustBe(
  'an object of schemas',
  (value) => isObject(value) && Object.values(value).every((each) => !checkSchema(each)),
)
const checkNames = mustBe(
  'a list of names',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
)
const checkCount = mustBe(
  'a whole number, 0 or more',
  (value) => Number.isInteger(value) && Number(value) >= 0,
)
const checkNumber = mustBe('a number', (value) => typeof value === 'number')
const checkPositive = mustBe('a number above 0', (value) => typeof value === 'number' && value > 0)
const checkBoolean = mustBe('true or false', (value) => typeof value === 'boolean')
const checkString = mustBe('a string', (value) => typeof value === 'string')

const CHECKS: Readonly<Record<string, Check>> = {
  type: checkType,
  pattern: checkPattern,
  format: checkString,
  id: () => 'the keyword is "$id"',
  enum: mustBe('a list of at least one value', (value) => Array.isArray(value) && value.length > 0),
  required: checkNames,
  properties: checkSchemaMap,
  patternProperties: (value) =>
    checkSchemaMap(value) ??
    Object.keys(value as DocumentNode)
      .map(checkPattern)
      .find((problem) => problem !== undefined),
  dependentSchemas: checkSchemaMap,
  dependentRequired: mustBe(
    'an object of lists of names',
    (value) => isObject(value) && Object.values(value).every((each) => !checkNames(each)),
  ),
  $defs: checkSchemaMap,
  definitions: checkSchemaMap,
  ...forKeywords(checkSchema, ['items', 'contains', 'not', 'if', 'then', 'else', 'propertyNames']),
  ...forKeywords(checkSchema, [
    'additionalProperties',
    'unevaluatedProperties',
    'unevaluatedItems',
  ]),
  ...forKeywords(checkSchemaList, ['allOf', 'anyOf', 'oneOf', 'prefixItems']),
  ...forKeywords(checkCount, ['minLength', 'maxLength', 'minItems', 'maxItems']),
  ...forKeywords(checkCount, ['minProperties', 'maxProperties', 'minContains', 'maxContains']),
  ...forKeywords(checkNumber, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
  multipleOf: checkPositive,
  ...forKeywords(checkBoolean, ['uniqueItems', 'readOnly', 'writeOnly', 'deprecated']),
}

function forKeywords(check: Check, keywords: readonly string[]): Record<string, Check> {
  return Object.fromEntries(keywords.map((keyword) => [keyword, check]))
}
