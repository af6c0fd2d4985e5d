/** Makes values that a schema lets in: its structure is walked here, single values are the library's. */
import type { Breach, Contract, Json, MediaType, ResponseSpec, Schema } from '../contract/model.ts'
import { leafOf, type Make } from './leaf.ts'
import { mended } from './mend.ts'
import { Structure } from './structure.ts'

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
        const [breach] = check(value)
        if (!breach) return { ok: true, value }
        reason ||= breach.message
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
const isAmbiguous = (breaches: readonly Breach[]) =>
  breaches.length > 0 && breaches.every(({ keyword }) => keyword === 'oneOf')

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
