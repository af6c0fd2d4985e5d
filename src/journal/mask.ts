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

export function maskedHeaders(headers: Headers, { names }: Secrets): Headers {
  const shown: [string, string | string[] | undefined][] = []
  for (const [name, value] of Object.entries(headers)) {
    const hide = names.has(name.toLowerCase())
    shown.push([name, hide && value !== undefined ? hidden(value) : value])
  }
  return Object.fromEntries(shown)
}

const hidden = (value: string | string[]): string | string[] =>
  Array.isArray(value) ? value.map(credential) : credential(value)

/** The scheme of an `Authorization` is no secret, and explains many a 401. */
function credential(value: string): string {
  const [, scheme, secret] = /^(\w+) +(\S.*)$/.exec(value) ?? []
  return scheme && secret ? `${scheme} ${masked(secret.trim())}` : masked(value)
}

/** A URL whose query has no credentials in it. */
export function maskedUrl(url: string, { names }: Secrets): string {
  const mark = url.indexOf('?')
  if (mark < 0) return url
  const query = url.slice(mark + 1).replace(/([^&=]+)=([^&]*)/g, (pair, name: string, value) => {
    return names.has(decoded(name)) && value !== '' ? `${name}=${masked(decoded(value))}` : pair
  })
  return `${url.slice(0, mark)}?${query}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A body as JSON where it is JSON, else its text, without the codes that were sent. */
export function maskedBody(text: string, { codes }: Secrets): unknown {
  try {
    return withoutCodes(JSON.parse(text), codes)
  } catch {
    let shown = text
    for (const code of codes) shown = shown.replaceAll(code, HIDDEN)
    return shown
  }
}

/** A value without the codes in it. */
export function withoutCodes(value: unknown, codes: ReadonlySet<string>): unknown {
  if (codes.size === 0) return value
  return replaced(value, (text) => (codes.has(text) ? HIDDEN : text))
}

/** Deeper than this nobody looks, and a recursion may not go. */
const DEEPEST = 100

/** A value with every text, and every number as text, replaced. */
export function replaced(value: unknown, replace: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return replace(value)
  if (typeof value === 'number') return replace(String(value)) === String(value) ? value : HIDDEN
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEEPEST) return '…'
  if (Array.isArray(value)) return value.map((item) => replaced(item, replace, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaced(item, replace, depth + 1)]),
  )
}
