/** What a schema says in all: those it is put together of, and the alternative that is taken. */
import type { Json } from '../api.ts'

type Node = Readonly<Record<string, unknown>>

/** Follows references to what they end in; an object without one, or {}. */
export type Follow = (schema: unknown) => Record<string, unknown>

/** More than any document needs to put one schema together. */
const DEEPEST = 30

/** One plain schema; `branch` says which of several alternatives counts. */
export function merged(schema: unknown, follow: Follow, branch: number, depth = 0): Node {
  if (depth > DEEPEST) return {}
  const {
    allOf,
    oneOf,
    anyOf,
    discriminator,
    if: condition,
    then,
    else: otherwise,
    ...own
  } = follow(schema)
  let whole: Node = own
  for (const part of list(allOf)) whole = joined(whole, merged(part, follow, branch, depth + 1))
  for (const choices of [list(oneOf), list(anyOf)]) {
    const open = choices.filter((choice) => !isNull(follow(choice)))
    const chosen = open.length > 0 ? open[branch % open.length] : choices[0]
    if (chosen === undefined) continue
    whole = joined(whole, merged(chosen, follow, branch, depth + 1))
    whole = told(whole, discriminator, chosen)
  }
  if (condition !== undefined) {
    const part = branch % 2 === 0 ? [condition, then] : [otherwise]
    for (const each of part) whole = joined(whole, merged(each, follow, branch, depth + 1))
  }
  return discriminator && !oneOf && !anyOf ? told(whole, discriminator, schema) : whole
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const isNull = ({ type, enum: values }: Node) =>
  type === 'null' || (Array.isArray(values) && values.length === 1 && values[0] === null)

/** Both hold: what they list is put together, of other keywords the stricter one counts. */
function joined(one: Node, other: Node): Node {
  const both: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    both[key] = key in one ? strictest(key, one[key], value) : value
  }
  return both
}

function strictest(key: string, one: unknown, other: unknown): unknown {
  if (key === 'properties') return properties(one as Node, other as Node)
  if (key === 'prefixItems') return items(list(one), list(other))
  if (/^(?:items|additionalProperties|contains|propertyNames)$/.test(key)) {
    return typeof one === 'object' && typeof other === 'object' ? { allOf: [one, other] } : other
  }
  if (key === 'required') return [...new Set([...list(one), ...list(other)])]
  if (key === 'enum') return list(one).filter((value) => list(other).includes(value))
  if (key === 'type') return [one].flat().filter((type) => [other].flat().includes(type))
  if (/^(?:min|exclusiveMin)/.test(key)) return Math.max(Number(one), Number(other))
  if (/^(?:max|exclusiveMax)/.test(key)) return Math.min(Number(one), Number(other))
  return other
}

function properties(one: Node, other: Node): Node {
  const both: Record<string, unknown> = { ...one }
  for (const [name, schema] of Object.entries(other)) {
    both[name] = Object.hasOwn(one, name) ? { allOf: [one[name], schema] } : schema
  }
  return both
}

/** Item by item. */
const items = (one: readonly unknown[], other: readonly unknown[]) =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, index) => ({
    allOf: [one[index], other[index]].filter((each) => each !== undefined),
  }))

/** The property that says which schema a value follows says so. */
function told(whole: Node, discriminator: unknown, chosen: unknown): Node {
  const { propertyName, mapping } = (discriminator ?? {}) as Node
  const ref = (chosen as Node | undefined)?.$ref
  if (typeof propertyName !== 'string' || typeof ref !== 'string') return whole
  const last = ref.split('/').at(-1) ?? ''
  const named = Object.entries((mapping ?? {}) as Node)
  const name = named.find(([, target]) => `/${target}`.endsWith(`/${last}`))?.[0] ?? last
  const said = { properties: { [propertyName]: { const: name } }, required: [propertyName] }
  return joined(whole, said)
}

/** The values that a schema lists, where it lists them. */
export function alternatives(schema: unknown, follow: Follow): readonly Json[] | undefined {
  const values = follow(schema).enum
  return Array.isArray(values) && values.length > 0 ? (values as Json[]) : undefined
}
