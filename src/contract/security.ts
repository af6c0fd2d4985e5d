import type { Operation, SecurityScheme } from './model.ts'
import type { DocumentNode } from './walk.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

export interface Presented {
  readonly headers: Headers
  readonly query: Readonly<Record<string, string | string[]>>
}

/** What a request shows of its sender; empty strings where it shows nothing. */
export interface Credentials {
  readonly token: string
  readonly apiKey: string
}

const BEARER = /^bearer +([^\s,]+) *$/i
const AUTHORIZATION = /^([!#$%&'*+.^_`|~\w-]+) +\S/

const single = (value: string | string[] | undefined) =>
  (Array.isArray(value) ? value[0] : value)?.trim() ?? ''

export function credentials(operation: Operation, presented: Presented): Credentials {
  return {
    token: bearerOf(presented.headers),
    apiKey: firstShown(operation.apiKeys, presented),
  }
}

export const bearerOf = ({ authorization }: Headers): string =>
  BEARER.exec(single(authorization))?.[1] ?? ''

function firstShown(schemes: readonly SecurityScheme[], presented: Presented): string {
  for (const scheme of schemes) {
    const value = shown(scheme, presented)
    if (value !== '') return value
  }
  return ''
}

/** What is missing, in words; undefined where the request may come in. */
export function missingCredentials(operation: Operation, presented: Presented): string | undefined {
  const { security } = operation
  if (security.length === 0) return undefined
  let missing: string | undefined
  for (const requirement of security) {
    const lacking = requirement.find((scheme) => shown(scheme, presented) === '')
    if (!lacking) return undefined
    missing ??= described(lacking)
  }
  return missing
}

function shown(scheme: SecurityScheme, { headers, query }: Presented): string {
  if (scheme.kind === 'apiKey') {
    if (scheme.in === 'header') return single(headers[scheme.name.toLowerCase()])
    if (scheme.in === 'query') return single(query[scheme.name])
    return cookie(single(headers.cookie), scheme.name)
  }
  const authorization = single(headers.authorization)
  if (scheme.scheme === 'bearer') return BEARER.exec(authorization)?.[1] ?? ''
  const used = AUTHORIZATION.exec(authorization)?.[1]
  return used?.toLowerCase() === scheme.scheme ? authorization : ''
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
