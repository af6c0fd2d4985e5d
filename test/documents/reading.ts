/** Reads an OpenAPI document for the tests, without any of the code under test. */

export type Node = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A place in a document: the value there and the keys that lead to it. */
export interface Place {
  readonly keys: readonly string[]
  readonly value: unknown
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly style: string
  readonly explode: boolean
  readonly allowReserved: boolean
  /** Its value is a string of this media type. */
  readonly content: string | undefined
  readonly schema: Place | undefined
  readonly examples: readonly unknown[]
}

export interface Media {
  readonly type: string
  readonly schema: Place | undefined
  readonly examples: readonly unknown[]
  readonly encoding: Node
}

export interface Response {
  /** 200, 2XX or default. */
  readonly key: string
  readonly content: readonly Media[]
  readonly headers: readonly Header[]
}

export interface Header {
  /** In lower case. */
  readonly name: string
  readonly required: boolean
  readonly schema: Place | undefined
}

export interface Operation {
  /** `GET /pets/{id}`. */
  readonly label: string
  readonly method: string
  readonly template: string
  /** The path of the server that it is served at. */
  readonly base: string
  readonly parameters: readonly Parameter[]
  readonly body: { readonly required: boolean; readonly content: readonly Media[] } | undefined
  readonly responses: readonly Response[]
  /** A request must meet one of these lists; without any, it needs no credentials. */
  readonly security: readonly (readonly Node[])[]
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
/** OpenAPI 3 ignores the first ones; the last ones belong to the connection. */
const IGNORED = /^header:(accept|content-type|authorization|content-length|host)$/i

export class Reading {
  readonly root: Node

  constructor(root: Node) {
    this.root = root
  }

  /** Whether it is a document of OpenAPI 3.0, which has its own dialect. */
  get old(): boolean {
    return String(this.root.openapi).startsWith('3.0')
  }

  at(keys: readonly string[]): Place {
    let place: Place = { keys: [], value: this.root }
    for (const key of keys) place = this.child(this.followed(place), key)
    return place
  }

  child({ keys, value }: Place, key: string): Place {
    const inside = isNode(value) || Array.isArray(value) ? (value as Node)[key] : undefined
    return { keys: [...keys, key], value: inside }
  }

  children(place: Place): Place[] {
    const { value } = place
    return isNode(value) || Array.isArray(value)
      ? Object.keys(value).map((key) => this.child(place, key))
      : []
  }

  /** Returns where a chain of references ends; undefined where it never does. */
  followed(place: Place): Place {
    let found = place
    for (let hops = 0; isNode(found.value) && typeof found.value.$ref === 'string'; hops++) {
      if (hops > 20) return { ...found, value: undefined }
      found = this.referred(found.value.$ref)
    }
    return found
  }

  referred(ref: string): Place {
    const parts = ref.replace(/^#\/?/, '').split('/')
    return this.at(
      parts.map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')),
    )
  }

  operations(): Operation[] {
    return this.children(this.at(['paths']))
      .filter(({ keys }) => keys.at(-1)?.startsWith('/'))
      .flatMap((item) => {
        const followed = this.followed(item)
        return METHODS.filter((method) => isNode(this.child(followed, method).value)).map(
          (method) => this.#operation(item.keys.at(-1) ?? '', method, followed),
        )
      })
  }

  #operation(template: string, method: string, item: Place): Operation {
    const place = this.child(item, method)
    const { security = this.root.security, servers } = place.value as Node
    const own = [servers, (item.value as Node).servers, this.root.servers]
    const body = this.followed(this.child(place, 'requestBody'))
    return {
      label: `${method.toUpperCase()} ${template}`,
      method: method.toUpperCase(),
      template,
      base: basePath(own.find((list) => Array.isArray(list) && list.length > 0)),
      parameters: this.#parameters(place, item),
      body: isNode(body.value)
        ? { required: body.value.required === true, content: this.#content(body) }
        : undefined,
      responses: this.children(this.child(place, 'responses'))
        .filter(({ keys }) => !keys.at(-1)?.startsWith('x-'))
        .map((response) => this.#response(response)),
      security: this.#security(security),
    }
  }

  #parameters(operation: Place, item: Place): Parameter[] {
    const found = new Map<string, Parameter>()
    const places = [operation, item].flatMap((at) => this.children(this.child(at, 'parameters')))
    for (const place of places) {
      const followed = this.followed(place)
      const {
        name,
        in: where,
        required,
        style,
        explode,
        allowReserved,
      } = (followed.value ?? {}) as Node
      const key = `${where}:${name}`
      if (found.has(key) || IGNORED.test(key)) continue
      const [content] = this.#content(followed)
      const used = String(style ?? (where === 'query' || where === 'cookie' ? 'form' : 'simple'))
      found.set(key, {
        name: String(name),
        in: String(where),
        required: required === true || where === 'path',
        style: used,
        explode: typeof explode === 'boolean' ? explode : used === 'form',
        allowReserved: allowReserved === true,
        content: content?.type,
        schema: content ? content.schema : this.#schema(followed),
        examples: content ? content.examples : this.#examples(followed),
      })
    }
    return [...found.values()]
  }

  #response(place: Place): Response {
    const followed = this.followed(place)
    return {
      key: (place.keys.at(-1) ?? '').toUpperCase(),
      content: this.#content(followed),
      headers: this.children(this.child(followed, 'headers'))
        .map((header) => this.#header(header))
        .filter(({ name }) => name !== 'content-type'),
    }
  }

  #header(place: Place): Header {
    const followed = this.followed(place)
    return {
      name: (place.keys.at(-1) ?? '').toLowerCase(),
      required: isNode(followed.value) && followed.value.required === true,
      schema: this.#schema(followed),
    }
  }

  #content(place: Place): Media[] {
    return this.children(this.child(place, 'content')).map((media) => {
      const followed = this.followed(media)
      const { encoding } = (followed.value ?? {}) as Node
      return {
        type: media.keys.at(-1) ?? '',
        schema: this.#schema(followed),
        examples: this.#examples(followed),
        encoding: isNode(encoding) ? encoding : {},
      }
    })
  }

  #schema(place: Place): Place | undefined {
    const schema = this.child(place, 'schema')
    return schema.value === undefined ? undefined : schema
  }

  /** Lists the examples of what is described at a place. */
  #examples(place: Place): unknown[] {
    const { example } = (place.value ?? {}) as Node
    const named = this.children(this.child(place, 'examples')).flatMap((each) => {
      const { value } = this.followed(each)
      return isNode(value) && 'value' in value ? [value.value] : []
    })
    return [...(example === undefined ? [] : [example]), ...named]
  }

  #security(value: unknown): Node[][] {
    const schemes = this.at(['components', 'securitySchemes'])
    return (Array.isArray(value) ? value : []).map((requirement: Node) =>
      Object.keys(requirement).map((name) => {
        const { value: scheme } = this.followed(this.child(schemes, name))
        return isNode(scheme) ? scheme : {}
      }),
    )
  }
}

/** Returns the path of the first server, with its variables at their defaults. */
function basePath(servers: unknown): string {
  const [server] = Array.isArray(servers) ? servers : []
  const { url = '', variables = {} } = (server ?? {}) as { url?: string; variables?: Node }
  const filled = String(url).replace(/\{([^}]+)\}/g, (_, name: string) =>
    String((variables[name] as Node | undefined)?.default ?? ''),
  )
  return new URL(filled, 'http://localhost/').pathname.replace(/\/+$/, '')
}

/** Returns the status and the response of a valid request. */
export function success({ responses }: Operation): {
  status: number
  response: Response | undefined
} {
  const listed = responses
    .filter(({ key }) => key !== 'DEFAULT')
    .map((response) => ({ status: Number(response.key.replace('XX', '00')), response }))
    .toSorted((a, b) => rank(a.response) - rank(b.response) || a.status - b.status)
  const found = listed.find(({ status }) => status >= 200 && status < 300)
  const other = responses.find(({ key }) => key === 'DEFAULT')
  if (found) return found
  // A success may be missing only where "default" documents it.
  if (other) return { status: 200, response: other }
  return listed[0] ?? { status: 200, response: undefined }
}

/** Exact statuses come before ranges. */
const rank = ({ key }: Response) => (key.endsWith('XX') ? 1 : 0)
