/** What a resource of the admin API is made of: a flat table of routes, each with its schemas. */
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

export type Tag = 'Sessions' | 'Journal' | 'Steering' | 'Coverage' | 'Contract' | 'Operations'

interface Inputs {
  readonly params?: JSONSchema
  readonly querystring?: JSONSchema
  readonly body?: JSONSchema
}

type Typed<S, K extends keyof Inputs> = S extends { readonly [key in K]: infer T }
  ? T extends JSONSchema
    ? FromSchema<T>
    : never
  : undefined

/** What a handler is given. */
export interface Call<S = unknown> {
  readonly sandbox: Sandbox
  readonly params: Typed<S, 'params'>
  readonly query: Typed<S, 'querystring'>
  readonly body: Typed<S, 'body'>
  readonly headers: IncomingHttpHeaders
  readonly reply: FastifyReply
  /** Aborted when the sandbox stops. */
  readonly stopping: AbortSignal
}

/** A documented answer, apart from problems, which every route may give. */
export interface Answer {
  readonly description: string
  /** JSON Schema of the body, `{ $ref }` to a named one included; none for 204. */
  readonly schema?: object
  /** Where it is not JSON. */
  readonly type?: string
}

export interface Definition<S extends Inputs> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/__admin`. */
  readonly url: string
  readonly operationId: string
  readonly tag: Tag
  readonly summary: string
  readonly input: S
  readonly answers: Readonly<Record<number, Answer>>
  /** The codes of the problems that are its own. */
  readonly problems?: readonly string[]
  /** Largest body in bytes, where it is not that of all. */
  readonly bodyLimit?: number
  handler(call: Call<S>): unknown
}

export type Route = Omit<Definition<Inputs>, 'handler'> & {
  handler(call: Call): unknown
}

/** A route whose handler knows the types of its parameters, query and body from their schemas. */
export const route = <const S extends Inputs>(definition: Definition<S>): Route =>
  definition as unknown as Route
