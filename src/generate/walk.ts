/** Walks a schema and builds a value that shows what it describes, no deeper than one can read. */
import { isDeepStrictEqual } from 'node:util'
import type { Json, SchemaObject } from '../contract/model.ts'
import { type Follow, identity, merged } from './flatten.ts'
import { fixed, typeOf } from './primitives.ts'

type Within = ReadonlyMap<unknown, number>

export interface StructureOptions {
  readonly follow: Follow
  /** Makes a single value: a text, a number. */
  readonly leaf: (schema: SchemaObject, type: string, seed: number) => Json
  readonly seed: number
  /** How deep properties are shown that need not be there. */
  readonly depth: number
  /** Which of several alternatives is taken; beyond the last, counting begins anew. */
  readonly branch: number
  /** Leave the schemas' own examples aside: some break the schema that they stand in. */
  readonly plain?: boolean
}

/** Beyond this a schema that requires itself has no finite value. */
const DEEPEST = 24

/** Values of one answer that need not be there: beyond this nobody reads them. */
const MOST = 500

const ENDLESS = 'it requires itself, so that no answer could be complete'

export class Structure {
  readonly #options: StructureOptions
  /** Somewhere a discriminator says which of several alternatives is meant. */
  discriminated = false
  #made = 0
  #values = 0

  constructor(options: StructureOptions) {
    this.#options = options
  }

  /** @throws Error where no value can be built */
  of(schema: unknown): Json {
    return this.#value(schema, 0, new Map())
  }

  /** `within` counts the schemas that this one lies in, so that a recursion ends early. */
  #value(schema: unknown, depth: number, within: Within, plain = this.#options.plain): Json {
    if (depth > DEEPEST) throw new Error(ENDLESS)
    this.#values++
    const { follow, branch } = this.#options
    this.discriminated ||= follow(schema).discriminator !== undefined
    const known = identity(schema, follow)
    const times = within.get(known) ?? 0
    const whole = merged(schema, follow, branch + times)
    // A recursion that may end in null does.
    if (times > 0 && [whole.type].flat().includes('null')) return null
    const given = fixed(whole, { branch, plain: plain === true })
    const type = typeOf(whole, branch)
    const seen = new Map(within).set(known, times + 1)
    if (given !== undefined) return this.#completed(given, whole, depth, seen)
    if (type === 'object') return this.#object(whole, depth, seen)
    if (type === 'array') return this.#array(whole, depth, seen)
    if (type === 'null') return null
    return this.#options.leaf(whole, type, this.#next())
  }

  /** An example of one part of the schema lacks what the others require. */
  #completed(given: Json, schema: SchemaObject, depth: number, within: Within): Json {
    const open = typeof given === 'object' && given !== null && !Array.isArray(given)
    if (!open || schema.const !== undefined || schema.enum !== undefined) return given
    const required = (schema.required ?? []) as string[]
    const properties = (schema.properties ?? {}) as SchemaObject
    const lacking = required.filter((name) => !Object.hasOwn(given, name))
    const missing = lacking.filter((name) => Object.hasOwn(properties, name))
    if (missing.length === 0) return given
    const found = { ...(given as Record<string, Json>) }
    for (const name of missing) {
      const made = this.#property(properties[name], true, depth, within)
      if (made !== undefined) set(found, name, made)
    }
    return found
  }

  #object(schema: SchemaObject, depth: number, within: Within): Json {
    const properties = Object.entries((schema.properties ?? {}) as SchemaObject)
    const required = new Set((schema.required ?? []) as string[])
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema
    const room = Number(maxProperties) - required.size
    const found: Record<string, Json> = {}
    let more = 0
    for (const [name, property] of properties) {
      const needed = required.has(name)
      if (!needed && more >= room) continue
      const made = this.#property(property, needed, depth, within)
      if (made === undefined) continue
      set(found, name, made)
      if (!needed) more++
    }
    for (const [name, property] of properties) {
      // Required of requests alone: it must not be made up.
      if (this.#hidden(property)) required.delete(name)
      else if (count(found) < Number(minProperties) && !Object.hasOwn(found, name)) {
        set(found, name, this.#value(property, depth + 1, within))
      }
    }
    this.#others(schema, found, required, depth, within)
    return found
  }

  #hidden(schema: unknown): boolean {
    return schema === false || this.#options.follow(schema).writeOnly === true
  }

  /** Undefined where it is better left out. */
  #property(schema: unknown, required: boolean, depth: number, within: Within): Json | undefined {
    if (this.#hidden(schema)) return undefined
    if (required) return this.#value(schema, depth + 1, within)
    return this.#shows(schema, depth, within) ? this.#optional(schema, depth, within) : undefined
  }

  #shows(schema: unknown, depth: number, within: Within): boolean {
    const { depth: deepest, follow } = this.#options
    return depth < deepest && this.#values < MOST && !within.has(identity(schema, follow))
  }

  /** What may be missing is not worth failing for. */
  #optional(schema: unknown, depth: number, within: Within): Json | undefined {
    try {
      return this.#value(schema, depth + 1, within)
    } catch {
      return undefined
    }
  }

  /** What must be there without being listed, and one that shows what may be. */
  #others(
    schema: SchemaObject,
    found: Record<string, Json>,
    required: ReadonlySet<string>,
    depth: number,
    within: Within,
  ): void {
    const { minProperties = 0, patternProperties = {} } = schema
    const patterns = Object.entries(patternProperties as SchemaObject)
    const more = schema.additionalProperties ?? schema.unevaluatedProperties
    const value = (name: string) => {
      const [, own] = patterns.find(([pattern]) => matches(pattern, name)) ?? []
      const open = own ?? more
      return open === undefined || open === true ? 'text' : this.#value(open, depth + 1, within)
    }
    for (const name of required) if (!Object.hasOwn(found, name)) set(found, name, value(name))
    const shown = patterns.length > 0 ? patterns[0]?.[1] : more
    const shows =
      typeof shown === 'object' && count(found) === 0 && this.#shows(shown, depth, within)
    const least = Math.max(Number(minProperties), shows && schema.maxProperties !== 0 ? 1 : 0)
    for (let tries = 0; count(found) < least && tries < least + 20; tries++) {
      const name = this.#name(schema, patterns, tries)
      if (!Object.hasOwn(found, name)) set(found, name, value(name))
    }
  }

  /** A name for a property that no schema lists. */
  #name(
    { propertyNames }: SchemaObject,
    patterns: readonly [string, unknown][],
    index: number,
  ): string {
    const { follow, leaf } = this.#options
    const names = merged(propertyNames, follow, 0)
    if (Array.isArray(names.enum)) return String(names.enum[index % names.enum.length])
    if (propertyNames !== undefined) return String(leaf(names, 'string', this.#next()))
    const [pattern] = patterns[index % patterns.length] ?? []
    return pattern === undefined
      ? `key${index + 1}`
      : String(leaf({ pattern }, 'string', this.#next()))
  }

  #array(schema: SchemaObject, depth: number, within: Within): Json {
    const { prefixItems = [], items, contains, uniqueItems } = schema
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, minContains = 1 } = schema
    const list = (prefixItems as unknown[])
      .slice(0, Number(maxItems))
      .map((each) => this.#value(each, depth + 1, within))
    const tuple = list.length
    const needed = contains === undefined ? 0 : Number(minContains)
    const least = Math.max(Number(minItems), tuple + needed)
    while (list.length < Math.min(least, Number(maxItems))) {
      const of = ofItem(schema, list.length - tuple < needed)
      const made = this.#item(of, depth, within, uniqueItems === true ? list : [])
      if (made === undefined) break
      list.push(made)
    }
    const open = items !== undefined && items !== false && Number(maxItems) > 0
    // An empty list shows nothing of what may be in it.
    if (!open || list.length > 0 || !this.#shows(items, depth - 1, within)) return list
    const made = this.#optional(items, depth, within)
    return made === undefined ? list : [made]
  }

  /** Undefined where nothing else is found than what the list has already. */
  #item(schema: unknown, depth: number, within: Within, others: readonly Json[]): Json | undefined {
    const isNew = (value: Json) => !others.some((each) => isDeepStrictEqual(each, value))
    const { enum: values } = merged(schema, this.#options.follow, this.#options.branch)
    if (others.length > 0 && Array.isArray(values)) return (values as Json[]).find(isNew)
    for (let tries = 0; tries < 20; tries++) {
      // An example is there once only.
      const made = this.#value(schema, depth + 1, within, this.#options.plain || tries > 0)
      if (isNew(made)) return made
    }
    return undefined
  }

  /** Every value of one answer has a seed of its own, and always the same. */
  #next(): number {
    this.#made++
    // The generator takes 31 bits.
    return (this.#options.seed ^ Math.imul(this.#made, 0x9e3779b1)) & 0x7fffffff
  }
}

const count = (values: object) => Object.keys(values).length

function ofItem({ items, contains }: SchemaObject, wanted: boolean): unknown {
  if (!wanted) return items ?? { type: 'string' }
  return items === undefined ? contains : { allOf: [items, contains] }
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name)
  } catch {
    return false
  }
}

/** A document may name a property like a prototype. */
function set(values: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(values, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}
