/** The model of one API's contract: the words that all other folders use for it. */
import type { Diagnostic } from '../errors.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** A JSON Schema 2020-12. Its references are absolute, so that any part of it can be compiled. */
export type Schema = boolean | { readonly [keyword: string]: unknown }

export type SchemaObject = Readonly<Record<string, unknown>>

/** How a body is written; media types of the same format are read and written alike. */
export type BodyFormat = 'json' | 'form' | 'multipart' | 'xml' | 'text' | 'binary'

/** One media type of a response. */
export interface MediaType {
  readonly type: string
  /** Whether the document has a wildcard here, so that any type will do. */
  readonly isWildcard?: boolean
  readonly format: BodyFormat
  readonly schema: Schema | undefined
  /** By name, in the document's order. */
  readonly examples: ReadonlyMap<string, Json>
}

export interface HeaderSpec {
  readonly name: string
  readonly required: boolean
  readonly explode: boolean
  readonly schema: Schema | undefined
  readonly example: Json | undefined
}

/** One response of an operation. `key` is as the document writes it: 200, 4XX, default. */
export interface ResponseSpec {
  readonly key: string
  readonly headers: ReadonlyMap<string, HeaderSpec>
  /** Headers that have an example: sent unless a scenario sets them. */
  readonly exampleHeaders: Readonly<Record<string, string>>
  /** Sent unless the client asks for another one: JSON if there is any, else the first. */
  readonly content: MediaType | undefined
  /** All media types, in the document's order. */
  readonly contents: readonly MediaType[]
}

export interface ParameterSpec {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
}

/** One media type of a request's body. */
export interface BodyMedia {
  readonly type: string
  readonly format: BodyFormat
  readonly schema: Schema | undefined
  /** How the fields of a form are written, by name. */
  readonly encoding: Readonly<Record<string, unknown>>
}

/** One alternative of an operation's security: all of these schemes together. */
export type SecurityRequirement = readonly SecurityScheme[]

export type SecurityScheme =
  | {
      readonly kind: 'apiKey'
      readonly in: 'header' | 'query' | 'cookie'
      readonly name: string
    }
  | { readonly kind: 'http'; readonly scheme: string }

export interface Operation {
  readonly api: string
  readonly id: string
  /** Whether the document gives no id, so that one was derived from method and path. */
  readonly derivedId: boolean
  /** In upper case. */
  readonly method: string
  /** The template as the document writes it, without a base path. */
  readonly path: string
  readonly parameters: readonly ParameterSpec[]
  /** Undefined where the operation takes no body. */
  readonly body: { readonly required: boolean; readonly media: readonly BodyMedia[] } | undefined
  /** The fields of a body, where its schema lists all of them. */
  readonly bodyFields: readonly string[] | undefined
  readonly responses: ReadonlyMap<string, ResponseSpec>
  /** Where it may take an API key from. */
  readonly apiKeys: readonly SecurityScheme[]
  /** A request must meet one of them; without any, nobody needs credentials. */
  readonly security: readonly SecurityRequirement[]
  /** Set where it is served elsewhere than the rest of its API. */
  readonly basePaths: readonly string[] | undefined
  readonly definition: OperationDefinition
}

/** An operation as the document writes it, with its references resolved: for router and validator. */
export interface OperationDefinition {
  readonly method: string
  readonly path: string
  readonly operationId?: string
  readonly [key: string]: unknown
}

/** By name in lower case. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

export type RequestQuery = Readonly<Record<string, string | string[]>>

/** The parts of a request that a contract speaks about. */
export interface RequestParts {
  readonly path: Readonly<Record<string, string>>
  readonly query: RequestQuery
  readonly headers: RequestHeaders
  readonly body: Json | undefined
  /** The media type of the body. */
  readonly media?: BodyMedia | undefined
  /** The query and the path's values before decoding. */
  readonly rawQuery?: string | undefined
  readonly rawPath?: Readonly<Record<string, string>> | undefined
}

/** Kinds of violations in our own words, so that `api.yaml` can map them to a vendor's. */
export const VIOLATION_RULES = [
  'required',
  'blank',
  'type',
  'enum',
  'size',
  'range',
  'pattern',
  'format',
  'unknown',
  'invalid',
] as const

/** A field of a request that breaks the contract. */
export interface Violation {
  /** Not called `in`: expressions read it, and `in` is an operator there. */
  readonly place: 'path' | 'query' | 'header' | 'cookie' | 'body'
  readonly field: string
  /** One of VIOLATION_RULES. */
  readonly rule: string
  /** The rule's bounds, as strings. */
  readonly params: readonly string[]
  readonly message: string
}

/** A value in a response that breaks its schema: where, by which keyword, and in words. */
export interface ResponseViolation {
  readonly path: string
  readonly keyword: string
  readonly message: string
}

/** The call that a callback follows. */
export interface RuntimeCall {
  /** The whole URL of the request, for `$url`. */
  readonly url: string
  readonly method: string
  readonly request: Pick<RequestParts, 'path' | 'query' | 'headers' | 'body'>
  readonly response: {
    readonly status: number
    readonly headers: RequestHeaders
    readonly body: Json | undefined
  }
}

/** Reads a value of a call; undefined where the call does not have it. */
export type ReadCall = (call: RuntimeCall) => unknown

/** A string with runtime expressions in it, such as `{$request.body#/url}/done`. */
export interface RuntimeTemplate {
  readonly text: string
  /** Literal strings and expressions, in order. */
  readonly parts: readonly (string | ReadCall)[]
  /** The parameters of the path that it reads. */
  readonly pathNames: readonly string[]
}

/** A message that the API sends to the app: one of `webhooks`, or a callback of an operation. */
export interface Webhook {
  readonly api: string
  /** The key in `webhooks`, or `operationId.callbackName`; `.method` follows where there are several. */
  readonly name: string
  readonly summary: string
  /** In upper case. */
  readonly method: string
  /** What is appended to the receiver's URL; empty for a callback, whose URL is complete. */
  readonly path: string
  /** Where a callback goes; undefined for a webhook. */
  readonly callback: { readonly operation: string; readonly url: RuntimeTemplate } | undefined
  /** Its headers, media types and examples, in the form of a response: both are sent by the API. */
  readonly message: ResponseSpec
  readonly bodyRequired: boolean
  /** Returns what breaks the contract; names of headers may be in any case. */
  check(
    body: Json | undefined,
    headers: Readonly<Record<string, string>>,
  ): readonly ResponseViolation[]
}

export interface Contract {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly file: string
  /** All files that were read for it, as absolute paths. */
  readonly files: readonly string[]
  /** What of the document is ignored, and why. */
  readonly warnings: readonly Diagnostic[]
  readonly basePaths: readonly string[]
  readonly operations: ReadonlyMap<string, Operation>
  /** What the API sends by itself, by name. */
  readonly webhooks: ReadonlyMap<string, Webhook>
  /** The document as it was read. */
  readonly document: Readonly<Record<string, unknown>>
  checkRequest(operation: Operation, parts: RequestParts): readonly Violation[]
  /** @throws BodyError where the bytes are not of that media type */
  readBody(media: BodyMedia, body: Buffer | string, type: string): Json | Promise<Json>
  writeBody(media: MediaType, value: Json): string | Promise<string>
  checkBody(
    spec: ResponseSpec,
    body: Json | undefined,
    media?: MediaType,
  ): readonly ResponseViolation[]
  checkHeader(spec: HeaderSpec, value: string): readonly ResponseViolation[]
  /** Resolves the references of a schema; returns {} where they do not end in an object. */
  follow(schema: unknown): Record<string, unknown>
}

/** Returns the response that documents `status`: by itself, by its range (4XX), or `default`. */
export function responseFor(operation: Operation, status: number): ResponseSpec | undefined {
  const { responses } = operation
  const known = responses.get(String(status)) ?? responses.get(`${Math.floor(status / 100)}XX`)
  if (known) return known
  // `default` documents errors that are not listed, and successes only if none is listed: another
  // success beside those is a mistake.
  const success = status < 400 && [...responses.keys()].some((key) => key.startsWith('2'))
  return success ? undefined : responses.get('default')
}
