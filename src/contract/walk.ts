/** Walks a document: JSON pointers into it, and rewriting it by what each of its objects is. */
import type { Path } from '../errors.ts'

export type DocumentNode = Record<string, unknown>

/** Resolves references; returns {} where they do not end in an object. */
export type Follow = (value: unknown) => DocumentNode

/**
 * How deep references and values may be nested before a walk gives up. They come from documents and
 * clients, and recursion has to end before the stack does.
 */
export const MAX_DEPTH = 100

export const isObject = (value: unknown): value is DocumentNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sets a property unless its value is undefined. Its name comes from outside: it may be `__proto__`. */
export function setOwn<T>(
  values: Record<string, T>,
  name: string,
  value: NoInfer<T> | undefined,
): void {
  if (value === undefined) return
  if (name !== '__proto__') values[name] = value
  else {
    const property = { value, enumerable: true, writable: true, configurable: true }
    Object.defineProperty(values, name, property)
  }
}

/** Reads a property by a name from outside; what every object inherits does not count. */
export const getOwn = <T>(values: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined

/** Splits a JSON pointer (RFC 6901) into the keys it leads through. */
export const splitPointer = (pointer: string): string[] =>
  pointer.split('/').slice(1).map(unescapeKey)

/** Splits a pointer that stands in a URI: its keys are percent-encoded, too (RFC 6901, 6). */
export const splitFragment = (fragment: string): string[] =>
  fragment
    .split('/')
    .slice(1)
    .map((key) => unescapeKey(decodePercent(key)))

const unescapeKey = (key: string) => key.replaceAll('~1', '/').replaceAll('~0', '~')

/** Writes a key as a part of a JSON pointer. */
export const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** Returns the value that the fragment of a reference points to, or undefined. */
export const resolveFragment = (root: unknown, fragment: string): unknown =>
  valueAt(root, splitFragment(fragment))

/** Returns the value under a list of keys, or undefined. */
export function valueAt(root: unknown, keys: readonly string[]): unknown {
  let node = root
  for (const key of keys) {
    if (Array.isArray(node)) node = /^\d+$/.test(key) ? node[Number(key)] : undefined
    else if (isObject(node) && Object.hasOwn(node, key)) node = node[key]
    else return undefined
  }
  return node
}

/** Decodes percent-encoding; returns the string unchanged where a "%" only means itself. */
export function decodePercent(string: string): string {
  if (!string.includes('%')) return string
  try {
    return decodeURIComponent(string)
  } catch {
    return string
  }
}

/** Keys that hold a map of schemas. Its names are the author's: a property may be called `example`. */
const SCHEMA_MAPS = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'schemas'],
])
/** Keys that hold a schema or a list of schemas. */
const SCHEMA_KEYS = new Set([
  ...['schema', 'items', 'prefixItems', 'additionalItems', 'contains', 'unevaluatedItems'],
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'contentSchema'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
])
/** Keys that hold a map of other objects that the author named. */
const OBJECT_MAPS = new Set([
  ...['responses', 'parameters', 'requestBodies', 'headers', 'pathItems', 'paths'],
  ...['securitySchemes', 'links', 'callbacks', 'content', 'webhooks', 'encoding'],
])
/** Keys that hold data: `$ref` or `nullable` in there are not OpenAPI's. */
const DATA_KEYS = new Set(['example', 'default', 'enum', 'const', 'dependentRequired'])

/** What an object of a document is: one of OpenAPI's objects, a schema, or a map of either. */
export type NodeKind = 'object' | 'schema' | 'schemas' | 'objects'

/** Returns the kind of what stands under a key; undefined where it is data. */
function kindUnder(key: string, parent: NodeKind, child: object): NodeKind | undefined {
  if (parent === 'schemas') return 'schema'
  if (parent === 'objects') return 'object'
  // OpenAPI's examples are a map of objects that wrap values; a schema's examples are values.
  if (key === 'examples') return parent === 'schema' || Array.isArray(child) ? undefined : 'objects'
  if (key === 'value' && parent === 'object') return undefined
  if (DATA_KEYS.has(key) || key.startsWith('x-')) return undefined
  if (SCHEMA_MAPS.has(key)) return 'schemas'
  if (SCHEMA_KEYS.has(key)) return 'schema'
  return OBJECT_MAPS.has(key) ? 'objects' : 'object'
}

/** Replaces one object. `path` is reused for the next one: copy it to keep it. */
export type ChangeNode = (node: DocumentNode, path: Path, kind: NodeKind) => DocumentNode

/**
 * Rewrites a document: `change` may replace every object that is not data, inner ones first. What it
 * leaves alone is shared with the original, since documents are large.
 */
export function rewrite(value: unknown, change: ChangeNode, kind: NodeKind = 'object'): unknown {
  return new Rewriter(change).walk(value, kind)
}

class Rewriter {
  readonly #path: (string | number)[] = []
  readonly #change: ChangeNode

  constructor(change: ChangeNode) {
    this.#change = change
  }

  walk(value: unknown, kind: NodeKind): unknown {
    if (Array.isArray(value)) return this.#walkList(value, kind)
    if (!isObject(value)) return value
    const node = this.#walkChildren(value, kind)
    return kind === 'objects' || kind === 'schemas' ? node : this.#change(node, this.#path, kind)
  }

  #walkList(list: readonly unknown[], kind: NodeKind): unknown {
    let copy: unknown[] | undefined
    const itemKind = kind === 'objects' ? 'object' : kind === 'schemas' ? 'schema' : kind
    for (let index = 0; index < list.length; index++) {
      const item = this.#descend(index, list[index], itemKind)
      if (item === list[index]) continue
      copy ??= [...list]
      copy[index] = item
    }
    return copy ?? list
  }

  #walkChildren(node: DocumentNode, kind: NodeKind): DocumentNode {
    let copy: DocumentNode | undefined
    for (const key of Object.keys(node)) {
      const before = node[key]
      if (typeof before !== 'object' || before === null) continue
      const childKind = kindUnder(key, kind, before)
      const after = childKind === undefined ? before : this.#descend(key, before, childKind)
      if (after === before) continue
      copy ??= { ...node }
      copy[key] = after
    }
    return copy ?? node
  }

  #descend(key: string | number, value: unknown, kind: NodeKind): unknown {
    this.#path.push(key)
    const result = this.walk(value, kind)
    this.#path.pop()
    return result
  }
}
