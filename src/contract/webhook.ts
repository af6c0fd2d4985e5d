/** Reads what a document says of messages that the API sends: webhooks, and callbacks of operations. */
import { type Path, ScriptError } from '../errors.ts'
import type { Documents, SourceLocation } from './document.ts'
import { headerExamples, MessageReader } from './message.ts'
import type { HeaderSpec, Operation, ResponseSpec, RuntimeTemplate, Webhook } from './model.ts'
import { parseRuntimeTemplate } from './runtime-expression.ts'
import type { Validator } from './validator.ts'
import { type DocumentNode, isObject } from './walk.ts'

const METHODS = ['post', 'put', 'patch', 'delete', 'get', 'head', 'options', 'trace']

/** A notification as the document has it, before it is read. */
interface Described {
  /** The key in `webhooks`, or `operationId.callbackName`. */
  readonly key: string
  readonly method: string
  readonly item: DocumentNode
  readonly location: SourceLocation
  readonly callback: Webhook['callback']
}

/** Lists all webhooks and callbacks, by the name that a scenario calls them. */
export function readWebhooks(
  api: string,
  documents: Documents,
  operations: ReadonlyMap<string, Operation>,
  validator: Validator,
): Map<string, Webhook> {
  const described = [...listWebhooks(documents), ...listCallbacks(documents, operations)]
  const counts = new Map<string, number>()
  for (const { key } of described) counts.set(key, (counts.get(key) ?? 0) + 1)
  const webhooks = new Map<string, Webhook>()
  for (const each of described) {
    const name = (counts.get(each.key) ?? 0) > 1 ? `${each.key}.${each.method}` : each.key
    if (webhooks.has(name)) {
      const message = `${name} is ignored: another one has this name`
      warn(documents, each.location, [each.method], message, 'key')
      continue
    }
    webhooks.set(name, readWebhook(api, name, each, documents, validator))
  }
  return webhooks
}

function* listWebhooks(documents: Documents): Generator<Described> {
  const { webhooks } = documents.root
  for (const [key, value] of Object.entries(isObject(webhooks) ? webhooks : {})) {
    const location = documents.locate(['webhooks', key])
    yield* listMethods(key, documents.follow(value), location, undefined)
  }
}

function* listMethods(
  key: string,
  item: DocumentNode,
  location: SourceLocation,
  callback: Webhook['callback'],
): Generator<Described> {
  for (const method of METHODS) {
    if (isObject(item[method])) yield { key, method, item, location, callback }
  }
}

function* listCallbacks(
  documents: Documents,
  operations: ReadonlyMap<string, Operation>,
): Generator<Described> {
  for (const operation of operations.values()) {
    const { id, path, method, definition } = operation
    const { callbacks } = definition
    for (const [name, value] of Object.entries(isObject(callbacks) ? callbacks : {})) {
      const { source, path: at } = documents.locate(['paths', path])
      const place = { source, path: [...at, method.toLowerCase(), 'callbacks', name] }
      const location = documents.locateFrom(place, value)
      for (const [expression, item] of Object.entries(documents.follow(value))) {
        if (expression.startsWith('x-')) continue
        const inCallback = { ...location, path: [...location.path, expression] }
        const url = parseUrl(expression, operation, inCallback, documents)
        if (!url) continue
        const where = documents.locateFrom(inCallback, item)
        yield* listMethods(`${id}.${name}`, documents.follow(item), where, { operation: id, url })
      }
    }
  }
}

/** Parses the URL of a callback; reports what cannot be read, and then ignores the callback. */
function parseUrl(
  text: string,
  { id, path }: Operation,
  location: SourceLocation,
  documents: Documents,
): RuntimeTemplate | undefined {
  const ignore = (reason: string) =>
    warn(documents, location, [], `the callback is ignored: ${reason}`, 'key')
  try {
    const url = parseRuntimeTemplate(text)
    const unknown = url.pathNames.find((name) => !path.includes(`{${name}}`))
    if (unknown !== undefined) return ignore(`the path of ${id} has no {${unknown}}`)
    const [first] = url.parts
    if (typeof first === 'string' && !/^https?:\/\//i.test(first)) {
      return ignore(`"${text}" begins neither with an expression nor with http:// or https://`)
    }
    return url
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    return ignore(error.message)
  }
}

function readWebhook(
  api: string,
  name: string,
  described: Described,
  documents: Documents,
  validator: Validator,
): Webhook {
  const { key, method, item, location, callback } = described
  const operation = item[method] as DocumentNode
  const webhook = {
    ...{ api, name, method: method.toUpperCase(), callback },
    summary: String(operation.summary ?? item.summary ?? ''),
    path: callback ? '' : readPath(key, operation, item, documents, location),
    message: readMessage(name, described, documents),
    bodyRequired: documents.follow(operation.requestBody).required === true,
  }
  return { ...webhook, check: (body, headers) => validator.checkMessage(webhook, body, headers) }
}

function readMessage(
  name: string,
  { method, item, location }: Described,
  documents: Documents,
): ResponseSpec {
  const operation = item[method] as DocumentNode
  const at = [...location.path, method]
  const reader = new MessageReader(location.source, documents)
  const headers = new Map<string, HeaderSpec>()
  // Parameters of the operation come before those of the path item, and override them.
  for (const value of [operation.parameters, item.parameters].filter(Array.isArray).flat()) {
    const parameter = documents.follow(value)
    const header = String(parameter.name)
    // OpenAPI 3: parameters for these headers are ignored, since other fields describe them.
    if (/^(accept|content-type|authorization)$/i.test(header)) continue
    if (parameter.in !== 'header') {
      const message = `the parameter ${header} is ignored: a notification has headers only`
      warn(documents, location, [method, 'parameters'], message)
      continue
    }
    const lower = header.toLowerCase()
    if (!headers.has(lower)) headers.set(lower, reader.readHeader(header, parameter))
  }
  const { content } = documents.follow(operation.requestBody)
  const contents = reader.readContents(content, [...at, 'requestBody', 'content'])
  return {
    key: name,
    headers,
    exampleHeaders: headerExamples(headers),
    content: contents.find(({ format }) => format === 'json') ?? contents[0],
    contents,
  }
}

/** What is appended to the receiver's URL: `x-path`, or the webhook's key as a path. */
function readPath(
  key: string,
  operation: DocumentNode,
  item: DocumentNode,
  documents: Documents,
  location: SourceLocation,
): string {
  const byKey = key.startsWith('/') ? key : `/${key}`
  const given = operation['x-path'] ?? item['x-path']
  if (given === undefined) return byKey
  if (typeof given === 'string' && given.startsWith('/')) return given
  warn(documents, location, [], '"x-path" is ignored: it must be a path that begins with "/"')
  return byKey
}

function warn(
  documents: Documents,
  { source, path }: SourceLocation,
  keys: Path,
  message: string,
  part: 'key' | 'value' = 'value',
): undefined {
  documents.warnings.push(source.diagnosticAt([...path, ...keys], message, part))
  return undefined
}
