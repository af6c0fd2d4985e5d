/** Generates values that keep to a schema: attempts, checks, and cuts what breaks it. */
import type {
  Contract,
  Json,
  MediaType,
  ResponseSpec,
  ResponseViolation,
  Schema,
  SchemaObject,
} from '../contract/model.ts'
import { escapeKey, splitPointer, valueAt } from '../contract/walk.ts'
import { type Faker, makeLeaf } from './primitives.ts'
import { ValueBuilder } from './walk.ts'

export type Generated =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string }

export type Generate = (contract: Contract, schema: Schema, seed: number) => Promise<Generated>

type CheckValue = (value: Json) => readonly ResponseViolation[]

/** Creates the generator. Its library is loaded by the first value: most sandboxes need none. */
export function createGenerator(): Generate {
  return async (contract, schema, seed) => {
    const { generateSync } = await import('json-schema-faker')
    // Each value brings its own seed: one kept by the library would leak into the next request.
    const fake: Faker = (schema, seed) =>
      generateSync(schema as Parameters<typeof generateSync>[0], { seed }) as Json
    const makeValue = (schema: SchemaObject, type: string, seed: number) =>
      makeLeaf(schema, type, seed, fake)
    const media = asJsonMedia(schema)
    const check: CheckValue = (value) => contract.checkBody(NO_SPEC, value, media)
    let reason = ''
    let ambiguous: Json | undefined
    for (const [index, attempt] of ATTEMPTS.entries()) {
      try {
        // Another seed each time: the last one may have broken the schema by chance.
        const attemptSeed = (seed + index * SEED_STRIDE) & 0x7fffffff
        const { follow } = contract
        const builder = new ValueBuilder({ follow, makeValue, seed: attemptSeed, ...attempt })
        const complete = builder.build(schema)
        if (isAmbiguous(check(complete))) {
          if (builder.hasDiscriminator) return { ok: true, value: complete }
          ambiguous ??= complete
        }
        const value = prune(complete, check)
        const [violation] = check(value)
        if (!violation) return { ok: true, value }
        reason ||= violation.message
      } catch (error) {
        reason ||= (error as Error).message
      }
    }
    // Some documents list alternatives that overlap, so that no value fits exactly one of them.
    return ambiguous === undefined ? { ok: false, reason } : { ok: true, value: ambiguous }
  }
}

/** Attempts in order: first as much as there is to show, then other branches, then less and less. */
const ATTEMPTS = [
  { depth: 3, branch: 0 },
  { depth: 2, branch: 1 },
  { depth: 1, branch: 2 },
  { depth: 2, branch: 0, ignoreExamples: true },
  { depth: 0, branch: 0 },
  { depth: 0, branch: 1 },
  { depth: 0, branch: 0, ignoreExamples: true },
  { depth: 0, branch: 1, ignoreExamples: true },
  { depth: 0, branch: 2, ignoreExamples: true },
] as const

const SEED_STRIDE = 0x51ed27

/** Whether a value only fits too many alternatives: validators do not look at the discriminator. */
const isAmbiguous = (violations: readonly ResponseViolation[]) =>
  violations.length > 0 && violations.every(({ keyword }) => keyword === 'oneOf')

const NO_SPEC: ResponseSpec = {
  key: 'generated',
  headers: new Map(),
  exampleHeaders: {},
  content: undefined,
  contents: [],
}

const asJsonMedia = (schema: Schema): MediaType => ({
  type: 'application/json',
  format: 'json',
  schema,
  examples: new Map(),
})

/** Upper bound on removals, so that a value that never becomes valid ends the loop. */
const MAX_CUTS = 50

/** Removes the parts of a value that break its schema, as long as each removal helps. */
export function prune(value: Json, check: CheckValue): Json {
  let pruned: PrunedValue = { value, violations: check(value) }
  for (let cuts = 0; pruned.violations.length > 0 && cuts < MAX_CUTS; cuts++) {
    const better = pruneOnce(pruned, check)
    if (!better) break
    pruned = better
  }
  return pruned.value
}

interface PrunedValue {
  readonly value: Json
  readonly violations: readonly ResponseViolation[]
}

/** Removes the first part whose absence leaves fewer violations; undefined where no part helps. */
function pruneOnce({ value, violations }: PrunedValue, check: CheckValue): PrunedValue | undefined {
  const paths = new Set(violations.flatMap((violation) => candidatePaths(violation, value)))
  for (const path of paths) {
    const rest = removeAt(value, splitPointer(path))
    if (rest === undefined) continue
    const remaining = check(rest)
    if (remaining.length < violations.length) return { value: rest, violations: remaining }
  }
  return undefined
}

/** Keywords about how parts go together: their violations are reported for what holds the parts. */
const PART_KEYWORDS =
  /^(?:oneOf|not|if|dependent.*|(?:additional|unevaluated)Properties|propertyNames|max(?:Items|Properties|Contains)|uniqueItems)$/

/** Lists the paths that may be to blame: the last parts first, then the value, then what holds it. */
function candidatePaths({ path, keyword }: ResponseViolation, value: Json): string[] {
  const blamed = PART_KEYWORDS.test(keyword) ? valueAt(value, splitPointer(path)) : undefined
  const keys = Object.keys(Object(blamed)).reverse()
  return [...keys.map((key) => `${path}/${escapeKey(key)}`), ...ancestorPaths(path)]
}

function ancestorPaths(path: string): string[] {
  const keys = path.split('/').slice(1)
  return keys.map((_, index) => `/${keys.slice(0, keys.length - index).join('/')}`)
}

function removeAt(node: Json, [key = '', ...rest]: readonly string[]): Json | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  const child = (node as Readonly<Record<string, Json>>)[key]
  if (child === undefined) return undefined
  if (rest.length > 0) {
    const next = removeAt(child, rest)
    return next === undefined ? undefined : replaceChild(node, key, next)
  }
  if (Array.isArray(node)) return node.filter((_, index) => String(index) !== key)
  return Object.fromEntries(Object.entries(node).filter(([name]) => name !== key)) as Json
}

const replaceChild = (node: object, key: string, value: Json): Json =>
  Array.isArray(node)
    ? node.map((item, index) => (String(index) === key ? value : item))
    : { ...(node as Readonly<Record<string, Json>>), [key]: value }
