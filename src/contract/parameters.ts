/** Reads parameters from a request: OpenAPI's styles, turned into values. */
import { parse } from 'qs'
import { isJsonType } from './http-values.ts'
import type { RequestParts, RequestQuery, Schema } from './model.ts'
import { coerce, SchemaView } from './schema.ts'
import {
  coerceTree,
  decodeForm,
  parseDelimited,
  parseJsonOrString,
  type RawPair,
  splitNonEmpty,
  splitPairs,
  splitValues,
  TREE_LIMITS,
  type Values,
} from './styles.ts'
import { type DocumentNode, decodePercent, type Follow, getOwn, isObject, setOwn } from './walk.ts'

/** How one parameter is written. */
interface StyledParameter {
  readonly name: string
  readonly in: string
  readonly style: string
  readonly explode: boolean
  /** Whether its value is JSON: such a parameter has `content` instead of a style. */
  readonly isJson: boolean
  readonly allowEmpty: boolean
  readonly view: SchemaView
}

/** Returns the schema of a parameter or header: its own, or that of its `content`. */
export function getParameterSchema(parameter: DocumentNode, follow: Follow): Schema | undefined {
  return getParameterMedia(parameter, follow).schema as Schema | undefined
}

function getParameterMedia(
  parameter: DocumentNode,
  follow: Follow,
): { type?: string; schema?: unknown } {
  const { content } = parameter
  const [type, media] = (isObject(content) && Object.entries(content)[0]) || []
  return type === undefined ? parameter : { type, schema: follow(media).schema }
}

function readStyle(parameter: DocumentNode, follow: Follow): StyledParameter {
  const { type, schema } = getParameterMedia(parameter, follow)
  const byDefault = /^(?:query|cookie)$/.test(String(parameter.in)) ? 'form' : 'simple'
  const style = String(parameter.style ?? byDefault)
  return {
    name: String(parameter.name),
    in: String(parameter.in),
    style,
    explode: typeof parameter.explode === 'boolean' ? parameter.explode : style === 'form',
    isJson: parameter.content !== undefined && isJsonType(type ?? ''),
    allowEmpty: parameter.allowEmptyValue === true,
    view: new SchemaView(schema as Schema | undefined, follow),
  }
}

/** Reads the values of all parameters of an operation, by place, as its validator wants them. */
export class ParameterReader {
  readonly #parameters: readonly StyledParameter[]
  readonly #queryNames: ReadonlySet<string>
  /** Whether a style needs the query before decoding; most do not. */
  readonly #needsRawQuery: boolean

  /** @param parameters as the document writes them, references resolved */
  constructor(parameters: readonly DocumentNode[], follow: Follow) {
    this.#parameters = parameters.map((parameter) => readStyle(parameter, follow))
    const inQuery = this.#parameters.filter((each) => each.in === 'query')
    // The query has the properties of an exploded object, but not the parameter's own name.
    const named = inQuery.filter((each) => !isExplodedObject(each))
    this.#queryNames = new Set(named.map(({ name }) => name))
    this.#needsRawQuery = inQuery.some(isDelimited)
  }

  read(parts: RequestParts): Values {
    const path: Values = {}
    const query: Values = {}
    const header: Values = {}
    const cookie: Values = {}
    const pairs = this.#needsRawQuery ? splitQuery(parts) : NO_PAIRS
    for (const each of this.#parameters) {
      const { name } = each
      if (each.in === 'path') setOwn(path, name, readPathParameter(each, parts))
      else if (each.in === 'query') setOwn(query, name, this.#readQuery(each, parts.query, pairs))
      else if (each.in === 'header') {
        setOwn(header, name.toLowerCase(), readHeaderParameter(each, parts))
      } else setOwn(cookie, name, readCookieParameter(each, parts))
    }
    return { path, query, header, cookie }
  }

  #readQuery(parameter: StyledParameter, query: RequestQuery, pairs: readonly RawPair[]): unknown {
    const { name, view, style, isJson, allowEmpty } = parameter
    const value = getOwn(query, name)
    if (isExplodedObject(parameter)) {
      const object = this.#readExplodedObject(view, query)
      return (
        object ?? (value !== undefined && view.isScalar ? coerceValues(value, view) : undefined)
      )
    }
    if (style === 'deepObject' && !isJson) {
      const object = parseDeepObject(name, view, pairs)
      if (object !== undefined) return object
    }
    if (value === undefined) return undefined
    // A switch such as `?verbose`: only its presence counts.
    if (value === '' && allowEmpty) return value
    if (isJson) return parseJson(value)
    if (style === 'deepObject' || !isDelimited(parameter)) return coerceValues(value, view)
    const parts = splitValues(pairs, name, style)
    return parseDelimited(parts, view, { explode: false, decode: decodeForm })
  }

  /** Each property is a parameter by itself; a free one must not be the name of another parameter. */
  #readExplodedObject(view: SchemaView, query: RequestQuery): Values | undefined {
    const object: Values = {}
    for (const name of view.hasFreeProperties ? Object.keys(query) : view.propertyNames) {
      const value = getOwn(query, name)
      if (value === undefined || this.#isClaimed(name)) continue
      setOwn(object, name, coerceValues(value, view.property(name)))
    }
    return Object.keys(object).length > 0 ? object : undefined
  }

  /** `page[size]` belongs to the parameter `page`. */
  #isClaimed(name: string): boolean {
    return this.#queryNames.has(name) || this.#queryNames.has(name.split('[', 1)[0] ?? '')
  }
}

const isExplodedObject = ({ style, explode, view, isJson }: StyledParameter) =>
  !isJson && explode && style !== 'deepObject' && view.isObject

/** Whether one string holds several values, so that it must be split before it is decoded. */
const isDelimited = ({ style, explode, view, isJson }: StyledParameter) =>
  !isJson && (style === 'deepObject' || (!explode && (view.isList || view.isObject)))

const NO_PAIRS: readonly RawPair[] = []

function splitQuery({ rawQuery, query }: RequestParts): RawPair[] {
  if (rawQuery !== undefined) return splitPairs(rawQuery, '&', decodeForm)
  return Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each) => ({ name, value: each })),
  )
}

function coerceValues(value: string | string[], view: SchemaView): unknown {
  if (view.isList) return [value].flat().map((each, index) => coerce(each, view.itemAt(index)))
  return typeof value === 'string' ? coerce(value, view) : value
}

const parseJson = (value: string | string[]): unknown =>
  typeof value === 'string' ? parseJsonOrString(value) : value

/** Parses `name[key]=value`. qs sees a name of ours: the real one may have brackets or be inherited. */
function parseDeepObject(name: string, view: SchemaView, pairs: readonly RawPair[]): unknown {
  const query = pairs
    .filter((pair) => pair.name.startsWith(`${name}[`))
    .map((pair) => `o${encodeReserved(pair.name.slice(name.length))}=${pair.value}`)
    .join('&')
  return query === '' ? undefined : coerceTree(parse(query, TREE_LIMITS).o, view)
}

/** Encodes what would end or change a name in a query; brackets keep their meaning. */
const encodeReserved = (name: string) => name.replace(/[%&=+]/g, encodeURIComponent)

function readPathParameter(
  parameter: StyledParameter,
  { path, rawPath = path }: RequestParts,
): unknown {
  const { name, view, style, explode, isJson } = parameter
  const value = getOwn(path, name)
  if (value === undefined) return undefined
  if (isJson) return parseJson(value)
  const raw = getOwn(rawPath, name) ?? value
  if (style === 'matrix') return parseMatrix(parameter, raw)
  const dropPrefix = (text: string) => (style === 'label' ? text.replace(/^\./, '') : text)
  if (!view.isList && !view.isObject) return coerce(dropPrefix(value), view)
  const string = dropPrefix(raw)
  // Labels that are not exploded have commas since 3.1.1; earlier versions show full stops.
  const isDotted = style === 'label' && (explode || !string.includes(','))
  const parts = splitNonEmpty(string, isDotted ? /\./ : /,/)
  return parseDelimited(parts, view, { explode, decode: decodePercent })
}

/** Parses `;id=5`, `;id=3,4` or `;id=3;id=4`. */
function parseMatrix({ name, view, explode }: StyledParameter, string: string): unknown {
  const parts = splitNonEmpty(string.replace(/^;/, ''), /;/)
  const options = { explode, decode: decodePercent }
  if (view.isObject && explode) return parseDelimited(parts, view, options)
  const values = parts.map((part) =>
    part.startsWith(`${name}=`) ? part.slice(name.length + 1) : '',
  )
  if (view.isList && explode) return parseDelimited(values, view, options)
  const [first = ''] = values
  if (view.isList || view.isObject) return parseDelimited(splitNonEmpty(first, /,/), view, options)
  return coerce(decodePercent(first), view)
}

function readHeaderParameter(parameter: StyledParameter, { headers }: RequestParts): unknown {
  const { name, view, explode, isJson } = parameter
  const value = getOwn(headers, name.toLowerCase())
  if (value === undefined) return undefined
  const string = [value].flat().join(',')
  return isJson ? parseJson(string) : parseSimple(string, view, explode)
}

/** Parses the style `simple` of headers, where nothing is percent-encoded. */
export function parseSimple(string: string, view: SchemaView, explode: boolean): unknown {
  if (!view.isList && !view.isObject) return coerce(string, view)
  const parts = splitNonEmpty(string, /,/)
  return parseDelimited(parts, view, { explode, decode: (part) => part.trim() })
}

function readCookieParameter(parameter: StyledParameter, { headers }: RequestParts): unknown {
  const { name, view, explode, isJson } = parameter
  const isStructured = !isJson && (view.isList || view.isObject)
  // Earlier versions of OpenAPI joined exploded cookies by "&", as in a query.
  const separator = isStructured && explode ? /[;&] */ : /; */
  const pairs = splitPairs(String(headers.cookie ?? ''), separator, decodeTrimmed)
  const values = pairs.filter((pair) => pair.name === name).map(({ value }) => value.trim())
  const [first] = values
  if (first === undefined) {
    return explode && isStructured ? readExplodedCookies(view, pairs) : undefined
  }
  if (isJson) return parseJson(decodePercent(first))
  if (!isStructured) return coerce(decodePercent(first), view)
  const parts = explode && view.isList ? values : splitNonEmpty(first, /,/)
  return parseDelimited(parts, view, { explode: false, decode: decodePercent })
}

const decodeTrimmed = (name: string) => decodePercent(name.trim())

function readExplodedCookies(view: SchemaView, pairs: readonly RawPair[]): Values | undefined {
  const object: Values = {}
  for (const { name, value } of view.isObject ? pairs : []) {
    if (!view.hasFreeProperties && !view.propertyNames.includes(name)) continue
    setOwn(object, name, coerce(decodePercent(value.trim()), view.property(name)))
  }
  return Object.keys(object).length > 0 ? object : undefined
}
