/**
 * The OpenAPI documents as they stand in `spec/`, read and applied without the sandbox's own code,
 * so that a mistake there cannot hide itself: what may be asked, and whether an answer conforms.
 */
import { readFileSync } from 'node:fs'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import type { Answer, TestApp } from '../app.ts'
import { CREDENTIALS, type Headers } from '../calls.ts'

/** A node of a document whose references have all been replaced by what they refer to. */
// biome-ignore lint/suspicious/noExplicitAny: a document is any JSON
type Node = any

export interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, { readonly schema: object }>>
  readonly content?: Readonly<
    Record<
      string,
      {
        readonly schema: object
        readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
      }
    >
  >
}

/** One operation, and a request for it that is made of the document's own examples. */
export interface Documented {
  readonly api: string
  readonly id: string
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly responses: Readonly<Record<string, DocumentedResponse>>
}

export const APIS = ['weavr-multi', 'plumery-mfa'] as const

export const documented: readonly Documented[] = APIS.flatMap(read)

export function operation(id: string): Documented {
  const found = documented.find((each) => each.id === id)
  if (!found) throw new Error(`no document has an operation ${id}`)
  return found
}

/** Sends the request of the document's examples. */
export const send = (
  app: Pick<TestApp, 'ask'>,
  { method, path, body }: Documented,
  headers: Headers = {},
): Promise<Answer> => app.ask(method, path, { headers: { ...CREDENTIALS, ...headers }, body })

function read(api: string): Documented[] {
  const file = new URL(`../../spec/${api}.yaml`, import.meta.url)
  const document: Node = parse(readFileSync(file, 'utf8'))
  const { paths } = resolved(document, document)
  return Object.entries<Node>(paths).flatMap(([path, { post, get }]) =>
    Object.entries<Node>({ post, get })
      .filter(([, found]) => found)
      .map(([method, found]) => ({
        api,
        id: found.operationId,
        method: method.toUpperCase(),
        path: filled(path, found.parameters ?? []),
        body: found.requestBody?.content['application/json'].example,
        responses: found.responses,
      })),
  )
}

/** A copy without references; the documents have no circles. */
function resolved(node: Node, document: Node): Node {
  if (Array.isArray(node)) return node.map((item) => resolved(item, document))
  if (node === null || typeof node !== 'object') return node
  if (typeof node.$ref === 'string') return resolved(pointed(node.$ref, document), document)
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, resolved(value, document)]),
  )
}

function pointed(ref: string, document: Node): Node {
  const keys = ref.slice(2).split('/')
  return keys.reduce((node, key) => node[key], document)
}

function filled(path: string, parameters: readonly Node[]): string {
  const example = (name: string) => parameters.find((each) => each.name === name).example
  return path.replace(/\{([^}]+)\}/g, (_, name) => example(name))
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
const texts = new Ajv2020({ strict: false, coerceTypes: true })
const compiled = new Map<object, ValidateFunction>()

function faults(validator: Ajv2020, schema: object, value: unknown): string[] {
  const validate = compiled.get(schema) ?? validator.compile(schema)
  compiled.set(schema, validate)
  return validate(value) ? [] : [validator.errorsText(validate.errors)]
}

/** The response that documents a status. */
export const responseTo = ({ responses }: Documented, status: number) =>
  responses[status] ?? (status >= 400 ? responses.default : undefined)

/** How an answer breaks its operation's contract; empty where it does not. */
export function breaches(operation: Documented, answer: Answer): string[] {
  const response = responseTo(operation, answer.status)
  if (!response) return [`${answer.status} is not documented`]
  return [...bodyBreaches(response, answer), ...headerBreaches(response, answer)]
}

/** The document says of 403 alone that its body may be missing. */
const MAY_BE_EMPTY = 403

function bodyBreaches({ content }: DocumentedResponse, { status, text, headers, body }: Answer) {
  const type = headers['content-type']
  if (!content) {
    return text === '' && type === undefined ? [] : [`${status} has a body: ${type} ${text}`]
  }
  if (text === '') return status === MAY_BE_EMPTY ? [] : [`${status} has no body`]
  const media = type === undefined ? undefined : content[type]
  return media ? faults(ajv, media.schema, body) : [`${status} is ${type}`]
}

function headerBreaches({ headers = {} }: DocumentedResponse, answer: Answer) {
  return Object.entries(headers).flatMap(([name, { schema }]) => {
    const value = answer.headers[name.toLowerCase()]
    return value === undefined
      ? []
      : faults(texts, { properties: { [name]: schema } }, { [name]: value })
  })
}
