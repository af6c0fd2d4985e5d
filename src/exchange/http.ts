/** Every name and limit of HTTP that more than one room must agree on. */
import type { Outcome } from './exchange.ts'

/** Where the admin API begins; every other path belongs to the mocked APIs. */
export const ADMIN = '/__admin'

/** Largest request body in bytes. */
export const BODY_LIMIT = 1_048_576

/** Media types whose bodies are read as text: JSON, whatever its flavour. */
export const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i

/** What the name of every header of the sandbox begins with. */
export const PREFIX = 'x-sandbox-'

/** Request headers that steer the sandbox. */
export const HEADERS = {
  scenario: 'x-sandbox-scenario',
  session: 'x-sandbox-session',
  advance: 'x-sandbox-advance',
} as const

/** Response headers that say what was played. */
export const PLAYED = {
  scenario: 'x-sandbox-scenario',
  session: 'x-sandbox-session',
  rule: 'x-sandbox-rule',
} as const

export const sandboxHeaders = (session: string, { scenario, rule }: Outcome) => ({
  [PLAYED.scenario]: scenario,
  [PLAYED.session]: session,
  [PLAYED.rule]: rule,
})

const capitalize = (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())

/** Response headers that web pages of other origins may read, beside those that a contract names. */
export const EXPOSED: readonly string[] = [
  ...Object.values(PLAYED),
  'preference-applied',
  'retry-after',
  'allow',
].map(capitalize)
