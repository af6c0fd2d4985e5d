/** Entries as files have them, and the answers that they name. */
import { type Operation, responseFor } from '../api.ts'
import type { RawEntry, RawScript } from './script.ts'

export const entriesOf = ({ calls, rules }: RawScript): RawEntry[] =>
  (calls ?? rules ?? []).map((entry) => (entry === 'default' ? { respond: 'default' } : entry))

interface NamedAnswer {
  readonly status: number
  readonly example?: string
}

export function answerOf({ respond }: RawEntry): NamedAnswer | undefined {
  if (respond === undefined || respond === 'default') return undefined
  return typeof respond === 'number' ? { status: respond } : respond
}

/** Whether an operation's contract has an answer. */
export function documents(operation: Operation, { status, example }: NamedAnswer): boolean {
  const spec = responseFor(operation, status)
  return !!spec && (example === undefined || !!spec.content?.examples.has(example))
}

/** Whether an operation's contract has every answer that a script names. */
export const fits = (script: RawScript, operation: Operation): boolean =>
  entriesOf(script).every((entry) => {
    const answer = answerOf(entry)
    return !answer || documents(operation, answer)
  })
