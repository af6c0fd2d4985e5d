/** Answers as they are recorded, made by hand. */
import type { Operation } from '../../src/api.ts'
import type { Recorded } from '../../src/journal/journal.ts'

type Told = Partial<Recorded['answered']> & {
  readonly session?: string
  readonly duration?: number
}

/** What is recorded of an answer; a body is told as JSON. */
export function recordedOf(
  operation: Operation | undefined,
  { session = 's', duration = 0, ...answered }: Told = {},
): Recorded {
  return {
    id: 1,
    session,
    at: 0,
    duration,
    step: 'valid',
    operation,
    path: '/codes/7',
    incoming: { method: 'POST', url: '/codes/7', headers: {}, body: undefined, receivedAt: 0 },
    answered: {
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
      ...answered,
    },
  }
}
