/** Builds requests that a document allows, and writes them for HTTP. */
import {
  isNode,
  type Media,
  type Node,
  type Operation,
  type Parameter,
  type Place,
  type Reading,
} from './reading.ts'
import type { Opinion } from './validator.ts'
import { madeValue, SHAPES, type Shape } from './values.ts'
import { xmlOf } from './xml.ts'

/** A request in its parts, so that one of them can be changed. */
export interface Request {
  readonly operation: Operation
  /** Schemes that the client uses; by default the first alternative that it can. */
  readonly shown?: readonly Node[]
  readonly values: ReadonlyMap<Parameter, unknown>
  readonly body: { readonly media: Media; readonly value: unknown } | undefined
}

/** A request as it is sent. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
}

/** No valid value is known for a parameter or body. */
export class NoValue extends Error {}

interface Wanted {
  /** Says which one in the report. */
  readonly what: string
  readonly isWritable?: (value: unknown) => boolean
  /** A value as it arrives. */
  readonly prepared?: ((value: unknown) => unknown) | undefined
}

export class Requests {
  readonly reading: Reading
  readonly opinion: Opinion

  constructor(reading: Reading, opinion: Opinion) {
    this.reading = reading
    this.opinion = opinion
  }

  /** @throws NoValue */
  async minimal(operation: Operation): Promise<Request> {
    return this.#request(operation, SHAPES, ({ required }) => required)
  }

  /** With all parameters and properties. @throws NoValue */
  async full(operation: Operation): Promise<Request> {
    return this.#request(operation, [...SHAPES.slice(1), ...SHAPES.slice(0, 1)], () => true)
  }

  async #request(
    operation: Operation,
    shapes: readonly Shape[],
    wanted: (part: { required: boolean }) => boolean,
  ): Promise<Request> {
    if (!shownBy(operation)) throw new NoValue('no client can show two Authorization headers')
    const values = new Map<Parameter, unknown>()
    for (const parameter of operation.parameters.filter(wanted)) {
      const { schema, examples, name } = parameter
      // A segment of a path cannot be empty, unlike a list or an object.
      const [first, ...others] = shapes
      const used = parameter.in === 'path' && first ? [...others, first] : shapes
      const isWritable = (value: unknown) => fitsIn(parameter, value)
      try {
        const prepared = parameter.style === 'deepObject' ? pruned : undefined
        const how = { what: name, isWritable, prepared }
        values.set(parameter, await this.#valid(schema, used, examples, how))
      } catch (error) {
        if (!(error instanceof NoValue) || parameter.required) throw error
      }
    }
    const media = preferred(operation)
    if (!media || !operation.body || !wanted(operation.body))
      return { operation, values, body: undefined }
    if (isBinary(media)) return { operation, values, body: { media, value: 'bytes' } }
    const isText = isForm(media.type) || isMultipart(media.type)
    const value = await this.#valid(media.schema, shapes, media.examples, {
      what: 'the body',
      prepared: isText ? pruned : undefined,
    })
    const sent = isXml(media.type) ? xmlOf(this.reading, media.schema, value) : value
    return { operation, values, body: { media, value: sent } }
  }

  async #valid(
    schema: Place | undefined,
    shapes: readonly Shape[],
    shown: readonly unknown[],
    { what, isWritable = () => true, prepared = (value) => value }: Wanted,
  ): Promise<unknown> {
    if (!schema) return shown[0] ?? 'text'
    const { example } = (this.reading.followed(schema).value ?? {}) as Node
    const made = shapes.map((shape) => madeValue(this.reading, schema, shape))
    const candidates = [...made, ...shown, ...(example === undefined ? [] : [example])]
    let faults: string[] = []
    for (const candidate of candidates.map(prepared).filter(isWritable)) {
      const found = await this.opinion.faults(schema, candidate)
      if (found.length === 0) return candidate
      if (faults.length === 0) faults = found
    }
    throw new NoValue(`${what}: ${faults.slice(0, 3).join(', ') || 'it cannot be written'}`)
  }
}

/** Only `deepObject` writes nested lists and objects; no style writes empty ones. */
function fitsIn({ content, style }: Parameter, value: unknown): boolean {
  if (content !== undefined || typeof value !== 'object' || value === null) return true
  if (style === 'deepObject') return isFilled(value)
  const items = Object.values(value)
  return items.length > 0 && items.every((item) => typeof item !== 'object' || item === null)
}

/** Removes empty lists and objects, which no style writes. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned).filter(isFilled)
  if (!isNode(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [key, pruned(item)] as const)
  return Object.fromEntries(entries.filter(([, item]) => isFilled(item)))
}

function isFilled(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const items = Object.values(value)
  return items.length > 0 && items.every(isFilled)
}

export const isJson = (type: string) => /^[^/]+\/(?:[^;]+\+)?json\b/i.test(type)
export const isForm = (type: string) => /^application\/x-www-form-urlencoded\b/i.test(type)
export const isMultipart = (type: string) => /^multipart\//i.test(type)
const isText = (type: string) => /^text\/(?!xml)/i.test(type)
const isXml = (type: string) => /[/+]xml\b/i.test(type)
const isBinary = ({ type }: Media) =>
  ![isJson, isForm, isMultipart, isText, isXml].some((is) => is(type))

/** Chooses the media type of a body: the one that can be checked best. */
function preferred({ body }: Operation): Media | undefined {
  const { content = [] } = body ?? {}
  for (const is of [isJson, isForm, isMultipart, isText]) {
    const found = content.find(({ type }) => is(type))
    if (found) return found
  }
  return content[0]
}

export function written({ operation, values, body, shown }: Request): Sent {
  const of = (where: string) => [...values].filter(([parameter]) => parameter.in === where)
  // A fragment is not sent: as a part of a path "#" is escaped.
  let path = operation.template.replaceAll('#', '%23')
  for (const [parameter, value] of of('path')) {
    path = path.replaceAll(`{${parameter.name}}`, inPath(parameter, value))
  }
  const query = of('query').flatMap(([parameter, value]) => inQuery(parameter, value))
  const headers: Record<string, string> = {}
  for (const [parameter, value] of of('header')) {
    headers[parameter.name.toLowerCase()] = simple(parameter, value, String)
  }
  const cookies = of('cookie').flatMap(([parameter, value]) => inQuery(parameter, value))
  const declared = new Set(operation.parameters.map(({ name }) => name))
  const schemes = shown ?? shownBy(operation) ?? []
  // Some documents declare the key as a parameter, too.
  for (const scheme of schemes.filter(({ name }) => !declared.has(String(name))))
    show(scheme, { headers, query, cookies })
  if (cookies.length > 0) headers.cookie = cookies.join('; ')
  const payload = body && bytesOf(body.media, body.value)
  // Clients send this header when they send no body where one is allowed.
  if (!payload && /^P/.test(operation.method)) headers['content-length'] = '0'
  return {
    method: operation.method,
    url: `${operation.base}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    headers: { ...headers, ...(payload && { 'content-type': payload.type }) },
    body: payload?.bytes,
  }
}

/** Returns the first alternative that a client can meet: `Authorization` has room for one scheme. */
export function shownBy({ security }: Operation): readonly Node[] | undefined {
  const takesAuthorization = ({ type }: Node) => type !== 'apiKey' && type !== 'mutualTLS'
  if (security.length === 0) return []
  return security.find((schemes) => schemes.filter(takesAuthorization).length < 2)
}

/** Adds the credentials of a security scheme. */
function show(
  scheme: Node,
  {
    headers,
    query,
    cookies,
  }: { headers: Record<string, string>; query: string[]; cookies: string[] },
): void {
  const name = String(scheme.name)
  if (scheme.type === 'apiKey') {
    if (scheme.in === 'query') query.push(`${encodeURIComponent(name)}=secret`)
    else if (scheme.in === 'cookie') cookies.push(`${name}=secret`)
    else headers[name.toLowerCase()] = 'secret'
  } else if (scheme.type === 'http') {
    const kind = String(scheme.scheme).toLowerCase()
    headers.authorization = kind === 'basic' ? 'Basic dXNlcjpwYXNz' : `${scheme.scheme} secret`
  } else if (scheme.type !== 'mutualTLS' && scheme.type !== undefined) {
    headers.authorization = 'Bearer secret'
  }
}

const plain = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)

type Encode = (text: string) => string

/** Writes `a,b` and `k,v`, or objects as `k=v` when exploded. */
function simple(
  { explode, content }: Parameter,
  value: unknown,
  encode: Encode,
  sign = ',',
): string {
  if (content !== undefined) return encode(JSON.stringify(value))
  if (Array.isArray(value)) return value.map((item) => encode(plain(item))).join(sign)
  if (!isNode(value)) return encode(plain(value))
  const between = explode ? '=' : ','
  return Object.entries(value)
    .map(([key, item]) => `${encode(key)}${between}${encode(plain(item))}`)
    .join(sign)
}

function inPath(parameter: Parameter, value: unknown): string {
  const { style, explode, name } = parameter
  if (style === 'label')
    return `.${simple(parameter, value, encodeURIComponent, explode ? '.' : ',')}`
  if (style !== 'matrix') return simple(parameter, value, encodeURIComponent)
  const isList = Array.isArray(value)
  if (!explode || (!isList && !isNode(value))) {
    return `;${name}=${simple(parameter, value, encodeURIComponent)}`
  }
  const pairs: [string, unknown][] = isList
    ? value.map((item) => [name, item])
    : Object.entries(value as Node)
  return pairs.map(([key, item]) => `;${key}=${encodeURIComponent(plain(item))}`).join('')
}

const RESERVED = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/g

function inQuery(parameter: Parameter, value: unknown): string[] {
  const { name, style, explode, allowReserved, content } = parameter
  const encode: Encode = (text) => {
    const encoded = encodeURIComponent(text)
    return allowReserved ? encoded.replace(RESERVED, (code) => decodeURIComponent(code)) : encoded
  }
  const pair = (key: string, item: unknown) => `${encode(key)}=${encode(plain(item))}`
  if (content !== undefined) return [pair(name, JSON.stringify(value))]
  if (style === 'deepObject') return deep(name, value)
  if (Array.isArray(value)) {
    if (explode) return value.map((item) => pair(name, item))
    const sign = { spaceDelimited: '%20', pipeDelimited: '%7C' }[style] ?? ','
    return [`${encode(name)}=${value.map((item) => encode(plain(item))).join(sign)}`]
  }
  if (isNode(value)) {
    const entries = Object.entries(value)
    if (explode) return entries.map(([key, item]) => pair(key, item))
    return [
      `${encode(name)}=${entries
        .flat()
        .map((item) => encode(plain(item)))
        .join(',')}`,
    ]
  }
  return [pair(name, value)]
}

/** Writes `filter[kind]=cat`; deeper levels as most clients do. */
function deep(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    return [`${encodeURIComponent(name)}=${encodeURIComponent(plain(value))}`]
  }
  return Object.entries(value).flatMap(([key, item]) => deep(`${name}[${key}]`, item))
}

const BOUNDARY = 'a-boundary-of-the-tests'

function bytesOf(media: Media, value: unknown): { type: string; bytes: string | Buffer } {
  const type = media.type.includes('*') ? 'application/octet-stream' : media.type
  if (isJson(type)) return { type, bytes: JSON.stringify(value) }
  if (isForm(type)) return { type, bytes: form(media, value) }
  if (isMultipart(type)) return { type: `${type}; boundary=${BOUNDARY}`, bytes: parts(value) }
  if (isXml(type)) return { type, bytes: String(value) }
  return { type, bytes: isText(type) ? plain(value) : Buffer.from([0, 1, 2, 255]) }
}

function form({ encoding }: Media, value: unknown): string {
  if (!isNode(value)) return encodeURIComponent(plain(value))
  return Object.entries(value)
    .flatMap(([name, item]) => {
      const {
        style = 'form',
        explode = style === 'form',
        contentType,
      } = (encoding[name] ?? {}) as Node
      const described = { name, style, explode, allowReserved: false } as Parameter
      const isPlainObject = isNode(item) && style === 'form'
      const content = contentType ?? (isPlainObject ? 'application/json' : undefined)
      return content === undefined ? inQuery(described, item) : [pairOf(name, item)]
    })
    .join('&')
}

const pairOf = (name: string, item: unknown) =>
  `${encodeURIComponent(name)}=${encodeURIComponent(plain(item))}`

function parts(value: unknown): string {
  const entries = Object.entries(isNode(value) ? value : {}).flatMap(([name, item]) =>
    (Array.isArray(item) ? item : [item]).map((each) => {
      const type = typeof each === 'object' ? '\r\nContent-Type: application/json' : ''
      return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${type}\r\n\r\n${plain(each)}\r\n`
    }),
  )
  return `${entries.join('')}--${BOUNDARY}--\r\n`
}
