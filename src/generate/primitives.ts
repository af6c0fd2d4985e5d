/** Single values: the library makes them, and what it does not know of is spelled out for it. */
import type { Json, SchemaObject } from '../contract/model.ts'

/** The library's part: a value of a small schema, always the same for a seed. */
export type Make = (schema: SchemaObject, seed: number) => Json

/** Texts have room for a few words unless more are asked for. */
const LONGEST = 24

/** Numbers are at most so far from a bound that the schema gives. */
const REACH = 1_000

export function leafOf(schema: SchemaObject, type: string, seed: number, make: Make): Json {
  if (type === 'integer' || type === 'number') return numberOf(schema, type, seed, make)
  if (type !== 'string') return make({ type }, seed)
  const { format, pattern } = schema
  const known = typeof format === 'string' ? FORMATS.get(format) : undefined
  const formed =
    known && make({ type, ...lengths(schema, Number.MAX_SAFE_INTEGER), ...known }, seed)
  if (formed !== undefined && fits(String(formed), schema)) return formed
  if (typeof pattern === 'string') return patterned(schema, pattern, seed, make)
  if (formed !== undefined) return formed
  const text = make({ type, ...lengths(schema, LONGEST) }, seed)
  const coded = Buffer.from(String(text)).toString('base64')
  // Clients decode it, and not every text is of that form.
  return format === 'byte' && fits(coded, schema) ? coded : text
}

/** Formats that the library makes, and what those are like that it does not know. */
const FORMATS: ReadonlyMap<string, SchemaObject> = new Map([
  ...[
    ...['uri', 'uri-reference', 'iri', 'iri-reference', 'email', 'idn-email', 'uuid'],
    ...['date', 'date-time', 'time', 'ipv4', 'ipv6', 'hostname', 'idn-hostname'],
    ...['json-pointer'],
  ].map((format): [string, SchemaObject] => [format, { format }]),
  // The library's own are none by RFC 3339.
  ['duration', { pattern: '^P[1-9]DT[1-9]H$' }],
  ['url', { format: 'uri' }],
  ['iso-date-time', { format: 'date-time' }],
  ['iso-time', { format: 'time' }],
  ['relative-json-pointer', { pattern: '^[1-9]$' }],
])

function lengths({ minLength, maxLength }: SchemaObject, longest: number): SchemaObject {
  const least = Number(minLength ?? 1)
  const most = Math.min(Number(maxLength ?? Infinity), Math.max(longest, least))
  if (minLength === undefined && maxLength === undefined && longest > LONGEST) return {}
  return { minLength: Math.min(Math.max(1, least), most), maxLength: most }
}

function fits(text: string, { minLength = 0, maxLength, pattern }: SchemaObject): boolean {
  const { length } = [...text]
  if (length < Number(minLength) || length > Number(maxLength ?? length)) return false
  return typeof pattern !== 'string' || (readable(pattern)?.test(text) ?? true)
}

function readable(pattern: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags)
    } catch {
      // Patterns of the looser kind are the rule; none at all is left to the contract's check.
    }
  }
  return undefined
}

/** More than a pattern takes to make a text of the right length by chance. */
const TRIES = 20

/** The library adds letters to a text that is too short, whatever its pattern says. */
function patterned(schema: SchemaObject, pattern: string, seed: number, make: Make): Json {
  const plain = spelled(pattern)
  const least = Math.max(1, Number(schema.minLength ?? 1))
  const stretched = plain.replace(/(?<!\\)(?:[*+]|\{\d+,\d*\})/g, `{${least}}`)
  for (const each of new Set([plain, stretched])) {
    for (let count = 0; count < TRIES; count++) {
      const text = String(make({ type: 'string', pattern: each }, seed + count))
      if (fits(text, schema)) return text
    }
  }
  return make({ type: 'string', pattern: plain, ...lengths(schema, LONGEST) }, seed)
}

/** Classes of letters that the library takes for the letter p. */
const spelled = (pattern: string) =>
  pattern.replace(/\[(?:\\.|[^\]\\])*\]|\\p\{[^}]*\}/g, (part) =>
    part.startsWith('[')
      ? part.replace(/\\p\{([^}]*)\}/g, letters)
      : `[${letters(part, part.slice(3, -1))}]`,
  )

function letters(_: string, name: string): string {
  if (/^(?:N|Nd)$/.test(name)) return '0-9'
  return /^Lu/.test(name) ? 'A-Z' : 'a-z'
}

/** The library looks for numbers near 0, wherever the bounds are, and counts in binary fractions. */
function numberOf(schema: SchemaObject, type: string, seed: number, make: Make): Json {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const step = Number(multipleOf ?? (type === 'integer' ? 1 : 0))
  const low = Math.max(...[minimum, exclusiveMinimum].map((each) => Number(each ?? -Infinity)))
  const high = Math.min(...[maximum, exclusiveMaximum].map((each) => Number(each ?? Infinity)))
  const reach = REACH * Math.max(1, step)
  const from = Number.isFinite(low) ? low : Math.min(0, high - reach)
  const to = Number.isFinite(high) ? high : Math.max(from, 0) + reach
  const part = Number(make({ type: 'number', minimum: 0, maximum: 1 }, seed))
  const exact = from + part * (to - from)
  // Rounded as people write numbers, where the bounds leave room for that.
  const plain = [Math.round(exact * 100) / 100, exact, (from + to) / 2]
  const choices = step > 0 ? steps(exact, from, to, step) : plain
  const open = (each: number) => each !== exclusiveMinimum && each !== exclusiveMaximum
  return choices.find((each) => each >= low && each <= high && open(each)) ?? exact
}

/** Multiples near a number, of which a validator that divides finds the remainder 0. */
function steps(near: number, from: number, to: number, step: number): number[] {
  const first = Math.round(near / step)
  const counts = Array.from({ length: TRIES }, (_, index) => first + (index % 2 ? index : -index))
  const all = [...counts, Math.ceil(from / step), Math.floor(to / step)]
  const multiples = all.map((count) => Number((count * step).toPrecision(15)))
  return multiples.filter((each) => Number.isInteger(each / step))
}

interface Choice {
  /** Which of the values that are listed is taken first. */
  readonly branch: number
  /** Without examples and defaults. */
  readonly plain: boolean
}

/** What the schema itself says a value is, in the order in which it is worth showing. */
export function fixed(schema: SchemaObject, { branch, plain }: Choice): Json | undefined {
  const { const: only, enum: values, example, examples, default: preset } = schema
  if (only !== undefined) return only as Json
  const first = Array.isArray(examples) ? examples[0] : undefined
  const shown = [example, first, preset].find((value) => isShown(value, schema))
  if (!plain && shown !== undefined) return shown as Json
  if (!Array.isArray(values)) return undefined
  const real = values.filter((value) => value !== null && hasType(value, schema))
  return (real[branch % real.length] ?? values[0] ?? null) as Json
}

/** Examples that break their schema at first sight are many. */
function isShown(value: unknown, schema: SchemaObject): boolean {
  if (value === undefined || value === null) return false
  const { enum: values } = schema
  const simple = typeof value !== 'object'
  return hasType(value, schema) && (!simple || !Array.isArray(values) || values.includes(value))
}

function hasType(value: unknown, { type }: SchemaObject): boolean {
  const types = [type].flat().filter((each) => typeof each === 'string')
  if (types.length === 0) return true
  if (typeof value === 'number') {
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value))
  }
  return types.includes(Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)
}

const OF_OBJECTS = [
  ...['properties', 'additionalProperties', 'required', 'patternProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas'],
]

const OF_ARRAYS = ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems']

const OF_NUMBERS = ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']

/** null only where nothing else may be. */
export function typeOf(schema: SchemaObject, branch: number): string {
  const types = [schema.type].flat().filter((type) => typeof type === 'string')
  const real = types.filter((each) => each !== 'null')
  const type = real.length > 0 ? real[branch % real.length] : types[0]
  if (type !== undefined) return type
  const says = (keys: readonly string[]) => keys.some((key) => schema[key] !== undefined)
  if (says(OF_OBJECTS)) return 'object'
  if (says(OF_ARRAYS)) return 'array'
  return says(OF_NUMBERS) ? 'number' : 'string'
}
