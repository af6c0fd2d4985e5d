/** Walks a schema and builds a value that shows what it describes, no deeper than one can read. */
import type { Json, Schema } from '../api.ts'
import { alternatives, type Follow, merged } from './merge.ts'

type Node = Readonly<Record<string, unknown>>

export interface StructureOptions {
  readonly follow: Follow
  /** Makes a single value: a text, a number. */
  readonly leaf: (schema: Schema, seed: number) => Json
  readonly seed: number
  /** How deep properties are shown that need not be there. */
  readonly depth: number
  /** Which of several alternatives is taken; beyond the last, counting begins anew. */
  readonly branch: number
  /** Whether examples and defaults of the schema are taken. */
  readonly shown: boolean
}

/** Beyond this a schema that requires itself has no finite value. */
const DEEPEST = 24

export class Structure {
  readonly #options: StructureOptions
  #made = 0

  constructor(options: StructureOptions) {
    this.#options = options
  }

  /** @throws Error where no value can be built */
  of(schema: unknown): Json {
    return this.#value(schema, 0, new Map())
  }

  /** `within` counts the schemas that this one lies in, so that a recursion ends early. */
  #value(schema: unknown, depth: number, within: ReadonlyMap<unknown, number>): Json {
    const { follow, branch, shown } = this.#options
    const node = follow(schema)
    const whole = merged(schema, follow, branch)
    // A recursion that may end in null does.
    if (within.has(node) && [whole.type].flat().includes('null')) return null
    if (depth > DEEPEST) throw new Error('it requires itself, so that no answer could be complete')
    const given = fixed(whole, shown)
    if (given !== undefined) return given
    const seen = new Map(within).set(node, (within.get(node) ?? 0) + 1)
    const type = typeOf(whole, branch)
    if (type === 'object') return this.#object(whole, depth, seen)
    if (type === 'array') return this.#array(whole, depth, seen)
    if (type === 'null') return null
    return bounded(this.#options.leaf(leafSchema(whole, type), this.#next()), whole)
  }

  #object(schema: Node, depth: number, within: ReadonlyMap<unknown, number>): Json {
    const properties = (schema.properties ?? {}) as Node
    const required = new Set((schema.required ?? []) as string[])
    const found: Record<string, Json> = {}
    for (const [name, property] of Object.entries(properties)) {
      const made = this.#property(property, required.has(name), depth, within)
      if (made !== undefined) set(found, name, made)
    }
    this.#others(schema, found, required, depth, within)
    return found
  }

  /** Undefined where it is better left out. */
  #property(
    schema: unknown,
    required: boolean,
    depth: number,
    within: ReadonlyMap<unknown, number>,
  ): Json | undefined {
    const { follow } = this.#options
    const node = follow(schema)
    if (schema === false || node.writeOnly === true) return undefined
    if (required) return this.#value(schema, depth + 1, within)
    if (depth >= this.#options.depth || within.has(node)) return undefined
    try {
      return this.#value(schema, depth + 1, within)
    } catch {
      // What may be missing is not worth failing for.
      return undefined
    }
  }

  /** What must be there without being listed, and one that shows what may be. */
  #others(
    schema: Node,
    found: Record<string, Json>,
    required: ReadonlySet<string>,
    depth: number,
    within: ReadonlyMap<unknown, number>,
  ): void {
    const { additionalProperties: more, patternProperties, minProperties = 0 } = schema
    const [pattern, matching] = Object.entries((patternProperties ?? {}) as Node)[0] ?? []
    const of = pattern === undefined ? more : matching
    const value = () =>
      of === undefined || of === true ? 'text' : this.#value(of, depth + 1, within)
    for (const name of required) if (!Object.hasOwn(found, name)) set(found, name, value())
    if (more === false && pattern === undefined) return
    const open = typeof of === 'object' && depth < this.#options.depth
    const shows = open && Object.keys(found).length === 0 && Number(schema.maxProperties ?? 1) > 0
    const least = Math.max(Number(minProperties), shows ? 1 : 0)
    for (let tries = 1; Object.keys(found).length < least && tries < least + 20; tries++) {
      set(found, this.#name(pattern, schema.propertyNames, tries), value())
    }
  }

  /** A name that the schema has room for. */
  #name(pattern: string | undefined, names: unknown, count: number): string {
    if (pattern !== undefined) return String(this.#options.leaf({ type: 'string', pattern }, count))
    return names === undefined ? `key${count}` : this.#ofNames(names, count)
  }

  #ofNames(names: unknown, count: number): string {
    const { follow, branch } = this.#options
    const choices = alternatives(names, follow)
    if (choices) return String(choices[(count - 1) % choices.length])
    return String(this.#options.leaf(leafSchema(merged(names, follow, branch), 'string'), count))
  }

  #array(schema: Node, depth: number, within: ReadonlyMap<unknown, number>): Json {
    const { prefixItems = [], items, contains, minItems = 0, maxItems = 1, uniqueItems } = schema
    const first = (prefixItems as unknown[]).map((each) => this.#value(each, depth + 1, within))
    const shown =
      depth <= this.#options.depth && !within.has(this.#options.follow(items ?? contains))
    const least = Math.max(
      Number(minItems),
      contains === undefined ? 0 : Number(schema.minContains ?? 1),
    )
    const count = Math.max(least, items !== undefined && shown && Number(maxItems) > 0 ? 1 : 0)
    const list = [...first]
    for (let tries = 0; list.length < count && tries < count + 20; tries++) {
      const of = contains ?? items ?? { type: 'string' }
      const made = this.#item(of, depth, within, tries)
      const twin = uniqueItems === true && list.some((each) => same(each, made))
      if (!twin) list.push(made)
    }
    return list
  }

  /** Where all items must differ, the choices of one schema are gone through in turn. */
  #item(schema: unknown, depth: number, within: ReadonlyMap<unknown, number>, index: number): Json {
    const choices = alternatives(schema, this.#options.follow)
    const choice = choices?.[index % choices.length]
    return choice === undefined ? this.#value(schema, depth + 1, within) : choice
  }

  /** Every value of one answer has a seed of its own, and always the same. */
  #next(): number {
    this.#made++
    // The generator takes 31 bits.
    return (this.#options.seed ^ Math.imul(this.#made, 0x9e3779b1)) & 0x7fffffff
  }
}

const same = (one: Json, other: Json) => JSON.stringify(one) === JSON.stringify(other)

/** A document may name a property like a prototype. */
function set(values: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(values, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

/** What the schema itself says a value is, in the order in which it is worth showing. */
function fixed(schema: Node, shown: boolean): Json | undefined {
  const { const: only, example, examples, enum: values, default: preset } = schema
  if (only !== undefined) return only as Json
  if (shown && example !== undefined) return example as Json
  if (shown && Array.isArray(examples) && examples.length > 0) return examples[0] as Json
  if (shown && preset !== undefined && preset !== null) return preset as Json
  if (!Array.isArray(values)) return undefined
  return (values.find((value) => value !== null) ?? null) as Json
}

/** null only where nothing else may be. */
function typeOf(schema: Node, branch: number): string {
  const types = [schema.type].flat().filter((type) => typeof type === 'string')
  const open = types.filter((each) => each !== 'null')
  const type = open.length > 0 ? open[branch % open.length] : types[0]
  if (type !== undefined) return type
  if (schema.properties || schema.additionalProperties || schema.required) return 'object'
  if (schema.items || schema.prefixItems || schema.contains) return 'array'
  const numeric = ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']
  return numeric.some((key) => schema[key] !== undefined) ? 'number' : 'string'
}

const LEAF = [
  ...['format', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf'],
  ...['exclusiveMinimum', 'exclusiveMaximum'],
]

/** The library looks at a pattern alone: the bounds of the length go into its last repetition. */
function lengthened(pattern: string, { minLength, maxLength }: Node): string {
  if (minLength === undefined && maxLength === undefined) return pattern
  const least = Number(minLength ?? 1)
  const bounds = `{${least},${Number(maxLength ?? least + LONGEST)}}`
  return pattern.replace(/[+*](\$?)$/, (_, end) => bounds + end)
}

/** The library passes over bounds beyond the numbers that it chooses from. */
function bounded(value: Json, { minimum, maximum }: Node): Json {
  if (typeof value !== 'number') return value
  if (typeof minimum === 'number' && value < minimum) return minimum
  return typeof maximum === 'number' && value > maximum ? maximum : value
}

/** Texts have room for a few words unless more are asked for. */
const LONGEST = 24

function leafSchema(schema: Node, type: string): Schema {
  const leaf: Record<string, unknown> = { type }
  for (const key of LEAF) if (schema[key] !== undefined) leaf[key] = schema[key]
  if (typeof leaf.pattern === 'string') return { type, pattern: lengthened(leaf.pattern, schema) }
  if (type !== 'string' || leaf.pattern !== undefined || leaf.format !== undefined) return leaf
  const { minLength = 1, maxLength = LONGEST } = leaf as { minLength?: number; maxLength?: number }
  const longest = Math.min(maxLength, Math.max(LONGEST, minLength))
  return { ...leaf, minLength: Math.min(Math.max(1, minLength), longest), maxLength: longest }
}
