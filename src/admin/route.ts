/** What a resource of the admin API is made of: a flat table of routes, each with its schemas. */
import type { IncomingHttpHeaders } from 'node:http'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyReply, FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { Problem } from '../errors.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { didYouMean } from '../suggest.ts'
import { NAMED } from './schemas.ts'

export type Tag = 'Sessions' | 'Journal' | 'Steering' | 'Coverage' | 'Contract' | 'Operations'

interface RouteInput {
  readonly params?: JSONSchema
  readonly querystring?: JSONSchema
  readonly body?: JSONSchema
}

type InputType<S, K extends keyof RouteInput> = S extends { readonly [key in K]: infer T }
  ? T extends JSONSchema
    ? FromSchema<T>
    : never
  : undefined

/** What a handler is given. */
export interface Call<S = unknown> {
  readonly sandbox: Sandbox
  readonly params: InputType<S, 'params'>
  readonly query: InputType<S, 'querystring'>
  readonly body: InputType<S, 'body'>
  readonly headers: IncomingHttpHeaders
  readonly reply: FastifyReply
  /** Aborted when the sandbox stops. */
  readonly stopping: AbortSignal
}

/** A documented answer, apart from problems, which every route may give. */
export interface RouteResponse {
  readonly description: string
  /** JSON Schema of the body, `{ $ref }` to a named one included; none for 204. */
  readonly schema?: object
  /** Where it is not JSON. */
  readonly type?: string
}

export interface RouteDefinition<S extends RouteInput> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/__admin`. */
  readonly url: string
  readonly operationId: string
  readonly tag: Tag
  readonly summary: string
  readonly input: S
  readonly responses: Readonly<Record<number, RouteResponse>>
  /** The codes of the problems that are its own. */
  readonly problems?: readonly string[]
  /** Largest body in bytes, where it is not that of all. */
  readonly bodyLimit?: number
  handler(call: Call<S>): unknown
}

export type Route = Omit<RouteDefinition<RouteInput>, 'handler'> & {
  handler(call: Call): unknown
}

/** A route whose handler knows the types of its parameters, query and body from their schemas. */
export const route = <const S extends RouteInput>(definition: RouteDefinition<S>): Route =>
  definition as unknown as Route

const OPTIONS = {
  allErrors: true,
  strict: false,
  // 1e400 is Infinity to JavaScript, and null to whom it is told.
  strictNumbers: true,
  verbose: true,
  useDefaults: true,
} as const

/** Text is what a URL has; in a body a number is a number. */
export function makeValidatorCompiler(): FastifySchemaCompiler<object> {
  const [texts, values] = [true, false].map((coerceTypes) => {
    const ajv = new Ajv2020({ ...OPTIONS, coerceTypes })
    formats.default(ajv)
    for (const [name, schema] of Object.entries(NAMED)) ajv.addSchema({ $id: name, ...schema })
    return ajv
  }) as [Ajv2020, Ajv2020]
  return ({ schema, httpPart }) => {
    const compile = () => (httpPart === 'body' ? values : texts).compile(schema)
    let compiled: ValidateFunction | undefined
    // Most routes are never called: the first call compiles.
    return (data: unknown) => {
      compiled ??= compile()
      return compiled(data) ? { value: data } : { error: validationError(compiled.errors ?? []) }
    }
  }
}

/** The framework recognises a failed check by this property. */
const validationError = (errors: readonly ErrorObject[]) =>
  Object.assign(new Error('the request is not as the schema says'), { validation: errors })

const PLACES: Readonly<Record<string, string>> = {
  params: 'path',
  querystring: 'query',
  headers: 'header',
  body: 'body',
}

/** The problem that names every fault of a request. */
export function invalidInputProblem(
  errors: readonly FastifySchemaValidationError[],
  context: string,
): Problem {
  const place = PLACES[context] ?? context
  const faults = (errors as readonly ErrorObject[])
    // Of alternatives none is missing for itself.
    .filter(({ keyword, schemaPath }) => keyword !== 'if' && !schemaPath.includes('/anyOf/'))
    .map((error) => ({
      place,
      field: violationField(error),
      message: describeViolation(error, place),
    }))
  const detail = [...new Set(faults.map(({ message }) => message))].join('; ')
  return new Problem('bad-admin-request', detail, { faults })
}

const toDottedPath = (path: string) =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')

function violationField({ instancePath, keyword, params }: ErrorObject): string {
  const own = toDottedPath(instancePath)
  const extra =
    keyword === 'additionalProperties'
      ? params.additionalProperty
      : keyword === 'required'
        ? params.missingProperty
        : undefined
  return [own, extra].filter((part) => part !== undefined && part !== '').join('.')
}

function describeViolation(error: ErrorObject, place: string): string {
  const { keyword, params, parentSchema, message, data } = error
  const field = violationField(error)
  const subject = field === '' ? `the ${place}` : `${place}: "${field}"`
  if (keyword === 'additionalProperties') {
    const known = Object.keys((parentSchema as { properties?: object }).properties ?? {})
    const hint = didYouMean(String(params.additionalProperty), known)
    return `${subject} is not known${hint || known.length > 0 ? hint || `; known are ${known.join(', ')}` : ''}`
  }
  if (keyword === 'required') return `${subject} is missing`
  if (keyword === 'enum') {
    const allowed = (params.allowedValues as unknown[]).map(String)
    const hint = didYouMean(String(data), allowed)
    return `${subject} cannot be ${quoteValue(data)}; it is one of ${allowed.join(', ')}${hint}`
  }
  if (keyword === 'anyOf')
    return `${subject} needs one of ${requiredNames(parentSchema).join(', ')}`
  if (keyword === 'not')
    return `${subject} cannot have all of ${requiredNames(parentSchema).join(', ')}`
  if (keyword === 'minProperties') {
    const known = Object.keys((parentSchema as { properties?: object }).properties ?? {})
    return `${subject} is empty${known.length > 0 ? `; it can have ${known.join(', ')}` : ''}`
  }
  return `${subject} ${message}${typeof data === 'object' ? '' : `, but is ${quoteValue(data)}`}`
}

/** The names in the alternatives of a schema. */
function requiredNames(schema: unknown): string[] {
  const { anyOf = [], not } = schema as {
    anyOf?: readonly { required?: readonly string[] }[]
    not?: { required?: readonly string[] }
  }
  return [...anyOf, not].flatMap((each) => each?.required ?? [])
}

const LONGEST_SHOWN = 80

function quoteValue(data: unknown): string {
  const text = JSON.stringify(data) ?? 'missing'
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
