import type { Operation, SecurityScheme } from './model.ts'
import type { DocumentNode } from './walk.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

interface Presented {
  readonly headers: Headers
  readonly query: Readonly<Record<string, string | string[]>>
}

/** What a request shows of its sender. */
export interface Credentials {
  /** Empty where there is none. */
  readonly apiKey: string
  /** What is missing, in words; undefined where the request may come in. */
  readonly missing: string | undefined
}

const BEARER = /^bearer +([^\s,]+) *$/i
const AUTHORIZATION = /^([!#$%&'*+.^_`|~\w-]+) +\S/

const single = (value: string | string[] | undefined) =>
  (Array.isArray(value) ? value[0] : value)?.trim() ?? ''

/** The bearer token; empty where there is none. */
export const readBearer = ({ authorization }: Headers): string =>
  BEARER.exec(single(authorization))?.[1] ?? ''

/** The first api-key that the request shows, of those that the operation knows. */
export function readApiKey({ apiKeys }: Operation, presented: Presented): string {
  for (const scheme of apiKeys) {
    const value = scheme.kind === 'apiKey' ? readKey(scheme, presented) : ''
    if (value !== '') return value
  }
  return ''
}

/** Reads what a request shows beside its bearer token, and whether that is enough. */
export function readCredentials(
  operation: Operation,
  presented: Presented & { readonly token: string },
): Credentials {
  return {
    apiKey: readApiKey(operation, presented),
    missing: findMissing(operation, presented),
  }
}

function findMissing(
  { security }: Operation,
  presented: Presented & { readonly token: string },
): string | undefined {
  let missing: string | undefined
  for (const requirement of security) {
    const lacking = requirement.find((scheme) => !isShown(scheme, presented))
    if (!lacking) return undefined
    missing ??= described(lacking)
  }
  return missing
}

function isShown(
  scheme: SecurityScheme,
  presented: Presented & { readonly token: string },
): boolean {
  if (scheme.kind === 'apiKey') return readKey(scheme, presented) !== ''
  if (scheme.scheme === 'bearer') return presented.token !== ''
  const used = AUTHORIZATION.exec(single(presented.headers.authorization))?.[1]
  return used?.toLowerCase() === scheme.scheme
}

type ApiKeyScheme = Extract<SecurityScheme, { kind: 'apiKey' }>

function readKey(scheme: ApiKeyScheme, { headers, query }: Presented): string {
  if (scheme.in === 'header') return single(headers[scheme.name.toLowerCase()])
  if (scheme.in === 'query') return single(query[scheme.name])
  return cookie(single(headers.cookie), scheme.name)
}

export function cookie(header: string, name: string): string {
  for (const part of header.split(';')) {
    const [key, ...value] = part.split('=')
    if (key?.trim() === name) return value.join('=').trim()
  }
  return ''
}

const described = (scheme: SecurityScheme) =>
  scheme.kind === 'apiKey'
    ? `${scheme.in} "${scheme.name}" is missing or empty`
    : `the Authorization header is missing or not of the ${scheme.scheme} scheme`

/** What a client is told that shows no credentials (RFC 9110, 11.6.1): all that it might show. */
export function challenges({ security, api }: Operation): string {
  const all = security.flat().map((scheme) => {
    const realm = `realm="${quotable(api)}"`
    if (scheme.kind === 'http') return `${capital(scheme.scheme)} ${realm}`
    return `ApiKey ${realm}, in="${scheme.in}", name="${quotable(scheme.name)}"`
  })
  return [...new Set(all)].join(', ')
}

/** A document's file may have any name, and a header takes few letters. */
const quotable = (text: string) =>
  text.replace(/[^\x20-\x7e]+/gu, encodeURIComponent).replace(/["\\]/g, '\\$&')

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

export function securityScheme(scheme: DocumentNode): SecurityScheme[] {
  if (scheme.type === 'apiKey') {
    const where = scheme.in as 'header' | 'query' | 'cookie'
    return [{ kind: 'apiKey', in: where, name: String(scheme.name) }]
  }
  if (scheme.type === 'http') {
    return [{ kind: 'http', scheme: String(scheme.scheme).toLowerCase() }]
  }
  // Tokens of OAuth 2 and OpenID Connect travel as bearer tokens.
  if (scheme.type === 'oauth2' || scheme.type === 'openIdConnect') {
    return [{ kind: 'http', scheme: 'bearer' }]
  }
  return []
}
