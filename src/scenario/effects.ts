/** What a rule does besides responding: it changes the state, sends messages, and plans. */
import type { Later, Message, Notice, Rule, State, SubjectRecord, Timer, Timers } from './model.ts'
import type { Scope } from './scope.ts'
import { applyAssignments, MOST_ENTRIES } from './state.ts'
import { toState } from './template.ts'

export interface Effects {
  readonly state: State
  readonly timers: Timers | undefined
  readonly messages: readonly Message[]
  readonly notices: readonly Notice[]
}

/** Returns what a rule leaves. Every value sees the state as it was before. */
export function applyEffects(
  { set, send, notify, later }: Rule,
  scope: Scope,
  { state, timers }: Pick<SubjectRecord, 'state' | 'timers'>,
): Effects {
  const messages = send.length === 0 ? NONE : send.map((message) => message(scope) as Message)
  const notices = notify.length === 0 ? NO_NOTICES : notify.flatMap((template) => template(scope))
  return {
    state: applyAssignments(state, set, scope),
    timers: later.length === 0 ? timers : setTimers(later, scope, timers),
    messages,
    notices,
  }
}

const NONE: readonly Message[] = []
const NO_NOTICES: readonly Notice[] = []

/** Adds what a rule plans. Beyond the limit, what was planned first is given up. */
function setTimers(
  later: readonly Later[],
  scope: Scope,
  { count, pending }: Timers = { count: 0, pending: [] },
): Timers {
  const set = later.map(({ after, names, rule }, index): Timer => {
    const values = names.map((name) => [name, toState(readName(scope, name))] as const)
    return {
      number: count + 1 + index,
      key: rule.key,
      due: scope.now.getTime() + after,
      names: Object.fromEntries(values),
    }
  })
  return { count: count + set.length, pending: [...pending, ...set].slice(-MOST_ENTRIES) }
}

const readName = (scope: Scope, name: string) => (scope as unknown as Record<string, unknown>)[name]
