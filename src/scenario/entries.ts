/** Entries as files have them, and the answers that they name. */
import { type Operation, responseFor } from '../contract/model.ts'
import type { FaultKind } from './definition.ts'
import type { RawRespond } from './respond.ts'

/** An entry as the file has it; its form has been checked. */
export interface RawEntry {
  readonly when?: string
  readonly let?: Readonly<Record<string, unknown>>
  readonly set?: Readonly<Record<string, unknown>>
  readonly send?: unknown
  readonly respond?: RawRespond
  readonly delay?: string
  readonly fault?: FaultKind
  readonly times?: number
}

export interface RawScript {
  readonly subject?: string
  readonly let?: Readonly<Record<string, unknown>>
  readonly calls?: readonly (RawEntry | 'default')[]
  readonly rules?: readonly (RawEntry | 'default')[]
}

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
