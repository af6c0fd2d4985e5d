/**
 * A subject's record as JSON and back. A state holds times, and maps whose keys clients chose:
 * neither has a form of its own in JSON, so they are marked.
 */
import type { SubjectRecord } from './model.ts'
import { isRecord } from './template.ts'

/** A text that cannot be read back. */
export class CodecError extends Error {}

const TIME = '$time'
const MAP = '$map'
/** An object that has one of these keys itself. */
const OBJECT = '$object'

const MARKS = [TIME, MAP, OBJECT]

export const encodeRecord = (record: SubjectRecord): unknown => ({
  ...record,
  // The state itself is always an object that has the keys which files name: none is a mark.
  state: Object.fromEntries(
    Object.entries(record.state).map(([key, value]) => [key, encoded(value)]),
  ),
})

/** @throws CodecError where a mark is not followed by what it needs */
export const decodeRecord = (record: SubjectRecord, deepest = DEEPEST): SubjectRecord => ({
  ...record,
  state: Object.fromEntries(
    Object.entries(record.state).map(([key, value]) => [key, decoded(value, deepest)]),
  ),
})

export function encoded(value: unknown): unknown {
  if (value instanceof Date) return { [TIME]: value.toISOString() }
  if (value instanceof Map) return { [MAP]: pairs(value) }
  if (Array.isArray(value)) return value.map(encoded)
  if (!isRecord(value)) return value
  if (MARKS.some((mark) => Object.hasOwn(value, mark))) {
    return { [OBJECT]: pairs(Object.entries(value)) }
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encoded(item)]))
}

const pairs = (entries: Iterable<readonly [unknown, unknown]>) =>
  [...entries].map(([key, item]) => [key, encoded(item)])

/** No scenario makes a state as deep as this, and what strangers wrote may not lead deeper. */
const DEEPEST = 100

function decoded(value: unknown, left: number): unknown {
  if (left < 0) throw new CodecError(`a state is nested deeper than ${DEEPEST}`)
  if (Array.isArray(value)) return value.map((item) => decoded(item, left - 1))
  if (!isRecord(value)) return value
  const mark = MARKS.find((each) => Object.hasOwn(value, each))
  if (mark !== undefined) {
    if (Object.keys(value).length > 1) throw new CodecError(`${mark} has something beside it`)
    return unmarked(mark, value[mark], left)
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, decoded(item, left - 1)]),
  )
}

function unmarked(mark: string, value: unknown, left: number): unknown {
  if (mark === TIME) {
    const time = new Date(typeof value === 'string' ? value : Number.NaN)
    // Other spellings of a time may mean another one on another machine.
    if (time.toJSON() === value && value !== null) return time
    const what = typeof value === 'string' ? `"${value}" is no time` : 'there is no time'
    throw new CodecError(`${what}; ${TIME} is followed by one: 2026-01-01T00:00:00.000Z`)
  }
  if (!Array.isArray(value) || !value.every(isPair)) {
    throw new CodecError(`${mark} is followed by a list of pairs: a name and its value`)
  }
  const entries = value.map(([key, item]): [string, unknown] => [key, decoded(item, left - 1)])
  return mark === MAP ? new Map(entries) : Object.fromEntries(entries)
}

const isPair = (value: unknown): value is [string, unknown] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
