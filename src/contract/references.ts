import type { Path } from '../source.ts'

type Node = Record<string, unknown>

export const isObject = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value that a JSON pointer names, or undefined. */
export function pointed(root: unknown, pointer: string): unknown {
  let node = root
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(node)) node = node[Number(key)]
    else if (isObject(node) && Object.hasOwn(node, key)) node = node[key]
    else return undefined
  }
  return node
}

/** Keys whose children are named by the author: a property may well be called `example`. */
const NAMED = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'],
  ...['schemas', 'responses', 'parameters', 'requestBodies', 'headers', 'pathItems', 'paths'],
  ...['securitySchemes', 'links', 'callbacks', 'content', 'webhooks'],
])
/** Keys that hold data, in which `$ref` or `nullable` would be somebody's own words. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'x-examples'])

/** Copies a document; `change` sees every object that is not data, children first. */
export function rewrite(node: unknown, change: (node: Node, path: Path) => Node): unknown {
  const walk = (value: unknown, path: Path, names: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index], false))
    if (!isObject(value)) return value
    const copy: Node = {}
    for (const [key, child] of Object.entries(value)) {
      const data = !names && DATA.has(key)
      copy[key] = data ? child : walk(child, [...path, key], !names && NAMED.has(key))
    }
    return names ? copy : change(copy, path)
  }
  return walk(node, [], false)
}

/** An OpenAPI 3.0 schema said in the words of JSON Schema 2020-12. */
export function modernise(schema: Node): Node {
  const { nullable, exclusiveMinimum, exclusiveMaximum, ...rest } = schema
  const modern: Node = { ...rest }
  if (exclusiveMinimum === true) {
    modern.exclusiveMinimum = modern.minimum
    delete modern.minimum
  } else if (exclusiveMinimum !== undefined && exclusiveMinimum !== false) {
    modern.exclusiveMinimum = exclusiveMinimum
  }
  if (exclusiveMaximum === true) {
    modern.exclusiveMaximum = modern.maximum
    delete modern.maximum
  } else if (exclusiveMaximum !== undefined && exclusiveMaximum !== false) {
    modern.exclusiveMaximum = exclusiveMaximum
  }
  if (nullable === true && typeof modern.type === 'string') {
    modern.type = [modern.type, 'null']
    if (Array.isArray(modern.enum) && !modern.enum.includes(null)) {
      modern.enum = [...modern.enum, null]
    }
  }
  return modern
}
