import { type Path, ScriptError } from '../errors.ts'
import type { Expression, Language } from './expression.ts'
import type { Template } from './model.ts'

/** A computed place in a value, and the type of its expression. */
export interface Hole {
  readonly path: Path
  readonly type: string
  readonly expression: Expression
}

export interface Compiled {
  readonly evaluate: Template
  readonly holes: readonly Hole[]
}

/** Converts the value of an expression. */
export type Convert = (value: unknown) => unknown

const keepAsIs: Convert = (value) => value

/** Compiles a value of a scenario file: any JSON, whose strings may hold `${expressions}`. */
export function compileTemplate(
  language: Language,
  value: unknown,
  convert: Convert = keepAsIs,
  path: Path = [],
): Compiled {
  if (typeof value === 'string') return compileString(language, value, convert, path)
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      compileTemplate(language, item, convert, [...path, index]),
    )
    const holes = items.flatMap((item) => item.holes)
    return constantIfStatic({
      evaluate: (scope) => items.map((item) => item.evaluate(scope)),
      holes,
    })
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([key, item]) => [key, compileTemplate(language, item, convert, [...path, key])] as const,
    )
    const holes = fields.flatMap(([, field]) => field.holes)
    return constantIfStatic({ evaluate: evaluateObject(fields), holes })
  }
  return { evaluate: () => value, holes: [] }
}

/** A value without expressions is always the same: compute it once. */
function constantIfStatic(compiled: Compiled): Compiled {
  if (compiled.holes.length > 0) return compiled
  const fixed = compiled.evaluate(undefined as never)
  return { evaluate: () => fixed, holes: [] }
}

function evaluateObject(fields: readonly (readonly [string, Compiled])[]): Template {
  // An assignment to `__proto__` sets the prototype; `fromEntries` makes an ordinary field.
  if (fields.some(([key]) => key === '__proto__')) {
    return (scope) => Object.fromEntries(fields.map(([key, field]) => [key, field.evaluate(scope)]))
  }
  return (scope) => {
    const object: Record<string, unknown> = {}
    for (const [key, field] of fields) object[key] = field.evaluate(scope)
    return object
  }
}

function compileString(
  language: Language,
  template: string,
  convert: Convert,
  path: Path,
): Compiled {
  const parts = splitTemplate(template, path).map((part) => {
    if (typeof part === 'string') return part
    try {
      return language.compile(part.source)
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      throw new ScriptError(error.message, part.at + error.at, path)
    }
  })
  const [first] = parts
  if (parts.length === 1 && first && typeof first !== 'string') {
    const hole = { path, type: first.type, expression: first }
    return { evaluate: (scope) => convert(first.evaluate(scope)), holes: [hole] }
  }
  const holes = parts.flatMap((part) =>
    typeof part === 'string' ? [] : [{ path, type: 'string', expression: part }],
  )
  if (holes.length === 0) {
    const fixed = parts.join('')
    return { evaluate: () => fixed, holes }
  }
  const evaluate: Template = (scope) =>
    parts.map((part) => (typeof part === 'string' ? part : toText(part.evaluate(scope)))).join('')
  return { evaluate, holes }
}

interface Part {
  readonly source: string
  /** Offset of the expression in the string. */
  readonly at: number
}

/** Splits `a ${x} b` into literals and expressions; `$${` is a literal `${`. */
function splitTemplate(template: string, path: Path): (string | Part)[] {
  const parts: (string | Part)[] = []
  let literal = ''
  let at = 0
  while (at < template.length) {
    if (template.startsWith('$${', at)) {
      literal += '${'
      at += 3
    } else if (template.startsWith('${', at)) {
      const end = findClosingBrace(template, at + 2)
      if (end < 0) throw new ScriptError('"${" is never closed with "}"', at, path)
      if (literal) parts.push(literal)
      literal = ''
      parts.push({ source: template.slice(at + 2, end), at: at + 2 })
      at = end + 1
    } else {
      literal += template[at++]
    }
  }
  if (literal) parts.push(literal)
  return parts
}

/** Finds the brace that closes an expression, past braces in its strings and maps. */
function findClosingBrace(template: string, from: number): number {
  let depth = 1
  let quote = ''
  for (let at = from; at < template.length; at++) {
    const character = template[at] ?? ''
    if (quote) {
      if (character === '\\') at++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at
  }
  return -1
}

/** Converts a value in the middle of a string. */
function toText(value: unknown): string {
  const plain = toJson(value)
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}

/** Converts a value of CEL to JSON: its integers are bigints, its timestamps are dates. */
export const toJson = (value: unknown): unknown => convertDeep(value, toJsonObject)

/** Converts a value for the state, which keeps dates: conditions calculate with them. */
export const toState = (value: unknown): unknown => convertDeep(value, keepDates)

function keepDates(value: object): unknown {
  if (value instanceof Date) return value
  if (!(value instanceof Map)) return toJsonObject(value)
  return new Map([...value].map(([key, item]) => [String(key), toState(item)]))
}

function toJsonObject(value: object): unknown {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Map) return toJson(Object.fromEntries(value))
  // Durations, types and optionals convert to a string.
  return String(value)
}

/** Replaces the objects in a value that are not plain JSON; returns the value itself if there are none. */
function convertDeep(value: unknown, special: (value: object) => unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return convertList(value, special)
  if (!isRecord(value)) return special(value)
  let changed: [string, unknown][] | undefined
  const keys = Object.keys(value)
  for (const [index, key] of keys.entries()) {
    const before = value[key]
    const after = convertDeep(before, special)
    if (changed) changed.push([key, after])
    else if (after !== before) {
      changed = keys.slice(0, index).map((earlier) => [earlier, value[earlier]])
      changed.push([key, after])
    }
  }
  // Keys may come from a client: `fromEntries` makes `__proto__` an ordinary field.
  return changed ? Object.fromEntries(changed) : value
}

function convertList(list: readonly unknown[], special: (value: object) => unknown): unknown {
  const after = list.map((item) => convertDeep(item, special))
  return after.some((item, index) => item !== list[index]) ? after : list
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Splits `challenges.${a.b}.wrong` at its dots, except those in expressions. */
export function splitPath(key: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of key) {
    if (character === '{') depth++
    if (character === '}') depth--
    if (character === '.' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}
