/** What a text may mean: a parameter or a field of a form is text, whatever its schema says. */

import type { Direction, Follow } from './document.ts'
import type { Json, Schema } from './model.ts'
import { type DocumentNode, isObject, rewrite } from './walk.ts'

/** A schema as far as it says what a text means; read where it is first asked. */
export class Shape {
  readonly #schema: unknown
  readonly #follow: Follow
  #parts: readonly DocumentNode[] | undefined
  #types: ReadonlySet<string> | undefined

  constructor(schema: Schema | undefined, follow: Follow) {
    this.#schema = schema
    this.#follow = follow
  }

  /** All that any of its branches lets in; empty where it says nothing. */
  get types(): ReadonlySet<string> {
    this.#types ??= new Set(this.parts.flatMap(typesOf))
    return this.#types
  }

  /** A list and nothing else: where a text will do, one value is that text. */
  get isList(): boolean {
    return this.types.has('array') && !this.types.has('object') && !this.types.has('string')
  }

  get isObject(): boolean {
    return this.types.has('object') && !this.types.has('array')
  }

  /** It may be one text, too. */
  get isScalar(): boolean {
    return ['string', 'number', 'integer', 'boolean'].some((type) => this.types.has(type))
  }

  /** It says that it may have other properties than it lists. */
  get isOpen(): boolean {
    return this.parts.some(({ additionalProperties }) => !!additionalProperties)
  }

  get items(): Shape {
    return this.#of(this.parts.find(({ items }) => items !== undefined)?.items)
  }

  /** Of the values of a list, the one that has this place. */
  item(at: number): Shape {
    for (const { prefixItems } of this.parts) {
      if (Array.isArray(prefixItems) && at < prefixItems.length) return this.#of(prefixItems[at])
    }
    return this.items
  }

  /** Whether it lists a text among its values: "1" may be one beside numbers. */
  lists(text: string): boolean {
    return this.parts.some((part) => {
      return part.const === text || (Array.isArray(part.enum) && part.enum.includes(text))
    })
  }

  property(name: string): Shape {
    const listed = this.parts.find(
      ({ properties }) => isObject(properties) && Object.hasOwn(properties, name),
    )
    if (listed) return this.#of((listed.properties as DocumentNode)[name])
    return this.#of(this.parts.find((part) => part.additionalProperties)?.additionalProperties)
  }

  /** The properties that it lists. */
  get names(): string[] {
    return this.parts.flatMap(({ properties }) =>
      isObject(properties) ? Object.keys(properties) : [],
    )
  }

  /** The schema itself and those that it is put together of, or that it chooses from. */
  get parts(): readonly DocumentNode[] {
    this.#parts ??= this.#gather()
    return this.#parts
  }

  #of(schema: unknown): Shape {
    return new Shape(schema as Schema | undefined, this.#follow)
  }

  #gather(): DocumentNode[] {
    const seen = new Set<DocumentNode>()
    const visit = (schema: unknown): void => {
      const node = this.#follow(schema)
      // A schema may be put together of itself.
      if (seen.has(node)) return
      seen.add(node)
      for (const key of ['allOf', 'oneOf', 'anyOf']) {
        if (Array.isArray(node[key])) for (const each of node[key]) visit(each)
      }
    }
    visit(this.#schema)
    return [...seen]
  }
}

function typesOf(schema: DocumentNode): string[] {
  const types = [schema.type].flat().filter((type): type is string => typeof type === 'string')
  if (types.length > 0) return types
  if (isObject(schema.properties)) return ['object']
  if (schema.items !== undefined || schema.prefixItems !== undefined) return ['array']
  const values = Array.isArray(schema.enum) ? schema.enum : []
  return [...values, schema.const]
    .filter((value) => value !== undefined)
    .map((value) => typeof value)
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** The value that a text stands for; itself where it can be nothing else. */
export function meant(text: string, shape: Shape): Json {
  const { types } = shape
  if (types.has('string') && (types.size === 1 || shape.lists(text))) return text
  if ((types.has('number') || types.has('integer')) && NUMBER.test(text)) {
    const value = Number(text)
    // Beyond all numbers: the validator says that it is none.
    return Number.isFinite(value) ? value : text
  }
  if (types.has('boolean') && /^(?:true|false)$/.test(text)) return text === 'true'
  if (types.has('null') && !types.has('string') && /^(?:null)?$/.test(text)) return null
  return text
}

/** The keyword of a property that this side may not send; its value says which it is. */
export const REFUSED = 'x-sandbox-refused'

/**
 * A document, or a schema, for one side: the other's properties are refused and never required.
 */
export function facing(value: unknown, hidden: Direction, follow: Follow): unknown {
  return rewrite(
    value,
    (node, _, kind) => {
      // A file that is referred to may be a heap of schemas, which nothing in it tells.
      const bare = typeof node.$ref === 'string' && Object.keys(node).length === 1
      if (kind === 'names' || kind === 'schemas' || bare) return node
      const names = new Set(hiddenIn(node, hidden, follow, new Set()))
      return names.size === 0 ? node : changed(node, names, hidden)
    },
    isSchema(value) ? 'schema' : 'object',
  )
}

/** A document has a version; its schemas do not. */
const isSchema = (value: unknown) => isObject(value) && !('openapi' in value)

function changed(node: DocumentNode, names: ReadonlySet<string>, hidden: Direction): DocumentNode {
  const { properties, required, allOf } = node
  const kept = Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => [
    name,
    names.has(name) ? { [REFUSED]: hidden } : schema,
  ])
  return {
    ...node,
    ...(isObject(properties) && { properties: Object.fromEntries(kept) }),
    ...(Array.isArray(required) && { required: required.filter((name) => !names.has(name)) }),
    // One part may need what another one describes.
    ...(Array.isArray(allOf) && {
      allOf: allOf.map((part) => (isObject(part) ? changed(part, names, hidden) : part)),
    }),
  }
}

/** The properties that a schema hides, its own and those of the schemas it is put together of. */
function hiddenIn(
  node: DocumentNode,
  direction: Direction,
  follow: Follow,
  seen: Set<DocumentNode>,
): string[] {
  if (seen.has(node)) return []
  seen.add(node)
  const { properties, allOf, $ref } = node
  const own = Object.entries(isObject(properties) ? properties : {})
    .filter(([, schema]) => isHidden(schema, direction, follow))
    .map(([name]) => name)
  const parts = [
    ...(Array.isArray(allOf) ? allOf : []),
    ...(typeof $ref === 'string' ? [node] : []),
  ]
  const inherited = parts.flatMap((part) => hiddenIn(follow(part), direction, follow, seen))
  return [...own, ...inherited]
}

function isHidden(
  schema: unknown,
  direction: Direction,
  follow: Follow,
  seen = new Set<DocumentNode>(),
): boolean {
  if (!isObject(schema)) return false
  // A property that was hidden already, where schemas are put together of ones that were seen.
  if (schema[REFUSED] === direction || schema[direction] === true) return true
  const target = follow(schema)
  if (target[direction] === true) return true
  if (seen.has(target)) return false
  seen.add(target)
  const { allOf } = target
  return Array.isArray(allOf) && allOf.some((part) => isHidden(part, direction, follow, seen))
}
