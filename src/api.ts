/** What the engine knows of one mocked API: the vocabulary that contract and scenarios share. */
import type { Operation as RouterOperation } from 'openapi-backend'

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
  readonly schema: Schema | undefined
  /** By name, in the document's order. */
  readonly examples: ReadonlyMap<string, Json>
}

export interface HeaderSpec {
  readonly name: string
  readonly required: boolean
  readonly schema: Schema | undefined
  readonly example: Json | undefined
}

/** One entry of an operation's `responses`. `key` is as the document has it: 200, 4XX, default. */
export interface ResponseSpec {
  readonly key: string
  readonly headers: ReadonlyMap<string, HeaderSpec>
  /** Those of them that have an example, as they are sent unless a scenario says otherwise. */
  readonly shown: Readonly<Record<string, string>>
  readonly content: MediaType | undefined
}

export interface ParameterSpec {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly list: boolean
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
  /** In capitals. */
  readonly method: string
  /** The template as the document has it, without a base path. */
  readonly path: string
  readonly parameters: readonly ParameterSpec[]
  /** Media types a request body may have; undefined where the operation takes none. */
  readonly body: { readonly required: boolean; readonly types: readonly string[] } | undefined
  readonly bodySchema: Schema | undefined
  /** The fields of a JSON body, where its schema lists them. */
  readonly bodyFields: readonly string[] | undefined
  readonly responses: ReadonlyMap<string, ResponseSpec>
  /** Where it may take an api-key from. */
  readonly apiKeys: readonly SecurityScheme[]
  /** Any one of them lets a request in; none at all means that everybody may. */
  readonly security: readonly SecurityRequirement[]
  readonly definition: RouterOperation
}

/** The parts of a request that a contract speaks about. */
export interface RequestParts {
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Json | undefined
}

/**
 * One broken field of a request. `rule` is a word of ours for the kind of breach, so that an API's
 * file can map it to the vendor's: required, blank, type, enum, size, range, pattern, format,
 * unknown, invalid. `params` are the rule's bounds, as text.
 */
export interface RequestFault {
  /** Not called `in`: expressions read it, and there `in` is an operator. */
  readonly place: 'path' | 'query' | 'header' | 'cookie' | 'body'
  readonly field: string
  readonly rule: string
  readonly params: readonly string[]
  readonly message: string
}

export const RULES = [
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
export interface Breach {
  readonly path: string
  readonly keyword: string
  readonly message: string
}

export interface Contract {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly file: string
  readonly basePaths: readonly string[]
  readonly operations: ReadonlyMap<string, Operation>
  /** The document, for those who want to read it whole. */
  readonly document: Readonly<Record<string, unknown>>
  checkRequest(operation: Operation, parts: RequestParts): readonly RequestFault[]
  checkBody(spec: ResponseSpec, body: Json | undefined): readonly Breach[]
  checkHeader(spec: HeaderSpec, value: string): readonly Breach[]
  /** The schema with all that it refers to, for readers that know no other document. */
  standalone(schema: Schema): Schema
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
