/** What a schema says about the XML of its values, with all of its parts put together. */
import { allowedTypes } from './schema.ts'
import { type DocumentNode, type Follow, isObject, splitFragment } from './walk.ts'

/** OpenAPI's XML Object. */
export interface Xml {
  readonly name?: string
  readonly prefix?: string
  readonly namespace?: string
  readonly attribute?: boolean
  readonly wrapped?: boolean
}

export interface View {
  readonly xml: Xml
  /** The name of the component that the schema refers to. */
  readonly component: string | undefined
  /** Of any part or branch; none where the schema leaves it open. */
  readonly types: ReadonlySet<string>
  readonly items: unknown
  /** Those of all parts, then those of the branches: the first that has a property gives it. */
  readonly properties: ReadonlyMap<string, unknown>
  /** The schema of properties that are not listed. */
  readonly additional: unknown
}

// XML 1.0's NCName, less the higher planes, which the library and older parsers do not take.
const START =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D'
const START_MORE = '\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD'
const FIRST = new RegExp(`^[${START}${START_MORE}]`, 'u')
const UNNAMED = new RegExp(
  `[^${START}${START_MORE}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]`,
  'gu',
)

/** Any text as a name without a prefix: what no name may have becomes `_`. */
export function xmlName(text: string): string {
  const name = text.replace(UNNAMED, '_')
  // As an attribute, xmlns would declare a namespace.
  return FIRST.test(name) && name !== 'xmlns' ? name : `_${name}`
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const branches = (node: DocumentNode) => [...list(node.oneOf), ...list(node.anyOf)]

/** Reads schemas once each: recursive ones have no end otherwise. */
export class Views {
  readonly follow: Follow
  readonly #known = new Map<unknown, View>()
  readonly #none: View

  constructor(follow: Follow) {
    this.follow = follow
    this.#none = this.#read({})
  }

  of(schema: unknown): View {
    if (!isObject(schema)) return this.#none
    let view = this.#known.get(schema)
    if (!view) {
      view = this.#read(schema)
      this.#known.set(schema, view)
    }
    return view
  }

  property(view: View, key: string): View {
    return this.of(view.properties.has(key) ? view.properties.get(key) : view.additional)
  }

  #read(schema: DocumentNode): View {
    const { all, some } = this.#parts(schema)
    const parts = [...all, ...some]
    const properties = new Map<string, unknown>()
    for (const part of parts) {
      if (!isObject(part.properties)) continue
      for (const [key, property] of Object.entries(part.properties)) {
        if (!properties.has(key)) properties.set(key, property)
      }
    }
    const first = (key: string) => parts.map((part) => part[key]).find(isObject)
    const { $ref } = schema
    return {
      xml: this.#xml(schema),
      component: typeof $ref === 'string' ? splitFragment($ref).at(-1) : undefined,
      types: new Set(parts.flatMap(allowedTypes)),
      items: first('items'),
      properties,
      additional: first('additionalProperties'),
    }
  }

  /** A schema with what it refers to and allOf has, and what only branches of it have. */
  #parts(schema: DocumentNode): {
    readonly all: readonly DocumentNode[]
    readonly some: readonly DocumentNode[]
  } {
    const all = new Set<DocumentNode>()
    const some = new Set<DocumentNode>()
    const gather = (part: unknown, into: Set<DocumentNode>): void => {
      if (!isObject(part) || all.has(part) || some.has(part)) return
      into.add(part)
      if (typeof part.$ref === 'string') gather(this.follow(part), into)
      for (const inner of list(part.allOf)) gather(inner, into)
    }
    gather(schema, all)
    // Sets are walked in the order of insertion, what is added meanwhile included.
    for (const parts of [all, some]) {
      for (const part of parts) for (const branch of branches(part)) gather(branch, some)
    }
    return { all: [...all], some: [...some] }
  }

  /** The schema's own words first, then those of the only thing that it wraps. */
  #xml(schema: DocumentNode): Xml {
    let xml: DocumentNode = {}
    const seen = new Set<DocumentNode>()
    for (
      let node: DocumentNode | undefined = schema;
      node && !seen.has(node);
      node = this.#wrapped(node)
    ) {
      seen.add(node)
      if (isObject(node.xml)) xml = { ...node.xml, ...xml }
    }
    return checked(xml)
  }

  /** What a reference ends in, or an allOf, oneOf or anyOf of one; null beside it does not count. */
  #wrapped(node: DocumentNode): DocumentNode | undefined {
    if (typeof node.$ref === 'string') return this.follow(node)
    const inner = [...list(node.allOf), ...branches(node)].filter(isObject)
    const rest = inner.filter(({ type }) => type !== 'null')
    return rest.length === 1 ? rest[0] : undefined
  }
}

/** Only what is of its type; a prefix that stands in the name is one, too. */
function checked({ name, prefix, namespace, attribute, wrapped }: DocumentNode): Xml {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const [, before, after] = /^([^:]+):([^:]+)$/.exec(text(name) ?? '') ?? []
  const xml = {
    name: after ?? text(name),
    prefix: text(prefix) ?? before,
    namespace: text(namespace),
  }
  const told = Object.entries(xml).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(told), attribute: attribute === true, wrapped: wrapped === true }
}
