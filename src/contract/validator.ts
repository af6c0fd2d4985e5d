/** Checks requests and responses against compiled schemas; ajv and openapi-backend's validator. */
import type { ErrorObject, Ajv as PlainAjv, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { OpenAPIValidator } from 'openapi-backend/validation.js'
import { Problem } from '../errors.ts'
import { compilePattern } from './dialect.ts'
import type { Documents } from './document.ts'
import type {
  BodyMedia,
  HeaderSpec,
  Json,
  Operation,
  OperationDefinition,
  RequestParts,
  ResponseSpec,
  ResponseViolation,
  Schema,
  Violation,
  Webhook,
} from './model.ts'
import { getParameterSchema, ParameterReader, parseSimple } from './parameters.ts'
import { type Direction, FORBIDDEN, forDirection, SchemaView } from './schema.ts'
import type { Values } from './styles.ts'
import { classifyError, describeError, locateField } from './violations.ts'
import { type DocumentNode, isObject, rewrite } from './walk.ts'

type ValidatorDocument = ConstructorParameters<typeof OpenAPIValidator>[0]['definition']
type ValidatorOperation = Parameters<OpenAPIValidator['buildRequestValidatorsForOperation']>[0]

/** Formats of OpenAPI that describe a value without restricting it. */
const ANNOTATION_FORMATS = ['binary', 'password', 'byte', 'float', 'double']

/**
 * Checks requests and responses of one document. Each schema is compiled when it is first needed:
 * compiling all of a large document takes seconds.
 */
export class Validator {
  readonly #documents: Documents
  readonly #requests = new Map<Operation, PreparedRequest>()
  readonly #bodyValidators = new Map<BodyMedia, ValidateFunction>()
  readonly #responseValidators = new Map<Schema, ValidateFunction>()
  readonly #headerValidators = new Map<Schema, ValidateFunction>()
  readonly #compilers = new Map<Direction | undefined, SchemaCompiler>()

  constructor(documents: Documents) {
    this.#documents = documents
  }

  checkRequest(operation: Operation, parts: RequestParts): readonly Violation[] {
    const { validate, parameters } = this.#prepare(operation)
    const violations = validate
      ? requestViolations(validate, parameters.read(parts))
      : NO_VIOLATIONS
    const inBody = this.#checkRequestBody(operation, parts)
    return violations.length === 0 ? inBody : [...violations, ...inBody]
  }

  checkBody(
    spec: ResponseSpec,
    body: Json | undefined,
    media = spec.content,
  ): readonly ResponseViolation[] {
    if (body === undefined) return []
    if (!media) {
      const message = `the contract has no body for ${spec.key}`
      return [{ path: '', keyword: 'content', message }]
    }
    if (media.schema === undefined) return []
    return responseViolations(this.#responseValidator(media.schema), body)
  }

  checkHeader({ schema, explode }: HeaderSpec, string: string): readonly ResponseViolation[] {
    if (schema === undefined) return []
    const value = parseSimple(string, new SchemaView(schema, this.#documents.follow), explode)
    const known = this.#headerValidators.get(schema)
    const compile = () => this.#compilerFor('response').compileProperty('value', schema)
    const validate = known ?? compileOrProblem('a header', compile)
    this.#headerValidators.set(schema, validate)
    return responseViolations(validate, { value })
  }

  /** Checks a notification: what the API sends is checked as its responses are. */
  checkMessage(
    { message, bodyRequired }: Pick<Webhook, 'message' | 'bodyRequired'>,
    body: Json | undefined,
    headers: Readonly<Record<string, string>>,
  ): readonly ResponseViolation[] {
    const given = Object.entries(headers)
    const names = new Set(given.map(([name]) => name.toLowerCase()))
    const missing = [...message.headers.values()]
      .filter(({ name, required }) => required && !names.has(name.toLowerCase()))
      .map(({ name }) => ({
        path: name,
        keyword: 'required',
        message: `the header ${name} is missing`,
      }))
    const noBody = bodyRequired && body === undefined ? [NOTIFICATION_BODY_REQUIRED] : []
    const inHeaders = given.flatMap(([name, value]) => {
      const spec = message.headers.get(name.toLowerCase())
      return spec ? this.checkHeader(spec, value) : []
    })
    return [...noBody, ...this.checkBody(message, body), ...missing, ...inHeaders]
  }

  #checkRequestBody({ body: spec }: Operation, parts: RequestParts): readonly Violation[] {
    if (!spec) return NO_VIOLATIONS
    const { body } = parts
    const media = parts.media ?? spec.media.find(({ format }) => format === 'json') ?? spec.media[0]
    const validate = media && this.#bodyValidator(media)
    if (body !== undefined) {
      return validate ? requestViolations(validate, { requestBody: body }) : NO_VIOLATIONS
    }
    if (!spec.required) return NO_VIOLATIONS
    // Where the whole body is missing, name the fields that are required instead of "the body".
    const ofEmpty = validate ? requestViolations(validate, { requestBody: {} }) : NO_VIOLATIONS
    const fields = ofEmpty.filter(({ rule, field }) => rule === 'required' && field !== '')
    return fields.length > 0 ? fields : [BODY_REQUIRED]
  }

  #bodyValidator(media: BodyMedia): ValidateFunction | undefined {
    if (media.schema === undefined || media.schema === true) return undefined
    const known = this.#bodyValidators.get(media)
    if (known) return known
    const validate = compileOrProblem('a request', () =>
      this.#compilerFor('request').compileBody(media.schema as Schema),
    )
    this.#bodyValidators.set(media, validate)
    return validate
  }

  #responseValidator(schema: Schema): ValidateFunction {
    const known = this.#responseValidators.get(schema)
    if (known) return known
    const validate = compileOrProblem('a response', () =>
      this.#compilerFor('response').compile(schema),
    )
    this.#responseValidators.set(schema, validate)
    return validate
  }

  #prepare(operation: Operation): PreparedRequest {
    const known = this.#requests.get(operation)
    if (known) return known
    const { definition, parameters, id } = operation
    const raw = (definition.parameters ?? []) as readonly DocumentNode[]
    const prepared = {
      validate:
        parameters.length > 0
          ? compileOrProblem(`the request of ${id}`, () =>
              this.#compilerFor('request').compileParameters(definition, raw),
            )
          : undefined,
      parameters: new ParameterReader(raw, this.#documents.follow),
    }
    this.#requests.set(operation, prepared)
    return prepared
  }

  /** Both directions share a compiler where the document forbids no property in either. */
  #compilerFor(direction: Direction): SchemaCompiler {
    const key = this.#documents.directions.has(direction) ? direction : undefined
    const compiler = this.#compilers.get(key) ?? new SchemaCompiler(this.#documents, key)
    this.#compilers.set(key, compiler)
    return compiler
  }
}

interface PreparedRequest {
  readonly validate: ValidateFunction | undefined
  readonly parameters: ParameterReader
}

const NO_VIOLATIONS: readonly Violation[] = []

const BODY_REQUIRED: Violation = {
  place: 'body',
  field: '',
  rule: 'required',
  params: [],
  message: 'a body is required',
}

const NOTIFICATION_BODY_REQUIRED: ResponseViolation = {
  path: '',
  keyword: 'required',
  message: 'the body is missing',
}

/** Compiles schemas of one document for one direction, or for both. */
class SchemaCompiler {
  readonly #documents: Documents
  readonly #direction: Direction | undefined
  readonly #ajv: Ajv2020
  readonly #library: OpenAPIValidator

  constructor(documents: Documents, direction: Direction | undefined) {
    this.#documents = documents
    this.#direction = direction
    this.#ajv = createAjv()
    for (const [uri, { value, source }] of documents.byUri) {
      // The validator looks for ids everywhere, even in examples.
      const schemas = source.mentions('$id') ? dropData(value) : value
      this.#ajv.addSchema(this.#forDirection(schemas) as DocumentNode, uri, false, false)
    }
    this.#library = new OpenAPIValidator({
      definition: documents.root as unknown as ValidatorDocument,
      lazyCompileValidators: true,
      // The library creates a validator for each schema, then asks for ours: make its own cheap.
      ajvOpts: { meta: false, validateSchema: false },
      customizeAjv: () => this.#ajv as unknown as PlainAjv,
    })
  }

  compile(schema: Schema): ValidateFunction {
    return this.#ajv.compile(this.#forDirection(schema) as Schema)
  }

  /** Compiles a schema for the one property of an object. */
  compileProperty(name: string, schema: Schema): ValidateFunction {
    return this.#ajv.compile({ type: 'object', properties: { [name]: this.#forDirection(schema) } })
  }

  compileBody(schema: Schema): ValidateFunction {
    // Behind a reference, since the library removes `required` from schemas that it can see.
    const visible = this.#forDirection(schema)
    const requestBody =
      isObject(visible) && typeof visible.$ref === 'string'
        ? visible
        : { $ref: '#/properties/requestBody/x-body', 'x-body': visible }
    const content = { 'application/json': { schema: requestBody } }
    const operation = { operationId: 'body', requestBody: { content } }
    return this.#buildRequestValidator(operation)
  }

  compileParameters(
    definition: OperationDefinition,
    raw: readonly DocumentNode[],
  ): ValidateFunction {
    const parameters = raw.map((parameter) => {
      const schema = this.#forDirection(
        getParameterSchema(parameter, this.#documents.follow) ?? true,
      )
      return {
        name: parameter.name,
        in: parameter.in,
        required: parameter.required,
        schema: parameter.allowEmptyValue
          ? { anyOf: [schema, { const: '' }] }
          : hideAdditionalProperties(schema),
      }
    })
    return this.#buildRequestValidator({ ...definition, requestBody: undefined, parameters })
  }

  #buildRequestValidator(operation: DocumentNode): ValidateFunction {
    const built = this.#library.buildRequestValidatorsForOperation(
      operation as unknown as ValidatorOperation,
    )
    return built?.[0] as ValidateFunction
  }

  #forDirection(value: unknown): unknown {
    const { follow } = this.#documents
    return this.#direction ? forDirection(value, this.#direction, follow) : value
  }
}

const DATA_KEYS = /^(?:examples?|default|x-.*)$/

const dropData = (value: unknown) =>
  rewrite(value, (node) => {
    const entries = Object.entries(node)
    const kept = entries.filter(([key]) => !DATA_KEYS.test(key))
    return kept.length === entries.length ? node : Object.fromEntries(kept)
  })

/** The library takes a parameter's `additionalProperties` for those of the whole query. */
const hideAdditionalProperties = (schema: unknown) =>
  isObject(schema) && schema.additionalProperties !== undefined ? { allOf: [schema] } : schema

/** Schemas are compiled while a request waits: what cannot be compiled is the document's fault. */
function compileOrProblem<T>(what: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    const reason = (error as Error).message
    throw new Problem('broken-schema', `the document's schema of ${what} cannot be used: ${reason}`)
  }
}

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    // Else a body without "constructor" would have one, inherited like every object's.
    ownProperties: true,
    // 1e999 is written like a number and is Infinity.
    strictNumbers: true,
    verbose: true,
    validateSchema: false,
    // Saves a fifth of the time to compile; the code is not measurably slower.
    code: { optimize: false, regExp: Object.assign(compilePattern, { code: 'regExp' }) },
    // It would write to the console instead of the log.
    logger: false,
  })
  formats.default(ajv)
  for (const name of ANNOTATION_FORMATS) ajv.addFormat(name, true)
  ajv.addKeyword({ keyword: FORBIDDEN, validate: () => false, errors: false })
  return ajv
}

/** Validates; a value nested so deeply that the stack overflows is reported as such. */
function isValid(validate: ValidateFunction, value: unknown): boolean {
  try {
    return validate(value) as boolean
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    validate.errors = [TOO_DEEP]
    return false
  }
}

const TOO_DEEP: ErrorObject = {
  ...{ keyword: 'depth', instancePath: '/requestBody', schemaPath: '', params: {} },
  message: 'is nested too deeply to be checked',
}

/** Returns the first violation of each field: vendors name a field once. */
function requestViolations(validate: ValidateFunction, values: Values): readonly Violation[] {
  if (isValid(validate, values)) return NO_VIOLATIONS
  const violations = new Map<string, Violation>()
  for (const error of validate.errors ?? []) {
    const violation = toViolation(error)
    const key = `${violation.place} ${violation.field}`
    if (!violations.has(key)) violations.set(key, violation)
  }
  return [...violations.values()]
}

function toViolation(error: ErrorObject): Violation {
  const { place, field } = locateField(error)
  const { rule, params } = classifyError(error)
  return { place, field, rule, params, message: describeError(error) }
}

function responseViolations(validate: ValidateFunction, value: unknown): ResponseViolation[] {
  if (isValid(validate, value)) return []
  return (validate.errors ?? []).map((error) => ({
    path: error.instancePath,
    keyword: error.keyword,
    message: `${error.instancePath || 'the body'} ${describeError(error)}`,
  }))
}
