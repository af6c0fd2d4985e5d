/** What happened in a session besides requests: an action from outside, or a timer. */
import type { Evaluation, Message } from '../scenario/model.ts'

export interface SessionEvent {
  /** Counts with the entries of the journal, so that both have one order. */
  readonly id: number
  readonly session: string
  readonly kind: 'action' | 'timer'
  /** Session time in ms. */
  readonly at: number
  readonly api: string
  /** The name of the action, or what the timer does. */
  readonly name: string
  readonly trace: readonly Evaluation[]
  readonly messages: readonly Message[]
  /** Why an expression failed; nothing has changed then. */
  readonly failure: string | undefined
}
