/** References that lead back to where they began without a property or an item between. */
import { isObject } from './walk.ts'

type Target = (ref: string) => unknown

/** Whether a reference means nothing but itself. */
export function circles(ref: string, target: Target): boolean {
  const seen = new Set<string>()
  let next: unknown = ref
  while (typeof next === 'string') {
    if (seen.has(next)) return true
    seen.add(next)
    const found = target(next)
    next = isObject(found) ? found.$ref : undefined
  }
  return false
}

/** The references to schemas that are put together of themselves: checking them never ends. */
export function selfMade(refs: Iterable<string>, target: Target): string[] {
  const known = new Map<string, 'open' | 'sound' | 'endless'>()
  const visit = (ref: string): boolean => {
    const state = known.get(ref)
    if (state !== undefined) return state !== 'sound'
    known.set(ref, 'open')
    const endless = partsOf(target(ref)).map(visit).includes(true)
    known.set(ref, endless ? 'endless' : 'sound')
    return endless
  }
  return [...refs].filter(visit)
}

/** What a schema refers to for a value as a whole. */
function partsOf(schema: unknown): string[] {
  if (!isObject(schema)) return []
  const { $ref, allOf, anyOf, oneOf } = schema
  const own = typeof $ref === 'string' ? [$ref] : []
  return [...own, ...[allOf, anyOf, oneOf].filter(Array.isArray).flat().flatMap(partsOf)]
}
