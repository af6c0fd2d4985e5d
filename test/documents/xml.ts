/** Writes a value as XML by the `xml` objects of its schema. */
import { isNode, type Node, type Place, type Reading } from './reading.ts'

interface Xml {
  readonly name?: string
  readonly prefix?: string
  readonly namespace?: string
  readonly attribute?: boolean
  readonly wrapped?: boolean
}

export function xmlOf(reading: Reading, place: Place | undefined, value: unknown): string {
  const follow = (schema: unknown): Node => {
    const { value: found } = reading.followed({ keys: [], value: schema })
    return isNode(found) ? found : {}
  }
  const tag = (name: string, xml: Xml, attributes: string, inner: string) => {
    const { prefix, namespace } = xml
    const full = `${prefix ? `${prefix}:` : ''}${xml.name ?? name}`
    const declared = namespace ? ` xmlns${prefix ? `:${prefix}` : ''}="${namespace}"` : ''
    return `<${full}${declared}${attributes}>${inner}</${full}>`
  }
  const element = (name: string, schema: Node, item: unknown): string => {
    const xml = (schema.xml ?? {}) as Xml
    if (Array.isArray(item)) {
      const items = item.map((each) => element(name, follow(schema.items), each)).join('')
      return xml.wrapped ? tag(name, xml, '', items) : items
    }
    if (!isNode(item)) return tag(name, xml, '', escaped(item))
    const properties = (schema.properties ?? {}) as Node
    const parts = Object.entries(item).map(([key, child]) => {
      const of = follow(properties[key])
      const { attribute, name: called = key } = (of.xml ?? {}) as Xml
      return attribute
        ? { attribute: ` ${called}="${escaped(child)}"`, inner: '' }
        : { attribute: '', inner: element(key, of, child) }
    })
    const join = (part: 'attribute' | 'inner') => parts.map((each) => each[part]).join('')
    return tag(name, xml, join('attribute'), join('inner'))
  }
  const schema = follow(place?.value)
  const ref = isNode(place?.value) ? place.value.$ref : undefined
  return element(
    typeof ref === 'string' ? (ref.split('/').at(-1) ?? 'root') : 'root',
    schema,
    value,
  )
}

const escaped = (value: unknown) =>
  String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
