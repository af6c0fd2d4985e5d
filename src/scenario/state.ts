import { MAX_DEPTH } from '../contract/walk.ts'
import type { Assignment, State, SubjectRecord, Timers } from './model.ts'
import type { Scope } from './scope.ts'
import { isRecord, toState } from './template.ts'

/** Limit of a map or list that calls add to, such as challenges: the oldest entries are evicted. */
export const MOST_ENTRIES = 1_000

/**
 * Objects have the keys that files name. Computed keys come from clients: they are in a Map, where no key
 * is special (`__proto__`), the oldest comes first, and a copy with a thousand keys is cheap.
 */
type StateNode = Record<string, unknown> | Map<string, unknown>

/** Merges `given` into the state, object by object. */
export function mergeState(state: State, given: State): State {
  const result: Record<string, unknown> = { ...state }
  for (const [key, value] of Object.entries(given)) result[key] = mergeValue(result[key], value)
  return result
}

function mergeValue(known: unknown, value: unknown): unknown {
  if (!isRecord(value)) return toState(value)
  if (isRecord(known)) return mergeState(known, value)
  if (!(known instanceof Map)) return toState(value)
  const map = new Map<string, unknown>(known)
  for (const [key, item] of Object.entries(value)) map.set(key, mergeValue(map.get(key), item))
  return map
}

/** Returns the state after a rule's `set`; every value sees the state as it was before. */
export function applyAssignments(
  state: State,
  assignments: readonly Assignment[],
  scope: Scope,
): State {
  if (assignments.length === 0) return state
  const values = assignments.map(({ value }) => limitEntries(value(scope)))
  const root = { ...state }
  // Nodes that are copied already: a node that several paths share is copied once.
  const copies: StateNode[] = []
  for (let index = 0; index < assignments.length; index++) {
    const { path } = assignments[index] as Assignment
    setAtPath(root, path, values[index], scope, copies)
  }
  return root
}

function setAtPath(
  root: Record<string, unknown>,
  path: Assignment['path'],
  value: unknown,
  scope: Scope,
  copies: StateNode[],
): void {
  let node: StateNode = root
  const last = path.length - 1
  for (let index = 0; index <= last; index++) {
    const part = path[index] as Assignment['path'][number]
    const key = typeof part === 'string' ? part : String(part(scope))
    const next =
      index === last ? value : copyOnWrite(node, key, typeof path[index + 1] !== 'string', copies)
    if (node instanceof Map) setBounded(node, key, next)
    else node[key] = next
    node = next as StateNode
  }
}

/** Returns the node under `key`, copied unless it is a copy already, so that it can be changed. */
function copyOnWrite(
  parent: StateNode,
  key: string,
  computed: boolean,
  copies: StateNode[],
): StateNode {
  const known = (parent instanceof Map ? parent.get(key) : parent[key]) as StateNode
  const asMap = computed || known instanceof Map
  if (copies.includes(known) && (known instanceof Map || !asMap)) return known
  const copy: StateNode = asMap ? new Map(listEntries(known)) : { ...asObject(known) }
  copies.push(copy)
  return copy
}

const listEntries = (node: unknown): Iterable<[string, unknown]> =>
  node instanceof Map ? node : Object.entries(asObject(node))

const asObject = (node: unknown) => (isRecord(node) ? node : {})

function setBounded(map: Map<string, unknown>, key: string, value: unknown): void {
  if (map.size >= MOST_ENTRIES && !map.has(key)) {
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
  map.set(key, value)
}

function limitEntries(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > MOST_ENTRIES ? value.slice(-MOST_ENTRIES) : value
  if (!isRecord(value)) return value
  const keys = Object.keys(value).filter((key) => limitEntries(value[key]) !== value[key])
  if (keys.length === 0) return value
  return { ...value, ...Object.fromEntries(keys.map((key) => [key, limitEntries(value[key])])) }
}

/** A stored state that cannot be decoded. */
export class CodecError extends Error {}

const TIME = '$time'

const MAP = '$map'

/** Marks an object that itself has a key like these marks. */
const OBJECT = '$object'

const MARKS = [TIME, MAP, OBJECT]

export const encodeRecord = (record: SubjectRecord): unknown => ({
  ...record,
  state: mapValues(record.state, encodeValue),
  ...(record.timers && {
    timers: mapTimers(record.timers, (names) => mapValues(names, encodeValue)),
  }),
})

/** @throws CodecError if the value of a mark is invalid, or the state is nested too deeply */
export function decodeRecord(record: SubjectRecord, deepest = MAX_DEPTH): SubjectRecord {
  const decode = (value: unknown) => decodeValue(value, deepest)
  return {
    ...record,
    state: mapValues(record.state, decode),
    ...(record.timers && {
      timers: mapTimers(record.timers, (names) => mapValues(names, decode)),
    }),
  }
}

/** Objects whose keys files name: those are never marks. */
const mapValues = (values: State, convert: (value: unknown) => unknown): State =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, convert(value)]))

const mapTimers = ({ count, pending }: Timers, convert: (names: State) => State): Timers => ({
  count,
  pending: pending.map((timer) => ({ ...timer, names: convert(timer.names) })),
})

export function encodeValue(value: unknown): unknown {
  if (value instanceof Date) return { [TIME]: value.toISOString() }
  if (value instanceof Map) return { [MAP]: encodePairs(value) }
  if (Array.isArray(value)) return value.map(encodeValue)
  if (!isRecord(value)) return value
  if (MARKS.some((mark) => Object.hasOwn(value, mark))) {
    return { [OBJECT]: encodePairs(Object.entries(value)) }
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeValue(item)]))
}

const encodePairs = (entries: Iterable<readonly [unknown, unknown]>) =>
  [...entries].map(([key, item]) => [key, encodeValue(item)])

function decodeValue(value: unknown, left: number): unknown {
  if (left < 0) throw new CodecError(`a state is nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) return value.map((item) => decodeValue(item, left - 1))
  if (!isRecord(value)) return value
  const mark = MARKS.find((each) => Object.hasOwn(value, each))
  if (mark !== undefined) {
    if (Object.keys(value).length > 1) {
      throw new CodecError(`${mark} must be the only key of its object`)
    }
    return decodeMarked(mark, value[mark], left)
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, decodeValue(item, left - 1)]),
  )
}

function decodeMarked(mark: string, value: unknown, left: number): unknown {
  if (mark === TIME) {
    const time = new Date(typeof value === 'string' ? value : Number.NaN)
    // Other formats may be read as another time on another machine.
    if (time.toJSON() === value && value !== null) return time
    const what = typeof value === 'string' ? `"${value}"` : 'the value'
    throw new CodecError(`${TIME}: ${what} is not a time; write it like 2026-01-01T00:00:00.000Z`)
  }
  if (!Array.isArray(value) || !value.every(isPair)) {
    throw new CodecError(`${mark} must be a list of pairs of a name and its value`)
  }
  const entries = value.map(([key, item]): [string, unknown] => [key, decodeValue(item, left - 1)])
  return mark === MAP ? new Map(entries) : Object.fromEntries(entries)
}

const isPair = (value: unknown): value is [string, unknown] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
