/** Bodies as bytes and as values, by media type. */
import { parse, stringify } from 'qs'
import type { Follow } from './document.ts'
import { essence, formOf, isJson, parameterOf } from './http-values.ts'
import type { BodyMedia, Json, MediaType } from './model.ts'
import { Shape } from './schema.ts'
import { assembled, delimited, jsonOr, own, pairsOf, TREE, typed, unspaced } from './styles.ts'
import { isObject } from './walk.ts'

/** A body that is not what its media type promises. */
export class BodyError extends Error {
  /** The media type itself is nothing that could be read. */
  readonly unsupported: boolean

  constructor(message: string, unsupported = false) {
    super(message)
    this.unsupported = unsupported
  }
}

/** @param type the Content-Type as it was sent */
export function readBody(
  media: BodyMedia,
  body: Buffer | string,
  type: string,
  follow: Follow,
): Json | Promise<Json> {
  // `*/*` is whatever was sent.
  switch (media.type.includes('*') ? formOf(type) : media.form) {
    case 'json':
      return json(text(body, type))
    case 'form':
      return form(text(body, type), media, follow)
    case 'multipart':
      return multipart(body, type, media, follow)
    case 'xml':
      return xml(text(body, type), media, follow)
    case 'text':
      return text(body, type)
    default:
      // One letter for each byte, so that a length is one of bytes.
      return body.toString('latin1')
  }
}

function text(body: Buffer | string, type: string): string {
  const charset = parameterOf(type, 'charset') ?? 'utf-8'
  const plain = /^(?:utf-?8|us-ascii)$/i.test(charset)
  if (plain) return body.toString()
  // What is text already was read as UTF-8.
  if (typeof body === 'string')
    throw new BodyError(`the charset of JSON is UTF-8, not ${charset}`, true)
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    throw new BodyError(`the charset ${charset} is not known`, true)
  }
}

function json(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    // The parser's message quotes the body, in which there may be a code: only the place is told.
    const at = /position \d+/.exec((error as Error).message)?.[0] ?? 'its end'
    throw new BodyError(`the body is not JSON: the mistake is at ${at}`)
  }
}

/** What is cut off in silence would be missed in vain: a form that is larger is refused. */
const FORM = {
  ...{ ...TREE, arrayLimit: 10_000, parameterLimit: 10_000, throwOnLimitExceeded: true },
} as const

function form(text: string, media: BodyMedia, follow: Follow): Json {
  const shape = new Shape(media.schema, follow)
  return { ...typedFields(tree(text), media, shape), ...delimitedFields(text, media, shape) }
}

/** Fields whose names have brackets make trees, as many clients write them. */
function tree(text: string): Record<string, unknown> {
  try {
    return parse(text, FORM)
  } catch (error) {
    throw new BodyError(`the form cannot be read: ${(error as Error).message}`)
  }
}

/** Values that share one field, cut before they are decoded. */
function delimitedFields(text: string, { encoding }: BodyMedia, shape: Shape): Fields {
  const fields: Record<string, Json> = {}
  for (const [name, how] of Object.entries(encoding)) {
    const { style = 'form', explode = style === 'form' } = isObject(how) ? how : {}
    const property = shape.property(name)
    if (explode || style === 'deepObject' || !(property.isList || property.isObject)) continue
    const pairs = pairsOf(text, '&', unspaced).filter((pair) => pair.name === name)
    if (pairs.length === 0) continue
    const parts = delimited(pairs, name, String(style))
    fields[name] = assembled(parts, property, { explode: false, decode: unspaced }) as Json
  }
  return fields
}

type Fields = Readonly<Record<string, Json>>

function typedFields(
  fields: Readonly<Record<string, unknown>>,
  media: BodyMedia,
  shape: Shape,
): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      field(value, shape.property(name), own(media.encoding, name)),
    ]),
  )
}

function field(value: unknown, shape: Shape, encoding: unknown): Json {
  const { contentType } = isObject(encoding) ? encoding : {}
  const asJson = typeof contentType === 'string' && contentType.split(',').some(isJson)
  const texts = [value].flat().filter((each) => typeof each === 'string')
  // Each of its objects is a part of its own, or all of them are one.
  const ofObjects = shape.isList && (asJson || shape.item(0).isObject)
  if (ofObjects && texts.length > 0) return texts.flatMap(jsonOr)
  if (typeof value === 'string' && (asJson || shape.isObject)) return jsonOr(value)
  return typed(value, shape)
}

async function multipart(
  body: Buffer | string,
  type: string,
  media: BodyMedia,
  follow: Follow,
): Promise<Json> {
  if (!/^multipart\/form-data$/.test(essence(type))) return body.toString('latin1')
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, part] of await parts(body, type)) {
    const value = typeof part === 'string' ? part : await part.text()
    fields[name] = Object.hasOwn(fields, name) ? [fields[name], value].flat() : value
  }
  return typedFields(fields, media, new Shape(media.schema, follow))
}

async function parts(body: Buffer | string, type: string): Promise<FormData> {
  if (parameterOf(type, 'boundary') === undefined) {
    throw new BodyError('the Content-Type of a multipart body names its boundary')
  }
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData()
  } catch {
    throw new BodyError('the body is not a well-formed multipart one')
  }
}

async function xml(text: string, media: BodyMedia, follow: Follow): Promise<Json> {
  const { readXml, XmlError } = await import('./xml.ts')
  try {
    return await readXml(text, media.schema, follow)
  } catch (error) {
    if (error instanceof XmlError) throw new BodyError(`the body is not XML: ${error.message}`)
    throw error
  }
}

/** A value as the media type writes it; a text that is written in it already stays as it is. */
export function writeBody(media: MediaType, value: Json, follow: Follow): string | Promise<string> {
  const { form, schema } = media
  if (form === 'json') {
    const written = typeof value === 'string' && !new Shape(schema, follow).types.has('string')
    return written && isJsonText(value) ? value : JSON.stringify(value)
  }
  if (typeof value === 'string') return value
  if (form === 'xml')
    return import('./xml.ts').then(({ writeXml }) => writeXml(value, schema, follow))
  if (form === 'form') return stringify(value, { arrayFormat: 'repeat' })
  return JSON.stringify(value)
}

function isJsonText(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
