/** What each side may send: `readOnly` stands in answers alone, `writeOnly` in requests alone. */
import type { Follow, Side } from './documents.ts'
import { type DocumentNode, isObject, rewrite } from './walk.ts'

/** The keyword of a property that this side may not send; its value says which it is. */
export const REFUSED = 'x-sandbox-refused'

/**
 * A document, or a schema, for one side: the other's properties are refused and never required.
 */
export function facing(value: unknown, hidden: Side, follow: Follow): unknown {
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

function changed(node: DocumentNode, names: ReadonlySet<string>, hidden: Side): DocumentNode {
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
  side: Side,
  follow: Follow,
  seen: Set<DocumentNode>,
): string[] {
  if (seen.has(node)) return []
  seen.add(node)
  const { properties, allOf, $ref } = node
  const own = Object.entries(isObject(properties) ? properties : {})
    .filter(([, schema]) => isHidden(schema, side, follow))
    .map(([name]) => name)
  const parts = [
    ...(Array.isArray(allOf) ? allOf : []),
    ...(typeof $ref === 'string' ? [node] : []),
  ]
  const inherited = parts.flatMap((part) => hiddenIn(follow(part), side, follow, seen))
  return [...own, ...inherited]
}

function isHidden(
  schema: unknown,
  side: Side,
  follow: Follow,
  seen = new Set<DocumentNode>(),
): boolean {
  if (!isObject(schema)) return false
  // A property that was hidden already, where schemas are put together of ones that were seen.
  if (schema[REFUSED] === side || schema[side] === true) return true
  const target = follow(schema)
  if (target[side] === true) return true
  if (seen.has(target)) return false
  seen.add(target)
  const { allOf } = target
  return Array.isArray(allOf) && allOf.some((part) => isHidden(part, side, follow, seen))
}
