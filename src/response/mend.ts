import type { Breach, Json } from '../contract/model.ts'

/** More than any schema has conditions that a value can break one after the other. */
const MOST_CUTS = 50

/** A value without the parts that break its schema, as far as they may be missing. */
export function mended(value: Json, check: (value: Json) => readonly Breach[]): Json {
  let mended = value
  let breaches = check(mended)
  for (let cuts = 0; breaches.length > 0 && cuts < MOST_CUTS; cuts++) {
    const better = cut(mended, breaches, check)
    if (!better) return mended
    mended = better.value
    breaches = better.breaches
  }
  return mended
}

interface Cut {
  readonly value: Json
  readonly breaches: readonly Breach[]
}

/** The value without the first part whose loss leaves fewer breaches. */
function cut(
  value: Json,
  breaches: readonly Breach[],
  check: (value: Json) => readonly Breach[],
): Cut | undefined {
  const places = new Set(breaches.flatMap((breach) => suspects(breach, value)))
  for (const place of places) {
    const without = removed(value, place)
    if (without === undefined) continue
    const left = check(without)
    if (left.length < breaches.length) return { value: without, breaches: left }
  }
  return undefined
}

/** Breaches of how parts stand together, told of what holds them. */
const OF_PARTS =
  /^(?:oneOf|not|if|dependent.*|(?:additional|unevaluated)Properties|propertyNames|max(?:Items|Properties|Contains)|uniqueItems)$/

/** Parts of the place, the last first, where one of them may be at fault; then itself, then what holds it. */
function suspects({ path, keyword }: Breach, value: Json): string[] {
  const parts = OF_PARTS.test(keyword) ? Object.keys(Object(at(value, path))).reverse() : []
  return [...parts.map((part) => `${path}/${escaped(part)}`), ...ancestors(path)]
}

const at = (value: Json, path: string): unknown =>
  path
    .split('/')
    .slice(1)
    .map(unescaped)
    .reduce<unknown>((node, key) => Object(node)[key], value)

const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')

function ancestors(path: string): string[] {
  const parts = path.split('/').slice(1)
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`)
}

function removed(value: Json, place: string): Json | undefined {
  const parts = place.split('/').slice(1).map(unescaped)
  return without(value, parts)
}

const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

function without(node: Json, [key = '', ...rest]: readonly string[]): Json | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  const inside = (node as Readonly<Record<string, Json>>)[key]
  if (inside === undefined) return undefined
  if (rest.length > 0) {
    const next = without(inside, rest)
    return next === undefined ? undefined : replaced(node, key, next)
  }
  if (Array.isArray(node)) return node.filter((_, index) => String(index) !== key)
  return Object.fromEntries(Object.entries(node).filter(([name]) => name !== key)) as Json
}

const replaced = (node: object, key: string, value: Json): Json =>
  Array.isArray(node)
    ? node.map((item, index) => (String(index) === key ? value : item))
    : { ...(node as Readonly<Record<string, Json>>), [key]: value }
