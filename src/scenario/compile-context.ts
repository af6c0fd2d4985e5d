/** What compiling the parts of a rule needs. */

import type { Contract, Operation, Webhook } from '../contract/model.ts'
import type { Diagnostics } from '../errors.ts'
import type { Language } from './expression.ts'
import type { Later } from './model.ts'

export interface ChangeContext {
  readonly language: Language
  readonly diagnostics: Diagnostics
  /** What the rules of a file are called in the state: the same place may be compiled more than once. */
  readonly owner: string
  /** Where what rules plan is collected, by its key. */
  readonly later: Map<string, Later>
  readonly webhooks: Webhooks
}

/** Webhooks by name, of all documents that are loaded. */
export type Webhooks = ReadonlyMap<string, Webhook>

export interface RuleContext {
  readonly contract: Contract
  readonly operation: Operation
  readonly language: Language
  readonly diagnostics: Diagnostics
  /** Where what rules plan is collected, by its key. */
  readonly later: Map<string, Later>
  readonly webhooks: Webhooks
  readonly commonHeaders: ReadonlySet<string>
}
