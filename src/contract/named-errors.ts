/**
 * Names the errors of a response that has no examples: many documents only list the codes, as the enum of a
 * property. Scenarios, `Prefer` and coverage then know each code by its name, as if it were an example.
 */
import type { Json } from './model.ts'
import { type DocumentNode, type Follow, isObject } from './walk.ts'

/** Returns a body for each code; none where the schema does not say what an error looks like. */
export function nameErrors(schema: unknown, follow: Follow): ReadonlyMap<string, Json> {
  const { properties, required } = follow(schema)
  const listed = Object.entries(isObject(properties) ? properties : {}).flatMap(([name, item]) => {
    const codes = listCodes(follow(item))
    return codes.length > 0 ? [{ name, codes }] : []
  })
  const [only, ...others] = listed
  if (!only || others.length > 0) return NONE
  const needed = Array.isArray(required) ? required : []
  if (needed.some((name) => name !== only.name)) return NONE
  return new Map(only.codes.map((code) => [code, { [only.name]: code }]))
}

const listCodes = (schema: DocumentNode): readonly string[] =>
  Array.isArray(schema.enum) && schema.enum.every((value) => typeof value === 'string')
    ? schema.enum
    : []

const NONE: ReadonlyMap<string, Json> = new Map()
