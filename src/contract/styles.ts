/** How lists, objects and pairs are written in URLs, headers and forms; split before decoding. */
import type { Json } from './model.ts'
import { coerce, type SchemaView } from './schema.ts'
import { decodePercent, setOwn } from './walk.ts'

export type Values = Record<string, unknown>

/** Decodes a string of a query or form, where "+" is a space; in paths and cookies it is a plus. */
export const decodeForm = (string: string): string => decodePercent(string.replaceAll('+', ' '))

export interface RawPair {
  readonly name: string
  /** Not decoded: a delimiter between values must not be confused with one inside a value. */
  readonly value: string
}

/** Splits `a=1&b=2`, or the same with another separator; decodes the names. */
export function splitPairs(
  string: string,
  separator: string | RegExp,
  decode: (name: string) => string,
): RawPair[] {
  return string
    .split(separator)
    .filter(Boolean)
    .map((pair) => {
      const { name, value } = splitPair(pair)
      return { name: decode(name), value }
    })
}

function splitPair(pair: string): RawPair {
  const mark = pair.indexOf('=')
  return mark < 0
    ? { name: pair, value: '' }
    : { name: pair.slice(0, mark), value: pair.slice(mark + 1) }
}

/** Delimiters by style; the others use commas. */
const DELIMITERS: Readonly<Record<string, RegExp>> = {
  spaceDelimited: /%20|\+| /,
  pipeDelimited: /\||%7C/i,
}

/** Collects the values of all pairs of one name, each split by the delimiter of the style. */
export function splitValues(pairs: readonly RawPair[], name: string, style: string): string[] {
  const delimiter = DELIMITERS[style] ?? /,/
  return pairs.flatMap((pair) => (pair.name === name ? splitNonEmpty(pair.value, delimiter) : []))
}

export const splitNonEmpty = (string: string, delimiter: RegExp): string[] =>
  string === '' ? [] : string.split(delimiter)

export interface DelimitedOptions {
  /** Whether an object is `R=100`, `G=200` instead of `R`, `100`, `G`, `200`. */
  readonly explode: boolean
  readonly decode: (part: string) => string
}

/** Turns the parts of a string into the list or object that the schema describes. */
export function parseDelimited(
  parts: readonly string[],
  view: SchemaView,
  { explode, decode }: DelimitedOptions,
): unknown {
  if (!view.isObject) return parts.map((part, index) => coerce(decode(part), view.itemAt(index)))
  const values: Values = {}
  const step = explode ? 1 : 2
  for (let index = 0; index < parts.length; index += step) {
    const part = parts[index] ?? ''
    const pair = explode ? splitPair(part) : { name: part, value: parts[index + 1] ?? '' }
    const name = decode(pair.name)
    setOwn(values, name, coerce(decode(pair.value), view.property(name)))
  }
  return values
}

/** Limits for `qs`, by which names with brackets make trees. */
export const TREE_LIMITS = {
  ...{ plainObjects: true, depth: 10, arrayLimit: 1_000, parameterLimit: 1_000 },
} as const

/** Coerces all strings in a tree to what the schema means. */
export function coerceTree(value: unknown, view: SchemaView): Json {
  if (typeof value === 'string') {
    return view.isList ? [coerce(value, view.itemAt(0))] : coerce(value, view)
  }
  if (Array.isArray(value)) return value.map((item, index) => coerceTree(item, view.itemAt(index)))
  if (typeof value !== 'object' || value === null) return null
  const values: Values = {}
  for (const [name, item] of Object.entries(value)) {
    setOwn(values, name, coerceTree(item, view.property(name)))
  }
  return values as Json
}

/** Parses JSON; a string that is not JSON stays a string, and the validator reports what it should be. */
export function parseJsonOrString(string: string): Json {
  try {
    return JSON.parse(string) as Json
  } catch {
    return string
  }
}
