/** How parameters are written in a request: the styles of OpenAPI, turned into values. */
import { parse } from 'qs'
import type { Json, RequestParts, Schema } from '../api.ts'
import { isJson } from '../media.ts'
import type { Follow } from './documents.ts'
import { isObject } from './references.ts'
import { cookie } from './security.ts'
import { meant, Shape } from './shape.ts'

type Values = Record<string, unknown>

/** How one parameter is written. */
interface ParameterSpec {
  readonly name: string
  readonly in: string
  readonly style: string
  readonly explode: boolean
  /** Its text is JSON: it has `content` instead of a style. */
  readonly json: boolean
  readonly allowEmpty: boolean
  readonly shape: Shape
}

/** The schema of a parameter, or of a header, wherever it stands. */
export function schemaOf(parameter: Values, follow: Follow): Schema | undefined {
  return mediaOf(parameter, follow).schema as Schema | undefined
}

function mediaOf(parameter: Values, follow: Follow): { type?: string; schema?: unknown } {
  const { content } = parameter
  const [type, media] = (isObject(content) && Object.entries(content)[0]) || []
  return type === undefined ? parameter : { type, schema: follow(media).schema }
}

function specOf(parameter: Values, follow: Follow): ParameterSpec {
  const { type, schema } = mediaOf(parameter, follow)
  const byDefault = /^(?:query|cookie)$/.test(String(parameter.in)) ? 'form' : 'simple'
  const style = String(parameter.style ?? byDefault)
  return {
    name: String(parameter.name),
    in: String(parameter.in),
    style,
    explode: typeof parameter.explode === 'boolean' ? parameter.explode : style === 'form',
    json: parameter.content !== undefined && isJson(type ?? ''),
    allowEmpty: parameter.allowEmptyValue === true,
    shape: new Shape(schema as Schema | undefined, follow),
  }
}

/** The values of all parameters of an operation, by place, as its validator wants them. */
export class Parameters {
  readonly #all: readonly ParameterSpec[]
  readonly #names: ReadonlySet<string>
  /** Most queries are read from what the server made of them; few styles need their letters. */
  readonly #raw: boolean

  /** @param parameters as the document has them, followed */
  constructor(parameters: readonly Values[], follow: Follow) {
    this.#all = parameters.map((parameter) => specOf(parameter, follow))
    const ofQuery = this.#all.filter((each) => each.in === 'query')
    this.#names = new Set(ofQuery.map(({ name }) => name))
    this.#raw = ofQuery.some(isComplex)
  }

  values(parts: RequestParts): Values {
    const path: Values = {}
    const query: Values = {}
    const header: Values = {}
    const cookies: Values = {}
    const pairs = this.#raw ? pairsOf(parts) : NO_PAIRS
    for (const spec of this.#all) {
      if (spec.in === 'path') put(path, spec.name, ofPath(spec, parts))
      else if (spec.in === 'query') put(query, spec.name, this.#ofQuery(spec, parts, pairs))
      else if (spec.in === 'header') put(header, spec.name.toLowerCase(), ofHeader(spec, parts))
      else put(cookies, spec.name, ofCookie(spec, parts))
    }
    return { path, query, header, cookie: cookies }
  }

  #ofQuery(spec: ParameterSpec, { query }: RequestParts, pairs: readonly Pair[]): unknown {
    const { name, shape, style, explode } = spec
    if (style === 'deepObject') return deep(name, shape, pairs)
    if (shape.isObject && explode && !spec.json) return this.#scattered(shape, query)
    const value = query[name]
    if (value === undefined) return undefined
    // A switch: `?verbose`. Its presence is all there is to say.
    if (value === '' && spec.allowEmpty) return undefined
    if (spec.json) return json(value)
    if (!isComplex(spec)) return plain(value, shape)
    const raw = pairs.filter((pair) => pair.name === name).map((pair) => pair.value)
    return assembled(
      raw.flatMap((each) => cut(each, DELIMITERS[style] ?? /,/)),
      shape,
    )
  }

  /** Each property is a parameter of its own; the ones that nobody else claims are its. */
  #scattered(shape: Shape, query: RequestParts['query']): Values | undefined {
    const found: Values = {}
    const open = shape.parts.some(({ additionalProperties }) => !!additionalProperties)
    const names = open ? Object.keys(query) : shape.names
    for (const name of names) {
      const value = query[name]
      if (value === undefined || this.#names.has(name)) continue
      put(found, name, plain(value, shape.property(name)))
    }
    return Object.keys(found).length > 0 ? found : undefined
  }
}

/** A client may send what it likes; what is named like a prototype stays a mere value. */
function put(values: Values, name: string, value: unknown): void {
  if (value === undefined) return
  if (name !== '__proto__') values[name] = value
  else Object.defineProperty(values, name, { value, enumerable: true, configurable: true })
}

const isComplex = ({ style, explode, shape, json }: ParameterSpec) =>
  !json && (style === 'deepObject' || (!explode && (shape.isList || shape.isObject)))

interface Pair {
  readonly name: string
  /** As it was sent: what stands between values must not be taken for what stands in them. */
  readonly value: string
}

const NO_PAIRS: readonly Pair[] = []

function pairsOf({ rawQuery, query }: RequestParts): Pair[] {
  if (rawQuery === undefined) {
    return Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each) => ({ name, value: each })),
    )
  }
  return rawQuery
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const mark = pair.indexOf('=')
      const [name, value] = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)]
      return { name: decoded(name), value }
    })
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

const DELIMITERS: Readonly<Record<string, RegExp>> = {
  form: /,/,
  spaceDelimited: /%20|\+| /,
  pipeDelimited: /\||%7C/i,
}

const cut = (text: string, at: RegExp): string[] => (text === '' ? [] : text.split(at).map(decoded))

/** `R,100,G,200` is an object, `1,2` a list. */
function assembled(parts: readonly string[], shape: Shape): unknown {
  if (!shape.isObject) return parts.map((part) => meant(part, shape.items))
  const found: Values = {}
  for (let at = 0; at < parts.length; at += 2) {
    const name = parts[at] ?? ''
    put(found, name, meant(parts[at + 1] ?? '', shape.property(name)))
  }
  return found
}

/** `R=100` and `G=200` are an object, too. */
function exploded(parts: readonly string[], shape: Shape): unknown {
  if (!shape.isObject) return parts.map((part) => meant(part, shape.items))
  const found: Values = {}
  for (const part of parts) {
    const [name = '', ...value] = part.split('=')
    put(found, name, meant(value.join('='), shape.property(name)))
  }
  return found
}

function plain(value: string | string[], shape: Shape): unknown {
  if (shape.isList) return [value].flat().map((each) => meant(each, shape.items))
  return typeof value === 'string' ? meant(value, shape) : value
}

function json(value: string | string[]): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    // The validator says what it should have been.
    return value
  }
}

/** Depth and number are bounded by the library. */
function deep(name: string, shape: Shape, pairs: readonly Pair[]): unknown {
  const own = pairs.filter((pair) => pair.name.startsWith(`${name}[`))
  if (own.length === 0) return undefined
  const text = own.map((pair) => `${encodeURIComponent(pair.name)}=${pair.value}`).join('&')
  return typed(parse(text)[name], shape)
}

/** The texts of a tree, as what they mean. */
export function typed(value: unknown, shape: Shape): Json {
  if (typeof value === 'string') {
    return shape.isList ? [meant(value, shape.items)] : meant(value, shape)
  }
  if (Array.isArray(value)) return value.map((item) => typed(item, shape.items))
  if (typeof value !== 'object' || value === null) return null
  const found: Values = {}
  for (const [name, item] of Object.entries(value))
    put(found, name, typed(item, shape.property(name)))
  return found as Json
}

function ofPath(spec: ParameterSpec, { path, rawPath }: RequestParts): unknown {
  const { name, shape, style, explode } = spec
  const value = path[name]
  if (value === undefined) return undefined
  if (spec.json) return json(value)
  const structured = shape.isList || shape.isObject
  const text = structured ? (rawPath?.[name] ?? value) : value
  const bare = style === 'label' ? text.replace(/^\./, '') : text
  if (style === 'matrix') return matrix(spec, bare)
  if (!structured) return meant(bare, shape)
  const at = style === 'label' && explode ? /\./ : /,/
  return (explode ? exploded : assembled)(cut(bare, at), shape)
}

/** `;id=5`, `;id=3,4` or `;id=3;id=4`. */
function matrix({ name, shape, explode }: ParameterSpec, text: string): unknown {
  const parts = cut(text.replace(/^;/, ''), /;/)
  if (shape.isObject && explode) return exploded(parts, shape)
  const values = parts.map((part) =>
    part.startsWith(`${name}=`) ? part.slice(name.length + 1) : '',
  )
  if (shape.isList && explode) return exploded(values, shape)
  if (shape.isList || shape.isObject) return assembled(cut(values[0] ?? '', /,/), shape)
  return meant(values[0] ?? '', shape)
}

function ofHeader(spec: ParameterSpec, { headers }: RequestParts): unknown {
  const { shape, explode } = spec
  const value = headers[spec.name.toLowerCase()]
  if (value === undefined) return undefined
  const text = [value].flat().join(',')
  if (spec.json) return json(text)
  return simple(text, shape, explode)
}

/** A header's text: nothing in it is percent-encoded. */
export function simple(text: string, shape: Shape, explode: boolean): unknown {
  if (!shape.isList && !shape.isObject) return meant(text, shape)
  const parts = text === '' ? [] : text.split(',').map((part) => part.trim())
  return (explode ? exploded : assembled)(parts, shape)
}

function ofCookie(spec: ParameterSpec, { headers }: RequestParts): unknown {
  const { name, shape, explode } = spec
  const text = cookie(String(headers.cookie ?? ''), name)
  if (text === '') return undefined
  if (spec.json) return json(decoded(text))
  if (explode && shape.isList) return [meant(text, shape.items)]
  if (shape.isList || shape.isObject) return assembled(cut(text, /,/), shape)
  return meant(text, shape)
}
