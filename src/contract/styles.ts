/** The signs by which styles of OpenAPI tell values apart, read before anything is decoded. */
import type { Json } from './model.ts'
import { meant, type Shape } from './schema.ts'
import { decoded } from './walk.ts'

export type Values = Record<string, unknown>

/** A client may send what it likes; what is named like a prototype stays a mere value. */
export function put(values: Values, name: string, value: unknown): void {
  if (value === undefined) return
  if (name !== '__proto__') values[name] = value
  else Object.defineProperty(values, name, { value, enumerable: true, configurable: true })
}

/** What a name stands for; nothing where it is only what every object has. */
export const own = <T>(values: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined

/** In queries and forms a plus is a space; in paths and cookies it is a plus. */
export const unspaced = (text: string): string => decoded(text.replaceAll('+', ' '))

export interface Pair {
  readonly name: string
  /** As it was sent: what stands between values must not be taken for what stands in them. */
  readonly value: string
}

/** `a=1&b=2`, or the same with another sign between pairs. */
export function pairsOf(text: string, at: string | RegExp, decode: typeof decoded): Pair[] {
  return text
    .split(at)
    .filter(Boolean)
    .map((pair) => {
      const { name, value } = halves(pair)
      return { name: decode(name), value }
    })
}

function halves(pair: string): Pair {
  const mark = pair.indexOf('=')
  return mark < 0
    ? { name: pair, value: '' }
    : { name: pair.slice(0, mark), value: pair.slice(mark + 1) }
}

/** Between values that share one pair. */
const DELIMITERS: Readonly<Record<string, RegExp>> = {
  spaceDelimited: /%20|\+| /,
  pipeDelimited: /\||%7C/i,
}

/** The values of all pairs of one name, cut as the style of a query or a form says. */
export function delimited(pairs: readonly Pair[], name: string, style: string): string[] {
  const at = DELIMITERS[style] ?? /,/
  return pairs.flatMap((pair) => (pair.name === name ? cut(pair.value, at) : []))
}

export const cut = (text: string, at: RegExp): string[] => (text === '' ? [] : text.split(at))

export interface Written {
  /** `R=100` and `G=200` instead of `R`, `100`, `G`, `200`. */
  readonly explode: boolean
  readonly decode: (text: string) => string
}

/** Parts of a text as a list or an object. */
export function assembled(
  parts: readonly string[],
  shape: Shape,
  { explode, decode }: Written,
): unknown {
  if (!shape.isObject) return parts.map((part, at) => meant(decode(part), shape.item(at)))
  const found: Values = {}
  const step = explode ? 1 : 2
  for (let at = 0; at < parts.length; at += step) {
    const part = parts[at] ?? ''
    const pair = explode ? halves(part) : { name: part, value: parts[at + 1] ?? '' }
    const name = decode(pair.name)
    put(found, name, meant(decode(pair.value), shape.property(name)))
  }
  return found
}

/** Names that have brackets make trees; depth and number are bounded. */
export const TREE = {
  ...{ plainObjects: true, depth: 10, arrayLimit: 1_000, parameterLimit: 1_000 },
} as const

/** The texts of a tree, as what they mean. */
export function typed(value: unknown, shape: Shape): Json {
  if (typeof value === 'string') {
    return shape.isList ? [meant(value, shape.item(0))] : meant(value, shape)
  }
  if (Array.isArray(value)) return value.map((item, at) => typed(item, shape.item(at)))
  if (typeof value !== 'object' || value === null) return null
  const found: Values = {}
  for (const [name, item] of Object.entries(value))
    put(found, name, typed(item, shape.property(name)))
  return found as Json
}

/** A text that is no JSON stays one: the validator says what was meant. */
export function jsonOr(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
