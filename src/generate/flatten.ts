/** What a schema says in all: those it is put together of, and the alternative that is taken. */
import { isDeepStrictEqual } from 'node:util'
import type { SchemaObject } from '../contract/model.ts'

/** Follows references to what they end in; an object without one, or {}. */
export type Follow = (schema: unknown) => Record<string, unknown>

/** More than any document needs to put one schema together. */
const DEEPEST = 30

interface MergeContext {
  readonly follow: Follow
  readonly branch: number
  /** What is being put together: a base may list those that build on it. */
  readonly open: readonly unknown[]
  /** The reference by which a discriminator knows the value. */
  readonly named: string | undefined
}

/** One plain schema; `branch` says which of several alternatives counts. */
export const merged = (schema: unknown, follow: Follow, branch: number): SchemaObject =>
  whole(schema, { follow, branch, open: [], named: undefined })

function whole(schema: unknown, outer: MergeContext): SchemaObject {
  const ref = refOf(schema)
  const known = ref ?? schema
  if (outer.open.includes(known) || outer.open.length > DEEPEST) return {}
  const { follow, branch } = outer
  const way: MergeContext = { ...outer, open: [...outer.open, known], named: outer.named ?? ref }
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
  let all: SchemaObject = own
  const add = (part: unknown, named = way.named) => {
    all = joined(all, whole(part, { ...way, named }))
  }
  for (const part of list(allOf)) add(part)
  let { named } = way
  for (const choices of [list(oneOf), list(anyOf)]) {
    const chosen = chosenOf(choices, way)
    if (chosen === undefined) continue
    named = refOf(chosen)
    add(chosen, named)
  }
  if (condition !== undefined) {
    for (const part of branch % 2 === 0 ? [condition, then] : [otherwise]) add(part)
  }
  // What it shows itself is an example of the whole; those of its parts are of parts.
  return told({ ...all, ...shown(own) }, discriminator, named, follow)
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const refOf = (schema: unknown): string | undefined => {
  const ref = (schema as SchemaObject | null | undefined)?.$ref
  return typeof ref === 'string' ? ref : undefined
}

/** One that is being put together is the way that led here. */
function chosenOf(choices: readonly unknown[], { open, branch, follow }: MergeContext): unknown {
  const real = choices.filter((choice) => !isNull(follow(choice)))
  const begun = real.find((choice) => open.includes(refOf(choice) ?? choice))
  return begun ?? (real.length > 0 ? real[branch % real.length] : choices[0])
}

const isNull = ({ type, enum: values }: SchemaObject) =>
  type === 'null' || (Array.isArray(values) && values.length === 1 && values[0] === null)

const SHOWN = ['example', 'examples', 'default']

const shown = (own: SchemaObject) =>
  Object.fromEntries(Object.entries(own).filter(([key]) => SHOWN.includes(key)))

/** Both hold: what they list is put together, of other keywords the stricter one counts. */
function joined(one: SchemaObject, other: SchemaObject): SchemaObject {
  const both: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    both[key] = Object.hasOwn(one, key) ? strictest(key, one[key], value) : value
  }
  return both
}

function strictest(key: string, one: unknown, other: unknown): unknown {
  if (/^(?:min|exclusiveMin)/.test(key)) return Math.max(Number(one), Number(other))
  if (/^(?:max|exclusiveMax)/.test(key)) return Math.min(Number(one), Number(other))
  return STRICTEST[key]?.(one, other) ?? other
}

const both = (one: unknown, other: unknown) => {
  if (one === false || other === false) return false
  if (one === true || isDeepStrictEqual(one, other)) return other
  return other === true ? one : { allOf: [one, other] }
}

const STRICTEST: Readonly<Record<string, (one: unknown, other: unknown) => unknown>> = {
  properties: (one, other) => named(one as SchemaObject, other as SchemaObject),
  patternProperties: (one, other) => named(one as SchemaObject, other as SchemaObject),
  required: (one, other) => [...new Set([...list(one), ...list(other)])],
  enum: (one, other) =>
    list(one).filter((value) => list(other).some((each) => isDeepStrictEqual(each, value))),
  type: types,
  multipleOf: (one, other) => multiple(Number(one), Number(other)),
  uniqueItems: (one, other) => one === true || other === true,
  items: both,
  prefixItems: (one, other) => itemwise(list(one), list(other)),
  contains: both,
  propertyNames: both,
  additionalProperties: both,
  example: examples,
}

const itemwise = (one: readonly unknown[], other: readonly unknown[]) =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, index) =>
    both(one[index] ?? true, other[index] ?? true),
  )

function named(one: SchemaObject, other: SchemaObject): SchemaObject {
  const all: Record<string, unknown> = { ...one }
  for (const [name, schema] of Object.entries(other)) {
    all[name] = Object.hasOwn(one, name) ? both(one[name], schema) : schema
  }
  return all
}

/** Every integer is a number. */
function types(one: unknown, other: unknown): unknown {
  const [mine, yours] = [[one].flat(), [other].flat()]
  const within = (type: unknown, all: unknown[]) =>
    all.includes(type) || (type === 'integer' && all.includes('number'))
  return [
    ...mine.filter((type) => within(type, yours)),
    ...yours.filter((type) => !mine.includes(type) && within(type, mine)),
  ]
}

function multiple(one: number, other: number): number {
  const [small, large] = one < other ? [one, other] : [other, one]
  return Number.isInteger(large / small) ? large : small * large
}

/** Parts show parts of the whole. */
function examples(one: unknown, other: unknown): unknown {
  const objects = [one, other].every(
    (each) => typeof each === 'object' && each !== null && !Array.isArray(each),
  )
  return objects ? { ...(one as SchemaObject), ...(other as SchemaObject) } : other
}

/** The property that says which schema a value follows says so. */
function told(
  all: SchemaObject,
  discriminator: unknown,
  ref: string | undefined,
  follow: Follow,
): SchemaObject {
  const { propertyName, mapping } = (discriminator ?? {}) as SchemaObject
  if (typeof propertyName !== 'string' || ref === undefined) return all
  const last = ref.split('/').at(-1) ?? ''
  const known = Object.entries((mapping ?? {}) as SchemaObject)
  const name = known.find(([, target]) => `/${target}`.endsWith(`/${last}`))?.[0] ?? last
  const property = (all.properties as SchemaObject | undefined)?.[propertyName]
  const { const: fixed, enum: values } = merged(property, follow, 0)
  // Many documents spell the names of such a property otherwise than those of the schemas.
  const open = fixed === undefined ? !Array.isArray(values) || values.includes(name) : false
  if (!open) return all
  const said = { properties: { [propertyName]: { const: name } }, required: [propertyName] }
  return joined(all, said)
}

/** By what a schema is known again; one that only wraps another by that one. */
export function identity(schema: unknown, follow: Follow, hops = 0): unknown {
  const ref = refOf(schema)
  if (ref !== undefined) return ref
  const node = follow(schema)
  const { allOf, oneOf, anyOf, properties } = node
  const parts = [allOf, oneOf, anyOf].flatMap(list).filter((part) => !isNull(follow(part)))
  const wraps = parts.length === 1 && properties === undefined && hops < DEEPEST
  return wraps ? identity(parts[0], follow, hops + 1) : schema
}
