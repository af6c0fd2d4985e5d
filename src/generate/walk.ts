/** Walks a schema and builds a value that shows what it describes, no deeper than one can read. */
import { isDeepStrictEqual } from 'node:util'
import type { Json, SchemaObject } from '../contract/model.ts'
import { isForbidden } from '../contract/schema.ts'
import { type Follow, isObject, MAX_DEPTH, setOwn } from '../contract/walk.ts'
import { flatten, schemaKey } from './flatten.ts'
import { chooseType, declaredValue, hasMatch } from './primitives.ts'

/** How often each schema is among those that lead to the current one. */
type SchemaCounts = ReadonlyMap<unknown, number>

export interface BuildOptions {
  readonly follow: Follow
  /** Makes a single value, such as a string or a number. */
  readonly makeValue: (schema: SchemaObject, type: string, seed: number) => Json
  readonly seed: number
  /** Down to which depth optional properties are shown. */
  readonly depth: number
  /** Which of several alternatives is chosen; counting starts again after the last one. */
  readonly branch: number
  /** Whether to leave the schemas' own examples aside: some break the schema around them. */
  readonly ignoreExamples?: boolean
}

/** How many values a response may have before optional ones are left out: nobody reads more. */
const MAX_VALUES = 500

const MAX_TRIES = 20

const ENDLESS = 'it requires itself, so that no value can be complete'

export class ValueBuilder {
  readonly #options: BuildOptions
  /** Whether some schema has a discriminator, which says which alternative is meant. */
  hasDiscriminator = false
  #seeds = 0
  #values = 0

  constructor(options: BuildOptions) {
    this.#options = options
  }

  /** @throws Error where no value can be built */
  build(schema: unknown): Json {
    return this.#buildValue(schema, 0, new Map())
  }

  #buildValue(
    schema: unknown,
    depth: number,
    within: SchemaCounts,
    ignoreExamples = this.#options.ignoreExamples === true,
  ): Json {
    if (depth > MAX_DEPTH) throw new Error(ENDLESS)
    this.#values++
    const { follow, branch } = this.#options
    this.hasDiscriminator ||= follow(schema).discriminator !== undefined
    const key = schemaKey(schema, follow)
    const times = within.get(key) ?? 0
    // In a recursion another branch each time: one of them may end it.
    const flat = flatten(schema, follow, branch + times)
    if (times > 0 && [flat.type].flat().includes('null')) return null
    const declared = declaredValue(flat, { branch, ignoreExamples })
    const type = chooseType(flat, branch)
    const counts = new Map(within).set(key, times + 1)
    if (declared !== undefined) return this.#completeExample(declared, flat, depth, counts)
    if (type === 'object') return this.#buildObject(flat, depth, counts)
    if (type === 'array') return this.#buildArray(flat, depth, counts)
    if (type === 'null') return null
    return this.#options.makeValue(flat, type, this.#nextSeed())
  }

  /** Adds what an example lacks: one of a part of the schema has not what the other parts require. */
  #completeExample(example: Json, schema: SchemaObject, depth: number, within: SchemaCounts): Json {
    if (!isObject(example) || schema.const !== undefined || schema.enum !== undefined) {
      return example
    }
    const required = (schema.required ?? []) as string[]
    const properties = (schema.properties ?? {}) as SchemaObject
    const missing = required.filter(
      (name) => !Object.hasOwn(example, name) && Object.hasOwn(properties, name),
    )
    if (missing.length === 0) return example as Json
    const complete = { ...(example as Record<string, Json>) }
    for (const name of missing) {
      setOwn(complete, name, this.#buildProperty(properties[name], true, depth, within))
    }
    return complete
  }

  #buildObject(schema: SchemaObject, depth: number, within: SchemaCounts): Json {
    const properties = Object.entries((schema.properties ?? {}) as SchemaObject)
    const required = new Set((schema.required ?? []) as string[])
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema
    const room = Number(maxProperties) - required.size
    const object: Record<string, Json> = {}
    let optional = 0
    for (const [name, property] of properties) {
      const isRequired = required.has(name)
      if (!isRequired && optional >= room) continue
      const value = this.#buildProperty(property, isRequired, depth, within)
      if (value === undefined) continue
      setOwn(object, name, value)
      if (!isRequired) optional++
    }
    for (const [name, property] of properties) {
      // Required in requests only: a response must not have it.
      if (this.#isForbidden(property)) required.delete(name)
      else if (countKeys(object) < Number(minProperties) && !Object.hasOwn(object, name)) {
        setOwn(object, name, this.#buildValue(property, depth + 1, within))
      }
    }
    this.#addUnlisted(schema, object, required, depth, within)
    return object
  }

  #isForbidden(schema: unknown): boolean {
    return schema === false || isForbidden(schema, 'response', this.#options.follow)
  }

  /** Returns undefined where the property is better left out. */
  #buildProperty(
    schema: unknown,
    isRequired: boolean,
    depth: number,
    within: SchemaCounts,
  ): Json | undefined {
    if (this.#isForbidden(schema)) return undefined
    if (isRequired) return this.#buildValue(schema, depth + 1, within)
    return this.#canShow(schema, depth, within) ? this.#tryBuild(schema, depth, within) : undefined
  }

  /** Whether an optional value is worth showing here. */
  #canShow(schema: unknown, depth: number, within: SchemaCounts): boolean {
    const { depth: limit, follow } = this.#options
    return depth < limit && this.#values < MAX_VALUES && !within.has(schemaKey(schema, follow))
  }

  /** Builds an optional value; where that fails it is left out. */
  #tryBuild(schema: unknown, depth: number, within: SchemaCounts): Json | undefined {
    try {
      return this.#buildValue(schema, depth + 1, within)
    } catch {
      return undefined
    }
  }

  /** Adds properties that are not listed: those required, and one that shows what is allowed. */
  #addUnlisted(
    schema: SchemaObject,
    object: Record<string, Json>,
    required: ReadonlySet<string>,
    depth: number,
    within: SchemaCounts,
  ): void {
    const { minProperties = 0, patternProperties = {} } = schema
    const patterns = Object.entries(patternProperties as SchemaObject)
    const additional = schema.additionalProperties ?? schema.unevaluatedProperties
    const build = (name: string) => {
      const [, ofPattern] = patterns.find(([pattern]) => hasMatch(pattern, name)) ?? []
      const free = ofPattern ?? additional
      return free === undefined || free === true
        ? 'text'
        : this.#buildValue(free, depth + 1, within)
    }
    for (const name of required) {
      if (!Object.hasOwn(object, name)) setOwn(object, name, build(name))
    }
    const example = patterns.length > 0 ? patterns[0]?.[1] : additional
    const showsExample =
      typeof example === 'object' &&
      countKeys(object) === 0 &&
      schema.maxProperties !== 0 &&
      this.#canShow(example, depth, within)
    const least = Math.max(Number(minProperties), showsExample ? 1 : 0)
    for (let tries = 0; countKeys(object) < least && tries < least + MAX_TRIES; tries++) {
      const name = this.#makeName(schema, patterns, tries)
      if (!Object.hasOwn(object, name)) setOwn(object, name, build(name))
    }
  }

  /** Makes a name for a property that is not listed. */
  #makeName(
    { propertyNames }: SchemaObject,
    patterns: readonly [string, unknown][],
    index: number,
  ): string {
    const { follow, makeValue } = this.#options
    const names = flatten(propertyNames, follow, 0)
    if (Array.isArray(names.enum)) return String(names.enum[index % names.enum.length])
    if (propertyNames !== undefined) return String(makeValue(names, 'string', this.#nextSeed()))
    const [pattern] = patterns[index % patterns.length] ?? []
    return pattern === undefined
      ? `key${index + 1}`
      : String(makeValue({ pattern }, 'string', this.#nextSeed()))
  }

  #buildArray(schema: SchemaObject, depth: number, within: SchemaCounts): Json {
    const { prefixItems = [], items, contains, uniqueItems } = schema
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, minContains = 1 } = schema
    const list = (prefixItems as unknown[])
      .slice(0, Number(maxItems))
      .map((each) => this.#buildValue(each, depth + 1, within))
    const tupleLength = list.length
    const toContain = contains === undefined ? 0 : Number(minContains)
    const least = Math.max(Number(minItems), tupleLength + toContain)
    while (list.length < Math.min(least, Number(maxItems))) {
      const ofItem = itemSchema(schema, list.length - tupleLength < toContain)
      const item = this.#buildItem(ofItem, depth, within, uniqueItems === true ? list : [])
      if (item === undefined) break
      list.push(item)
    }
    const mayHaveItems = items !== undefined && items !== false && Number(maxItems) > 0
    // An empty list would not show what may be in it.
    if (!mayHaveItems || list.length > 0 || !this.#canShow(items, depth - 1, within)) return list
    const item = this.#tryBuild(items, depth, within)
    return item === undefined ? list : [item]
  }

  /** Builds an item that is not among `others`; undefined where none is found. */
  #buildItem(
    schema: unknown,
    depth: number,
    within: SchemaCounts,
    others: readonly Json[],
  ): Json | undefined {
    const { follow, branch, ignoreExamples = false } = this.#options
    const isNew = (value: Json) => !others.some((each) => isDeepStrictEqual(each, value))
    const { enum: values } = flatten(schema, follow, branch)
    if (others.length > 0 && Array.isArray(values)) return (values as Json[]).find(isNew)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // An example is the same at each try.
      const item = this.#buildValue(schema, depth + 1, within, ignoreExamples || tries > 0)
      if (isNew(item)) return item
    }
    return undefined
  }

  /** Each value has a seed of its own, so that values differ, and the same one each time. */
  #nextSeed(): number {
    this.#seeds++
    // The library takes 31 bits.
    return (this.#options.seed ^ Math.imul(this.#seeds, 0x9e3779b1)) & 0x7fffffff
  }
}

const countKeys = (object: object) => Object.keys(object).length

function itemSchema({ items, contains }: SchemaObject, mustBeContained: boolean): unknown {
  if (!mustBeContained) return items ?? { type: 'string' }
  return items === undefined ? contains : { allOf: [items, contains] }
}
