/** Reads one operation of a document: parameters, body, responses, security, servers. */
import type { Path } from '../errors.ts'
import type { Documents, SourceLocation } from './document.ts'
import { detectFormat } from './http-values.ts'
import { headerExamples, MessageReader } from './message.ts'
import type {
  BodyMedia,
  Operation,
  OperationDefinition,
  ParameterSpec,
  ResponseSpec,
  Schema,
  SecurityRequirement,
} from './model.ts'
import { SchemaView } from './schema.ts'
import { readSecurityScheme } from './security.ts'
import { type DocumentNode, type Follow, isObject } from './walk.ts'

export class OperationReader {
  readonly #api: string
  readonly #item: SourceLocation
  readonly #documents: Documents
  readonly #follow: Follow
  readonly #messages: MessageReader

  /** @param item where the path item stands */
  constructor(api: string, item: SourceLocation, documents: Documents) {
    this.#api = api
    this.#item = item
    this.#documents = documents
    this.#follow = documents.follow
    this.#messages = new MessageReader(item.source, documents)
  }

  /** @param known the operations that were read before, by id */
  read(definition: OperationDefinition, known: ReadonlyMap<string, unknown>): Operation {
    const { path, method, operationId, deprecated } = definition
    const at = (key: string): Path => [...this.#item.path, method, key]
    const id = operationId || uniqueId(deriveId(method, path), known)
    const parameters = this.#readParameters(definition.parameters, path, at('parameters'))
    const body = this.#readBody(definition.requestBody)
    const security = this.#readSecurity(definition.security, at('security'))
    return {
      api: this.#api,
      id,
      derivedId: !operationId,
      method: method.toUpperCase(),
      path,
      parameters: parameters.map((parameter) => ({
        name: String(parameter.name),
        in: parameter.in as ParameterSpec['in'],
      })),
      body,
      bodyFields: this.#listBodyFields(body?.media),
      responses: this.#readResponses(definition.responses, at('responses'), deprecated === true),
      security,
      apiKeys: security.flat().filter(({ kind }) => kind === 'apiKey'),
      basePaths: this.#readBasePaths(definition.servers, at('servers')),
      definition: { ...definition, operationId: id, parameters },
    }
  }

  #report(path: Path, message: string, part: 'key' | 'value' = 'value') {
    this.#documents.diagnostics.push(this.#item.source.diagnosticAt(path, message, part))
  }

  #warn(path: Path, message: string) {
    this.#documents.warnings.push(this.#item.source.diagnosticAt(path, message))
  }

  /** Operation parameters come before those of the path item, and override them by name and place. */
  #readParameters(value: unknown, template: string, path: Path): DocumentNode[] {
    const parameters = new Map<string, DocumentNode>()
    for (const item of Array.isArray(value) ? value : []) {
      const parameter = this.#follow(item)
      const key = `${parameter.in} ${parameter.name}`
      // OpenAPI 3: parameters for these headers are ignored, since other fields describe them.
      if (/^header (accept|content-type|authorization)$/i.test(key)) continue
      if (!PARAMETER_PLACES.has(String(parameter.in))) {
        this.#warn(path, `a parameter is ignored: "in" is ${JSON.stringify(parameter.in)}`)
        continue
      }
      if (parameter.in === 'path' && !template.includes(`{${parameter.name}}`)) {
        this.#warn(path, `a parameter is ignored: the path has no {${parameter.name}}`)
        continue
      }
      if (!parameters.has(key)) parameters.set(key, parameter)
    }
    return [...parameters.values()]
  }

  #readBody(value: unknown): Operation['body'] {
    if (value === undefined) return undefined
    const body = this.#follow(value)
    const content = isObject(body.content) ? body.content : {}
    const media = Object.entries(content).map(([type, item]): BodyMedia => {
      const { schema, encoding } = this.#follow(item)
      return {
        type,
        format: detectFormat(type),
        schema: schema as Schema | undefined,
        encoding: isObject(encoding) ? encoding : {},
      }
    })
    return { required: body.required === true, media: media.length > 0 ? media : ANY_BODY }
  }

  /** Returns undefined where a body may have fields that its schema does not list. */
  #listBodyFields(media: readonly BodyMedia[] = []): readonly string[] | undefined {
    const { schema } = media.find(({ format }) => format === 'json') ?? media[0] ?? {}
    const { parts, propertyNames } = new SchemaView(schema, this.#follow)
    const mayHaveOthers = parts.some((part) => {
      const { oneOf, anyOf, additionalProperties, patternProperties } = part
      return [oneOf, anyOf, patternProperties].some(Boolean) || isObject(additionalProperties)
    })
    return mayHaveOthers || propertyNames.length === 0 ? undefined : [...new Set(propertyNames)]
  }

  #readResponses(value: unknown, path: Path, isDeprecated: boolean): Map<string, ResponseSpec> {
    const responses = new Map<string, ResponseSpec>()
    for (const [key, item] of Object.entries(isObject(value) ? value : {})) {
      if (key.startsWith('x-')) continue
      if (!/^([1-5]\d\d|[1-5]XX|default)$/i.test(key)) {
        this.#report([...path, key], `"${key}" is not a status: use 200, 4XX or default`, 'key')
      }
      const response = this.#follow(item)
      const name = key.toLowerCase() === 'default' ? 'default' : key.toUpperCase()
      const at = [...path, key, 'content']
      const contents = this.#messages.readContents(response.content, at, /^[45]/.test(key))
      const headers = this.#messages.readHeaders(response.headers)
      const exampleHeaders = { ...(isDeprecated && DEPRECATION), ...headerExamples(headers) }
      const content = contents.find(({ format }) => format === 'json') ?? contents[0]
      responses.set(name, { key: name, headers, exampleHeaders, content, contents })
    }
    return responses
  }

  #readSecurity(value: unknown, path: Path): SecurityRequirement[] {
    const { components } = this.#documents.root
    const schemes = isObject(components) ? components.securitySchemes : undefined
    return (Array.isArray(value) ? value : []).map((requirement: DocumentNode) =>
      Object.keys(requirement).flatMap((name) => {
        const scheme = isObject(schemes) ? this.#follow(schemes[name]) : {}
        if (scheme.type === undefined) {
          this.#warn(
            path,
            `there is no security scheme "${name}", so no credentials are checked for it`,
          )
        }
        return readSecurityScheme(scheme)
      }),
    )
  }

  #readBasePaths(servers: unknown, path: Path): string[] | undefined {
    if (!Array.isArray(servers) || servers.length === 0) return undefined
    return readBasePaths(servers, (_, url) => this.#report(path, `"${url}" is not a URL`))
  }
}

/** The media types of a body for which the document names none. */
const ANY_BODY: readonly BodyMedia[] = [
  { type: '*/*', format: 'binary', schema: undefined, encoding: {} },
]

const PARAMETER_PLACES = new Set(['path', 'query', 'header', 'cookie'])

/** The older form of the header: RFC 9745's has a date, which no document knows. */
const DEPRECATION = { deprecation: 'true' }

/** Reads the base paths of a list of servers; reports URLs that are none. */
export function readBasePaths(
  servers: readonly unknown[],
  report: (index: number, url: string) => void,
): string[] {
  const paths = (servers as readonly DocumentNode[]).flatMap((server, index) => {
    const variables = isObject(server.variables) ? server.variables : {}
    return expandServerUrl(String(server.url ?? ''), variables).map((url) => {
      const path = decodeBasePath(url)
      if (path === undefined) report(index, url)
      return path ?? ''
    })
  })
  return paths.length > 0 ? [...new Set(paths)] : ['']
}

/** Returns the path of a server's URL, decoded as the paths of requests are. */
function decodeBasePath(url: string): string | undefined {
  try {
    return decodeURI(new URL(url, 'http://localhost').pathname).replace(/\/+$/, '')
  } catch {
    return undefined
  }
}

/** Variables multiply: beyond this many URLs of a server, further ones keep their default. */
const MAX_SERVER_URLS = 50

/** Fills in the variables of a URL: one URL for each combination of their values. */
function expandServerUrl(url: string, variables: DocumentNode): string[] {
  let urls = [url]
  for (const [placeholder, name = ''] of url.matchAll(/\{([^}]+)\}/g)) {
    const variable = isObject(variables[name]) ? variables[name] : {}
    const preset = String(variable.default ?? '')
    const listed = Array.isArray(variable.enum) ? variable.enum.map(String) : []
    const all = [...new Set([preset, ...listed])]
    const values = urls.length * all.length > MAX_SERVER_URLS ? [preset] : all
    urls = urls.flatMap((each) => values.map((value) => each.replaceAll(placeholder, value)))
  }
  return urls
}

/** Derived ids collide where paths differ only in punctuation: count them. */
function uniqueId(id: string, known: ReadonlyMap<string, unknown>): string {
  let unique = id
  for (let count = 2; known.has(unique); count++) unique = `${id}${count}`
  return unique
}

/** Derives an id: `GET /pets/{id}/toys` becomes `getPetsIdToys`. */
function deriveId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
