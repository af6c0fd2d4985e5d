/** What the sandbox's server and its admin API's, which are two, must agree on. */
import type { Outcome } from './exchange.ts'

/** Where the admin API begins; every other path belongs to the mocked APIs. */
export const ADMIN = '/__admin'

/** Largest request body in bytes. */
export const BODY_LIMIT = 1_048_576

/** Media types whose bodies are read as text: JSON, whatever its flavour. */
export const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i

export const HEADERS = {
  scenario: 'x-sandbox-scenario',
  session: 'x-sandbox-session',
  advance: 'x-sandbox-advance',
} as const

/** The headers that say what was played. */
export const signature = (session: string, { scenario, rule }: Outcome) => ({
  'x-sandbox-scenario': scenario,
  'x-sandbox-session': session,
  'x-sandbox-rule': rule,
})

export const EXPOSED = [
  'X-Sandbox-Scenario',
  'X-Sandbox-Session',
  'X-Sandbox-Rule',
  'Preference-Applied',
  'Retry-After',
  'Allow',
]
