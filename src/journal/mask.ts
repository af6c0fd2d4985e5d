/** Hides credentials and codes: what is shown tells two of them apart, and no more. */
import { createHash } from 'node:crypto'

/** What is not shown as it is. */
export interface Secrets {
  /** Names of headers, in lower case, and of query parameters that carry credentials. */
  readonly names: ReadonlySet<string>
  /** Codes that were sent in messages. */
  readonly codes: ReadonlySet<string>
}

/** Headers that carry credentials in any API. */
export const CREDENTIAL_HEADERS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
]

/** The same secret always looks the same, so that requests of one user can be told from others'. */
export const masked = (secret: string): string =>
  secret === '' ? '' : `***${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`

export const HIDDEN = '***'

type Headers = Readonly<Record<string, string | string[] | undefined>>

export function maskedHeaders(headers: Headers, { names, codes }: Secrets): Headers {
  const shown: [string, string | string[] | undefined][] = []
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase()
    const show = (text: string) => (names.has(key) ? credential(key, text) : hidden(text, codes))
    shown.push([name, Array.isArray(value) ? value.map(show) : value && show(value)])
  }
  return Object.fromEntries(shown)
}

/** The scheme of an `Authorization` is no secret, and explains many a 401. */
function credential(name: string, value: string): string {
  const [, scheme, secret] = /^(\w+) +(\S.*)$/.exec(value) ?? []
  const shows = name.endsWith('authorization') && scheme && secret
  return shows ? `${scheme} ${masked(secret.trim())}` : masked(value)
}

/** A URL without the credentials in its query, and without the codes that were sent. */
export function maskedUrl({ target, rawQuery }: Target, { names, codes }: Secrets): string {
  if (rawQuery === undefined) return hidden(target, codes)
  const query = rawQuery.split('&').map((pair) => {
    // Read as the pipeline reads it: a name may be spelt in many ways.
    const [[name, value] = ['', '']] = new URLSearchParams(pair)
    const hide = names.has(name.toLowerCase()) && value !== ''
    return hide ? `${pair.split('=')[0]}=${masked(value)}` : hidden(pair, codes)
  })
  return `${hidden(target, codes)}?${query.join('&')}`
}

interface Target {
  readonly target: string
  readonly rawQuery: string | undefined
}

/** A body as JSON where it is JSON, else its text, without the codes that were sent. */
export function maskedBody(text: string, { codes }: Secrets): unknown {
  try {
    return withoutCodes(JSON.parse(text), codes)
  } catch {
    return hidden(text, codes)
  }
}

/** A value without the codes in it. */
export const withoutCodes = <T>(value: T, codes: ReadonlySet<string>): T =>
  replaced(value, (text) => hidden(text, codes)) as T

function hidden(text: string, codes: ReadonlySet<string>): string {
  let shown = text
  for (const code of codes) shown = shown.replaceAll(code, HIDDEN)
  return shown
}

/** Deeper than this nobody looks, and a recursion may not go. */
const DEEPEST = 100

/** A value with every text, keys too, and every number as text, replaced. */
export function replaced(value: unknown, replace: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return replace(value)
  if (typeof value === 'number') return replace(String(value)) === String(value) ? value : HIDDEN
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEEPEST) return '…'
  if (Array.isArray(value)) return value.map((item) => replaced(item, replace, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [replace(key), replaced(item, replace, depth + 1)]),
  )
}
