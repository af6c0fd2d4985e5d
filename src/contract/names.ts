/** What schemas of a file are called beside their place in it: `$id`, `$anchor`. */
import type { Path } from '../yaml-file.ts'
import { type DocumentNode, unescaped } from './walk.ts'

/** Pointers to the schemas that references can name without one. */
export interface Names {
  readonly ids: ReadonlyMap<string, string>
  readonly anchors: ReadonlyMap<string, string>
  /** Of dynamic anchors several may have one name; the one that says most comes last. */
  readonly dynamic: ReadonlyMap<string, readonly string[]>
}

export function namesIn(value: unknown): Names {
  const ids = new Map<string, string>()
  const anchors = new Map<string, string>()
  const dynamic = new Map<string, [pointer: string, size: number][]>()
  const visit = (node: unknown, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { $id, $anchor, $dynamicAnchor } = node as DocumentNode
    if (typeof $id === 'string') ids.set($id, pointer)
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === 'string') anchors.set(anchor, pointer)
    }
    if (typeof $dynamicAnchor === 'string') {
      const size = Object.keys(node).length
      dynamic.set($dynamicAnchor, [...(dynamic.get($dynamicAnchor) ?? []), [pointer, size]])
    }
    for (const [key, child] of Object.entries(node)) visit(child, `${pointer}/${escaped(key)}`)
  }
  visit(value, '')
  const sorted = [...dynamic].map(([name, found]): [string, string[]] => [
    name,
    found.sort(([, one], [, other]) => one - other).map(([pointer]) => pointer),
  ])
  return { ids, anchors, dynamic: new Map(sorted) }
}

/**
 * A schema without the names that references could call it by: all of them are pointers now, and the
 * validator would not have one name twice.
 */
export function unnamed(node: DocumentNode): DocumentNode {
  if (node.$id === undefined && node.$anchor === undefined && node.$dynamicAnchor === undefined) {
    return node
  }
  const { $id, $anchor, $dynamicAnchor, ...rest } = node
  return rest
}

const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

/** The keys that a pointer goes through. */
export const pathOf = (pointer: string): Path => pointer.split('/').slice(1).map(unescaped)
