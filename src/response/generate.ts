/** Makes values that a schema lets in: its structure is walked here, single values are the library's. */
import type { Contract, Json, MediaType, ResponseSpec, Schema } from '../api.ts'
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
    const leaf = (schema: Schema, seed: number) =>
      generateSync(schema as Parameters<typeof generateSync>[0], { ...SHORT, seed }) as Json
    const check = (value: Json) => contract.checkBody(NO_SPEC, value, mediaOf(schema))
    let reason = ''
    for (const attempt of ATTEMPTS) {
      try {
        const structure = new Structure({ follow: contract.follow, leaf, seed, ...attempt })
        const value = mended(structure.of(schema), check)
        const [breach] = check(value)
        if (!breach) return { ok: true, value }
        reason ||= breach.message
      } catch (error) {
        reason ||= (error as Error).message
      }
    }
    return { ok: false, reason }
  }
}

/** What is tried in turn: all there is to show, other branches, then as little as may be. */
const ATTEMPTS = [
  { depth: 3, branch: 0, shown: true },
  // An example may break the schema that it is one of.
  { depth: 2, branch: 0, shown: false },
  { depth: 2, branch: 1, shown: false },
  { depth: 1, branch: 2, shown: false },
  { depth: 0, branch: 0, shown: false },
  { depth: 0, branch: 1, shown: false },
] as const

/** Texts that a person can read. */
const SHORT = {
  maxDefaultItems: 2,
  // The library's own durations are none by RFC 3339.
  formats: { duration: () => 'P1DT2H' },
}

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
