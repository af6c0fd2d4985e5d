/** What small parts of a document mean: media types, URLs, security schemes, missing ids. */

import { headerText, isHeaderName } from './http-values.ts'
import type { HeaderSpec, SecurityScheme } from './model.ts'
import { type DocumentNode, isObject } from './walk.ts'

/** The path of a server's URL, decoded as requests are when they are compared with it. */
function basePath(url: string): string | undefined {
  try {
    return decodeURI(new URL(url, 'http://localhost').pathname).replace(/\/+$/, '')
  } catch {
    return undefined
  }
}

/** Base paths of a list of servers; `refuse` hears of what is no URL. */
export function basePathsOf(
  servers: readonly unknown[],
  refuse: (index: number, url: string) => void,
): string[] {
  const paths = (servers as readonly DocumentNode[]).flatMap((server, index) =>
    spelled(String(server.url ?? ''), isObject(server.variables) ? server.variables : {}).map(
      (url) => {
        const path = basePath(url)
        if (path === undefined) refuse(index, url)
        return path ?? ''
      },
    ),
  )
  return paths.length > 0 ? [...new Set(paths)] : ['']
}

/** More spellings of one server than anybody would serve. */
const MOST_SPELLINGS = 50

/** A URL with its variables filled in: each value that they may have, else the default. */
function spelled(url: string, variables: DocumentNode): string[] {
  let urls = [url]
  for (const [placeholder, name = ''] of url.matchAll(/\{([^}]+)\}/g)) {
    const variable = isObject(variables[name]) ? variables[name] : {}
    const first = String(variable.default ?? '')
    const values = Array.isArray(variable.enum) ? variable.enum.map(String) : []
    const all = [...new Set([first, ...values])]
    const chosen = urls.length * all.length > MOST_SPELLINGS ? [first] : all
    urls = urls.flatMap((each) => chosen.map((value) => each.replaceAll(placeholder, value)))
  }
  return urls
}

/** The examples of headers, as far as a header can be what they say. */
export function shownHeaders(headers: ReadonlyMap<string, HeaderSpec>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, { example, explode }] of headers) {
    const text = example === undefined ? undefined : headerText(example, explode)
    if (text !== undefined && isHeaderName(name)) shown[name] = text
  }
  return shown
}

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
