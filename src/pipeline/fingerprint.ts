/** A hash of JSON in which the order of an object's fields does not count. */
import { createHash } from 'node:crypto'

/** What is still to be written: text as it is, or a value. */
type Pending = { readonly text: string } | { readonly value: unknown }

/**
 * Hashes a value that a client sent. It keeps its own stack: the client may nest deeper than
 * recursion can follow.
 */
export function hashJson(root: unknown): string {
  const hash = createHash('sha256')
  const pending: Pending[] = [{ value: root }]
  let text = ''
  for (let next = pending.pop(); next; next = pending.pop()) {
    // Each update costs more than a hundred characters of text.
    if (text.length > CHUNK) {
      hash.update(text)
      text = ''
    }
    if ('text' in next) text += next.text
    else if (typeof next.value !== 'object' || next.value === null) {
      text += JSON.stringify(next.value) ?? 'undefined'
    } else if (ArrayBuffer.isView(next.value)) {
      hash.update(`${text}bytes `).update(next.value as Uint8Array)
      text = ''
    } else {
      // One at a time: a list may have more items than a call can have arguments.
      for (const part of expand(next.value).reverse()) pending.push(part)
    }
  }
  return hash.update(text).digest('base64')
}

const CHUNK = 16_384

const COMMA: Pending = { text: ',' }

/** The parts of a list or object, in the order in which they are written. */
function expand(value: object): Pending[] {
  if (Array.isArray(value)) {
    const parts: Pending[] = [{ text: '[' }]
    for (const item of value) parts.push({ value: item }, COMMA)
    parts.push({ text: ']' })
    return parts
  }
  // An object with a field called `constructor` is a Map: see `toReadable`.
  const fields: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value)
  const sorted = fields.sort(([one], [other]) => (one < other ? -1 : 1))
  const parts: Pending[] = [{ text: '{' }]
  for (const [key, item] of sorted) {
    parts.push({ text: `${JSON.stringify(key)}:` }, { value: item }, COMMA)
  }
  parts.push({ text: '}' })
  return parts
}
