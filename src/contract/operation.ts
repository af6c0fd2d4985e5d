/** Reads one operation of a document: what it takes, and what it answers. */

import type { Path } from '../errors.ts'
import type { Documents, Follow, Place } from './document.ts'
import { formOf, headerText, isHeaderName } from './http-values.ts'
import type {
  BodyMedia,
  HeaderSpec,
  Json,
  MediaType,
  Operation,
  ParameterSpec,
  ResponseSpec,
  Schema,
  SecurityRequirement,
} from './model.ts'
import { schemaOf } from './parameters.ts'
import { Shape } from './schema.ts'
import { securityScheme } from './security.ts'
import { type DocumentNode, isObject } from './walk.ts'

type Definition = Operation['definition']

export class OperationReader {
  readonly #api: string
  readonly #place: Place
  readonly #documents: Documents
  readonly #follow: Follow

  /** @param place where the path item stands */
  constructor(api: string, place: Place, documents: Documents) {
    this.#api = api
    this.#place = place
    this.#documents = documents
    this.#follow = documents.follow
  }

  read(definition: Definition, known: ReadonlyMap<string, Operation>): Operation {
    const raw = definition as unknown as DocumentNode
    const { path, method } = definition
    const at = (key: string): Path => [...this.#place.path, method, key]
    const id = definition.operationId || free(derivedId(method, path), known)
    const parameters = this.#parameters(raw.parameters, path, at('parameters'))
    const body = this.#body(raw.requestBody)
    const security = this.#security(raw.security, at('security'))
    return {
      api: this.#api,
      id,
      derivedId: !definition.operationId,
      method: method.toUpperCase(),
      path,
      parameters: parameters.map((parameter) => ({
        name: String(parameter.name),
        in: parameter.in as ParameterSpec['in'],
      })),
      body,
      bodyFields: this.#fields(body?.media),
      responses: this.#responses(raw.responses, at('responses'), raw.deprecated === true),
      security,
      apiKeys: security.flat().filter(({ kind }) => kind === 'apiKey'),
      basePaths: this.#basePaths(raw.servers, at('servers')),
      definition: { ...definition, operationId: id, parameters } as unknown as Definition,
    }
  }

  #fault(path: Path, message: string, part: 'key' | 'value' = 'value') {
    this.#documents.diagnostics.push(this.#place.source.diagnosticAt(path, message, part))
  }

  #warn(path: Path, message: string) {
    this.#documents.warnings.push(this.#place.source.diagnosticAt(path, message))
  }

  /** An operation's own parameter comes first and hides the path item's of that name and place. */
  #parameters(value: unknown, template: string, path: Path): DocumentNode[] {
    const found = new Map<string, DocumentNode>()
    for (const item of Array.isArray(value) ? value : []) {
      const parameter = this.#follow(item)
      const key = `${parameter.in} ${parameter.name}`
      // OpenAPI 3: these headers are described elsewhere, and such a parameter is to be ignored.
      if (/^header (accept|content-type|authorization)$/i.test(key)) continue
      if (!PLACES.has(String(parameter.in))) {
        this.#warn(path, `a parameter is passed over: "in" is ${JSON.stringify(parameter.in)}`)
        continue
      }
      if (parameter.in === 'path' && !template.includes(`{${parameter.name}}`)) {
        this.#warn(path, `the path has no {${parameter.name}}: that parameter is passed over`)
        continue
      }
      if (!found.has(key)) found.set(key, parameter)
    }
    return [...found.values()]
  }

  #body(value: unknown): Operation['body'] {
    if (value === undefined) return undefined
    const body = this.#follow(value)
    const content = isObject(body.content) ? body.content : {}
    const media = Object.entries(content).map(([type, item]): BodyMedia => {
      const { schema, encoding } = this.#follow(item)
      return {
        type,
        form: formOf(type),
        schema: schema as Schema | undefined,
        encoding: isObject(encoding) ? encoding : {},
      }
    })
    return { required: body.required === true, media: media.length > 0 ? media : ANYTHING }
  }

  /** Undefined where a body may have fields that its schema does not list. */
  #fields(media: readonly BodyMedia[] = []): readonly string[] | undefined {
    const { schema } = media.find(({ form }) => form === 'json') ?? media[0] ?? {}
    const { parts, names } = new Shape(schema, this.#follow)
    const open = parts.some(({ oneOf, anyOf, additionalProperties, patternProperties }) => {
      return [oneOf, anyOf, patternProperties].some(Boolean) || isObject(additionalProperties)
    })
    return open || names.length === 0 ? undefined : [...new Set(names)]
  }

  #responses(value: unknown, path: Path, deprecated: boolean): Map<string, ResponseSpec> {
    const responses = new Map<string, ResponseSpec>()
    for (const [key, item] of Object.entries(isObject(value) ? value : {})) {
      if (key.startsWith('x-')) continue
      if (!/^([1-5]\d\d|[1-5]XX|default)$/i.test(key)) {
        this.#fault([...path, key], `"${key}" is no status: 200, 4XX or default is meant`, 'key')
      }
      const response = this.#follow(item)
      const name = key.toLowerCase() === 'default' ? 'default' : key.toUpperCase()
      const contents = this.#contents(response.content, [...path, key, 'content'])
      const headers = this.#headers(response.headers)
      const shown = { ...(deprecated && DEPRECATED), ...shownHeaders(headers) }
      const content = contents.find(({ form }) => form === 'json') ?? contents[0]
      responses.set(name, { key: name, headers, shown, content, contents })
    }
    return responses
  }

  #headers(value: unknown): Map<string, HeaderSpec> {
    const headers = new Map<string, HeaderSpec>()
    for (const [name, item] of Object.entries(isObject(value) ? value : {})) {
      // OpenAPI 3: a response header called Content-Type is to be ignored.
      if (name.toLowerCase() === 'content-type') continue
      const header = this.#follow(item)
      const schema = schemaOf(header, this.#follow)
      headers.set(name.toLowerCase(), {
        name,
        required: header.required === true,
        explode: header.explode === true,
        schema,
        example: this.#examples(header, schema, []).values().next().value,
      })
    }
    return headers
  }

  #contents(value: unknown, path: Path): MediaType[] {
    return Object.entries(isObject(value) ? value : {}).map(([type, item]) => {
      const media = this.#follow(item)
      const schema = media.schema as Schema | undefined
      const examples = this.#examples(media, schema, [...path, type])
      const sent = concrete(type)
      const form = formOf(sent)
      if (form === 'multipart') this.#warn([...path, type], MULTIPART)
      return { type: sent, open: sent !== type, form, schema, examples }
    })
  }

  /** By name, in the document's order; those of the schema where there are no others. */
  #examples(holder: DocumentNode, schema: Schema | undefined, path: Path): Map<string, Json> {
    const examples = new Map<string, Json>()
    for (const [name, item] of Object.entries(isObject(holder.examples) ? holder.examples : {})) {
      const example = this.#example(item, [...path, 'examples', name])
      if (example !== undefined) examples.set(name, example)
    }
    if ('example' in holder) examples.set('example', holder.example as Json)
    if (examples.size > 0) return examples
    const { example, examples: listed } = this.#follow(schema)
    if (example !== undefined) return examples.set('example', example as Json)
    for (const [index, each] of (Array.isArray(listed) ? listed : []).entries()) {
      examples.set(index === 0 ? 'example' : `example${index + 1}`, each as Json)
    }
    return examples
  }

  #example(item: unknown, path: Path): Json | undefined {
    const { value, externalValue } = this.#follow(item)
    if (externalValue !== undefined) {
      this.#warn(path, 'an example with externalValue is passed over; write it here as its value')
    }
    return value as Json | undefined
  }

  #security(value: unknown, path: Path): SecurityRequirement[] {
    const components = this.#documents.root.components
    const schemes = isObject(components) ? components.securitySchemes : undefined
    return (Array.isArray(value) ? value : []).map((requirement: DocumentNode) =>
      Object.keys(requirement).flatMap((name) => {
        const scheme = isObject(schemes) ? this.#follow(schemes[name]) : {}
        if (scheme.type === undefined) {
          this.#warn(path, `there is no security scheme "${name}": nobody is asked for it`)
        }
        return securityScheme(scheme)
      }),
    )
  }

  #basePaths(servers: unknown, path: Path): string[] | undefined {
    if (!Array.isArray(servers) || servers.length === 0) return undefined
    return basePathsOf(servers, (_, url) => this.#fault(path, `"${url}" is not a URL`))
  }
}

/** What a body may be that names no media type. */
const ANYTHING: readonly BodyMedia[] = [
  { type: '*/*', form: 'binary', schema: undefined, encoding: {} },
]

/** What is sent where the document leaves it open. */
function concrete(type: string): string {
  if (!type.includes('*')) return type
  const [group] = type.split('/')
  return ANY[group ?? ''] ?? 'application/octet-stream'
}

const ANY: Readonly<Record<string, string>> = {
  '*': 'application/json',
  application: 'application/json',
  text: 'text/plain',
  image: 'image/png',
}

const PLACES = new Set(['path', 'query', 'header', 'cookie'])

const MULTIPART = 'answers of several parts are not supported: it is sent as JSON text'

/** No document says since when: the header's older form says only that it is so. */
const DEPRECATED = { deprecation: 'true' }

/** The path of a server's URL, decoded as requests are when they are compared with it. */
function basePath(url: string): string | undefined {
  try {
    return decodeURI(new URL(url, 'http://localhost').pathname).replace(/\/+$/, '')
  } catch {
    return undefined
  }
}

/** Base paths of a list of servers; `refuse` hears of what is no URL. */
export function basePathsOf(
  servers: readonly unknown[],
  refuse: (index: number, url: string) => void,
): string[] {
  const paths = (servers as readonly DocumentNode[]).flatMap((server, index) =>
    spelled(String(server.url ?? ''), isObject(server.variables) ? server.variables : {}).map(
      (url) => {
        const path = basePath(url)
        if (path === undefined) refuse(index, url)
        return path ?? ''
      },
    ),
  )
  return paths.length > 0 ? [...new Set(paths)] : ['']
}

/** More spellings of one server than anybody would serve. */
const MOST_SPELLINGS = 50

/** A URL with its variables filled in: each value that they may have, else the default. */
function spelled(url: string, variables: DocumentNode): string[] {
  let urls = [url]
  for (const [placeholder, name = ''] of url.matchAll(/\{([^}]+)\}/g)) {
    const variable = isObject(variables[name]) ? variables[name] : {}
    const first = String(variable.default ?? '')
    const values = Array.isArray(variable.enum) ? variable.enum.map(String) : []
    const all = [...new Set([first, ...values])]
    const chosen = urls.length * all.length > MOST_SPELLINGS ? [first] : all
    urls = urls.flatMap((each) => chosen.map((value) => each.replaceAll(placeholder, value)))
  }
  return urls
}

/** The examples of headers, as far as a header can be what they say. */
export function shownHeaders(headers: ReadonlyMap<string, HeaderSpec>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, { example, explode }] of headers) {
    const text = example === undefined ? undefined : headerText(example, explode)
    if (text !== undefined && isHeaderName(name)) shown[name] = text
  }
  return shown
}

/** Paths that differ in punctuation alone would get the same id. */
export function free(id: string, known: ReadonlyMap<string, unknown>): string {
  let made = id
  for (let count = 2; known.has(made); count++) made = `${id}${count}`
  return made
}

/** `GET /pets/{id}/toys` becomes `getPetsIdToys`. */
export function derivedId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
