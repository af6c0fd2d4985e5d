/** What the engine knows of one mocked API: the vocabulary that contract and scenarios share. */
import type { Operation as RouterOperation } from 'openapi-backend'
import type { Diagnostic } from '../errors.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** A JSON Schema 2020-12; its references are absolute, so that a validator can compile any part. */
export type Schema = boolean | { readonly [keyword: string]: unknown }

export interface MediaType {
  readonly type: string
  /** Whether the document leaves the type open, so that any will do. */
  readonly open?: boolean
  readonly form: Form
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

/** One entry of an operation's `responses`. `key` is as the document has it: 200, 4XX, default. */
export interface ResponseSpec {
  readonly key: string
  readonly headers: ReadonlyMap<string, HeaderSpec>
  /** Those of them that have an example, as they are sent unless a scenario says otherwise. */
  readonly shown: Readonly<Record<string, string>>
  /** What is sent unless the client asks for another: JSON where there is any, else the first. */
  readonly content: MediaType | undefined
  /** All media types, in the document's order. */
  readonly contents: readonly MediaType[]
}

export interface ParameterSpec {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
}

/** One media type that a request's body may have. */
export interface BodyMedia {
  readonly type: string
  readonly form: Form
  readonly schema: Schema | undefined
  /** How the fields of a form are written, by name. */
  readonly encoding: Readonly<Record<string, unknown>>
}

/** One way to be let in: all of these schemes together. */
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
  /** Whether the document gives no id, so that one was made of method and path. */
  readonly derivedId: boolean
  /** In capitals. */
  readonly method: string
  /** The template as the document has it, without a base path. */
  readonly path: string
  readonly parameters: readonly ParameterSpec[]
  /** What a request body may be; undefined where the operation takes none. */
  readonly body: { readonly required: boolean; readonly media: readonly BodyMedia[] } | undefined
  /** The fields of a body, where its schema lists all of them. */
  readonly bodyFields: readonly string[] | undefined
  readonly responses: ReadonlyMap<string, ResponseSpec>
  /** Where it may take an api-key from. */
  readonly apiKeys: readonly SecurityScheme[]
  /** Any one of them lets a request in; none at all means that everybody may. */
  readonly security: readonly SecurityRequirement[]
  /** Its own, where it is served elsewhere than the rest of its API. */
  readonly basePaths: readonly string[] | undefined
  readonly definition: RouterOperation
}

/** The parts of a request that a contract speaks about. */
export interface RequestParts {
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Json | undefined
  /** The media type that the body has. */
  readonly media?: BodyMedia | undefined
  /** The query and the path's values before anything in them was decoded. */
  readonly rawQuery?: string | undefined
  readonly rawPath?: Readonly<Record<string, string>> | undefined
}

/**
 * One broken field of a request. `rule` is a word of ours for the kind of breach, so that an API's
 * file can map it to the vendor's: required, blank, type, enum, size, range, pattern, format,
 * unknown, invalid. `params` are the rule's bounds, as text.
 */
export interface Violation {
  /** Not called `in`: expressions read it, and there `in` is an operator. */
  readonly place: 'path' | 'query' | 'header' | 'cookie' | 'body'
  readonly field: string
  readonly rule: string
  readonly params: readonly string[]
  readonly message: string
}

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

/** A breach of a response schema: where in the body, by which keyword, in words. */
export interface ResponseViolation {
  readonly path: string
  readonly keyword: string
  readonly message: string
}

export interface Contract {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly file: string
  /** All that was read for it: the document and what it refers to, as absolute paths. */
  readonly files: readonly string[]
  /** What of the document is passed over, and why. */
  readonly warnings: readonly Diagnostic[]
  readonly basePaths: readonly string[]
  readonly operations: ReadonlyMap<string, Operation>
  /** The document, for those who want to read it whole. */
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
  /** What a schema's references end in; an object without one, or {}. */
  follow(schema: unknown): Record<string, unknown>
}

/** The response that documents `status`: the exact one, else its range (4XX), else `default`. */
export function responseFor(operation: Operation, status: number): ResponseSpec | undefined {
  const { responses } = operation
  const known = responses.get(String(status)) ?? responses.get(`${Math.floor(status / 100)}XX`)
  if (known) return known
  // `default` stands for the errors nobody listed, and for a success where none is listed at all;
  // another success beside those that are listed is a mistake.
  const success = status < 400 && [...responses.keys()].some((key) => key.startsWith('2'))
  return success ? undefined : responses.get('default')
}

/** Media types: which form a body has, and which of those declared a name means. */

export type Form = 'json' | 'form' | 'multipart' | 'xml' | 'text' | 'binary'

export type SchemaObject = Readonly<Record<string, unknown>>
