/** Flattens allOf, oneOf, anyOf and if into one schema, with one of the alternatives chosen. */
import { isDeepStrictEqual } from 'node:util'
import type { SchemaObject } from '../contract/model.ts'
import { type Follow, isObject, MAX_DEPTH, setOwn } from '../contract/walk.ts'

interface MergeContext {
  readonly follow: Follow
  readonly branch: number
  /** The schemas being flattened around this one: a base schema may list its own subtypes. */
  readonly ancestors: readonly unknown[]
  /** The reference by which a discriminator names the schema of the value. */
  readonly ref: string | undefined
}

/** Returns a schema without combinators; `branch` chooses among alternatives. */
export const flatten = (schema: unknown, follow: Follow, branch: number): SchemaObject =>
  flattenAt(schema, { follow, branch, ancestors: [], ref: undefined })

function flattenAt(schema: unknown, outer: MergeContext): SchemaObject {
  const ref = getRef(schema)
  const key = ref ?? schema
  if (outer.ancestors.includes(key) || outer.ancestors.length > MAX_DEPTH) return {}
  const { follow, branch } = outer
  const context = { ...outer, ancestors: [...outer.ancestors, key], ref: outer.ref ?? ref }
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
  let flat: SchemaObject = own
  const add = (part: unknown, ref = context.ref) => {
    flat = intersect(flat, flattenAt(part, { ...context, ref }))
  }
  for (const part of asList(allOf)) add(part)
  let chosenRef = context.ref
  for (const choices of [asList(oneOf), asList(anyOf)]) {
    const chosen = chooseBranch(choices, context)
    if (chosen === undefined) continue
    chosenRef = getRef(chosen)
    add(chosen, chosenRef)
  }
  if (condition !== undefined) {
    for (const part of branch % 2 === 0 ? [condition, then] : [otherwise]) add(part)
  }
  // The schema's own example shows the whole value; the examples of its parts show parts of it.
  return withDiscriminator({ ...flat, ...pickExamples(own) }, discriminator, chosenRef, follow)
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const getRef = (schema: unknown): string | undefined => {
  const ref = (schema as SchemaObject | null | undefined)?.$ref
  return typeof ref === 'string' ? ref : undefined
}

/** Prefers the branch already being flattened: a base schema may list its own subtypes. */
function chooseBranch(
  choices: readonly unknown[],
  { ancestors, branch, follow }: MergeContext,
): unknown {
  const candidates = choices.filter((choice) => !isNullOnly(follow(choice)))
  const begun = candidates.find((choice) => ancestors.includes(getRef(choice) ?? choice))
  return begun ?? (candidates.length > 0 ? candidates[branch % candidates.length] : choices[0])
}

const isNullOnly = ({ type, enum: values }: SchemaObject) =>
  type === 'null' || (Array.isArray(values) && values.length === 1 && values[0] === null)

const EXAMPLE_KEYS = ['example', 'examples', 'default']

const pickExamples = (own: SchemaObject) =>
  Object.fromEntries(Object.entries(own).filter(([key]) => EXAMPLE_KEYS.includes(key)))

/** Returns a schema for values that both allow: of each keyword the stricter value. */
function intersect(one: SchemaObject, other: SchemaObject): SchemaObject {
  const result: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    result[key] = Object.hasOwn(one, key) ? intersectKeyword(key, one[key], value) : value
  }
  return result
}

function intersectKeyword(key: string, one: unknown, other: unknown): unknown {
  if (/^(?:min|exclusiveMin)/.test(key)) return Math.max(Number(one), Number(other))
  if (/^(?:max|exclusiveMax)/.test(key)) return Math.min(Number(one), Number(other))
  return INTERSECTIONS[key]?.(one, other) ?? other
}

const intersectSchemas = (one: unknown, other: unknown) => {
  if (one === false || other === false) return false
  if (one === true || isDeepStrictEqual(one, other)) return other
  return other === true ? one : { allOf: [one, other] }
}

const INTERSECTIONS: Readonly<Record<string, (one: unknown, other: unknown) => unknown>> = {
  properties: intersectProperties,
  patternProperties: intersectProperties,
  required: (one, other) => [...new Set([...asList(one), ...asList(other)])],
  enum: (one, other) =>
    asList(one).filter((value) => asList(other).some((each) => isDeepStrictEqual(each, value))),
  type: intersectTypes,
  multipleOf: (one, other) => commonMultiple(Number(one), Number(other)),
  uniqueItems: (one, other) => one === true || other === true,
  items: intersectSchemas,
  prefixItems: (one, other) => intersectTuples(asList(one), asList(other)),
  contains: intersectSchemas,
  propertyNames: intersectSchemas,
  additionalProperties: intersectSchemas,
  example: mergeExamples,
}

const intersectTuples = (one: readonly unknown[], other: readonly unknown[]) =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, index) =>
    intersectSchemas(one[index] ?? true, other[index] ?? true),
  )

function intersectProperties(one: unknown, other: unknown): SchemaObject {
  const result: Record<string, unknown> = { ...(one as SchemaObject) }
  for (const [name, schema] of Object.entries(other as SchemaObject)) {
    setOwn(
      result,
      name,
      Object.hasOwn(result, name) ? intersectSchemas(result[name], schema) : schema,
    )
  }
  return result
}

/** Intersects two `type`s, where every integer is a number, too. */
function intersectTypes(one: unknown, other: unknown): unknown {
  const [ours, theirs] = [[one].flat(), [other].flat()]
  const isWithin = (type: unknown, types: unknown[]) =>
    types.includes(type) || (type === 'integer' && types.includes('number'))
  return [
    ...ours.filter((type) => isWithin(type, theirs)),
    ...theirs.filter((type) => !ours.includes(type) && isWithin(type, ours)),
  ]
}

function commonMultiple(one: number, other: number): number {
  const [small, large] = one < other ? [one, other] : [other, one]
  return Number.isInteger(large / small) ? large : small * large
}

/** Merges the examples of two parts into one of the whole. */
function mergeExamples(one: unknown, other: unknown): unknown {
  return isObject(one) && isObject(other) ? { ...one, ...other } : other
}

/** Sets the discriminator property to the chosen schema's mapped name. */
function withDiscriminator(
  flat: SchemaObject,
  discriminator: unknown,
  ref: string | undefined,
  follow: Follow,
): SchemaObject {
  const { propertyName, mapping } = (discriminator ?? {}) as SchemaObject
  if (typeof propertyName !== 'string' || ref === undefined) return flat
  const component = ref.split('/').at(-1) ?? ''
  const mapped = Object.entries((mapping ?? {}) as SchemaObject)
  const name = mapped.find(([, target]) => `/${target}`.endsWith(`/${component}`))?.[0] ?? component
  const property = (flat.properties as SchemaObject | undefined)?.[propertyName]
  const { const: fixed, enum: values } = flatten(property, follow, 0)
  // In many documents the property's enum does not have the names of the schemas: keep the enum then.
  const allowsName = fixed === undefined && (!Array.isArray(values) || values.includes(name))
  if (!allowsName) return flat
  const required = { properties: { [propertyName]: { const: name } }, required: [propertyName] }
  return intersect(flat, required)
}

/** Returns what identifies a schema: its reference, or that of the only schema it wraps. */
export function schemaKey(schema: unknown, follow: Follow, depth = 0): unknown {
  const ref = getRef(schema)
  if (ref !== undefined) return ref
  const { allOf, oneOf, anyOf, properties } = follow(schema)
  const parts = [allOf, oneOf, anyOf].flatMap(asList).filter((part) => !isNullOnly(follow(part)))
  const isWrapper = parts.length === 1 && properties === undefined && depth < MAX_DEPTH
  return isWrapper ? schemaKey(parts[0], follow, depth + 1) : schema
}
