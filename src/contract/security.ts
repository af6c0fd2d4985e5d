/** Security schemes: what a request must show, what it shows, and the challenge of a 401. */
import type { Operation, RequestHeaders, RequestQuery, SecurityScheme } from './model.ts'
import type { DocumentNode } from './walk.ts'

/** The parts of a request that may hold credentials. */
export interface CredentialSource {
  readonly headers: RequestHeaders
  readonly query: RequestQuery
}

/** The credentials of a request; empty strings where it has none. */
export interface Credentials {
  readonly token: string
  readonly apiKey: string
}

const BEARER = /^bearer +([^\s,]+) *$/i
const AUTHORIZATION = /^([!#$%&'*+.^_`|~\w-]+) +\S/

const firstValue = (value: string | string[] | undefined) =>
  (Array.isArray(value) ? value[0] : value)?.trim() ?? ''

export function readCredentials(operation: Operation, source: CredentialSource): Credentials {
  return {
    token: readBearer(source.headers),
    apiKey: findApiKey(operation.apiKeys, source),
  }
}

export const readBearer = ({ authorization }: RequestHeaders): string =>
  BEARER.exec(firstValue(authorization))?.[1] ?? ''

/** The first api-key that the request shows, of those that the operation knows. */
export function findApiKey(schemes: readonly SecurityScheme[], source: CredentialSource): string {
  for (const scheme of schemes) {
    const value = readCredential(scheme, source)
    if (value !== '') return value
  }
  return ''
}

/** Says which credentials are missing, all of the first alternative; undefined where none are. */
export function findMissingCredentials(
  { security }: Operation,
  source: CredentialSource,
  token = readBearer(source.headers),
): string | undefined {
  if (security.length === 0) return undefined
  let message: string | undefined
  for (const requirement of security) {
    const isMissing = (scheme: SecurityScheme) => {
      const isBearer = scheme.kind === 'http' && scheme.scheme === 'bearer'
      return (isBearer ? token : readCredential(scheme, source)) === ''
    }
    if (!requirement.some(isMissing)) return undefined
    message ??= requirement.filter(isMissing).map(describeMissing).join('; ')
  }
  return message
}

function readCredential(scheme: SecurityScheme, { headers, query }: CredentialSource): string {
  if (scheme.kind === 'apiKey') {
    if (scheme.in === 'header') return firstValue(headers[scheme.name.toLowerCase()])
    if (scheme.in === 'query') return firstValue(query[scheme.name])
    return readCookie(firstValue(headers.cookie), scheme.name)
  }
  const authorization = firstValue(headers.authorization)
  if (scheme.scheme === 'bearer') return BEARER.exec(authorization)?.[1] ?? ''
  const used = AUTHORIZATION.exec(authorization)?.[1]
  return used?.toLowerCase() === scheme.scheme ? authorization : ''
}

/** Reads one cookie from a Cookie header; an empty string where it is not there. */
export function readCookie(header: string, name: string): string {
  for (const part of header.split(';')) {
    const [key, ...value] = part.split('=')
    if (key?.trim() === name) return value.join('=').trim()
  }
  return ''
}

const describeMissing = (scheme: SecurityScheme) =>
  scheme.kind === 'apiKey'
    ? `${scheme.in} "${scheme.name}" is missing or empty`
    : `the Authorization header is missing or not of the ${scheme.scheme} scheme`

/** Builds the WWW-Authenticate header of a 401: it names all schemes (RFC 9110, 11.6.1). */
export function buildChallenge({ security, api }: Operation): string {
  const challenges = security.flat().map((scheme) => {
    const realm = `realm="${escapeQuoted(api)}"`
    if (scheme.kind === 'http') return `${capitalize(scheme.scheme)} ${realm}`
    return `ApiKey ${realm}, in="${scheme.in}", name="${escapeQuoted(scheme.name)}"`
  })
  return [...new Set(challenges)].join(', ')
}

/** Escapes a name for a quoted string: files have any name, and headers carry few characters. */
const escapeQuoted = (name: string) =>
  name.replace(/[^\x20-\x7e]+/gu, encodeURIComponent).replace(/["\\]/g, '\\$&')

const capitalize = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** Reads a security scheme; returns none for those that the sandbox cannot check, such as mutualTLS. */
export function readSecurityScheme(scheme: DocumentNode): SecurityScheme[] {
  if (scheme.type === 'apiKey') {
    const place = scheme.in as 'header' | 'query' | 'cookie'
    return [{ kind: 'apiKey', in: place, name: String(scheme.name) }]
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
