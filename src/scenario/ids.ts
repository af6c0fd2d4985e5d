import { createHash } from 'node:crypto'
import type { IdSource } from './scope.ts'

/** What an id or a generated body depends on; nothing else may change it. */
export interface Origin {
  readonly seed: number
  readonly session: string
  readonly api: string
  readonly subject: string
  readonly operation: string
}

/** 64 bits from the origin, the call's number and a counter within the call. */
export function derived(origin: Origin, call: number, nth: number | string): bigint {
  const { seed, session, api, subject, operation } = origin
  // As JSON no two origins run together: a subject may hold any separator.
  const text = JSON.stringify([seed, session, api, subject, operation, call, nth])
  return createHash('sha256').update(text).digest().readBigUInt64BE(0)
}

const LOWEST = 10n ** 17n
const SPAN = 9n * LOWEST

/** Ids of 18 digits, as many as are asked for; `made` lists them. */
export class DerivedIds implements IdSource {
  readonly made: string[] = []
  readonly #origin: Origin
  readonly #call: number

  constructor(origin: Origin, call: number) {
    this.#origin = origin
    this.#call = call
  }

  next(): string {
    const id = String(LOWEST + (derived(this.#origin, this.#call, this.made.length) % SPAN))
    this.made.push(id)
    return id
  }
}
