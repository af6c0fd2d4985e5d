import type { Path } from '../errors.ts'

export type DocumentNode = Record<string, unknown>

export const isObject = (value: unknown): value is DocumentNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value that a JSON pointer names, or undefined. */
export function pointed(root: unknown, pointer: string): unknown {
  let node = root
  for (const part of pointer.split('/').slice(1)) {
    const key = unescaped(part)
    if (Array.isArray(node)) node = /^\d+$/.test(key) ? node[Number(key)] : undefined
    else if (isObject(node) && Object.hasOwn(node, key)) node = node[key]
    else return undefined
  }
  return node
}

/** A part of a pointer, as the key that it means. */
export const unescaped = (part: string): string =>
  decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')

/** A text without its percent-encoding; itself where a per cent sign stands for itself. */
export function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Keys whose children are schemas named by the author: a property may well be called `example`. */
const SCHEMAS = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'schemas'],
])
/** Keys that hold a schema, or a list of them. */
const SCHEMA = new Set([
  ...['schema', 'items', 'prefixItems', 'additionalItems', 'contains', 'unevaluatedItems'],
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'contentSchema'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
])
/** Keys whose children are other things that the author named. */
const NAMED = new Set([
  ...['responses', 'parameters', 'requestBodies', 'headers', 'pathItems', 'paths'],
  ...['securitySchemes', 'links', 'callbacks', 'content', 'webhooks', 'encoding'],
])
/** Keys that hold data, in which `$ref` or `nullable` would be somebody's own words. */
const DATA = new Set(['example', 'default', 'enum', 'const', 'dependentRequired'])

export type Kind = 'object' | 'schema' | 'schemas' | 'names'

/** What lies under a key; undefined where it is data. */
function kindOf(key: string, parent: Kind, child: object): Kind | undefined {
  if (parent === 'schemas') return 'schema'
  if (parent === 'names') return 'object'
  // Examples of OpenAPI have names, and each wraps its value; those of a schema are values.
  if (key === 'examples') return parent === 'schema' || Array.isArray(child) ? undefined : 'names'
  if (key === 'value' && parent === 'object') return undefined
  if (DATA.has(key) || key.startsWith('x-')) return undefined
  if (SCHEMAS.has(key)) return 'schemas'
  if (SCHEMA.has(key)) return 'schema'
  return NAMED.has(key) ? 'names' : 'object'
}

/** Is given the place of a node, which is worth copying only if it is kept; children come first. */
export type Change = (node: DocumentNode, path: Path, kind: Kind) => DocumentNode

/**
 * A document in which `change` has replaced objects that are not data; what it leaves alone is
 * shared with the original, since documents are large.
 */
export function rewrite(value: unknown, change: Change, kind: Kind = 'object'): unknown {
  return new Rewriting(change).walk(value, kind)
}

class Rewriting {
  readonly #path: (string | number)[] = []
  readonly #change: Change

  constructor(change: Change) {
    this.#change = change
  }

  walk(value: unknown, kind: Kind): unknown {
    if (Array.isArray(value)) return this.#list(value, kind)
    if (!isObject(value)) return value
    const node = this.#children(value, kind)
    return kind === 'names' || kind === 'schemas' ? node : this.#change(node, this.#path, kind)
  }

  #list(list: readonly unknown[], kind: Kind): unknown {
    let copy: unknown[] | undefined
    const item = kind === 'names' ? 'object' : kind === 'schemas' ? 'schema' : kind
    for (let index = 0; index < list.length; index++) {
      const made = this.#under(index, list[index], item)
      if (made === list[index]) continue
      copy ??= [...list]
      copy[index] = made
    }
    return copy ?? list
  }

  #children(node: DocumentNode, kind: Kind): DocumentNode {
    let copy: DocumentNode | undefined
    for (const key of Object.keys(node)) {
      const child = node[key]
      if (typeof child !== 'object' || child === null) continue
      const under = kindOf(key, kind, child)
      const made = under === undefined ? child : this.#under(key, child, under)
      if (made === child) continue
      copy ??= { ...node }
      copy[key] = made
    }
    return copy ?? node
  }

  #under(key: string | number, value: unknown, kind: Kind): unknown {
    this.#path.push(key)
    const made = this.walk(value, kind)
    this.#path.pop()
    return made
  }
}

/** An OpenAPI 3.0 schema said in the words of JSON Schema 2020-12. */
export function modernise(schema: DocumentNode): DocumentNode {
  const { nullable, exclusiveMinimum, exclusiveMaximum } = schema
  const switches = [exclusiveMinimum, exclusiveMaximum].some((each) => typeof each === 'boolean')
  if (nullable === undefined && !switches) return schema
  const modern: DocumentNode = { ...schema }
  delete modern.nullable
  bounded(modern, 'exclusiveMinimum', 'minimum')
  bounded(modern, 'exclusiveMaximum', 'maximum')
  if (nullable === true && typeof modern.type === 'string') {
    modern.type = [modern.type, 'null']
    if (Array.isArray(modern.enum) && !modern.enum.includes(null)) {
      modern.enum = [...modern.enum, null]
    }
  }
  return modern
}

/** A switch beside a bound becomes a bound of its own. */
function bounded(schema: DocumentNode, exclusive: string, bound: string): void {
  const value = schema[exclusive]
  if (typeof value !== 'boolean') return
  delete schema[exclusive]
  if (!value || schema[bound] === undefined) return
  schema[exclusive] = schema[bound]
  delete schema[bound]
}
