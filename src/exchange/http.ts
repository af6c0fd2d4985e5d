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

/** Response headers that say what was played, or why nothing was. */
export const PLAYED = {
  scenario: 'x-sandbox-scenario',
  session: 'x-sandbox-session',
  rule: 'x-sandbox-rule',
  reason: 'x-sandbox-reason',
} as const

type Played = Pick<Outcome, 'scenario' | 'rule' | 'reasons'>

export const sandboxHeaders = (session: string, { scenario, rule, reasons }: Played) => ({
  [PLAYED.scenario]: scenario,
  [PLAYED.session]: session,
  [PLAYED.rule]: rule,
  ...(reasons.length > 0 && { [PLAYED.reason]: formatReasons(reasons) }),
})

/** Characters of the reasons: proxies and clients refuse long headers. */
const LONGEST_REASON = 500

/** Reasons repeat what a client sent; a header carries printable ASCII safely, and nothing else. */
function formatReasons(reasons: readonly string[]): string {
  const text = reasons.join('; ').slice(0, LONGEST_REASON + 1)
  const safe = text.replaceAll('…', '...').replace(/[^\x20-\x7e]/g, '?')
  return text.length > LONGEST_REASON ? `${safe.slice(0, LONGEST_REASON - 3)}...` : safe
}

const capitalize = (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())

/** Response headers that web pages of other origins may read, beside those that a contract names. */
export const EXPOSED: readonly string[] = [
  ...Object.values(PLAYED),
  'preference-applied',
  'retry-after',
  'allow',
].map(capitalize)
