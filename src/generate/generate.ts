/** Makes values that a schema lets in: its structure is walked here, single values are the library's. */
import type {
  Contract,
  Json,
  MediaType,
  ResponseSpec,
  ResponseViolation,
  Schema,
} from '../contract/model.ts'
import { leafOf, type Make } from './primitives.ts'

import { Structure } from './walk.ts'

export type Generated =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string }

export type Generate = (contract: Contract, schema: Schema, seed: number) => Promise<Generated>

/** Loaded when first needed, most sandboxes never do. */
export function generator(): Generate {
  return async (contract, schema, seed) => {
    const { generateSync } = await import('json-schema-faker')
    // Each value brings its own seed: one kept by the library would leak into the next request.
    const make: Make = (schema, seed) =>
      generateSync(schema as Parameters<typeof generateSync>[0], { seed }) as Json
    const leaf = (schema: Readonly<Record<string, unknown>>, type: string, seed: number) =>
      leafOf(schema, type, seed, make)
    const check = (value: Json) => contract.checkBody(NO_SPEC, value, mediaOf(schema))
    let reason = ''
    let ambiguous: Json | undefined
    for (const [index, attempt] of ATTEMPTS.entries()) {
      try {
        // What broke the schema by chance does so but once.
        const own = (seed + index * STRIDE) & 0x7fffffff
        const structure = new Structure({ follow: contract.follow, leaf, seed: own, ...attempt })
        const whole = structure.of(schema)
        if (isAmbiguous(check(whole))) {
          if (structure.discriminated) return { ok: true, value: whole }
          ambiguous ??= whole
        }
        const value = mended(whole, check)
        const [violation] = check(value)
        if (!violation) return { ok: true, value }
        reason ||= violation.message
      } catch (error) {
        reason ||= (error as Error).message
      }
    }
    // Documents list alternatives that nothing tells apart: no value would fit one alone.
    return ambiguous === undefined ? { ok: false, reason } : { ok: true, value: ambiguous }
  }
}

/** What is tried in turn: all there is to show, other branches, then as little as may be. */
const ATTEMPTS = [
  { depth: 3, branch: 0 },
  { depth: 2, branch: 1 },
  { depth: 1, branch: 2 },
  { depth: 2, branch: 0, plain: true },
  { depth: 0, branch: 0 },
  { depth: 0, branch: 1 },
  { depth: 0, branch: 0, plain: true },
  { depth: 0, branch: 1, plain: true },
  { depth: 0, branch: 2, plain: true },
] as const

const STRIDE = 0x51ed27

/** Several alternatives fit: which is meant the discriminator says, if any, and no validator asks it. */
const isAmbiguous = (violations: readonly ResponseViolation[]) =>
  violations.length > 0 && violations.every(({ keyword }) => keyword === 'oneOf')

const NO_SPEC: ResponseSpec = {
  key: 'generated',
  headers: new Map(),
  shown: {},
  content: undefined,
  contents: [],
}

const mediaOf = (schema: Schema): MediaType => ({
  type: 'application/json',
  form: 'json',
  schema,
  examples: new Map(),
})

/** More than any schema has conditions that a value can break one after the other. */
const MOST_CUTS = 50

/** A value without the parts that break its schema, as far as they may be missing. */
export function mended(value: Json, check: (value: Json) => readonly ResponseViolation[]): Json {
  let mended = value
  let violations = check(mended)
  for (let cuts = 0; violations.length > 0 && cuts < MOST_CUTS; cuts++) {
    const better = cut(mended, violations, check)
    if (!better) return mended
    mended = better.value
    violations = better.violations
  }
  return mended
}

interface Cut {
  readonly value: Json
  readonly violations: readonly ResponseViolation[]
}

/** The value without the first part whose loss leaves fewer breaches. */
function cut(
  value: Json,
  violations: readonly ResponseViolation[],
  check: (value: Json) => readonly ResponseViolation[],
): Cut | undefined {
  const places = new Set(violations.flatMap((violation) => suspects(violation, value)))
  for (const place of places) {
    const without = removed(value, place)
    if (without === undefined) continue
    const left = check(without)
    if (left.length < violations.length) return { value: without, violations: left }
  }
  return undefined
}

/** Breaches of how parts stand together, told of what holds them. */
const OF_PARTS =
  /^(?:oneOf|not|if|dependent.*|(?:additional|unevaluated)Properties|propertyNames|max(?:Items|Properties|Contains)|uniqueItems)$/

/** Parts of the place, the last first, where one of them may be at fault; then itself, then what holds it. */
function suspects({ path, keyword }: ResponseViolation, value: Json): string[] {
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
