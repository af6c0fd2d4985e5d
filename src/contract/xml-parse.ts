/** XML as text: what may stand in it, and a document as a tree. */
import type { X2jOptions, XMLParser } from 'fast-xml-parser'

/** A document that cannot be read; the message is `line:column: reason`. */
export class XmlError extends Error {
  constructor(
    readonly line: number,
    readonly column: number,
    readonly reason: string,
  ) {
    super(`${line}:${column}: ${reason}`)
  }
}

export interface Attribute {
  readonly name: string
  /** Its name had a prefix, which is gone. */
  readonly prefixed: boolean
  readonly text: string
}

/** Prefixes are gone from all names, and what only declares them is no attribute. */
export interface Element {
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly elements: readonly Element[]
  readonly text: string
  /** Whether `xsi:nil` says that there is no value, not even an empty one. */
  readonly nil: boolean
}

const MAX_DEPTH = 100

// All but XML 1.0's Char: no reference can write it either. Lone surrogates are such, with flag u.
const NO_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
const NO_CHARACTERS = new RegExp(NO_CHARACTER, 'gu')

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
const REFERENCES: ReadonlyMap<string, string> = new Map(
  [...ENTITIES].map(([name, character]) => [character, `&${name};`]),
)

/** Text that reads as itself again. Parsers turn line ends into \n, and in attributes into spaces. */
export function escaped(text: string, attribute = false): string {
  return text
    .replace(NO_CHARACTERS, '\uFFFD')
    .replace(attribute ? /[&<>"'\r\n\t]/g : /[&<>"'\r]/g, (character) => {
      return REFERENCES.get(character) ?? `&#${character.charCodeAt(0)};`
    })
}

/** What a reference between & and ; stands for, if it is one that needs no DOCTYPE. */
function referred(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([\da-fA-F]+)|(\d+))$/.exec(name) ?? []
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  if (Number.isNaN(code)) return ENTITIES.get(name)
  const character = code <= 0x10ffff ? String.fromCodePoint(code) : '\0'
  return NO_CHARACTER.test(character) ? undefined : character
}

const REFERENCE = /&([^;&<\s]*)(;?)/g

const decoded = (text: string) =>
  text.includes('&') ? text.replace(REFERENCE, (_, name: string) => referred(name) ?? '') : text

function failAt(text: string, index: number, reason: string): never {
  const lines = text.slice(0, index).split(/\r\n|\r|\n/)
  throw new XmlError(lines.length, (lines.at(-1) ?? '').length + 1, reason)
}

/** How each kind of markup begins and ends; the longer beginnings come first. */
const MARKUP = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<!', ''],
  ['<?', '?>'],
  ['</', '>'],
  ['<', '>'],
] as const

/** Where a tag ends, or -1: a > may stand in the value of an attribute. */
function tagEnd(text: string, from: number): number {
  const sign = /["'<>]/g
  sign.lastIndex = from
  for (let found = sign.exec(text); found; found = sign.exec(text)) {
    if (found[0] === '>') return found.index
    const closing = found[0] === '<' ? -1 : text.indexOf(found[0], sign.lastIndex)
    if (closing === -1 || text.slice(sign.lastIndex, closing).includes('<')) return -1
    sign.lastIndex = closing + 1
  }
  return -1
}

/** Looks at what stands between tags, or in one: in both, & begins a reference and nothing else. */
function checkText(text: string, from: number, to: number): void {
  const part = text.slice(from, to)
  for (const { 0: whole, 1: name = '', 2: end, index } of part.matchAll(REFERENCE)) {
    if (end && referred(name) !== undefined) continue
    const known = `&${[...ENTITIES.keys()].join(';, &')}; and numbers of characters are`
    failAt(text, from + index, `"${whole}" is no reference that is known here: ${known}`)
  }
}

/**
 * Refuses what the library, which is no strict parser, lets through or would follow.
 *
 * @returns the text without processing instructions, whose quotes the library takes for an
 * attribute's
 */
function checked(text: string): string {
  const odd = text.search(NO_CHARACTER)
  if (odd !== -1) failAt(text, odd, 'a character that XML does not allow')
  let kept = ''
  let depth = 0
  let roots = 0
  for (let at = 0, end = 0; ; end = at) {
    at = text.indexOf('<', end)
    const between = text.slice(end, at === -1 ? undefined : at)
    checkText(text, end, end + between.length)
    const ending = between.indexOf(']]>')
    if (ending !== -1) failAt(text, end + ending, '"]]>" without a CDATA section')
    if (depth === 0 && between.trim() !== '') {
      failAt(text, end + between.search(/\S/), 'text outside the root element')
    }
    kept += between
    if (at === -1) return kept
    const markup = markupAt(text, at)
    if (markup.kind === '<') {
      checkText(text, at, at + markup.text.length)
      if (depth === 0 && ++roots > 1) failAt(text, at, 'a second root element')
      if (depth === MAX_DEPTH) failAt(text, at, `more than ${MAX_DEPTH} elements in each other`)
      if (!markup.text.endsWith('/>')) depth++
    } else if (markup.kind === '</') depth--
    else if (markup.kind === '<![CDATA[' && depth === 0) failAt(text, at, 'CDATA outside the root')
    if (markup.kind !== '<?') kept += markup.text
    at += markup.text.length
  }
}

/** One tag, comment, CDATA section or processing instruction. */
function markupAt(text: string, at: number): { readonly kind: string; readonly text: string } {
  const [kind, closing] = MARKUP.find(([opening]) => text.startsWith(opening, at)) ?? ['<', '>']
  if (kind === '<!') failAt(text, at, 'a DOCTYPE or another declaration is not taken')
  if (at > 0 && /^<\?xml\s/i.test(text.slice(at, at + 6))) {
    failAt(text, at, 'an XML declaration that is not at the beginning')
  }
  const from = at + kind.length
  const end = kind === '<' ? tagEnd(text, from) : text.indexOf(closing, from)
  if (end === -1) failAt(text, at, `what begins with "${kind}" here does not end`)
  const inner = text.slice(from, end)
  if (kind === '<!--' && `${inner}-`.includes('--')) failAt(text, at, 'a comment with "--" in it')
  if (kind === '<?' && !/^[\p{L}_:]/u.test(inner)) failAt(text, at, '"<?" without a name')
  return { kind, text: text.slice(at, end + closing.length) }
}

const OPTIONS: X2jOptions = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  cdataPropName: '#cdata',
  // References are decoded here, where no document can define one.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  jPath: false,
  maxNestedTags: MAX_DEPTH,
  // Marked, no name is one that the library refuses or renames: constructor, toString, __proto__.
  transformTagName: mark,
  transformAttributeName: mark,
}

/** No name begins with a dot, and the library marks some names twice. */
function mark(name: string): string {
  return name.startsWith('.') ? name : `.${name}`
}

type Parsed = Readonly<Record<string, unknown>>

/** The root element. @throws XmlError */
export async function parseXml(document: string): Promise<Element> {
  const text = document.replace(/^\ufeff/, '')
  const kept = checked(text)
  const { XMLParser, XMLValidator } = await import('fast-xml-parser')
  const valid = XMLValidator.validate(text)
  if (valid !== true) {
    const { line, col, msg } = valid.err
    const unclosed = /^Invalid '\[(.*)\]' found.$/.exec(msg)?.[1]?.replace(/\s+/g, ' ')
    throw new XmlError(line || 1, col || 1, unclosed ? `not closed:${unclosed}` : msg)
  }
  const [root] = elementsOf(parsed(kept, new XMLParser(OPTIONS)))
  return root ?? failAt(text, text.length, 'there is no root element')
}

function parsed(text: string, parser: XMLParser): readonly Parsed[] {
  try {
    return parser.parse(text)
  } catch (error) {
    throw new XmlError(1, 1, (error as Error).message)
  }
}

const isElement = (node: Parsed) => Object.keys(node)[0]?.startsWith('.')

const elementsOf = (nodes: readonly Parsed[]) => nodes.filter(isElement).map(elementOf)

function elementOf(node: Parsed): Element {
  const [[name, content] = ['', []]] = Object.entries(node)
  const children = content as readonly Parsed[]
  const found = Object.entries((node[':@'] ?? {}) as Record<string, string>)
  const attributes = found.map(([name, text]) => ({ name: name.slice(1), text: normal(text) }))
  return {
    name: local(name.slice(1)),
    attributes: attributes
      .filter((attribute) => !/^(xmlns|xsi)(:|$)/.test(attribute.name))
      .map(({ name, text }) => ({ name: local(name), prefixed: name.includes(':'), text })),
    elements: elementsOf(children),
    text: children.map(textOf).join(''),
    nil: attributes.some(({ name, text }) => name === 'xsi:nil' && /^(true|1)$/.test(text)),
  }
}

const local = (name: string) => name.slice(name.indexOf(':') + 1)

/** Line ends and tabs in an attribute are spaces; those that are meant are references. */
const normal = (text: string) => decoded(text.replace(/[\t\n]/g, ' '))

function textOf(node: Parsed): string {
  const cdata = node['#cdata'] as readonly Parsed[] | undefined
  if (cdata) return String(cdata[0]?.['#text'] ?? '')
  return '#text' in node ? decoded(String(node['#text'])) : ''
}
