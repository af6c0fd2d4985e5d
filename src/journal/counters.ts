import { type Operation, responseFor } from '../contract/model.ts'
import type { Evaluation } from '../scenario/model.ts'
import { type RawEntry, statusOf } from './entry.ts'

/** Most sessions that are named for one thing: who comes later is counted only. */
export const SESSIONS_NAMED = 20

/** How often, and by which sessions. */
export class Count {
  total = 0
  readonly sessions = new Map<string, number>()

  add(session: string, times = 1): void {
    this.total += times
    const known = this.sessions.get(session)
    if (known !== undefined) this.sessions.set(session, known + times)
    else if (this.sessions.size < SESSIONS_NAMED) this.sessions.set(session, times)
  }

  /** Adds what another has counted. */
  take({ total, sessions }: Count): void {
    const before = this.total
    for (const [session, times] of sessions) this.add(session, times)
    this.total = before + total
  }
}

/** Upper bounds in ms of the buckets into which durations fall; the last one takes the rest. */
export const BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000]

/** How long the answers of one operation took. */
export class Durations {
  readonly bounds: readonly number[]
  /** How many fell into each; one more than there are bounds. */
  readonly buckets: number[]
  sum = 0
  count = 0

  constructor(bounds: readonly number[] = BUCKETS) {
    this.bounds = bounds
    this.buckets = [...bounds, Number.POSITIVE_INFINITY].map(() => 0)
  }

  add(ms: number): void {
    this.sum += ms
    this.count++
    let index = 0
    while (index < this.bounds.length && ms > (this.bounds[index] as number)) index++
    this.buckets[index] = (this.buckets[index] as number) + 1
  }
}

/** One kind of answer that was given. */
export interface AnswerCount {
  /** Undefined where no operation was meant. */
  readonly operation: Operation | undefined
  readonly scenario: string
  /** 0 where the connection was broken. */
  readonly status: number
  /** Name of the contract's example, for an error its code; undefined where it is none of them. */
  readonly example: string | undefined
  readonly count: Count
}

type ByExample = Map<string | undefined, Count>
type ByStatus = Map<number, ByExample>
type ByScenario = Map<string, ByStatus>

/**
 * Counts answers and scenario entries, for coverage and metrics. What it holds is bounded by the
 * documents and scenario files, not by what clients send.
 */
export class Tally {
  readonly #answers = new Map<Operation | undefined, ByScenario>()
  readonly #entries = new Map<string, Count>()
  readonly #durations = new Map<Operation | undefined, Durations>()

  add({ operation, session, outcome, duration }: RawEntry): void {
    const { scenario, example, trace } = outcome
    const name = example ?? recognised(operation, outcome)
    const byScenario = made(this.#answers, operation, newMap<ByScenario>)
    const byStatus = made(byScenario, scenario, newMap<ByStatus>)
    const byExample = made(byStatus, statusOf(outcome), newMap<ByExample>)
    made(byExample, name, newCount).add(session)
    this.played(trace, session)
    made(this.#durations, operation, newDurations).add(duration)
  }

  /** Counts the entries that were played, of all that were looked at. */
  played(trace: readonly Evaluation[], session: string): void {
    for (const { at, value } of trace) {
      if (value) made(this.#entries, at, newCount).add(session)
    }
  }

  *answers(): Generator<AnswerCount> {
    for (const [operation, byScenario] of this.#answers) {
      for (const [scenario, byStatus] of byScenario) {
        for (const [status, byExample] of byStatus) {
          for (const [example, count] of byExample) {
            yield { operation, scenario, status, example, count }
          }
        }
      }
    }
  }

  /** How often the entry at `file:line` was played. */
  entry(at: string): Count | undefined {
    return this.#entries.get(at)
  }

  durations(): ReadonlyMap<Operation | undefined, Durations> {
    return this.#durations
  }

  /** Goes on counting for the operations of documents that were loaded anew. */
  renew(find: (api: string, id: string) => Operation | undefined): void {
    for (const counts of [this.#answers, this.#durations] as Map<
      Operation | undefined,
      unknown
    >[]) {
      for (const [operation, count] of [...counts]) {
        if (!operation) continue
        counts.delete(operation)
        const renewed = find(operation.api, operation.id)
        if (renewed) counts.set(renewed, count)
      }
    }
  }

  clear(): void {
    this.#answers.clear()
    this.#entries.clear()
    this.#durations.clear()
  }
}

const newCount = () => new Count()
const newDurations = () => new Durations()
const newMap = <T>() => new Map() as T

function made<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const value = make()
  map.set(key, value)
  return value
}

/** The error code of a body that a scenario wrote: the example of the contract that it agrees with. */
function recognised(
  operation: Operation | undefined,
  { status, body }: RawEntry['outcome'],
): string | undefined {
  if (!operation || status < 400 || body === undefined) return undefined
  const examples = responseFor(operation, status)?.content?.examples
  return examples && examples.size > 0 ? mostAlike(body, examples) : undefined
}

/** The one example that has more fields in common with a body than any other. */
function mostAlike(text: string, examples: ReadonlyMap<string, unknown>): string | undefined {
  const body = parsed(text)
  let best: { name: string | undefined; score: number } = { name: undefined, score: 0 }
  for (const [name, example] of examples) {
    const score = alike(body, example)
    if (score > best.score) best = { name, score }
    else if (score === best.score) best = { name: undefined, score }
  }
  return best.name
}

/** Deeper than this no error tells its code. */
const DEEPEST = 8

/** How many values two of them have in common at the same place. */
function alike(body: unknown, example: unknown, depth = 0): number {
  if (!isObject(body) || !isObject(example)) return body === example ? 1 : 0
  if (depth >= DEEPEST) return 0
  return Object.keys(example)
    .filter((key) => Object.hasOwn(body, key))
    .reduce((sum, key) => sum + alike(body[key], example[key], depth + 1), 0)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
