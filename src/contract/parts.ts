/** What small parts of a document mean: media types, URLs, security schemes, missing ids. */
import type { HeaderSpec, SecurityScheme } from '../api.ts'

type Node = Record<string, unknown>

/** The path of a server's URL, decoded as requests are when they are compared with it. */
export function basePath(url: string): string | undefined {
  try {
    return decodeURI(new URL(url, 'http://localhost').pathname).replace(/\/+$/, '')
  } catch {
    return undefined
  }
}

/** An optional header without an example says nothing about what it would be. */
export function shownHeaders(headers: ReadonlyMap<string, HeaderSpec>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, { example }] of headers) {
    if (example !== undefined) shown[name] = String(example)
  }
  return shown
}

export const isJson = (type: string) => /^application\/(?:[\w.+-]+\+)?json\b/i.test(type)

export function securityScheme(scheme: Node): SecurityScheme[] {
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

/** Paths that differ in punctuation alone would get the same id. */
export function free(id: string, known: ReadonlyMap<string, unknown>): string {
  let made = id
  for (let count = 2; known.has(made); count++) made = `${id}${count}`
  return made
}

/** `GET /pets/{id}/toys` becomes `getPetsIdToys`. */
export function derivedId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
