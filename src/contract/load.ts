import { basename } from 'node:path'
import { OpenAPIRouter } from 'openapi-backend/router.js'
import type {
  Contract,
  HeaderSpec,
  Json,
  MediaType,
  Operation,
  ParameterSpec,
  ResponseSpec,
  Schema,
  SecurityRequirement,
} from '../api.ts'
import { type Fault, LoadError } from '../errors.ts'
import type { Path, Source } from '../source.ts'
import { basePath, derivedId, free, isJson, securityScheme, shownHeaders } from './parts.ts'
import { isObject, modernise, pointed, rewrite } from './references.ts'
import { Validation } from './validate.ts'

type Node = Record<string, unknown>
type Definition = Operation['definition']

/** The API's name: the document's file name without its ending. */
export const contractName = (file: string) => basename(file).replace(/\.(ya?ml|json)$/i, '')

/**
 * Reads one OpenAPI document into a contract.
 *
 * @throws LoadError with every fault found
 */
export function loadContract(source: Source, name = contractName(source.file)): Contract {
  try {
    return new Reader(source, name).read()
  } catch (error) {
    if (error instanceof LoadError) throw error
    // A document of another form than OpenAPI's: an object where a list should be, say.
    const message = `not a well-formed OpenAPI document: ${(error as Error).message}`
    throw new LoadError([source.fault([], message)])
  }
}

/** One document being read; faults are gathered, so that all are told at once. */
class Reader {
  readonly #faults: Fault[] = []
  readonly #uri: string
  #document: Node = {}
  #referred: Node | undefined

  constructor(
    readonly source: Source,
    readonly name: string,
  ) {
    this.#uri = `sandbox:///${encodeURIComponent(name)}`
  }

  read(): Contract {
    const { value } = this.source
    this.#document = this.#checked(value)
    const definitions = this.#definitions()
    const operations = this.#operations(definitions)
    const basePaths = this.#basePaths()
    if (this.#faults.length > 0) throw new LoadError(this.#faults)
    const info = isObject(this.#document.info) ? this.#document.info : {}
    const validation = new Validation(this.#uri, this.#document)
    return {
      name: this.name,
      title: String(info.title ?? this.name),
      version: String(info.version ?? ''),
      file: this.source.file,
      basePaths,
      operations,
      document: value as Node,
      checkRequest: (operation, parts) => validation.request(operation, parts),
      checkBody: (spec, body) => validation.body(spec, body),
      checkHeader: (spec, text) => validation.header(spec, text),
      standalone: (schema) => this.#standalone(schema),
    }
  }

  #standalone(schema: Schema): Schema {
    if (typeof schema === 'boolean') return schema
    const { components = {}, paths = {} } = this.#document
    // What schemas refer to is the same for all of them, and may be large.
    this.#referred ??= this.#local({ components, paths })
    return { ...this.#local(schema), ...this.#referred }
  }

  /** A copy whose references begin in the document itself again. */
  #local(value: unknown): Node {
    return rewrite(value, (node) => {
      const ref = node.$ref
      return typeof ref === 'string' ? { ...node, $ref: ref.replace(this.#uri, '') } : node
    }) as Node
  }

  #fault(path: Path, message: string, part: 'key' | 'value' = 'value') {
    this.#faults.push(this.source.fault(path, message, part))
  }

  /** The document with absolute references, in the words of 3.1. */
  #checked(value: unknown): Node {
    const stop = (path: Path, message: string): never => {
      throw new LoadError([this.source.fault(path, message)])
    }
    if (!isObject(value)) return stop([], 'not an OpenAPI document: an object is needed')
    if ('swagger' in value) {
      return stop(['swagger'], 'OpenAPI 2.0 is not supported; convert the document to 3.0 or 3.1')
    }
    const version = value.openapi
    if (version === undefined) return stop([], 'not an OpenAPI document: it has no "openapi" key')
    if (!/^3\.[01](\.|$)/.test(String(version))) {
      return stop(['openapi'], `OpenAPI ${version} is not supported; 3.0 and 3.1 are`)
    }
    if (!isObject(value.paths)) return stop(['paths'], '"paths" must be an object')
    const old = String(version).startsWith('3.0')
    return rewrite(value, (node, path) =>
      this.#absolute(old ? modernise(node) : node, path),
    ) as Node
  }

  #absolute(node: Node, path: Path): Node {
    const ref = node.$ref
    if (typeof ref !== 'string') return node
    if (!ref.startsWith('#')) {
      this.#fault([...path, '$ref'], `"${ref}": only references within the document are supported`)
      return node
    }
    if (pointed(this.source.value, ref.slice(1)) === undefined) {
      this.#fault([...path, '$ref'], `"${ref}" points to nothing`)
    }
    return { ...node, $ref: `${this.#uri}${ref}` }
  }

  /** What a chain of references ends in. Schemas keep theirs; everything else is followed. */
  #followed(value: unknown): Node {
    let node = value
    for (let hops = 0; isObject(node) && typeof node.$ref === 'string' && hops < 50; hops++) {
      node = pointed(this.#document, node.$ref.slice(node.$ref.indexOf('#') + 1))
    }
    return isObject(node) && typeof node.$ref !== 'string' ? node : {}
  }

  /** The router's flat list, from path items whose references are followed. */
  #definitions(): Definition[] {
    const paths: Node = {}
    for (const [path, item] of Object.entries(this.#document.paths as Node)) {
      if (!path.startsWith('/')) {
        if (!path.startsWith('x-')) this.#fault(['paths', path], 'a path begins with "/"', 'key')
        continue
      }
      paths[path] = this.#followed(item)
    }
    const definition = { ...this.#document, paths } as ConstructorParameters<
      typeof OpenAPIRouter
    >[0]['definition']
    return new OpenAPIRouter({ definition }).getOperations()
  }

  #operations(definitions: Definition[]): Map<string, Operation> {
    const operations = new Map<string, Operation>()
    for (const definition of definitions) {
      const operation = this.#operation(definition, operations)
      if (operations.has(operation.id)) {
        const path = ['paths', operation.path, definition.method, 'operationId']
        this.#fault(path, `operationId "${operation.id}" is used twice`)
      }
      operations.set(operation.id, operation)
    }
    if (operations.size === 0) this.#fault(['paths'], 'the document has no operation', 'key')
    return operations
  }

  #operation(definition: Definition, known: ReadonlyMap<string, Operation>): Operation {
    const raw = definition as unknown as Node
    const { path, method } = definition
    const id = definition.operationId || free(derivedId(method, path), known)
    const parameters = this.#parameters(raw.parameters)
    const body = raw.requestBody === undefined ? undefined : this.#followed(raw.requestBody)
    const content = body && isObject(body.content) ? body.content : {}
    const json = Object.keys(content).find(isJson)
    const schema = json === undefined ? undefined : this.#followed(content[json]).schema
    const { properties } = this.#followed(schema)
    const security = this.#security(raw.security, ['paths', path, method, 'security'])
    return {
      api: this.name,
      id,
      method: method.toUpperCase(),
      path,
      parameters: parameters.map((parameter) => ({
        name: String(parameter.name),
        in: parameter.in as ParameterSpec['in'],
        list: this.#followed(parameter.schema).type === 'array',
      })),
      body: body && {
        required: body.required === true,
        types: Object.keys(content),
      },
      bodySchema: schema as Schema | undefined,
      bodyFields: isObject(properties) ? Object.keys(properties) : undefined,
      responses: this.#responses(raw.responses, ['paths', path, method, 'responses']),
      security,
      apiKeys: security.flat().filter(({ kind }) => kind === 'apiKey'),
      definition: {
        ...definition,
        operationId: id,
        parameters,
        // The library's validator reads the body's schema under exactly this media type.
        requestBody: body &&
          json && {
            ...body,
            content: { 'application/json': this.#followed(content[json]) },
          },
      } as unknown as Definition,
    }
  }

  /** An operation's own parameter comes first and hides the path item's of that name and place. */
  #parameters(value: unknown): Node[] {
    const found = new Map<string, Node>()
    for (const item of Array.isArray(value) ? value : []) {
      const parameter = this.#followed(item)
      const key = `${parameter.in} ${parameter.name}`
      // OpenAPI 3: these headers are described elsewhere, and such a parameter is to be ignored.
      if (/^header (accept|content-type|authorization)$/i.test(key)) continue
      if (!found.has(key)) found.set(key, parameter)
    }
    return [...found.values()]
  }

  #responses(value: unknown, path: Path): Map<string, ResponseSpec> {
    const responses = new Map<string, ResponseSpec>()
    for (const [key, item] of Object.entries(isObject(value) ? value : {})) {
      if (key.startsWith('x-')) continue
      if (!/^([1-5]\d\d|[1-5]XX|default)$/i.test(key)) {
        this.#fault([...path, key], `"${key}" is no status: 200, 4XX or default is meant`, 'key')
      }
      const response = this.#followed(item)
      const name = key.toLowerCase() === 'default' ? 'default' : key.toUpperCase()
      const content = this.#content(response.content)
      const headers = this.#headers(response.headers)
      responses.set(name, { key: name, headers, shown: shownHeaders(headers), content })
    }
    return responses
  }

  #headers(value: unknown): Map<string, HeaderSpec> {
    const headers = new Map<string, HeaderSpec>()
    for (const [name, item] of Object.entries(isObject(value) ? value : {})) {
      // OpenAPI 3: a response header called Content-Type is to be ignored.
      if (name.toLowerCase() === 'content-type') continue
      const header = this.#followed(item)
      headers.set(name.toLowerCase(), {
        name,
        required: header.required === true,
        schema: header.schema as Schema | undefined,
        example: header.example as Json | undefined,
      })
    }
    return headers
  }

  #content(value: unknown): MediaType | undefined {
    if (!isObject(value)) return undefined
    const types = Object.keys(value)
    const type = types.find(isJson) ?? types[0]
    if (type === undefined) return undefined
    const media = this.#followed(value[type])
    const examples = new Map<string, Json>()
    for (const [name, item] of Object.entries(isObject(media.examples) ? media.examples : {})) {
      const example = this.#example(item)
      if (example !== undefined) examples.set(name, example)
    }
    if ('example' in media) examples.set('example', media.example as Json)
    return { type, schema: media.schema as Schema | undefined, examples }
  }

  #example(item: unknown): Json | undefined {
    // Examples are data and were not rewritten: their references are still relative.
    const ref = isObject(item) ? item.$ref : undefined
    const found = typeof ref === 'string' ? pointed(this.#document, ref.slice(1)) : item
    return isObject(found) ? (found.value as Json | undefined) : undefined
  }

  #security(value: unknown, path: Path): SecurityRequirement[] {
    const components = this.#document.components
    const schemes = isObject(components) ? components.securitySchemes : undefined
    return (Array.isArray(value) ? value : []).map((requirement: Node) =>
      Object.keys(requirement).flatMap((name) => {
        const scheme = isObject(schemes) ? this.#followed(schemes[name]) : {}
        if (scheme.type === undefined) {
          this.#fault(path, `there is no security scheme "${name}"`)
        }
        return securityScheme(scheme)
      }),
    )
  }

  #basePaths(): string[] {
    const { servers } = this.#document
    const paths = (Array.isArray(servers) ? servers : []).map((server: Node, index) => {
      const variables = isObject(server.variables) ? server.variables : {}
      const url = String(server.url ?? '').replace(/\{([^}]+)\}/g, (_, name: string) =>
        String(isObject(variables[name]) ? (variables[name].default ?? '') : ''),
      )
      return basePath(url) ?? this.#noUrl(index, url)
    })
    return paths.length > 0 ? [...new Set(paths)] : ['']
  }

  #noUrl(index: number, url: string): string {
    this.#fault(['servers', index, 'url'], `"${url}" is not a URL`)
    return ''
  }
}
