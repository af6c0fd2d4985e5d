import { OpenAPIRouter } from 'openapi-backend/router.js'
import { type Diagnostic, LoadError } from '../errors.ts'
import type { Contract, Operation } from './model.ts'
import { put } from './styles.ts'

export type RouteMatch =
  | {
      readonly kind: 'found'
      readonly operation: Operation
      readonly path: Params
      /** The same values as they were sent, where anything in them is percent-encoded. */
      readonly rawPath: Params | undefined
    }
  | {
      readonly kind: 'method'
      readonly contract: Contract
      readonly allow: readonly string[]
    }
  | { readonly kind: 'path'; readonly contract: Contract }
  | { readonly kind: 'malformed'; readonly contract: Contract }

type Params = Readonly<Record<string, string>>
type Definition = Operation['definition']

/** The library's router over one path, its list made once: it flattens the document at each call. */
class PathRouter extends OpenAPIRouter {
  readonly #operations: Definition[]

  constructor(operations: Definition[]) {
    const definition = { openapi: '3.1.0', info: { title: '', version: '' }, paths: {} }
    super({ definition, ignoreTrailingSlashes: false })
    this.#operations = operations
  }

  override getOperations(): Definition[] {
    return this.#operations
  }
}

interface Route {
  readonly contract: Contract
  /** The path by which the library's router knows all its operations. */
  readonly template: string
  readonly router: PathRouter
  readonly operations: ReadonlyMap<Definition, Routed>
}

interface Routed {
  readonly operation: Operation
  /** Of the path's parameters: other operations may call them otherwise. */
  readonly names: readonly string[]
}

/** `{id}.json` as a pattern; `literal` is how much of it is fixed, the more the more specific. */
interface Template {
  readonly pattern: RegExp
  /** The same where what is fixed may be percent-encoded. */
  readonly encoded: RegExp
  readonly literal: number
  readonly source: string
  readonly node: Segment
}

class Segment {
  readonly literals = new Map<string, Segment>()
  readonly templates: Template[] = []
  route: Route | undefined
  /** Who is asked about a path that ends, or gets lost, below here: the first that came by. */
  contract: Contract | undefined

  under(segment: string): Segment {
    if (!segment.includes('{')) return this.#literal(segment)
    const source = segment.replace(/\{[^}]+\}/g, '{}')
    const known = this.templates.find((template) => template.source === source)
    if (known) return known.node
    const template = readTemplate(segment, source)
    this.templates.push(template)
    this.templates.sort((a, b) => b.literal - a.literal)
    return template.node
  }

  #literal(segment: string): Segment {
    const known = this.literals.get(segment)
    if (known) return known
    const made = new Segment()
    this.literals.set(segment, made)
    return made
  }
}

function readTemplate(segment: string, source: string): Template {
  const parts = segment.split(/(\{[^}]+\})/)
  const reading = (fixed: (text: string) => string) => {
    const pattern = parts.map((part) => (part.startsWith('{') ? '(.+?)' : fixed(part))).join('')
    return new RegExp(`^${pattern}$`, 's')
  }
  const literal = source.replaceAll('{}', '').length
  const pattern = reading(escaped)
  const encoded = literal === 0 ? pattern : reading(escapedOrEncoded)
  return { pattern, encoded, literal, source, node: new Segment() }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const escapedOrEncoded = (text: string) =>
  [...text].map((sign) => `(?:${escaped(sign)}|${hexadecimal(sign)})`).join('')

const hexadecimal = (sign: string) =>
  [...Buffer.from(sign)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    .replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)

/**
 * Finds the operation for a request in time that does not depend on how many there are: a tree of
 * path segments, concrete ones before templated ones, ends in the library's router for that path.
 */
export class Router {
  readonly #root = new Segment()
  readonly #first: Contract

  /** @throws LoadError if two documents claim the same method and path */
  constructor(contracts: readonly [Contract, ...Contract[]]) {
    // A path like nobody's is the largest API's affair.
    this.#first = contracts.reduce((most, each) =>
      each.operations.size > most.operations.size ? each : most,
    )
    const diagnostics = contracts.flatMap((contract) => this.#add(contract))
    if (diagnostics.length > 0) throw new LoadError(diagnostics)
  }

  match(method: string, path: string): RouteMatch {
    const raw = segments(path)
    const parts = raw.map(decoded)
    const search = new Search(parts as string[], raw, this.#first)
    if (parts.includes(undefined)) {
      return { kind: 'malformed', contract: search.nearest(this.#root) }
    }
    const found = search.run(this.#root, 0)
    if (!found) return { kind: 'path', contract: search.contract }
    const { router, template, operations, contract } = found
    const definition =
      router.matchOperation({ method, path: template, headers: {} }) ??
      (method === 'HEAD'
        ? router.matchOperation({ method: 'GET', path: template, headers: {} })
        : undefined)
    const routed = definition && operations.get(definition)
    if (routed) {
      const { operation, names } = routed
      const rawPath = path.includes('%') ? search.raw(names) : undefined
      return { kind: 'found', operation, path: search.named(names), rawPath }
    }
    return { kind: 'method', contract, allow: allowed(operations.values()) }
  }

  #add(contract: Contract): Diagnostic[] {
    const places = new Map<string, Operation[]>()
    for (const operation of contract.operations.values()) {
      for (const base of operation.basePaths ?? contract.basePaths) {
        const full = base + operation.path
        const known = places.get(full)
        if (known) known.push(operation)
        else places.set(full, [operation])
      }
    }
    return [...places].flatMap(([full, operations]) => {
      return this.#insert(contract, full, operations) ?? []
    })
  }

  #insert(contract: Contract, full: string, operations: Operation[]): Diagnostic | undefined {
    let node = this.#root
    for (const segment of segments(full)) {
      node = node.under(decoded(segment) ?? segment)
      node.contract ??= contract
    }
    if (node.route && node.route.contract !== contract) {
      const other = node.route.contract
      const message = `${full} is already a path of "${other.name}" (${other.file})`
      return { file: contract.file, line: 1, column: 1, message }
    }
    // Paths of one document may differ in the names of their parameters alone.
    const earlier = [...(node.route?.operations.values() ?? [])].map(({ operation }) => operation)
    node.route = routeOf(contract, [...earlier, ...operations])
    return undefined
  }
}

function routeOf(contract: Contract, operations: readonly Operation[]): Route {
  const template = operations[0]?.path ?? ''
  const routed = new Map(
    operations.map((operation) => [
      { ...operation.definition, path: template },
      { operation, names: namesOf(operation.path) },
    ]),
  )
  return { contract, template, router: new PathRouter([...routed.keys()]), operations: routed }
}

const namesOf = (path: string) => [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '')

/** One walk down the tree; it remembers the values of templated segments and how far it came. */
class Search {
  readonly parts: readonly string[]
  readonly sent: readonly string[]
  contract: Contract
  #depth = 0
  /** As they were sent. */
  readonly #values: string[] = []

  constructor(parts: readonly string[], sent: readonly string[], first: Contract) {
    this.parts = parts
    this.sent = sent
    this.contract = first
  }

  run(node: Segment, depth: number): Route | undefined {
    if (depth > this.#depth && node.contract) {
      this.#depth = depth
      this.contract = node.contract
    }
    const part = this.parts[depth]
    if (part === undefined) return node.route
    const literal = node.literals.get(part)
    const found = literal && this.run(literal, depth + 1)
    if (found) return found
    for (const template of node.templates) {
      const values = this.#valuesOf(template, depth)
      if (!values) continue
      const before = this.#values.length
      this.#values.push(...values)
      const deeper = this.run(template.node, depth + 1)
      if (deeper) return deeper
      this.#values.length = before
    }
    return undefined
  }

  /** What is encoded is no sign of a template, unless nothing else makes it one. */
  #valuesOf({ pattern, encoded }: Template, depth: number): readonly string[] | undefined {
    const sent = this.sent[depth] ?? ''
    const values = pattern.exec(sent) ?? (sent.includes('%') ? encoded.exec(sent) : null)
    return values?.slice(1)
  }

  /** Whose error shape a path gets that cannot be decoded: its readable beginning decides. */
  nearest(root: Segment): Contract {
    this.run(root, 0)
    return this.contract
  }

  /** Values by the names the path itself gives them; another path may name the segment otherwise. */
  named(names: readonly string[]): Params {
    return this.#by(names, (value) => decoded(value) ?? value)
  }

  raw(names: readonly string[]): Params {
    return this.#by(names, (value) => value)
  }

  #by(names: readonly string[], read: (value: string) => string): Params {
    const params: Record<string, string> = {}
    for (const [index, name] of names.entries()) put(params, name, read(this.#values[index] ?? ''))
    return params
  }
}

const segments = (path: string) =>
  (path.endsWith('/') ? path.replace(/\/+$/, '') : path).split('/').slice(1)

function decoded(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function allowed(operations: Iterable<Routed>): string[] {
  const methods = new Set([...operations].map(({ operation }) => operation.method))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods.add('OPTIONS')].sort()
}
