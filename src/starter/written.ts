/** YAML that a person will read on. */
import { yaml } from '../yaml-file.ts'

/** In one line, with quotes where YAML needs them. */
export const inline = (value: unknown) =>
  yaml()
    .stringify(value, {
      collectionStyle: typeof value === 'object' ? 'flow' : 'any',
      lineWidth: 0,
      blockQuote: false,
      singleQuote: true,
    })
    .trimEnd()

/** In one line of a comment, whatever is in it. */
export const plain = (text: string) => text.replace(/\s+/g, ' ').trim()

/** A value in which nothing is an expression. */
export function literal(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', '$${')
  if (Array.isArray(value)) return value.map(literal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)]))
}

/** Words that mean something to expressions. */
export const RESERVED = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import'],
  ...[
    'in',
    'let',
    'loop',
    'null',
    'package',
    'namespace',
    'return',
    'true',
    'var',
    'void',
    'while',
  ],
])

export const isName = (text: string) => /^[A-Za-z_]\w*$/.test(text) && !RESERVED.has(text)

/** A field in an expression: `.petId`, or `["pet-id"]`. */
export const member = (name: string) => (isName(name) ? `.${name}` : `[${JSON.stringify(name)}]`)

/** The same where it may be missing. */
export const optional = (name: string) =>
  isName(name) ? `.?${name}` : `[?${JSON.stringify(name)}]`
