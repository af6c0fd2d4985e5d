/** OpenAPI's runtime expressions: the URL of a callback, worked out from the request before it. */
import { ScriptError } from '../errors.ts'
import type { ReadCall, RequestHeaders, RuntimeCall, RuntimeTemplate } from './model.ts'
import { getOwn, splitPointer, valueAt } from './walk.ts'

/**
 * Parses the key of a callback: one expression, or a string with expressions in braces.
 *
 * @throws ScriptError with the offset of what cannot be read
 */
export function parseRuntimeTemplate(text: string): RuntimeTemplate {
  if (text.startsWith('$')) return { text, ...parseParts([[text, 0]]) }
  const pieces: (string | [expression: string, at: number])[] = []
  let from = 0
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
    const close = text.indexOf('}', open)
    if (close < 0) throw new ScriptError('"{" without "}"', open)
    if (open > from) pieces.push(text.slice(from, open))
    pieces.push([text.slice(open + 1, close), open + 1])
    from = close + 1
  }
  if (from < text.length) pieces.push(text.slice(from))
  return { text, ...parseParts(pieces) }
}

function parseParts(pieces: readonly (string | [expression: string, at: number])[]) {
  const pathNames: string[] = []
  const parts = pieces.map((piece) => {
    if (typeof piece === 'string') return piece
    const [expression, at] = piece
    const name = /^\$request\.path\.(.+)$/s.exec(expression)?.[1]
    if (name !== undefined) pathNames.push(name)
    return parseExpression(expression, at)
  })
  return { parts, pathNames }
}

const USAGE =
  'use $url, $method, $statusCode, or $request or $response with .header.NAME, .query.NAME, .path.NAME, .body or .body#/POINTER'

function parseExpression(text: string, at: number): ReadCall {
  if (text === '$url') return ({ url }) => url
  if (text === '$method') return ({ method }) => method
  if (text === '$statusCode') return ({ response }) => response.status
  const [, of, source = ''] = /^\$(request|response)\.(.+)$/s.exec(text) ?? []
  const read = of === 'request' ? readRequest(source) : of && readResponse(source)
  if (read) return read
  throw new ScriptError(`"${text}" is not a runtime expression: ${USAGE}`, at)
}

function readRequest(source: string): ReadCall | undefined {
  const [, place, name = ''] = /^(header|query|path)\.(.+)$/s.exec(source) ?? []
  if (place === 'header') return ({ request }) => readHeader(request.headers, name)
  if (place === 'query') return ({ request }) => [getOwn(request.query, name)].flat()[0]
  if (place === 'path') return ({ request }) => getOwn(request.path, name)
  const keys = readBodyPointer(source)
  return keys && (({ request }) => valueAt(request.body, keys))
}

/** A response has neither query nor path. */
function readResponse(source: string): ReadCall | undefined {
  const [, name] = /^header\.(.+)$/s.exec(source) ?? []
  if (name !== undefined) return ({ response }) => readHeader(response.headers, name)
  const keys = readBodyPointer(source)
  return keys && (({ response }) => valueAt(response.body, keys))
}

/** The keys to a place in a body; undefined where the source is none. */
function readBodyPointer(source: string): string[] | undefined {
  if (source === 'body') return []
  const pointer = /^body#((?:\/.*)?)$/s.exec(source)?.[1]
  return pointer === undefined ? undefined : splitPointer(pointer)
}

const readHeader = (headers: RequestHeaders, name: string) =>
  [getOwn(headers, name.toLowerCase())].flat()[0]

/**
 * Fills in a template from a call; undefined where the call lacks a value, or has an object, a list
 * or an empty string for it. Values are put in as they are, since one may be the whole URL.
 */
export function resolveRuntimeTemplate(
  { parts }: RuntimeTemplate,
  call: RuntimeCall,
): string | undefined {
  let text = ''
  for (const part of parts) {
    const value = typeof part === 'string' ? part : part(call)
    if (value === undefined || value === null || typeof value === 'object') return undefined
    if (value === '') return undefined
    text += String(value)
  }
  return text
}
