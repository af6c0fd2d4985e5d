import type { Assignment, State } from './definition.ts'
import type { Scope } from './scope.ts'
import { isRecord, toState } from './template.ts'

type Mutable = Record<string, unknown>

/** Most entries of a map or list that calls add to (its challenges, say): the oldest go. */
export const MOST_ENTRIES = 1_000

/** Keys come from clients: on an object with no prototype `__proto__` is a key like any other. */
const copy = (record: unknown): Mutable =>
  Object.assign(Object.create(null) as Mutable, isRecord(record) ? record : undefined)

/** `given` over the state, object by object. */
export function merged(state: State, given: State): State {
  const result = copy(state)
  for (const [key, value] of Object.entries(given)) {
    const known = result[key]
    result[key] =
      isRecord(value) && isRecord(known) ? merged(known as State, value) : toState(value)
  }
  return result
}

/** The state after an entry's `set`; every value sees the state as it was before. */
export function assigned(state: State, assignments: readonly Assignment[], scope: Scope): State {
  if (assignments.length === 0) return state
  const changes = assignments.map(({ path, computed, value }) => ({
    path: path.map((part) => String(part(scope))),
    computed,
    value: bounded(toState(value(scope))),
  }))
  const root = copy(state)
  // A map that several paths lead through is copied once, the one before stays as it was.
  const fresh = new Set<unknown>([root])
  for (const { path, computed, value } of changes) {
    let node = root
    for (const [index, key] of path.entries()) {
      if (computed[index]) makeRoom(node, key)
      if (index === path.length - 1) {
        node[key] = value
        break
      }
      const next = fresh.has(node[key]) ? (node[key] as Mutable) : copy(node[key])
      fresh.add(next)
      node[key] = next
      node = next
    }
  }
  return root
}

function makeRoom(node: Mutable, key: string): void {
  if (key in node) return
  const keys = Object.keys(node)
  if (keys.length < MOST_ENTRIES) return
  for (const oldest of keys.slice(0, keys.length - MOST_ENTRIES + 1)) delete node[oldest]
}

const bounded = (value: unknown) =>
  Array.isArray(value) && value.length > MOST_ENTRIES ? value.slice(-MOST_ENTRIES) : value
