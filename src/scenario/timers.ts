/** What rules planned: when it is due, and what happens then. */
import { change, outsideContext } from './act.ts'
import { applies } from './decide.ts'
import { DerivedIds, type SeedInput } from './ids.ts'
import type {
  Evaluation,
  Later,
  Message,
  Notice,
  ScenarioSet,
  SubjectRecord,
  Timer,
} from './model.ts'
import { IDS, Scope } from './scope.ts'

/** Returns when the first of a subject's timers is due; undefined if there is none. */
export function nextDue({ timers }: SubjectRecord): number | undefined {
  return firstDue(timers?.pending)?.due
}

/** Of two that are due at the same instant, the one that was set first comes first. */
function firstDue(pending: readonly Timer[] = []): Timer | undefined {
  let first: Timer | undefined
  for (const timer of pending) if (!first || timer.due < first.due) first = timer
  return first
}

export interface FireInput {
  readonly scenarioSet: Pick<ScenarioSet, 'later'>
  readonly record: SubjectRecord
  /** Session time in ms: what is due later stays. */
  readonly now: number
  /** Its operation is replaced by the timer's. */
  readonly seedInput: SeedInput
}

/** What came of a timer. */
export interface Fired {
  readonly record: SubjectRecord
  readonly ids: readonly string[]
  readonly messages: readonly Message[]
  readonly notices: readonly Notice[]
  readonly timer: Timer
  /** Undefined if the files no longer have the rule. */
  readonly later: Later | undefined
  /** Empty if the files no longer have the rule. */
  readonly trace: readonly Evaluation[]
  /** Why an expression failed: the timer is gone, and nothing has changed. */
  readonly failure?: Error
}

/**
 * Fires the first timer that is due, at the instant at which it was due. A pure function like `decide`.
 *
 * @returns undefined if none is due
 */
export function fireTimer(input: FireInput): Fired | undefined {
  const { record, scenarioSet, now } = input
  const timer = firstDue(record.timers?.pending)
  if (!timer || timer.due > now) return undefined
  const rest = withoutTimer(record, timer)
  const later = scenarioSet.later.get(timer.key)
  const nothing = { record: rest, ids: [], messages: [], notices: [], timer, later, trace: [] }
  if (!later) return nothing
  try {
    return { ...nothing, ...play(later, timer, rest, input) }
  } catch (failure) {
    return { ...nothing, trace: [later.rule.chosen], failure: failure as Error }
  }
}

function play(
  { rule }: Later,
  timer: Timer,
  record: SubjectRecord,
  { seedInput }: FireInput,
): Pick<Fired, 'record' | 'ids' | 'messages' | 'notices' | 'trace'> {
  const ids = new DerivedIds({ ...seedInput, operation: rule.key }, timer.number)
  const scope = makeScope(timer, record, ids)
  if (!applies(rule, scope))
    return { record, ids: [], messages: [], notices: [], trace: [rule.untrue] }
  return { ...change(rule, scope, record), ids: ids.issued, trace: [rule.chosen] }
}

/** Its expressions see the time at which it was due, and the values that names had when it was set. */
function makeScope({ due, names }: Timer, { state }: SubjectRecord, ids?: DerivedIds): Scope {
  const more = { state, ...(ids && { [IDS]: ids }) }
  return Object.assign(new Scope(outsideContext(new Date(due)), more), names)
}

const withoutTimer = (record: SubjectRecord, { number }: Timer): SubjectRecord => {
  const { count = 0, pending = [] } = record.timers ?? {}
  return { ...record, timers: { count, pending: pending.filter((each) => each.number !== number) } }
}

/** Lists what will happen as things stand: timers whose condition is true, the first one first. */
export function listTimers(
  scenarioSet: ScenarioSet,
  record: SubjectRecord,
): readonly { readonly due: number; readonly summary: string; readonly at: string }[] {
  const pending = [...(record.timers?.pending ?? [])].sort((a, b) => a.due - b.due)
  return pending.flatMap((timer) => {
    const later = scenarioSet.later.get(timer.key)
    if (!later || !holdsNow(later, timer, record)) return []
    return [{ due: timer.due, summary: later.summary, at: later.rule.at }]
  })
}

function holdsNow({ rule }: Later, timer: Timer, record: SubjectRecord): boolean {
  try {
    return applies(rule, makeScope(timer, record))
  } catch {
    // It will fail when it fires, and the history says so.
    return true
  }
}
