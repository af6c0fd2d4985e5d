/** Reads and writes bodies: bytes on the wire, values inside, by media type. */
import { parse, stringify } from 'qs'
import { detectFormat, getEssence, isJsonType, readTypeParameter } from './http-values.ts'
import type { BodyMedia, Json, MediaType } from './model.ts'
import { SchemaView } from './schema.ts'
import {
  coerceTree,
  decodeForm,
  parseDelimited,
  parseJsonOrString,
  splitPairs,
  splitValues,
  TREE_LIMITS,
} from './styles.ts'
import { type Follow, getOwn, isObject } from './walk.ts'

/** A body that is not what its media type promises. */
export class BodyError extends Error {
  /** Whether the media type itself cannot be read, whatever the body is. */
  readonly unsupported: boolean

  constructor(message: string, unsupported = false) {
    super(message)
    this.unsupported = unsupported
  }
}

/**
 * Reads a body into the value that its schema means.
 *
 * @param type the Content-Type as it was sent
 * @throws BodyError
 */
export function readBody(
  media: BodyMedia,
  body: Buffer | string,
  type: string,
  follow: Follow,
): Json | Promise<Json> {
  // For a wildcard such as */* the type that was sent decides.
  switch (media.type.includes('*') ? detectFormat(type) : media.format) {
    case 'json':
      return parseJson(decodeText(body, type))
    case 'form':
      return parseForm(decodeText(body, type), media, follow)
    case 'multipart':
      return parseMultipart(body, type, media, follow)
    case 'xml':
      return parseXmlBody(decodeText(body, type), media, follow)
    case 'text':
      return decodeText(body, type)
    default:
      // One character a byte, so that maxLength counts bytes.
      return body.toString('latin1')
  }
}

function decodeText(body: Buffer | string, type: string): string {
  const charset = readTypeParameter(type, 'charset') ?? 'utf-8'
  if (/^(?:utf-?8|us-ascii)$/i.test(charset)) return body.toString()
  // A string was decoded as UTF-8 by the server.
  if (typeof body === 'string') {
    throw new BodyError(`the charset of JSON is UTF-8, not ${charset}`, true)
  }
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    throw new BodyError(`the charset ${charset} is not known`, true)
  }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    // The parser's message quotes the body, which may hold a code: report the position only.
    const position = /position \d+/.exec((error as Error).message)?.[0] ?? 'its end'
    throw new BodyError(`the body is not JSON: there is an error at ${position}`)
  }
}

/** qs truncates silently at its limits; throw instead. */
const FORM_LIMITS = {
  ...{ ...TREE_LIMITS, arrayLimit: 10_000, parameterLimit: 10_000, throwOnLimitExceeded: true },
} as const

function parseForm(text: string, media: BodyMedia, follow: Follow): Json {
  const view = new SchemaView(media.schema, follow)
  return {
    ...coerceFields(parseTree(text), media, view),
    ...parseDelimitedFields(text, media, view),
  }
}

/** Parses a form in which names with brackets make trees, as many clients write them. */
function parseTree(text: string): Record<string, unknown> {
  try {
    return parse(text, FORM_LIMITS)
  } catch (error) {
    throw new BodyError(`the form cannot be read: ${(error as Error).message}`)
  }
}

/** Parses the fields that hold several values each: they must be split before they are decoded. */
function parseDelimitedFields(text: string, { encoding }: BodyMedia, view: SchemaView): FormFields {
  const fields: Record<string, Json> = {}
  for (const [name, how] of Object.entries(encoding)) {
    const { style = 'form', explode = style === 'form' } = isObject(how) ? how : {}
    const property = view.property(name)
    if (explode || style === 'deepObject' || !(property.isList || property.isObject)) continue
    const pairs = splitPairs(text, '&', decodeForm).filter((pair) => pair.name === name)
    if (pairs.length === 0) continue
    const parts = splitValues(pairs, name, String(style))
    fields[name] = parseDelimited(parts, property, { explode: false, decode: decodeForm }) as Json
  }
  return fields
}

type FormFields = Readonly<Record<string, Json>>

function coerceFields(
  fields: Readonly<Record<string, unknown>>,
  { encoding }: BodyMedia,
  view: SchemaView,
): FormFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      coerceField(value, view.property(name), getOwn(encoding, name)),
    ]),
  )
}

function coerceField(value: unknown, view: SchemaView, encoding: unknown): Json {
  const { contentType } = isObject(encoding) ? encoding : {}
  const isJson = typeof contentType === 'string' && contentType.split(',').some(isJsonType)
  const strings = [value].flat().filter((each) => typeof each === 'string')
  // A list of objects may come as one field for each object, or as one field with the whole list.
  const hasObjects = view.isList && (isJson || view.itemAt(0).isObject)
  if (hasObjects && strings.length > 0) return strings.flatMap(parseJsonOrString)
  if (typeof value === 'string' && (isJson || view.isObject)) return parseJsonOrString(value)
  return coerceTree(value, view)
}

async function parseMultipart(
  body: Buffer | string,
  type: string,
  media: BodyMedia,
  follow: Follow,
): Promise<Json> {
  if (!/^multipart\/form-data$/.test(getEssence(type))) return body.toString('latin1')
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, part] of await parseFormData(body, type)) {
    const value = typeof part === 'string' ? part : await part.text()
    fields[name] = Object.hasOwn(fields, name) ? [fields[name], value].flat() : value
  }
  return coerceFields(fields, media, new SchemaView(media.schema, follow))
}

async function parseFormData(body: Buffer | string, type: string): Promise<FormData> {
  if (readTypeParameter(type, 'boundary') === undefined) {
    throw new BodyError('the Content-Type of a multipart body must have a boundary')
  }
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData()
  } catch {
    throw new BodyError('the body is not a well-formed multipart body')
  }
}

async function parseXmlBody(text: string, media: BodyMedia, follow: Follow): Promise<Json> {
  const { readXml, XmlError } = await import('./xml.ts')
  try {
    return await readXml(text, media.schema, follow)
  } catch (error) {
    if (error instanceof XmlError) throw new BodyError(`the body is not XML: ${error.message}`)
    throw error
  }
}

/** Writes a value as its media type wants it; a string that is such a document already stays as is. */
export function writeBody(media: MediaType, value: Json, follow: Follow): string | Promise<string> {
  const { format, schema } = media
  if (format === 'json') {
    const mayBeWritten =
      typeof value === 'string' && !new SchemaView(schema, follow).types.has('string')
    return mayBeWritten && isJsonDocument(value) ? value : JSON.stringify(value)
  }
  if (typeof value === 'string') return value
  if (format === 'xml') {
    return import('./xml.ts').then(({ writeXml }) => writeXml(value, schema, follow))
  }
  if (format === 'form') return stringify(value, { arrayFormat: 'repeat' })
  return JSON.stringify(value)
}

function isJsonDocument(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
