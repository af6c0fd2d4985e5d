/** Single values: what a schema declares, else what json-schema-faker makes of a small schema. */
import { compilePattern } from '../contract/dialect.ts'
import type { Json, SchemaObject } from '../contract/model.ts'
import { declaredTypes, jsonTypeOf, listExamples } from '../contract/schema.ts'

/** The library: makes a value of a small schema, always the same for a seed. */
export type Faker = (schema: SchemaObject, seed: number) => Json

/** Strings stay short, a few words, unless the schema asks for more. */
const MAX_LENGTH = 24

/** Numbers stay this close to the bounds of the schema, or to 0. */
const NUMBER_RANGE = 1_000

/** Makes a number, string or boolean for a schema of this type. */
export function makeLeaf(schema: SchemaObject, type: string, seed: number, fake: Faker): Json {
  if (type === 'integer' || type === 'number') return makeNumber(schema, type, seed, fake)
  if (type !== 'string') return fake({ type }, seed)
  const { format, pattern } = schema
  const known = typeof format === 'string' ? FORMATS.get(format) : undefined
  const formatted =
    known && fake({ type, ...lengthBounds(schema, Number.MAX_SAFE_INTEGER), ...known }, seed)
  if (formatted !== undefined && isAllowedString(String(formatted), schema)) return formatted
  if (typeof pattern === 'string') return makeMatching(schema, pattern, seed, fake)
  if (formatted !== undefined) return formatted
  const words = fake({ type, ...lengthBounds(schema, MAX_LENGTH) }, seed)
  // Clients decode it, and arbitrary words are not Base64.
  const encoded = Buffer.from(String(words)).toString('base64')
  return format === 'byte' && isAllowedString(encoded, schema) ? encoded : words
}

/** Formats that the library knows, and small schemas for those that it does not. */
const FORMATS: ReadonlyMap<string, SchemaObject> = new Map([
  ...[
    ...['uri', 'uri-reference', 'iri', 'iri-reference', 'email', 'idn-email', 'uuid'],
    ...['date', 'date-time', 'time', 'ipv4', 'ipv6', 'hostname', 'idn-hostname'],
    ...['json-pointer'],
  ].map((format): [string, SchemaObject] => [format, { format }]),
  // The library's durations are not valid by RFC 3339.
  ['duration', { pattern: '^P[1-9]DT[1-9]H$' }],
  ['url', { format: 'uri' }],
  ['iso-date-time', { format: 'date-time' }],
  ['iso-time', { format: 'time' }],
  ['relative-json-pointer', { pattern: '^[1-9]$' }],
])

function lengthBounds({ minLength, maxLength }: SchemaObject, longest: number): SchemaObject {
  const least = Number(minLength ?? 1)
  const most = Math.min(Number(maxLength ?? Infinity), Math.max(longest, least))
  if (minLength === undefined && maxLength === undefined && longest > MAX_LENGTH) return {}
  return { minLength: Math.min(Math.max(1, least), most), maxLength: most }
}

/** Whether a string has the length that a schema wants and matches its pattern. */
function isAllowedString(
  string: string,
  { minLength = 0, maxLength, pattern }: SchemaObject,
): boolean {
  const { length } = [...string]
  if (length < Number(minLength) || length > Number(maxLength ?? length)) return false
  return typeof pattern !== 'string' || hasMatch(pattern, string)
}

/** Whether a pattern matches; one that JavaScript cannot read is left to the contract's check. */
export function hasMatch(pattern: string, string: string): boolean {
  try {
    return compilePattern(pattern).test(string)
  } catch {
    return true
  }
}

/** Enough tries to get a string of the right length by chance. */
const MAX_TRIES = 20

/** Makes a string for a pattern. The library pads short strings regardless of their pattern. */
function makeMatching(schema: SchemaObject, pattern: string, seed: number, fake: Faker): Json {
  const ascii = expandUnicodeClasses(pattern)
  const least = Math.max(1, Number(schema.minLength ?? 1))
  const stretched = ascii.replace(/(?<!\\)(?:[*+]|\{\d+,\d*\})/g, `{${least}}`)
  for (const each of new Set([ascii, stretched])) {
    for (let count = 0; count < MAX_TRIES; count++) {
      const string = String(fake({ type: 'string', pattern: each }, seed + count))
      if (isAllowedString(string, schema)) return string
    }
  }
  return fake({ type: 'string', pattern: ascii, ...lengthBounds(schema, MAX_LENGTH) }, seed)
}

/** Replaces Unicode classes by ASCII ones: the library takes `\p` for the letter p. */
const expandUnicodeClasses = (pattern: string) =>
  pattern.replace(/\[(?:\\.|[^\]\\])*\]|\\p\{[^}]*\}/g, (part) =>
    part.startsWith('[')
      ? part.replace(/\\p\{([^}]*)\}/g, (_, name: string) => asciiClass(name))
      : `[${asciiClass(part.slice(3, -1))}]`,
  )

function asciiClass(unicodeClass: string): string {
  if (/^(?:N|Nd)$/.test(unicodeClass)) return '0-9'
  return /^Lu/.test(unicodeClass) ? 'A-Z' : 'a-z'
}

/** Makes a number. The library's are near 0 whatever the bounds, and its multiples are inexact. */
function makeNumber(schema: SchemaObject, type: string, seed: number, fake: Faker): Json {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const step = Number(multipleOf ?? (type === 'integer' ? 1 : 0))
  const low = Math.max(...[minimum, exclusiveMinimum].map((each) => Number(each ?? -Infinity)))
  const high = Math.min(...[maximum, exclusiveMaximum].map((each) => Number(each ?? Infinity)))
  const range = NUMBER_RANGE * Math.max(1, step)
  const from = Number.isFinite(low) ? low : Math.min(0, high - range)
  const to = Number.isFinite(high) ? high : Math.max(from, 0) + range
  const fraction = Number(fake({ type: 'number', minimum: 0, maximum: 1 }, seed))
  const exact = from + fraction * (to - from)
  // Rounded to two decimals, as people write numbers, where the bounds leave room for that.
  const decimals = [Math.round(exact * 100) / 100, exact, (from + to) / 2]
  const candidates = step > 0 ? nearbyMultiples(exact, from, to, step) : decimals
  const isAllowed = (each: number) =>
    each >= low && each <= high && each !== exclusiveMinimum && each !== exclusiveMaximum
  return candidates.find(isAllowed) ?? exact
}

/** Lists multiples near a number for which a division has no remainder in binary fractions, too. */
function nearbyMultiples(near: number, from: number, to: number, step: number): number[] {
  const nearest = Math.round(near / step)
  const counts = Array.from(
    { length: MAX_TRIES },
    (_, index) => nearest + (index % 2 ? index : -index),
  )
  const all = [...counts, Math.ceil(from / step), Math.floor(to / step)]
  const multiples = all.map((count) => Number((count * step).toPrecision(15)))
  return multiples.filter((each) => Number.isInteger(each / step))
}

interface ValueChoice {
  /** Which of several listed values is taken. */
  readonly branch: number
  /** Whether to leave examples and defaults aside. */
  readonly ignoreExamples: boolean
}

/** Returns the value that a schema itself declares: its const, else an example, else of its enum. */
export function declaredValue(
  schema: SchemaObject,
  { branch, ignoreExamples }: ValueChoice,
): Json | undefined {
  const { const: fixed, enum: values, default: preset } = schema
  if (fixed !== undefined) return fixed as Json
  const examples = [...listExamples(schema), preset as Json]
  const example = examples.find((value) => isUsableExample(value, schema))
  if (!ignoreExamples && example !== undefined) return example
  if (!Array.isArray(values)) return undefined
  const usable = values.filter((value) => value !== null && hasType(value, schema))
  return (usable[branch % usable.length] ?? values[0] ?? null) as Json
}

/** Whether an example is not obviously wrong: many break the type or enum beside them. */
function isUsableExample(value: unknown, schema: SchemaObject): boolean {
  if (value === undefined || value === null) return false
  const { enum: values } = schema
  const isScalar = typeof value !== 'object'
  return hasType(value, schema) && (!isScalar || !Array.isArray(values) || values.includes(value))
}

function hasType(value: unknown, schema: SchemaObject): boolean {
  const types = declaredTypes(schema)
  if (types.length === 0 || types.includes(jsonTypeOf(value))) return true
  return types.includes('integer') && Number.isInteger(value)
}

const OBJECT_KEYWORDS = [
  ...['properties', 'additionalProperties', 'required', 'patternProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas'],
]

const ARRAY_KEYWORDS = ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems']

const NUMBER_KEYWORDS = ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']

/** Chooses the type of a value: null only where nothing else is allowed. */
export function chooseType(schema: SchemaObject, branch: number): string {
  const types = declaredTypes(schema)
  const usable = types.filter((each) => each !== 'null')
  const type = usable.length > 0 ? usable[branch % usable.length] : types[0]
  if (type !== undefined) return type
  const hasAny = (keywords: readonly string[]) =>
    keywords.some((keyword) => schema[keyword] !== undefined)
  if (hasAny(OBJECT_KEYWORDS)) return 'object'
  if (hasAny(ARRAY_KEYWORDS)) return 'array'
  return hasAny(NUMBER_KEYWORDS) ? 'number' : 'string'
}
