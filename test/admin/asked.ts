/** What tests of the admin API have in common. */
import type { Answer } from '../app.ts'
import type { Headers } from '../calls.ts'

export const SESSIONS = '/__admin/sessions'

export const inSession = (id: string): Headers => ({ 'x-sandbox-session': id })

/** A problem of the sandbox itself, in the shape of RFC 9457. */
export const problem = ({ status, headers, body }: Answer) => ({
  status,
  type: headers['content-type']?.split(';')[0],
  code: body?.code,
})

export const problemOf = (status: number, code: string) => ({
  status,
  type: 'application/problem+json',
  code,
})
