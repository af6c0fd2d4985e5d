import type { ErrorObject, Ajv as PlainAjv, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { OpenAPIValidator } from 'openapi-backend/validation.js'
import { Problem } from '../errors.ts'
import { regularExpression } from './dialect.ts'
import type { Direction, Documents } from './document.ts'
import type {
  BodyMedia,
  HeaderSpec,
  Json,
  Operation,
  RequestParts,
  ResponseSpec,
  ResponseViolation,
  Schema,
  Violation,
} from './model.ts'
import { Parameters, schemaOf, simple } from './parameters.ts'
import { facing, REFUSED, Shape } from './schema.ts'
import { describe, fieldOf, ruleOf } from './violations.ts'
import { type DocumentNode, isObject, rewrite } from './walk.ts'

type Document = ConstructorParameters<typeof OpenAPIValidator>[0]['definition']
type Values = Record<string, unknown>

/** Formats that OpenAPI names beside those of JSON Schema; they say how a value is meant. */
const MEANT = ['binary', 'password', 'byte', 'float', 'double']

/**
 * Checks requests and answers of one document. Everything is compiled when it is first needed:
 * compiling a large document whole costs seconds.
 */
export class Validation {
  readonly #documents: Documents
  readonly #requests = new Map<Operation, Prepared>()
  readonly #bodies = new Map<BodyMedia, ValidateFunction>()
  readonly #answers = new Map<Schema, ValidateFunction>()
  readonly #headers = new Map<Schema, ValidateFunction>()
  readonly #sides = new Map<Direction | undefined, Checker>()

  constructor(documents: Documents) {
    this.#documents = documents
  }

  request(operation: Operation, parts: RequestParts): readonly Violation[] {
    const { validate, parameters } = this.#prepared(operation)
    const violations = validate ? collectErrors(validate, parameters.values(parts)) : NONE
    const ofBody = this.#bodyFaults(operation, parts)
    return violations.length === 0 ? ofBody : [...violations, ...ofBody]
  }

  body(
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
    return responseViolations(this.#answer(media.schema), body)
  }

  header({ schema, explode }: HeaderSpec, text: string): readonly ResponseViolation[] {
    if (schema === undefined) return []
    const value = simple(text, new Shape(schema, this.#documents.follow), explode)
    const known = this.#headers.get(schema)
    const compile = () => this.#side('writeOnly').under('value', schema)
    const validate = known ?? compileOrProblem('a header', compile)
    this.#headers.set(schema, validate)
    return responseViolations(validate, { value })
  }

  #bodyFaults({ body: spec }: Operation, parts: RequestParts): readonly Violation[] {
    if (!spec) return NONE
    const { body } = parts
    const media = parts.media ?? spec.media.find(({ form }) => form === 'json') ?? spec.media[0]
    const validate = media && this.#body(media)
    if (body !== undefined) return validate ? collectErrors(validate, { requestBody: body }) : NONE
    if (!spec.required) return NONE
    // A body that is missing altogether lacks each of its fields: name those, not "the body".
    const named = validate ? collectErrors(validate, { requestBody: {} }) : NONE
    const fields = named.filter(({ rule, field }) => rule === 'required' && field !== '')
    return fields.length > 0 ? fields : [BODILESS]
  }

  #body(media: BodyMedia): ValidateFunction | undefined {
    if (media.schema === undefined || media.schema === true) return undefined
    const known = this.#bodies.get(media)
    if (known) return known
    const validate = compileOrProblem('a request', () =>
      this.#side('readOnly').body(media.schema as Schema),
    )
    this.#bodies.set(media, validate)
    return validate
  }

  #answer(schema: Schema): ValidateFunction {
    const known = this.#answers.get(schema)
    if (known) return known
    const validate = compileOrProblem('an answer', () => this.#side('writeOnly').plain(schema))
    this.#answers.set(schema, validate)
    return validate
  }

  #prepared(operation: Operation): Prepared {
    const known = this.#requests.get(operation)
    if (known) return known
    const { definition, parameters, id } = operation
    const raw = (definition.parameters ?? []) as unknown as DocumentNode[]
    const prepared = {
      validate:
        parameters.length > 0
          ? compileOrProblem(`the request of ${id}`, () =>
              this.#side('readOnly').parameters(definition, raw),
            )
          : undefined,
      parameters: new Parameters(raw, this.#documents.follow),
    }
    this.#requests.set(operation, prepared)
    return prepared
  }

  /** What the other side may not send; one checker for both where the document does not say. */
  #side(hidden: Direction): Checker {
    const side = this.#documents.sides.has(hidden) ? hidden : undefined
    const made = this.#sides.get(side) ?? new Checker(this.#documents, side)
    this.#sides.set(side, made)
    return made
  }
}

interface Prepared {
  readonly validate: ValidateFunction | undefined
  readonly parameters: Parameters
}

const NONE: readonly Violation[] = []

const BODILESS: Violation = {
  place: 'body',
  field: '',
  rule: 'required',
  params: [],
  message: 'a body is required',
}

/** Compiles schemas of one document as one side may send what they describe. */
class Checker {
  readonly #documents: Documents
  readonly #hidden: Direction | undefined
  readonly #ajv: Ajv2020
  readonly #library: OpenAPIValidator

  constructor(documents: Documents, hidden: Direction | undefined) {
    this.#documents = documents
    this.#hidden = hidden
    this.#ajv = validatorOf()
    for (const [uri, { value, source }] of documents.byUri) {
      // The validator looks for ids everywhere, in examples, too.
      const schemas = source.mentions('$id') ? withoutData(value) : value
      this.#ajv.addSchema(this.#faced(schemas) as DocumentNode, uri, false, false)
    }
    this.#library = new OpenAPIValidator({
      definition: documents.root as unknown as Document,
      lazyCompileValidators: true,
      // The library makes a validator for each schema and then asks for ours: make its own cheap.
      ajvOpts: { meta: false, validateSchema: false },
      customizeAjv: () => this.#ajv as unknown as PlainAjv,
    })
  }

  plain(schema: Schema): ValidateFunction {
    return this.#ajv.compile(this.#faced(schema) as Schema)
  }

  under(name: string, schema: Schema): ValidateFunction {
    return this.#ajv.compile({ type: 'object', properties: { [name]: this.#faced(schema) } })
  }

  body(schema: Schema): ValidateFunction {
    // Read by reference: the library removes what is required from schemas that lie open.
    const own = this.#faced(schema)
    const requestBody =
      isObject(own) && typeof own.$ref === 'string'
        ? own
        : { $ref: '#/properties/requestBody/x-body', 'x-body': own }
    const content = { 'application/json': { schema: requestBody } }
    const operation = { operationId: 'body', requestBody: { content } }
    return this.#built(operation)
  }

  parameters(definition: Operation['definition'], raw: readonly DocumentNode[]): ValidateFunction {
    const parameters = raw.map((parameter) => {
      const schema = this.#faced(schemaOf(parameter, this.#documents.follow) ?? true)
      // The library would take what a parameter's own object lets in for what the query may have.
      return {
        name: parameter.name,
        in: parameter.in,
        required: parameter.required,
        schema: parameter.allowEmptyValue ? { anyOf: [schema, { const: '' }] } : hidden(schema),
      }
    })
    return this.#built({ ...definition, requestBody: undefined, parameters })
  }

  #built(operation: DocumentNode): ValidateFunction {
    const built = this.#library.buildRequestValidatorsForOperation(
      operation as unknown as Operation['definition'],
    )
    return built?.[0] as ValidateFunction
  }

  #faced(value: unknown): unknown {
    const { follow } = this.#documents
    return this.#hidden ? facing(value, this.#hidden, follow) : value
  }
}

const DATA = /^(?:examples?|default|x-.*)$/

const withoutData = (value: unknown) =>
  rewrite(value, (node) => {
    const entries = Object.entries(node)
    const kept = entries.filter(([key]) => !DATA.test(key))
    return kept.length === entries.length ? node : Object.fromEntries(kept)
  })

const hidden = (schema: unknown) =>
  isObject(schema) && schema.additionalProperties !== undefined ? { allOf: [schema] } : schema

/** Schemas are compiled when they are first needed: one that cannot be is the document's fault. */
function compileOrProblem<T>(what: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    const reason = (error as Error).message
    throw new Problem('broken-schema', `the document's schema of ${what} cannot be used: ${reason}`)
  }
}

function validatorOf(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    // Else a body without "constructor" would have one: that of every object.
    ownProperties: true,
    // 1e999 is written as a number, and is none.
    strictNumbers: true,
    verbose: true,
    validateSchema: false,
    // Saves a fifth of the time to compile, and the code is no slower that anybody could measure.
    code: { optimize: false, regExp: Object.assign(regularExpression, { code: 'regExp' }) },
    // It would speak on the console, beside the log.
    logger: false,
  })
  formats.default(ajv)
  for (const name of MEANT) ajv.addFormat(name, true)
  ajv.addKeyword({ keyword: REFUSED, validate: () => false, errors: false })
  return ajv
}

/** A value may be nested deeper than anything can be that is checked by functions in functions. */
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

/** One fault a field, the first that was found: a vendor names a field once. */
function collectErrors(validate: ValidateFunction, values: Values): readonly Violation[] {
  if (isValid(validate, values)) return NONE
  const violations = new Map<string, Violation>()
  for (const error of validate.errors ?? []) {
    const violation = toViolation(error)
    const key = `${violation.place} ${violation.field}`
    if (!violations.has(key)) violations.set(key, violation)
  }
  return [...violations.values()]
}

function toViolation(error: ErrorObject): Violation {
  const { place, field } = fieldOf(error)
  const { rule, params } = ruleOf(error)
  return { place, field, rule, params, message: describe(error) }
}

function responseViolations(validate: ValidateFunction, value: unknown): ResponseViolation[] {
  if (isValid(validate, value)) return []
  return (validate.errors ?? []).map((error) => ({
    path: error.instancePath,
    keyword: error.keyword,
    message: `${error.instancePath || 'the body'} ${describe(error)}`,
  }))
}
