/** Parses XML strictly: a document becomes a tree, or an error that says what is wrong and where. */
import type { XmlElement } from '@rgrove/parse-xml'
import { MAX_DEPTH } from './walk.ts'

/** A document that cannot be read; the message is `line:column: reason`. */
export class XmlError extends Error {
  readonly line: number
  readonly column: number
  readonly reason: string

  constructor(line: number, column: number, reason: string) {
    super(`${line}:${column}: ${reason}`)
    this.line = line
    this.column = column
    this.reason = reason
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

/** All but XML 1.0's Char: no reference can write it either. Flag u finds lone surrogates, too. */
export const NO_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** The root element. @throws XmlError */
export async function parseXml(document: string): Promise<Element> {
  const text = document.replace(/^\ufeff/, '')
  openElements(text)
  const library = await import('@rgrove/parse-xml')
  try {
    return elementOf(library.parseXml(text).root as XmlElement)
  } catch (error) {
    if (!(error instanceof library.XmlError)) throw error
    // The library counts characters, not code units.
    const index = [...text].slice(0, error.pos).join('').length
    const [message = ''] = error.message.split(' (line ')
    return failAt(text, ...explain(text, index, message))
  }
}

function elementOf({ name, attributes, children }: XmlElement): Element {
  const isElement = (node: (typeof children)[number]): node is XmlElement => 'attributes' in node
  const found = Object.entries(attributes)
  return {
    name: localName(name),
    attributes: found
      .filter(([name]) => !/^(xmlns|xsi)(:|$)/.test(name))
      .map(([name, text]) => ({ name: localName(name), prefixed: name.includes(':'), text })),
    elements: children.filter(isElement).map(elementOf),
    text: children.map((node) => ('text' in node && !isElement(node) ? node.text : '')).join(''),
    nil: found.some(([name, text]) => name === 'xsi:nil' && /^(true|1)$/.test(text)),
  }
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

/** Where an element begins. */
interface Opening {
  readonly name: string
  readonly index: number
}

/** Text, and then a comment, CDATA section, processing instruction or tag, or how a DOCTYPE begins. */
const MARKUP =
  /[^<]*(<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE|<[^!?][^"'<>]*(?:(?:"[^"<]*"|'[^'<]*')[^"'<>]*)*>)/gsy

const NO_DECLARATION = 'a DOCTYPE or another declaration is not taken'

/**
 * The elements that are open at the end of a text, or at the first markup that is broken. Refuses
 * what the library would take: a DOCTYPE, and elements so deep that they exhaust the call stack.
 */
function openElements(text: string): readonly Opening[] {
  const open: Opening[] = []
  for (const { 0: all, 1: markup = '', index: from } of text.matchAll(MARKUP)) {
    const index = from + all.length - markup.length
    if (markup === '<!DOCTYPE') failAt(text, index, NO_DECLARATION)
    if (/^<[!?]/.test(markup)) continue
    if (!markup.startsWith('</') && open.push({ name: tagName(markup), index }) > MAX_DEPTH) {
      failAt(text, index, `more than ${MAX_DEPTH} elements in each other`)
    }
    if (/^<\/|\/>$/.test(markup)) open.pop()
  }
  return open
}

const tagName = (tag: string) => /^<([^\s/>]*)/.exec(tag)?.[1] ?? ''

function failAt(text: string, index: number, reason: string): never {
  const { line, column } = placeOf(text, index)
  throw new XmlError(line, column, reason)
}

function placeOf(text: string, index: number) {
  const lines = text.slice(0, index).split(/\r\n|\r|\n/)
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

/** How the library's messages begin, how the markup that each is about begins, and the reason. */
const REASONS: readonly (readonly [message: string, markup: string, reason: string])[] = [
  ['Unclosed comment', '<!--', 'what begins with "<!--" here does not end'],
  ['The string `--`', '<!--', 'a comment with "--" in it'],
  ['Unclosed CDATA', '<![CDATA[', 'what begins with "<![CDATA[" here does not end'],
  ['Invalid processing', '<?', '"<?" without a name'],
  ['Unterminated processing', '<?', 'what begins with "<?" here does not end'],
  ['Whitespace is required', '<?', 'what begins with "<?" here does not end after its name'],
  ['XML declaration', '<?', 'an XML declaration that is not at the beginning'],
]

const KNOWN = '&amp;, &lt;, &gt;, &quot;, &apos; and numbers of characters are'

/** An attribute, with its value if it has one. */
const ATTRIBUTE = /(?<=\s)([^\s=<>"'/]+)(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'))?/g

/** Where a document is wrong, and why, given where the library stopped and what it said. */
function explain(text: string, index: number, message: string): [index: number, reason: string] {
  if (/^(Missing end tag|Extra content|Root element)/.test(message)) {
    return explainUnexpected(text, index, message)
  }
  if (message === 'Invalid character') {
    return [text.search(NO_CHARACTER), 'a character that XML does not allow']
  }
  if (/reference|^Named entity/.test(message)) {
    const start = text.lastIndexOf('&', index)
    const [reference] = /&[^;&<\s]*;?/.exec(text.slice(start)) ?? []
    return [start, `"${reference}" is no reference that is known here: ${KNOWN}`]
  }
  const tag = text.lastIndexOf('<', index - 1)
  if (/^(Duplicate attribute|Attribute value)/.test(message)) {
    const attribute = [...text.slice(tag, index).matchAll(ATTRIBUTE)].at(-1)
    const what = message.startsWith('Duplicate') ? 'repeated' : 'without value'
    return [tag + (attribute?.index ?? 0), `attribute "${attribute?.[1]}" is ${what}`]
  }
  const known = REASONS.find(([start]) => message.startsWith(start))
  if (known) return [text.lastIndexOf(known[1], index), known[2]]
  if (message.startsWith('Unescaped'))
    return [tag, 'the value of an attribute does not end before "<"']
  if (message.startsWith('Unclosed'))
    return [tag, 'a tag that does not end, or has more in it than attributes']
  return [index, message]
}

/** Explains what is found where the library expects an end tag, the root element or the end. */
function explainUnexpected(text: string, index: number, message: string): [number, string] {
  const open = openElements(text.slice(0, index))
  const [outermost, innermost] = [open[0], open.at(-1)]
  const isAt = (markup: string) => text.startsWith(markup, index)
  if (outermost && innermost) {
    if (isAt(']]>')) return [index, '"]]>" without a CDATA section']
    if (!isAt('<')) {
      return [outermost.index, `not closed: ${open.map(({ name }) => `"${name}"`).join(', ')}`]
    }
    if (isAt('</')) {
      const { line, column } = placeOf(text, innermost.index)
      const opened = `(opened in line ${line}, col ${column})`
      return [index, `Expected closing tag '${innermost.name}' ${opened}`]
    }
  }
  if (isAt('</')) return [index, 'a closing tag of an element that has not been opened']
  if (isAt('<![CDATA[')) return [index, 'CDATA outside the root element']
  if (isAt('<!')) return [index, NO_DECLARATION]
  if (isAt('<') && message.startsWith('Extra')) return [index, 'a second root element']
  if (isAt('<')) {
    const name = tagName(text.slice(index))
    return [index + 1 + name.length, `"${name}" is an invalid name of an element`]
  }
  if (index < text.length) return [index, 'text outside the root element']
  return [index, 'Start tag expected: there is no root element']
}
