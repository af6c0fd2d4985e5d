/** Answers as they are recorded, made by hand. */
import type { Operation } from '../../src/contract/model.ts'
import type { Recorded } from '../../src/journal/entry.ts'

export type Answered = Recorded['answered']

const ANSWERED: Answered = {
  status: 200,
  headers: {},
  body: undefined,
  rule: 'contract',
  scenario: 'default',
  delay: 0,
  fault: undefined,
  tried: [],
  example: undefined,
  messages: [],
  reasons: [],
}

const ENTRY: Recorded = {
  id: 1,
  session: 's',
  at: 0,
  duration: 0,
  step: 'valid',
  operation: undefined,
  path: '/codes/7',
  incoming: { method: 'POST', url: '/codes/7', headers: {}, body: undefined, receivedAt: 0 },
  answered: ANSWERED,
}

/** An entry, and its answer, that differ from others only in what is told. */
export const recorded = (
  entry: Partial<Recorded> = {},
  answered: Partial<Answered> = {},
): Recorded => ({ ...ENTRY, answered: { ...ANSWERED, ...answered }, ...entry })

type Told = Partial<Answered> & Partial<Pick<Recorded, 'session' | 'duration'>>

/** What is recorded of an answer; a body is told as JSON. */
export const recordedOf = (
  operation: Operation | undefined,
  { session = 's', duration = 0, ...answered }: Told = {},
): Recorded => recorded({ operation, session, duration }, answered)
