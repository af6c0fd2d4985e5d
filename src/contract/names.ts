/** What schemas of a file are called beside their place in it: `$id`, `$anchor`. */
import type { Path } from '../source.ts'
import { unescaped } from './references.ts'

type Node = Record<string, unknown>

/** Pointers to the schemas that references can name without one. */
export interface Names {
  readonly ids: ReadonlyMap<string, string>
  readonly anchors: ReadonlyMap<string, string>
}

export function namesIn(value: unknown): Names {
  const ids = new Map<string, string>()
  const anchors = new Map<string, string>()
  const visit = (node: unknown, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { $id, $anchor, $dynamicAnchor } = node as Node
    if (typeof $id === 'string') ids.set($id, pointer)
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === 'string') anchors.set(anchor, pointer)
    }
    for (const [key, child] of Object.entries(node)) visit(child, `${pointer}/${escaped(key)}`)
  }
  visit(value, '')
  return { ids, anchors }
}

const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

/** The keys that a pointer goes through. */
export const pathOf = (pointer: string): Path => pointer.split('/').slice(1).map(unescaped)
