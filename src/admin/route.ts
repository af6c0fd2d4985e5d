/** The definition of a route with its schemas, and the validation of its input. */
import type { IncomingHttpHeaders } from 'node:http'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyReply, FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { splitPointer } from '../contract/walk.ts'
import { Problem } from '../errors.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { didYouMean, truncate } from '../suggest.ts'
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

/** The argument of a handler. */
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

/** A documented response; problems are not listed, since every route can send them. */
export interface RouteResponse {
  readonly description: string
  /** JSON Schema of the body, or a `$ref` to a named one; undefined for 204. */
  readonly schema?: object
  /** The media type, unless it is JSON. */
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
  /** Codes of the problems that only some routes send. */
  readonly problems?: readonly string[]
  /** Limit of the body in bytes, unless it is the common one. */
  readonly bodyLimit?: number
  handler(call: Call<S>): unknown
}

export type Route = Omit<RouteDefinition<RouteInput>, 'handler'> & {
  handler(call: Call): unknown
}

/** Defines a route; its handler gets the types of parameters, query and body from their schemas. */
export const route = <const S extends RouteInput>(definition: RouteDefinition<S>): Route =>
  definition as unknown as Route

const OPTIONS = {
  allErrors: true,
  strict: false,
  // JSON.parse reads 1e400 as Infinity, which JSON.stringify writes as null.
  strictNumbers: true,
  verbose: true,
  useDefaults: true,
  // They are, says a test; to check it again takes longer than a sandbox takes to start.
  validateSchema: false,
} as const

/** Converts strings of the URL to numbers and booleans; in a body a number must be a number. */
const makeCompilers = () => ({ texts: makeCompiler(true), values: makeCompiler(false) })

function makeCompiler(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({ ...OPTIONS, coerceTypes })
  formats.default(ajv)
  for (const [name, schema] of Object.entries(NAMED)) ajv.addSchema({ $id: name, ...schema })
  return ajv
}

/** Shared by all sandboxes of a process: a test may start many, and compiling takes long. */
let compilers: ReturnType<typeof makeCompilers> | undefined

export function makeValidatorCompiler(): FastifySchemaCompiler<object> {
  compilers ??= makeCompilers()
  const { texts, values } = compilers
  return ({ schema, httpPart }) => {
    const compile = () => (httpPart === 'body' ? values : texts).compile(schema)
    let compiled: ValidateFunction | undefined
    // Most routes are never called, so a schema is compiled at the first call.
    return (data: unknown) => {
      compiled ??= compile()
      return compiled(data) ? { value: data } : { error: validationError(compiled.errors ?? []) }
    }
  }
}

/** Makes the error that Fastify recognises as a failed validation, by its property `validation`. */
const validationError = (errors: readonly ErrorObject[]) =>
  Object.assign(new Error('the request does not match the schema'), { validation: errors })

const inputChecks = new WeakMap<object, ValidateFunction>()

/**
 * Checks a body whose form a scenario file declares; it needs to match one of the schemas.
 *
 * @throws Problem that names what is wrong for the first of them
 */
export function checkInput([first, ...others]: readonly object[], input: unknown): void {
  if (!first) return
  const check = inputChecks.get(first) ?? makeCompiler(false).compile(first)
  inputChecks.set(first, check)
  if (check(input)) return
  const errors = check.errors ?? []
  if (others.length === 0) {
    throw invalidInputProblem(errors as readonly FastifySchemaValidationError[], 'body')
  }
  checkInput(others, input)
}

const PLACES: Readonly<Record<string, string>> = {
  params: 'path',
  querystring: 'query',
  headers: 'header',
  body: 'body',
}

/** Makes the problem that names every violation of a request. */
export function invalidInputProblem(
  errors: readonly FastifySchemaValidationError[],
  context: string,
): Problem {
  const place = PLACES[context] ?? context
  const faults = (errors as readonly ErrorObject[])
    // Drop the errors of each branch of `anyOf`: the error of `anyOf` names the alternatives.
    .filter(({ keyword, schemaPath }) => keyword !== 'if' && !schemaPath.includes('/anyOf/'))
    .map((error) => ({
      place,
      field: violationField(error),
      message: describeViolation(error, place),
    }))
  const detail = [...new Set(faults.map(({ message }) => message))].join('; ')
  return new Problem('bad-admin-request', detail, { faults })
}

const toDottedPath = (pointer: string) => splitPointer(pointer).join('.')

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

/** Returns the names that the alternatives of a schema require. */
function requiredNames(schema: unknown): string[] {
  const { anyOf = [], not } = schema as {
    anyOf?: readonly { required?: readonly string[] }[]
    not?: { required?: readonly string[] }
  }
  return [...anyOf, not].flatMap((each) => each?.required ?? [])
}

const quoteValue = (data: unknown) => truncate(JSON.stringify(data) ?? 'missing')
