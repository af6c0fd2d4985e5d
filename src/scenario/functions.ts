/** What the language can do with lists and maps beyond CEL. */
import { createHash } from 'node:crypto'

/** A value as part of a list of texts. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

const LONGEST_FINGERPRINT = 64

/** A key for a set of values, the same for any order: the values, or a hash where they are many. */
export function fingerprint(list: readonly unknown[]): string {
  const texts = [...new Set(list.map(text))].sort()
  const whole = texts.map((value) => encodeURIComponent(value)).join(',')
  return whole.length <= LONGEST_FINGERPRINT
    ? whole
    : createHash('sha256').update(whole).digest('base64url')
}

/** A client may send a field called `constructor`: then it is a Map, see `readable`. */
type Fields = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>

const fieldsOf = (fields: Fields): Iterable<[string, unknown]> =>
  fields instanceof Map ? fields : Object.entries(fields)

/** The fields of both; where both have one it is the other's. */
export function merge(one: Fields, other: Fields): Fields {
  const all = new Map([...fieldsOf(one), ...fieldsOf(other)])
  return all.has('constructor') ? all : Object.fromEntries(all)
}
