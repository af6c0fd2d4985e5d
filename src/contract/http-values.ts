/** Media types, header names and header values as HTTP writes them. */
import type { BodyFormat, Json } from './model.ts'

/** Returns a media type without its parameters, in lower case. */
export const getEssence = (type: string) => (type.split(';', 1)[0] ?? '').trim().toLowerCase()

export const isJsonType = (type: string) => detectFormat(type) === 'json'

export function detectFormat(type: string): BodyFormat {
  const name = getEssence(type)
  if (/^[\w.-]+\/(?:[\w.+-]+\+)?json$/.test(name)) return 'json'
  if (/^(?:application|text)\/xml$|\+xml$/.test(name)) return 'xml'
  if (name === 'application/x-www-form-urlencoded') return 'form'
  if (name.startsWith('multipart/')) return 'multipart'
  // Types that are text although their names do not begin with text/.
  if (/^text\/|^application\/(?:javascript|yaml|x-yaml|graphql|sql)$|\+yaml$/.test(name)) {
    return 'text'
  }
  return 'binary'
}

/** Finds the declared type for one that was sent: the same, else `type/*`, else any. */
export function findDeclared<T extends { readonly type: string }>(
  media: readonly T[],
  sent: string,
): T | undefined {
  // Nearly always so, and every request asks.
  const [first] = media
  if (first?.type === sent) return first
  const name = getEssence(sent)
  const group = name.split('/', 1)[0]
  return (
    media.find(({ type }) => type.toLowerCase() === sent.toLowerCase()) ??
    media.find(({ type }) => getEssence(type) === name) ??
    media.find(({ type }) => getEssence(type) === `${group}/*`) ??
    media.find(({ type }) => getEssence(type) === '*/*')
  )
}

const TYPE_PARAMETER = /;\s*([^\s;=]+)\s*=\s*(?:"([^"]*)"|([^\s;]+))/g

/** Reads a parameter of a media type, such as the charset or the boundary. */
export function readTypeParameter(type: string, name: string): string | undefined {
  // Match all of them in order: a quoted value may look like another parameter.
  for (const [, key, quoted, unquoted] of type.matchAll(TYPE_PARAMETER)) {
    if (key?.toLowerCase() === name) return quoted ?? unquoted
  }
  return undefined
}

/** A header's name, or any other token (RFC 9110, 5.6.2). */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/

/** What a header may carry: characters of one byte, no line end (RFC 9110, 5.5). */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Headers that describe the message itself: a document's example of them would contradict it. */
const MESSAGE_HEADERS =
  /^(?:connection|keep-alive|transfer-encoding|trailer|upgrade|content-length|content-encoding)$/i

/** Whether a response may have a header because a document describes it. */
export const canDocumentSet = (name: string): boolean =>
  HEADER_NAME.test(name) && !MESSAGE_HEADERS.test(name)

/** Writes a value in OpenAPI's style `simple`; returns undefined where no header can carry it. */
export function formatHeader(value: Json, explode: boolean): string | undefined {
  if (value === null) return undefined
  const text = typeof value === 'object' ? formatEntries(value, explode).join(',') : String(value)
  return HEADER_VALUE.test(text) ? text : undefined
}

function formatEntries(value: object, explode: boolean): string[] {
  if (Array.isArray(value)) return value.map(formatItem)
  const separator = explode ? '=' : ','
  return Object.entries(value).map(([key, item]) => `${key}${separator}${formatItem(item)}`)
}

const formatItem = (item: unknown) =>
  typeof item === 'object' ? JSON.stringify(item) : String(item)
