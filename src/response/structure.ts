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
    if (depth > DEEPEST) throw new Error('it requires itself, so that no answer could be complete')
    const { follow, branch } = this.#options
    const node = follow(schema)
    const whole = merged(schema, follow, branch)
    const given = fixed(whole)
    if (given !== undefined) return given
    const seen = new Map(within).set(node, (within.get(node) ?? 0) + 1)
    const type = typeOf(whole)
    if (type === 'object') return this.#object(whole, depth, seen)
    if (type === 'array') return this.#array(whole, depth, seen)
    if (type === 'null') return null
    return this.#options.leaf(leafSchema(whole, type), this.#next())
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
    const { additionalProperties: more, minProperties = 0 } = schema
    const value = () =>
      more === undefined || more === true ? 'text' : this.#value(more, depth + 1, within)
    for (const name of required) if (!Object.hasOwn(found, name)) set(found, name, value())
    if (more === false) return
    const shows =
      typeof more === 'object' && depth < this.#options.depth && Object.keys(found).length === 0
    const least = Math.max(Number(minProperties), shows ? 1 : 0)
    for (let count = 1; Object.keys(found).length < least; count++) {
      set(found, `key${count}`, value())
    }
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
function fixed(schema: Node): Json | undefined {
  if (schema.const !== undefined) return schema.const as Json
  if (schema.example !== undefined) return schema.example as Json
  const { examples, enum: values } = schema
  if (Array.isArray(examples) && examples.length > 0) return examples[0] as Json
  if (schema.default !== undefined && schema.default !== null) return schema.default as Json
  if (!Array.isArray(values)) return undefined
  return (values.find((value) => value !== null) ?? null) as Json
}

/** null only where nothing else may be. */
function typeOf(schema: Node): string {
  const types = [schema.type].flat().filter((type) => typeof type === 'string')
  const type = types.find((each) => each !== 'null') ?? types[0]
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

/** Texts have room for a few words unless more are asked for. */
const LONGEST = 24

function leafSchema(schema: Node, type: string): Schema {
  const leaf: Record<string, unknown> = { type }
  for (const key of LEAF) if (schema[key] !== undefined) leaf[key] = schema[key]
  if (type !== 'string' || leaf.pattern !== undefined || leaf.format !== undefined) return leaf
  const { minLength = 1, maxLength = LONGEST } = leaf as { minLength?: number; maxLength?: number }
  const longest = Math.min(maxLength, Math.max(LONGEST, minLength))
  return { ...leaf, minLength: Math.min(Math.max(1, minLength), longest), maxLength: longest }
}
