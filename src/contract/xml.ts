/** XML bodies as a schema's `xml` objects want them (OpenAPI 3.0.4 and 3.1.1, "XML Object"). */
import type { Json, Schema } from './model.ts'
import type { Follow } from './walk.ts'
import { type Element, NO_CHARACTER, parseXml, XmlError } from './xml-parse.ts'
import { type View, Views, type Xml, xmlName } from './xml-view.ts'

export { XmlError }

/**
 * A value as an XML document. What XML has no words for is lost: null is an empty element like '',
 * a null attribute is left out, and so is an empty list that no element is wrapped around.
 *
 * @param name the root element's, where the schema gives none
 */
export async function writeXml(
  value: Json,
  schema: Schema | undefined,
  follow: Follow,
  name = 'root',
): Promise<string> {
  const root = new Writer(new Views(follow)).root(value, schema, name)
  return `<?xml version="1.0" encoding="UTF-8"?>${root}`
}

/**
 * An XML document as the value its schema means. A validator is left something to refuse: text that
 * does not fit its type stays text; elements and attributes that the schema lacks stay under their
 * names, and text beside them under `#text`. The root may have any name.
 *
 * @throws XmlError where it is not well-formed, deeper than 100 elements, or declares anything
 */
export async function readXml(
  text: string,
  schema: Schema | undefined,
  follow: Follow,
): Promise<Json> {
  const root = await parseXml(text)
  const views = new Views(follow)
  return new Reader(views).value(root, views.of(schema))
}

const NO_CHARACTERS = new RegExp(NO_CHARACTER, 'gu')
const REFERENCES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
])

/** Text that reads as itself again. Parsers turn line ends into \n, and in attributes into spaces. */
function escaped(text: string, attribute = false): string {
  return text
    .replace(NO_CHARACTERS, '\uFFFD')
    .replace(attribute ? /[&<>"'\r\n\t]/g : /[&<>"'\r]/g, (character) => {
      return REFERENCES.get(character) ?? `&#${character.charCodeAt(0)};`
    })
}

/** An element being written: its attributes so far, and the namespaces bound in it, by prefix. */
interface Open {
  readonly attributes: Map<string, string>
  readonly scope: Map<string, string>
}

type Scope = Open['scope']

class Writer {
  readonly views: Views

  constructor(views: Views) {
    this.views = views
  }

  root(value: Json, schema: Schema | undefined, fallback: string): string {
    const view = this.views.of(schema)
    const name = view.xml.name ?? view.component ?? fallback
    const items = this.views.of(view.items).component ?? name
    return this.#element(name, view, new Map(), (open) => this.#content(value, view, items, open))
  }

  #element(local: string, view: View, outer: Scope, content: (open: Open) => string): string {
    const open = { attributes: new Map<string, string>(), scope: new Map(outer) }
    const name = this.#name(local, view.xml, open)
    const inner = content(open)
    const attributes = [...open.attributes].map(([key, text]) => ` ${key}="${text}"`).join('')
    const start = `<${name}${attributes}`
    return inner === '' ? `${start}/>` : `${start}>${inner}</${name}>`
  }

  #named(local: string, value: Json, view: View, outer: Scope): string {
    return this.#element(local, view, outer, (open) => this.#content(value, view, local, open))
  }

  /** What stands in an element. `items` is the name of a list's, where their schema gives none. */
  #content(value: Json, view: View, items: string, open: Open): string {
    if (value === null) return ''
    if (Array.isArray(value)) return this.#items(value, view, items, open.scope)
    if (typeof value !== 'object') return escaped(String(value))
    const parts = Object.entries(value).map(([key, child]) => {
      const inner = this.views.property(view, key)
      const { xml } = inner
      if (Array.isArray(child) && !xml.wrapped) return this.#items(child, inner, key, open.scope)
      const name = xml.name ?? key
      const simple = typeof child !== 'object' || child === null
      if (!xml.attribute || !simple) return this.#named(name, child, inner, open.scope)
      // The default namespace is not for attributes: without a prefix they are in none.
      const attribute = xml.prefix === undefined ? xmlName(name) : this.#name(name, xml, open)
      if (child !== null) open.attributes.set(attribute, escaped(String(child), true))
      return ''
    })
    return parts.join('')
  }

  #items(list: readonly Json[], view: View, fallback: string, scope: Scope): string {
    const inner = this.views.of(view.items)
    const name = inner.xml.name ?? fallback
    return list.map((item) => this.#named(name, item, inner, scope)).join('')
  }

  /** The name with its prefix; the element that is open declares what is not declared around it. */
  #name(local: string, xml: Xml, { attributes, scope }: Open): string {
    const prefix = xml.prefix === undefined ? '' : xmlName(xml.prefix)
    // A prefix that nothing is bound to would keep parsers from reading the document at all.
    const standIn = prefix && (scope.get(prefix) ?? `urn:prefix:${prefix}`)
    const namespace = xml.namespace ?? standIn
    if (namespace && prefix !== 'xml' && scope.get(prefix) !== namespace) {
      attributes.set(prefix ? `xmlns:${prefix}` : 'xmlns', escaped(namespace, true))
      scope.set(prefix, namespace)
    }
    return prefix ? `${prefix}:${xmlName(local)}` : xmlName(local)
  }
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** Keys by the names they are written under. */
interface Keys {
  readonly elements: ReadonlyMap<string, string>
  readonly attributes: ReadonlyMap<string, string>
}

class Reader {
  readonly views: Views
  readonly #keys = new Map<View, Keys>()

  constructor(views: Views) {
    this.views = views
  }

  value(element: Element, view: View): Json {
    const { types } = view
    if (element.nil) return null
    if (element.elements.length === 0) return this.#childless(element, view)
    if (!types.has('array') || types.has('object')) return this.#object(element, view)
    const inner = this.views.of(view.items)
    return element.elements.map((item) => this.value(item, inner))
  }

  #childless(element: Element, view: View): Json {
    const { attributes, text } = element
    const { types } = view
    const open = types.size === 0
    if (attributes.length > 0 && (open || types.has('object'))) return this.#object(element, view)
    if (text.trim() !== '') return scalar(text, types)
    if (open || types.has('string')) return text
    if (types.has('array')) return []
    if (types.has('null')) return null
    return types.has('object') ? {} : text
  }

  #object({ attributes, elements, text }: Element, view: View): Json {
    const keys = this.#keysOf(view)
    const found = new Map<string, Json[]>()
    const add = (key: string, value: Json) => {
      const values = found.get(key)
      if (values) values.push(value)
      else found.set(key, [value])
    }
    for (const { name, prefixed, text } of attributes) {
      const key = keys.attributes.get(name) ?? keys.elements.get(name)
      // xml:space and the like are remarks, not data.
      if (key === undefined && prefixed) continue
      add(key ?? name, scalar(text, this.views.property(view, key ?? name).types))
    }
    for (const child of elements) {
      const key = keys.elements.get(child.name) ?? keys.attributes.get(child.name) ?? child.name
      const inner = this.views.property(view, key)
      add(key, this.value(child, isBare(inner) ? this.views.of(inner.items) : inner))
    }
    if (text.trim() !== '') add('#text', text)
    // Keys come from clients: made from entries, an object has a `__proto__` like any other.
    return Object.fromEntries(
      [...found].map(([key, values]) => [key, joined(values, this.views.property(view, key))]),
    )
  }

  #keysOf(view: View): Keys {
    const known = this.#keys.get(view)
    if (known) return known
    const elements = new Map<string, string>()
    const attributes = new Map<string, string>()
    for (const [key, schema] of view.properties) {
      const inner = this.views.of(schema)
      const { xml } = isBare(inner) ? this.views.of(inner.items) : inner
      const names = inner.xml.attribute ? attributes : elements
      const name = xmlName(xml.name ?? key)
      if (!names.has(name)) names.set(name, key)
    }
    const keys = { elements, attributes }
    this.#keys.set(view, keys)
    return keys
  }
}

/** A list whose items stand in the parent, without an element around them. */
const isBare = ({ types, xml }: View) => types.has('array') && !xml.wrapped

/** The values found under one key. More than one where no list is meant are one for a validator. */
function joined(values: readonly Json[], view: View): Json {
  const [first = null] = values
  if (isBare(view)) return values
  if (values.length === 1) return first
  return view.types.has('array') ? values.flat() : values
}

/** Text as its type wants it, or as it is where it does not fit. */
function scalar(text: string, types: ReadonlySet<string>): Json {
  const word = text.trim()
  if (types.has('string')) return text
  if ((types.has('number') || types.has('integer')) && NUMBER.test(word)) {
    const number = Number(word)
    return Number.isFinite(number) ? number : text
  }
  if (!types.has('boolean')) return text
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : text
}
