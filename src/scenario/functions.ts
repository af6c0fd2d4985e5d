/** Functions that expressions can call. Those here depend on their arguments only. */
import { createHash, createHmac } from 'node:crypto'
import { isObject, MAX_DEPTH } from '../contract/walk.ts'
import { toReadable } from './scope.ts'

/** By signature, as CEL declares them. */
export const PURE_FUNCTIONS = {
  'sorted(list): list<string>': (list: unknown[]) => list.map(itemToString).sort(),
  'distinct(list): list<string>': (list: unknown[]) => [...new Set(list.map(itemToString))],
  'fingerprint(list): string': (list: unknown[]) => fingerprint(list),
  'merged(map, map): map': (one: Fields, other: Fields) => merge(one, other),
  'withoutNulls(map): map': (fields: Fields) => withoutNulls(fields),
  'slice(list, dyn, dyn): list': (list: unknown[], offset: unknown, limit: unknown) =>
    slice(list, offset, limit),
  'claims(string): map': (token: string) => readClaims(token),
  'digest(string): string': (text: string) => digest(text),
  'epochMs(google.protobuf.Timestamp): int': (time: Date) => BigInt(time.getTime()),
  'hmacSha256(string, string): bytes': (key: string, text: string) =>
    new Uint8Array(createHmac('sha256', key).update(text).digest()),
  'base64(bytes): string': (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
  'base64(string): string': (text: string) => Buffer.from(text).toString('base64'),
  'hex(bytes): string': (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
}

/** Converts an item of a list to a string. */
function itemToString(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

const LONGEST_FINGERPRINT = 64

/** Makes a key for a set of values, in any order: the values themselves, or a hash if it is long. */
function fingerprint(list: readonly unknown[]): string {
  const values = [...new Set(list.map(itemToString))].sort()
  const key = values.map((value) => encodeURIComponent(value)).join(',')
  return key.length <= LONGEST_FINGERPRINT
    ? key
    : createHash('sha256').update(key).digest('base64url')
}

/** An object with a field called `constructor`, which a client may send, is a Map: see `toReadable`. */
type Fields = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>

const fieldsOf = (fields: Fields): Iterable<[string, unknown]> =>
  fields instanceof Map ? fields : Object.entries(fields)

/** Merges two objects; the other one wins. */
function merge(one: Fields, other: Fields): Fields {
  const all = new Map([...fieldsOf(one), ...fieldsOf(other)])
  return all.has('constructor') ? all : Object.fromEntries(all)
}

/** Leaves out fields that a request may leave out. */
const withoutNulls = (fields: Fields): Fields =>
  new Map([...fieldsOf(fields)].filter(([, value]) => value !== null && value !== undefined))

/** A page of a list. Values of a query are strings, numbers in expressions are bigints. */
function slice(list: readonly unknown[], offset: unknown, limit: unknown): readonly unknown[] {
  const from = Math.max(0, Number(offset) || 0)
  return list.slice(from, from + Math.max(0, Number(limit) || 0))
}

/** Makes a key of fixed length for a value of any length, such as a token. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

/** A longer token is not read: its claims would have to be parsed at each call. */
const LONGEST_TOKEN = 16_384

/** Returns the claims of a JWT, whose signature nobody checks; none if the text is anything else. */
function readClaims(token: string): unknown {
  const parts = token.split('.')
  if (parts.length !== 3 || token.length > LONGEST_TOKEN) return {}
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString())
    return isObject(claims) && depthOf(claims) <= MAX_DEPTH ? toReadable(claims) : {}
  } catch {
    return {}
  }
}

/** How deep a parsed value is nested, without recursion: a client chose it. */
function depthOf(value: unknown): number {
  let depth = 0
  for (let level: unknown[] = [value]; level.length > 0; depth++) {
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    )
  }
  return depth
}
