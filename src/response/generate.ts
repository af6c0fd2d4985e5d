import type { Contract, Json, Schema } from '../api.ts'

export type Generated =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string }

export type Generate = (contract: Contract, schema: Schema, seed: number) => Promise<Generated>

/** How often a generated value may break its own schema before it is given up. */
const TRIES = 5

/** A generator with the schemas it has seen; loaded when first needed, most sandboxes never do. */
export function generator(): Generate {
  const standalone = new Map<Schema, Schema>()
  return async (contract, schema, seed) => {
    const { generateSync } = await import('json-schema-faker')
    const whole = standalone.get(schema) ?? contract.standalone(schema)
    standalone.set(schema, whole)
    let reason = ''
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // Each request brings its own seed: one kept by the library would leak into the next.
        const value = generateSync(whole as Parameters<typeof generateSync>[0], {
          seed: seed + attempt,
        }) as Json
        const breaches = contract.checkBody(bodySpec(schema), value)
        if (breaches.length === 0) return { ok: true, value }
        reason = breaches.map(({ message }) => message).join('; ')
      } catch (error) {
        reason = (error as Error).message
      }
    }
    return { ok: false, reason }
  }
}

const bodySpec = (schema: Schema) => ({
  key: 'generated',
  headers: new Map(),
  shown: {},
  content: { type: 'application/json', schema, examples: new Map() },
})
