import type { Form, Json } from './model.ts'

/** Without parameters, in lower case. */
export const essence = (type: string) => (type.split(';', 1)[0] ?? '').trim().toLowerCase()

export const isJson = (type: string) => formOf(type) === 'json'

export function formOf(type: string): Form {
  const name = essence(type)
  if (/^[\w.-]+\/(?:[\w.+-]+\+)?json$/.test(name)) return 'json'
  if (/^(?:application|text)\/xml$|\+xml$/.test(name)) return 'xml'
  if (name === 'application/x-www-form-urlencoded') return 'form'
  if (name.startsWith('multipart/')) return 'multipart'
  // Texts that have no name of their own among them.
  if (/^text\/|^application\/(?:javascript|yaml|x-yaml|graphql|sql)$|\+yaml$/.test(name)) {
    return 'text'
  }
  return 'binary'
}

/** A type that is declared for the one sent: its own name, else `type/*`, else any. */
export function declared<T extends { readonly type: string }>(
  media: readonly T[],
  sent: string,
): T | undefined {
  // Nearly always, and every request asks.
  const [first] = media
  if (first?.type === sent) return first
  const name = essence(sent)
  const group = name.split('/', 1)[0]
  return (
    media.find(({ type }) => type.toLowerCase() === sent.toLowerCase()) ??
    media.find(({ type }) => essence(type) === name) ??
    media.find(({ type }) => essence(type) === `${group}/*`) ??
    media.find(({ type }) => essence(type) === '*/*')
  )
}

const PARAMETER = /;\s*([^\s;=]+)\s*=\s*(?:"([^"]*)"|([^\s;]+))/g

/** A parameter of a media type: the charset, or the boundary between parts. */
export function parameterOf(type: string, name: string): string | undefined {
  // One after the other: what is quoted may look like the next.
  for (const [, key, quoted, plain] of type.matchAll(PARAMETER)) {
    if (key?.toLowerCase() === name) return quoted ?? plain
  }
  return undefined
}

/** What HTTP itself says with each answer; a document's examples would belie the body. */
const HTTPS_OWN =
  /^(?:connection|keep-alive|transfer-encoding|trailer|upgrade|content-length|content-encoding)$/i

/** Whether an answer can have a header of that name because a document says so. */
export const isHeaderName = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && !HTTPS_OWN.test(name)

/** A value as a header says it (OpenAPI's style `simple`); undefined where no header can. */
export function headerText(value: Json, explode: boolean): string | undefined {
  if (value === null) return undefined
  const text =
    typeof value === 'object' ? entries(value as object, explode).join(',') : String(value)
  // What a header may hold: letters of one byte, and no line's end.
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined
}

function entries(value: object, explode: boolean): string[] {
  if (Array.isArray(value)) return value.map(flat)
  return Object.entries(value).map(([key, item]) => [key, flat(item)].join(explode ? '=' : ','))
}

const flat = (item: unknown) => (typeof item === 'object' ? JSON.stringify(item) : String(item))
