/** What a schema allows: types, properties, and who may send them. */
import type { Json, Schema } from './model.ts'
import { type DocumentNode, type Follow, isObject, rewrite } from './walk.ts'

/** A schema as its branches together describe a value; read when first asked. */
export class SchemaView {
  readonly #schema: unknown
  readonly #follow: Follow
  #parts: readonly DocumentNode[] | undefined
  #types: ReadonlySet<string> | undefined

  constructor(schema: Schema | undefined, follow: Follow) {
    this.#schema = schema
    this.#follow = follow
  }

  /** All types that any branch allows; empty where the schema does not restrict them. */
  get types(): ReadonlySet<string> {
    this.#types ??= new Set(this.parts.flatMap(allowedTypes))
    return this.#types
  }

  /** Whether it must be a list: where a string will do, one value is that string. */
  get isList(): boolean {
    return this.types.has('array') && !this.types.has('object') && !this.types.has('string')
  }

  get isObject(): boolean {
    return this.types.has('object') && !this.types.has('array')
  }

  /** Whether it may be a single value. */
  get isScalar(): boolean {
    return ['string', 'number', 'integer', 'boolean'].some((type) => this.types.has(type))
  }

  /** Whether it explicitly allows properties that it does not list. */
  get hasFreeProperties(): boolean {
    return this.parts.some(({ additionalProperties }) => !!additionalProperties)
  }

  get items(): SchemaView {
    return this.#view(this.parts.find(({ items }) => items !== undefined)?.items)
  }

  /** Returns the schema of the list's item at an index. */
  itemAt(index: number): SchemaView {
    for (const { prefixItems } of this.parts) {
      if (Array.isArray(prefixItems) && index < prefixItems.length) {
        return this.#view(prefixItems[index])
      }
    }
    return this.items
  }

  /** Whether its enum or const has this string: "1" may stand beside numbers. */
  hasListedValue(string: string): boolean {
    return this.parts.some((part) => {
      return part.const === string || (Array.isArray(part.enum) && part.enum.includes(string))
    })
  }

  property(name: string): SchemaView {
    const listed = this.parts.find(
      ({ properties }) => isObject(properties) && Object.hasOwn(properties, name),
    )
    if (listed) return this.#view((listed.properties as DocumentNode)[name])
    return this.#view(this.parts.find((part) => part.additionalProperties)?.additionalProperties)
  }

  /** The names of the properties that it lists. */
  get propertyNames(): string[] {
    return this.parts.flatMap(({ properties }) =>
      isObject(properties) ? Object.keys(properties) : [],
    )
  }

  /** The schema itself and all in its allOf, oneOf and anyOf, at any depth. */
  get parts(): readonly DocumentNode[] {
    this.#parts ??= this.#collectParts()
    return this.#parts
  }

  #view(schema: unknown): SchemaView {
    return new SchemaView(schema as Schema | undefined, this.#follow)
  }

  #collectParts(): DocumentNode[] {
    const seen = new Set<DocumentNode>()
    const visit = (schema: unknown): void => {
      const node = this.#follow(schema)
      // A schema may have itself as a branch.
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

/** Returns the types that a schema's `type` names. */
export const declaredTypes = ({ type }: Readonly<DocumentNode>): string[] =>
  [type].flat().filter((each): each is string => typeof each === 'string')

/** Returns the types that one schema allows by `type`, else those that its other keywords imply. */
export function allowedTypes(schema: Readonly<DocumentNode>): string[] {
  const types = declaredTypes(schema)
  if (types.length > 0) return types
  if (isObject(schema.properties) || isObject(schema.additionalProperties)) return ['object']
  if (schema.items !== undefined || schema.prefixItems !== undefined) return ['array']
  const values = Array.isArray(schema.enum) ? schema.enum : []
  return [...values, schema.const].filter((value) => value !== undefined).map(jsonTypeOf)
}

/** Returns a value's type as JSON Schema names it. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Lists the examples that a schema has of its own: OpenAPI's `example`, then its `examples`. */
export function listExamples({ example, examples }: Readonly<DocumentNode>): Json[] {
  const listed = Array.isArray(examples) ? (examples as Json[]) : []
  return example === undefined ? listed : [example as Json, ...listed]
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * Turns a string from a URL, header or form into the value that its schema means. Where it fits none
 * of the types it stays a string, and the validator reports it.
 */
export function coerce(string: string, view: SchemaView): Json {
  const { types } = view
  if (types.has('string') && (types.size === 1 || view.hasListedValue(string))) return string
  if ((types.has('number') || types.has('integer')) && JSON_NUMBER.test(string)) {
    const value = Number(string)
    // 1e999 is written like a number and is Infinity.
    return Number.isFinite(value) ? value : string
  }
  if (types.has('boolean') && /^(?:true|false)$/.test(string)) return string === 'true'
  if (types.has('null') && !types.has('string') && /^(?:null)?$/.test(string)) return null
  return string
}

/** What is being sent: a property may be meant for one of the two only. */
export type Direction = 'request' | 'response'

/** The keyword by which a property must not be sent in a direction. */
const FORBIDDEN_BY = { request: 'readOnly', response: 'writeOnly' } as const

/** Our keyword for a property that must not be sent; its value is the document's keyword. */
export const FORBIDDEN = 'x-sandbox-refused'

/**
 * Rewrites a document, or a schema, for one direction: properties that must not be sent in it are
 * refused and never required.
 */
export function forDirection(value: unknown, direction: Direction, follow: Follow): unknown {
  return rewrite(
    value,
    (node, _, kind) => {
      // Objects of any kind are looked at: a file of schemas does not show that they are schemas.
      const isReference = typeof node.$ref === 'string' && Object.keys(node).length === 1
      if (kind === 'objects' || kind === 'schemas' || isReference) return node
      const names = new Set(forbiddenProperties(node, direction, follow, new Set()))
      return names.size === 0 ? node : withoutProperties(node, names, direction)
    },
    isSchema(value) ? 'schema' : 'object',
  )
}

/** Only a whole document has the key `openapi`. */
const isSchema = (value: unknown) => isObject(value) && !('openapi' in value)

function withoutProperties(
  node: DocumentNode,
  names: ReadonlySet<string>,
  direction: Direction,
): DocumentNode {
  const { properties, required, allOf } = node
  const replaced = Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => [
    name,
    names.has(name) ? { [FORBIDDEN]: FORBIDDEN_BY[direction] } : schema,
  ])
  return {
    ...node,
    ...(isObject(properties) && { properties: Object.fromEntries(replaced) }),
    ...(Array.isArray(required) && { required: required.filter((name) => !names.has(name)) }),
    // One part may require what another one describes.
    ...(Array.isArray(allOf) && {
      allOf: allOf.map((part) =>
        isObject(part) ? withoutProperties(part, names, direction) : part,
      ),
    }),
  }
}

/** Lists the properties that must not be sent, those of the parts of `allOf` included. */
function forbiddenProperties(
  node: DocumentNode,
  direction: Direction,
  follow: Follow,
  seen: Set<DocumentNode>,
): string[] {
  if (seen.has(node)) return []
  seen.add(node)
  const { properties, allOf, $ref } = node
  const own = Object.entries(isObject(properties) ? properties : {})
    .filter(([, schema]) => isForbidden(schema, direction, follow))
    .map(([name]) => name)
  const parts = [
    ...(Array.isArray(allOf) ? allOf : []),
    ...(typeof $ref === 'string' ? [node] : []),
  ]
  const inherited = parts.flatMap((part) =>
    forbiddenProperties(follow(part), direction, follow, seen),
  )
  return [...own, ...inherited]
}

/** Whether a property of this schema must not be sent in a direction. */
export function isForbidden(
  schema: unknown,
  direction: Direction,
  follow: Follow,
  seen = new Set<DocumentNode>(),
): boolean {
  if (!isObject(schema)) return false
  const keyword = FORBIDDEN_BY[direction]
  // A part of an allOf is rewritten before the schema that holds it.
  if (schema[FORBIDDEN] === keyword || schema[keyword] === true) return true
  const target = follow(schema)
  if (target[keyword] === true) return true
  if (seen.has(target)) return false
  seen.add(target)
  const { allOf } = target
  return Array.isArray(allOf) && allOf.some((part) => isForbidden(part, direction, follow, seen))
}
