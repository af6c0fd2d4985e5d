/** How parameters are written in a request: the styles of OpenAPI, turned into values. */
import { parse } from 'qs'
import type { Follow } from './document.ts'
import { isJson } from './http-values.ts'
import type { RequestParts, Schema } from './model.ts'
import { meant, Shape } from './schema.ts'
import {
  assembled,
  cut,
  delimited,
  jsonOr,
  own,
  type Pair,
  pairsOf,
  put,
  TREE,
  typed,
  unspaced,
  type Values,
} from './styles.ts'
import { decoded, isObject } from './walk.ts'

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
    // A parameter that is scattered claims what its properties are called, not its own name.
    const whole = ofQuery.filter((each) => !isScattered(each))
    this.#names = new Set(whole.map(({ name }) => name))
    this.#raw = ofQuery.some(isComplex)
  }

  values(parts: RequestParts): Values {
    const path: Values = {}
    const query: Values = {}
    const header: Values = {}
    const cookies: Values = {}
    const pairs = this.#raw ? pairsOfQuery(parts) : NO_PAIRS
    for (const spec of this.#all) {
      if (spec.in === 'path') put(path, spec.name, ofPath(spec, parts))
      else if (spec.in === 'query') put(query, spec.name, this.#ofQuery(spec, parts, pairs))
      else if (spec.in === 'header') put(header, spec.name.toLowerCase(), ofHeader(spec, parts))
      else put(cookies, spec.name, ofCookie(spec, parts))
    }
    return { path, query, header, cookie: cookies }
  }

  #ofQuery(spec: ParameterSpec, { query }: RequestParts, pairs: readonly Pair[]): unknown {
    const { name, shape, style } = spec
    const value = own(query, name)
    if (isScattered(spec)) {
      const found = this.#scattered(shape, query)
      return found ?? (value !== undefined && shape.isScalar ? plain(value, shape) : undefined)
    }
    if (style === 'deepObject' && !spec.json) {
      const tree = deep(name, shape, pairs)
      if (tree !== undefined) return tree
    }
    if (value === undefined) return undefined
    // A switch: `?verbose`. Its presence is all there is to say.
    if (value === '' && spec.allowEmpty) return value
    if (spec.json) return json(value)
    if (style === 'deepObject' || !isComplex(spec)) return plain(value, shape)
    const parts = delimited(pairs, name, style)
    return assembled(parts, shape, { explode: false, decode: unspaced })
  }

  /** Each property is a parameter of its own; the ones that nobody else claims are its. */
  #scattered(shape: Shape, query: RequestParts['query']): Values | undefined {
    const found: Values = {}
    for (const name of shape.isOpen ? Object.keys(query) : shape.names) {
      const value = own(query, name)
      if (value === undefined || this.#isClaimed(name)) continue
      put(found, name, plain(value, shape.property(name)))
    }
    return Object.keys(found).length > 0 ? found : undefined
  }

  /** `page[size]` is part of `page`. */
  #isClaimed(name: string): boolean {
    return this.#names.has(name) || this.#names.has(name.split('[', 1)[0] ?? '')
  }
}

const isScattered = ({ style, explode, shape, json }: ParameterSpec) =>
  !json && explode && style !== 'deepObject' && shape.isObject

const isComplex = ({ style, explode, shape, json }: ParameterSpec) =>
  !json && (style === 'deepObject' || (!explode && (shape.isList || shape.isObject)))

const NO_PAIRS: readonly Pair[] = []

function pairsOfQuery({ rawQuery, query }: RequestParts): Pair[] {
  if (rawQuery !== undefined) return pairsOf(rawQuery, '&', unspaced)
  return Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each) => ({ name, value: each })),
  )
}

function plain(value: string | string[], shape: Shape): unknown {
  if (shape.isList) return [value].flat().map((each, at) => meant(each, shape.item(at)))
  return typeof value === 'string' ? meant(value, shape) : value
}

const json = (value: string | string[]): unknown =>
  typeof value === 'string' ? jsonOr(value) : value

/** Read under a name of ours: its own might have brackets, or be what every object has. */
function deep(name: string, shape: Shape, pairs: readonly Pair[]): unknown {
  const text = pairs
    .filter((pair) => pair.name.startsWith(`${name}[`))
    .map((pair) => `o${encoded(pair.name.slice(name.length))}=${pair.value}`)
    .join('&')
  return text === '' ? undefined : typed(parse(text, TREE).o, shape)
}

/** Brackets stay what they are, and what else a query has signs for is none of them. */
const encoded = (text: string) => text.replace(/[%&=+]/g, encodeURIComponent)

function ofPath(spec: ParameterSpec, { path, rawPath = path }: RequestParts): unknown {
  const { name, shape, style, explode } = spec
  const value = own(path, name)
  if (value === undefined) return undefined
  if (spec.json) return json(value)
  const raw = own(rawPath, name) ?? value
  if (style === 'matrix') return matrix(spec, raw)
  const bare = (text: string) => (style === 'label' ? text.replace(/^\./, '') : text)
  if (!shape.isList && !shape.isObject) return meant(bare(value), shape)
  const text = bare(raw)
  // Not exploded, labels have commas since 3.1.1; the tables before it showed full stops.
  const dotted = style === 'label' && (explode || !text.includes(','))
  return assembled(cut(text, dotted ? /\./ : /,/), shape, { explode, decode: decoded })
}

/** `;id=5`, `;id=3,4` or `;id=3;id=4`. */
function matrix({ name, shape, explode }: ParameterSpec, text: string): unknown {
  const parts = cut(text.replace(/^;/, ''), /;/)
  const written = { explode, decode: decoded }
  if (shape.isObject && explode) return assembled(parts, shape, written)
  const values = parts.map((part) =>
    part.startsWith(`${name}=`) ? part.slice(name.length + 1) : '',
  )
  if (shape.isList && explode) return assembled(values, shape, written)
  const [first = ''] = values
  if (shape.isList || shape.isObject) return assembled(cut(first, /,/), shape, written)
  return meant(decoded(first), shape)
}

function ofHeader(spec: ParameterSpec, { headers }: RequestParts): unknown {
  const { shape, explode } = spec
  const value = own(headers, spec.name.toLowerCase())
  if (value === undefined) return undefined
  const text = [value].flat().join(',')
  if (spec.json) return json(text)
  return simple(text, shape, explode)
}

/** A header's text: nothing in it is percent-encoded. */
export function simple(text: string, shape: Shape, explode: boolean): unknown {
  if (!shape.isList && !shape.isObject) return meant(text, shape)
  return assembled(cut(text, /,/), shape, { explode, decode: (part) => part.trim() })
}

function ofCookie(spec: ParameterSpec, { headers }: RequestParts): unknown {
  const { name, shape, explode } = spec
  const structured = !spec.json && (shape.isList || shape.isObject)
  // OpenAPI exploded cookies with a sign of queries before it saw that they are apart already.
  const between = structured && explode ? /[;&] */ : /; */
  const pairs = pairsOf(String(headers.cookie ?? ''), between, trimmed)
  const values = pairs.filter((pair) => pair.name === name).map(({ value }) => value.trim())
  const [first] = values
  const written = { explode: false, decode: decoded }
  if (first === undefined) return explode && structured ? scatteredCookies(shape, pairs) : undefined
  if (spec.json) return json(decoded(first))
  if (!structured) return meant(decoded(first), shape)
  return assembled(explode && shape.isList ? values : cut(first, /,/), shape, written)
}

const trimmed = (name: string) => decoded(name.trim())

function scatteredCookies(shape: Shape, pairs: readonly Pair[]): Values | undefined {
  const found: Values = {}
  for (const { name, value } of shape.isObject ? pairs : []) {
    if (!shape.isOpen && !shape.names.includes(name)) continue
    put(found, name, meant(decoded(value.trim()), shape.property(name)))
  }
  return Object.keys(found).length > 0 ? found : undefined
}
