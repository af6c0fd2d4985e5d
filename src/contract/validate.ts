import type { ErrorObject, Ajv as PlainAjv, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { OpenAPIValidator, ValidationContext } from 'openapi-backend/validation.js'
import type {
  Breach,
  HeaderSpec,
  Json,
  Operation,
  ParameterSpec,
  RequestFault,
  RequestParts,
  ResponseSpec,
  Schema,
} from '../api.ts'
import { Problem } from '../errors.ts'
import { describe, fieldOf, ruleOf } from './faults.ts'
import { cookie } from './security.ts'

type Document = ConstructorParameters<typeof OpenAPIValidator>[0]['definition']
type Values = Record<string, unknown>

/** Formats that OpenAPI names beside those of JSON Schema; they say how a value is meant. */
const MEANT = ['binary', 'password', 'byte', 'float', 'double']

/**
 * Checks requests and answers of one document. Everything is compiled when it is first needed:
 * compiling a large document whole costs seconds.
 */
export class Validation {
  readonly #bodies: Ajv2020
  readonly #texts: Ajv2020
  readonly #requests = new Map<Operation, Prepared>()
  readonly #answers = new Map<Schema, ValidateFunction>()
  readonly #headers = new Map<Schema, ValidateFunction>()
  readonly #validator: OpenAPIValidator

  constructor(uri: string, document: Readonly<Record<string, unknown>>) {
    this.#bodies = validatorOf(uri, document, false)
    // Path, query and header values arrive as text: "5" is a valid integer there.
    this.#texts = validatorOf(uri, document, true)
    this.#validator = new OpenAPIValidator({
      definition: document as unknown as Document,
      lazyCompileValidators: true,
      // The library makes a validator for each schema and then asks for ours: make its own cheap.
      ajvOpts: { meta: false, validateSchema: false },
      customizeAjv: (_, __, context) =>
        (context === ValidationContext.Params ? this.#texts : this.#bodies) as unknown as PlainAjv,
    })
  }

  request(operation: Operation, parts: RequestParts): readonly RequestFault[] {
    const { validators, picking } = this.#prepared(operation)
    if (validators.length === 0) return NONE
    const values = picking.values(parts)
    const faults = failures(validators, values)
    if (faults.length === 0) return NONE
    // A body that is missing altogether lacks each of its fields: name those, not "the body".
    const bodiless = parts.body === undefined && faults.some(({ field }) => field === '')
    const named = bodiless ? failures(validators, { ...values, requestBody: {} }) : []
    return named.length > 0 ? named : faults
  }

  body(spec: ResponseSpec, body: Json | undefined): readonly Breach[] {
    if (body === undefined) return []
    const { content } = spec
    if (!content) {
      const message = `the contract has no body for ${spec.key}`
      return [{ path: '', keyword: 'content', message }]
    }
    if (content.schema === undefined) return []
    return breaches(this.#compiled(this.#answers, this.#bodies, content.schema), body)
  }

  header(spec: HeaderSpec, value: string): readonly Breach[] {
    if (spec.schema === undefined) return []
    const schema = { type: 'object', properties: { value: spec.schema } }
    let validate = this.#headers.get(spec.schema)
    if (!validate) {
      validate = this.#texts.compile(schema)
      this.#headers.set(spec.schema, validate)
    }
    return breaches(validate, { value })
  }

  #compiled(known: Map<Schema, ValidateFunction>, ajv: Ajv2020, schema: Schema): ValidateFunction {
    const found = known.get(schema)
    if (found) return found
    const validate = compiled('an answer', () => ajv.compile(schema))
    known.set(schema, validate)
    return validate
  }

  #prepared(operation: Operation): Prepared {
    const known = this.#requests.get(operation)
    if (known) return known
    const { definition, parameters, bodySchema } = operation
    const needed = parameters.length > 0 || bodySchema !== undefined
    const build = () => this.#validator.buildRequestValidatorsForOperation(definition) ?? []
    const built = needed ? compiled(`the request of ${operation.id}`, build) : []
    const prepared = { validators: built, picking: new Picking(operation) }
    this.#requests.set(operation, prepared)
    return prepared
  }
}

/** Schemas are compiled when they are first needed: one that cannot be is the document's fault. */
function compiled<T>(what: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    const reason = (error as Error).message
    throw new Problem('broken-schema', `the document's schema of ${what} cannot be used: ${reason}`)
  }
}

interface Prepared {
  readonly validators: readonly ValidateFunction[]
  readonly picking: Picking
}

const NONE: readonly RequestFault[] = []

function validatorOf(
  uri: string,
  document: Readonly<Record<string, unknown>>,
  coerceTypes: boolean,
) {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    verbose: true,
    validateSchema: false,
    coerceTypes,
    // Saves a fifth of the time to compile, and the code is no slower that anybody could measure.
    code: { optimize: false },
    // It would speak on the console, beside the log.
    logger: false,
  })
  formats.default(ajv)
  for (const name of MEANT) ajv.addFormat(name, true)
  ajv.addSchema(document, uri, false, false)
  return ajv
}

/** How to take out of a request the values that the document has parameters for, by place. */
class Picking {
  readonly #query: readonly ParameterSpec[]
  readonly #header: readonly ParameterSpec[]
  readonly #cookie: readonly ParameterSpec[]

  constructor({ parameters }: Operation) {
    this.#query = parameters.filter((parameter) => parameter.in === 'query')
    this.#cookie = parameters.filter((parameter) => parameter.in === 'cookie')
    this.#header = parameters
      .filter((parameter) => parameter.in === 'header')
      .map((parameter) => ({ ...parameter, name: parameter.name.toLowerCase() }))
  }

  /** The values as the library's validators want them; they may convert them in place. */
  values({ path, query, headers, body }: RequestParts): Values {
    return {
      path: { ...path },
      query: picked(this.#query, query),
      header: picked(this.#header, headers),
      cookie: this.#cookies(headers),
      requestBody: body,
    }
  }

  #cookies({ cookie: header }: RequestParts['headers']): Values {
    const values: Values = {}
    for (const { name } of this.#cookie) {
      const value = cookie(String(header ?? ''), name)
      if (value !== '') values[name] = value
    }
    return values
  }
}

function picked(parameters: readonly ParameterSpec[], source: Readonly<Values>): Values {
  const chosen: Values = {}
  for (const { name, list } of parameters) {
    const value = source[name]
    if (value !== undefined) chosen[name] = list && typeof value === 'string' ? [value] : value
  }
  return chosen
}

/** One fault a field, the first that was found: a vendor names a field once. */
function failures(validators: readonly ValidateFunction[], values: Values): RequestFault[] {
  const faults = new Map<string, RequestFault>()
  for (const validate of validators) {
    if (validate(values)) continue
    for (const error of validate.errors ?? []) {
      const fault = requestFault(error)
      const key = `${fault.place} ${fault.field}`
      if (!faults.has(key)) faults.set(key, fault)
    }
  }
  return [...faults.values()]
}

function requestFault(error: ErrorObject): RequestFault {
  const { place, field } = fieldOf(error)
  const { rule, params } = ruleOf(error)
  return { place, field, rule, params, message: describe(error) }
}

function breaches(validate: ValidateFunction, value: unknown): Breach[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map((error) => ({
    path: error.instancePath,
    keyword: error.keyword,
    message: `${error.instancePath || 'the body'} ${describe(error)}`,
  }))
}
