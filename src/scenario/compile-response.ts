import { HEADER_NAME, HEADER_VALUE } from '../contract/http-values.ts'
import {
  type Contract,
  type HeaderSpec,
  type Json,
  type Operation,
  type ResponseSpec,
  type ResponseViolation,
  responseFor,
} from '../contract/model.ts'
import type { Diagnostics, Path } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { Language } from './expression.ts'
import type { RespondTemplate, Template } from './model.ts'
import type { RawRespond } from './raw.ts'
import { type Compiled, compileTemplate, type Hole, toJson } from './template.ts'

interface Context {
  readonly contract: Contract
  /** Undefined for the refusals of an API, which are sent for all of its operations. */
  readonly operation: Operation | undefined
  readonly language: Language
  readonly diagnostics: Diagnostics
  /** Headers that every response of the API has, in lower case. */
  readonly commonHeaders?: ReadonlySet<string>
}

type Parts = Exclude<RawRespond, number | 'default'>

/** Compiles a response and checks it against the contract. */
export function compileRespond(
  raw: Exclude<RawRespond, 'default'>,
  path: Path,
  context: Context,
): RespondTemplate {
  const { operation, diagnostics } = context
  const parts: Parts = typeof raw === 'number' ? { status: raw } : raw
  const spec = operation && responseFor(operation, parts.status)
  const at = typeof raw === 'number' ? path : [...path, 'status']
  if (operation && !spec) diagnostics.add(at, describeUndocumented(operation, parts))
  checkCombination(parts, path, diagnostics)
  const body = compileBody(parts, path, context, spec)
  const headers = compileHeaders(parts, path, context, spec)
  const computed = (body?.holes.length ?? 0) > 0 || headers.some(({ constant: fixed }) => !fixed)
  checkExample(parts, path, context, spec)
  return {
    status: parts.status,
    example: parts.example,
    empty: parts.empty === true,
    body: body?.evaluate,
    headers: headers.map(({ name, value }) => [name, value] as const),
    verify: computed ? makeVerifier(context.contract, parts.status) : undefined,
  }
}

const makeVerifier =
  (contract: Contract, status: number): NonNullable<RespondTemplate['verify']> =>
  (operation, { body, headers = {} }) => {
    const spec = responseFor(operation, status)
    const violations = spec && body !== undefined ? contract.checkBody(spec, body) : []
    return [...violations, ...Object.entries(headers).flatMap(checkHeaderValue(contract, spec))]
  }

/** Returns what the contract or HTTP does not allow in a header. */
const checkHeaderValue =
  (contract: Contract, spec: ResponseSpec | undefined) =>
  ([name, value]: [string, string]): readonly ResponseViolation[] => {
    if (!HEADER_VALUE.test(value)) {
      const message = `header ${name} contains a character that HTTP does not allow`
      return [{ path: name, keyword: 'header', message }]
    }
    const known = spec?.headers.get(name)
    return known ? contract.checkHeader(known, value) : []
  }

function describeUndocumented(operation: Operation, { status, example }: Parts): string {
  const { id, responses } = operation
  const known = [...responses.keys()].join(', ')
  const hint = describeHome(operation, example)
  return `the contract of ${id} has no status ${status}; it has ${known}${hint}`
}

/** Says which statuses have an example, if any has. */
function describeHome({ responses }: Operation, example: string | undefined): string {
  if (example === undefined) return ''
  const homes = [...responses.values()].filter(({ content }) => content?.examples.has(example))
  if (homes.length === 0) return ''
  return `; ${example} is an example of ${homes.map(({ key }) => key).join(', ')}`
}

function checkCombination(
  { body, example, empty }: Parts,
  path: Path,
  diagnostics: Diagnostics,
): void {
  if (body !== undefined && example !== undefined) {
    diagnostics.add(path, '"body" and "example" exclude each other; keep one of them')
  }
  if (empty && (body !== undefined || example !== undefined)) {
    diagnostics.add(
      [...path, 'empty'],
      '"empty" sends no body; remove it, or remove "body" and "example"',
    )
  }
}

function checkExample(
  { status, example }: Parts,
  path: Path,
  { contract, operation, diagnostics }: Context,
  spec: ResponseSpec | undefined,
): void {
  if (example === undefined) return
  const at = [...path, 'example']
  if (!operation)
    diagnostics.add(at, 'a refusal of all operations needs a "body" instead of an "example"')
  if (!operation || !spec) return
  const known = spec.content?.examples ?? new Map<string, Json>()
  const value = known.get(example)
  if (value === undefined) {
    const hint = didYouMean(example, known.keys()) || `; it has ${[...known.keys()].join(', ')}`
    const none = describeHome(operation, example) || (known.size === 0 ? '; it has none' : hint)
    diagnostics.add(at, `${operation.id} has no example "${example}" for ${status}${none}`)
    return
  }
  for (const { message } of contract.checkBody(spec, value)) {
    diagnostics.add(
      at,
      `the example "${example}" of ${contract.file} violates its own schema: ${message}`,
    )
  }
}

function compileBody(
  { body, status }: Parts,
  path: Path,
  { contract, operation, language, diagnostics }: Context,
  spec: ResponseSpec | undefined,
): Compiled | undefined {
  if (body === undefined) return undefined
  const at = [...path, 'body']
  const compiled = diagnostics.attempt(at, () => compileTemplate(language, body, toJson))
  if (compiled && spec && operation) {
    const sample = fillHoles(body, compiled.holes)
    for (const violation of contract.checkBody(spec, sample)) {
      if (compiled.holes.some((hole) => isUndecided(hole, violation))) continue
      const place = violation.path.split('/').slice(1)
      diagnostics.add([...at, ...place], `${status} of ${operation.id}: ${violation.message}`)
    }
  }
  return compiled
}

/** Fills the computed places of a body with a sample of their type, so that it can be checked. */
export function fillHoles(body: unknown, holes: readonly Hole[]): Json {
  let sample = structuredClone(body) as Json
  for (const { path, type } of holes)
    sample = replaceAt(sample, path, SAMPLES[baseType(type)] ?? null)
  return sample
}

function replaceAt(node: Json, [key, ...rest]: Path, value: Json): Json {
  if (key === undefined) return value
  const inside = (node as Record<string | number, Json>)[key] ?? null
  const next = replaceAt(inside, rest, value)
  return Array.isArray(node)
    ? node.map((item, index) => (index === key ? next : item))
    : { ...(node as Record<string, Json>), [key]: next }
}

const baseType = (type: string) => type.replace(/<.*$/, '')

const SAMPLES: Readonly<Record<string, Json>> = {
  string: '',
  bool: true,
  int: 0,
  uint: 0,
  double: 0,
  list: [],
  map: {},
  'google.protobuf.Timestamp': '2026-01-01T00:00:00.000Z',
}

const COMPOSED = new Set(['anyOf', 'oneOf', 'allOf', 'if', 'not', 'discriminator'])

/**
 * Whether a violation must wait for the computed value. Only a wrong type is certain at load; the
 * rest is checked on the finished response.
 */
export function isUndecided(hole: Hole, violation: { path: string; keyword: string }): boolean {
  const place = hole.path.map((part) => `/${part}`).join('')
  if (COMPOSED.has(violation.keyword)) return place.startsWith(violation.path)
  if (violation.path.startsWith(`${place}/`)) return true
  if (violation.path !== place) return false
  return violation.keyword !== 'type' || !(baseType(hole.type) in SAMPLES)
}

interface CompiledHeader {
  readonly name: string
  readonly value: Template
  readonly constant: boolean
}

function compileHeaders(
  { headers = {}, status }: Parts,
  path: Path,
  { contract, operation, language, diagnostics, commonHeaders }: Context,
  spec: ResponseSpec | undefined,
): CompiledHeader[] {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  for (const { name, required } of spec?.headers.values() ?? []) {
    const key = name.toLowerCase()
    if (!required || given.has(key) || commonHeaders?.has(key)) continue
    diagnostics.add(path, `${status} of ${operation?.id} needs the header "${name}"`)
  }
  return Object.entries(headers).flatMap(([name, value]) => {
    const at = [...path, 'headers', name]
    if (!HEADER_NAME.test(name)) diagnostics.add(at, `"${name}" is not a valid header name`, 'key')
    const compiled = diagnostics.attempt(at, () => compileTemplate(language, value, toJson))
    if (!compiled) return []
    const known = spec?.headers.get(name.toLowerCase())
    if (known && compiled.holes.length === 0) checkHeader(contract, known, value, at, diagnostics)
    const evaluate: Template = (scope) => String(compiled.evaluate(scope))
    return [{ name: name.toLowerCase(), value: evaluate, constant: compiled.holes.length === 0 }]
  })
}

function checkHeader(
  contract: Contract,
  spec: HeaderSpec,
  value: string | number,
  at: Path,
  diagnostics: Diagnostics,
): void {
  for (const { message } of contract.checkHeader(spec, String(value))) {
    diagnostics.add(at, `header ${spec.name}: ${message.replace(/^\/value /, '')}`)
  }
}
