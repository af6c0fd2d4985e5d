/**
 * Finds the operation of a request. openapi-backend's router matches the method; an index in front
 * of it finds the path, since the library tries every path of the document in turn.
 */
import { OpenAPIRouter } from 'openapi-backend/router.js'
import { type Diagnostic, LoadError } from '../errors.ts'
import type { Contract, Operation, OperationDefinition } from './model.ts'
import { type DocumentNode, setOwn } from './walk.ts'

export type RouteMatch =
  | {
      readonly kind: 'found'
      readonly operation: Operation
      readonly path: PathValues
      /** The same values before decoding; undefined where nothing was percent-encoded. */
      readonly rawPath: PathValues | undefined
    }
  | {
      readonly kind: 'method'
      readonly contract: Contract
      readonly allow: readonly string[]
    }
  | { readonly kind: 'path'; readonly contract: Contract }
  | { readonly kind: 'malformed'; readonly contract: Contract }

type PathValues = Readonly<Record<string, string>>
type RouterOperation = ReturnType<OpenAPIRouter['getOperations']>[number]
type RouterDocument = ConstructorParameters<typeof OpenAPIRouter>[0]['definition']

/** Lists the operations of a document, each with the parameters of its path and its security. */
export function listOperations(document: DocumentNode): OperationDefinition[] {
  const definition = document as unknown as RouterDocument
  return new OpenAPIRouter({ definition }).getOperations() as unknown as OperationDefinition[]
}

/** The library's router for one path. It lists the operations once, not again at each call. */
class PathRouter extends OpenAPIRouter {
  readonly #operations: RouterOperation[]

  constructor(operations: RouterOperation[]) {
    const definition = { openapi: '3.1.0', info: { title: '', version: '' }, paths: {} }
    super({ definition, ignoreTrailingSlashes: false })
    this.#operations = operations
  }

  override getOperations(): RouterOperation[] {
    return this.#operations
  }
}

interface PathRoute {
  readonly contract: Contract
  /** The path by which the library's router knows all operations of this route. */
  readonly template: string
  readonly router: PathRouter
  readonly operations: ReadonlyMap<RouterOperation, RoutedOperation>
}

interface RoutedOperation {
  readonly operation: Operation
  /** The names of its path parameters: other operations of the path may use other names. */
  readonly names: readonly string[]
}

/** A segment with parameters, such as `{id}.json`. */
interface SegmentTemplate {
  readonly pattern: RegExp
  /** The same pattern, with the literal characters percent-encoded or not. */
  readonly encoded: RegExp
  /** How many characters are literal: the more, the more specific. */
  readonly literal: number
  readonly source: string
  readonly node: Segment
}

class Segment {
  readonly literals = new Map<string, Segment>()
  readonly templates: SegmentTemplate[] = []
  route: PathRoute | undefined
  /** First contract with a path through this segment; it words the 404 when nothing below matches. */
  contract: Contract | undefined

  /** Returns the segment below this one, which is created when first asked for. */
  child(segment: string): Segment {
    if (!segment.includes('{')) return this.#literalChild(segment)
    const source = segment.replace(/\{[^}]+\}/g, '{}')
    const known = this.templates.find((template) => template.source === source)
    if (known) return known.node
    const template = readTemplate(segment, source)
    this.templates.push(template)
    this.templates.sort((a, b) => b.literal - a.literal)
    return template.node
  }

  #literalChild(segment: string): Segment {
    const known = this.literals.get(segment)
    if (known) return known
    const child = new Segment()
    this.literals.set(segment, child)
    return child
  }
}

function readTemplate(segment: string, source: string): SegmentTemplate {
  const parts = segment.split(/(\{[^}]+\})/)
  const compile = (matchLiteral: (text: string) => string) => {
    const pattern = parts.map((part) => (part.startsWith('{') ? '(.+?)' : matchLiteral(part)))
    return new RegExp(`^${pattern.join('')}$`, 's')
  }
  const literal = source.replaceAll('{}', '').length
  const pattern = compile(escapeRegExp)
  const encoded = literal === 0 ? pattern : compile(matchEncoded)
  return { pattern, encoded, literal, source, node: new Segment() }
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Builds a pattern for a literal whose characters may each be percent-encoded. */
const matchEncoded = (text: string) =>
  [...text]
    .map((character) => `(?:${escapeRegExp(character)}|${matchPercentEncoding(character)})`)
    .join('')

const matchPercentEncoding = (character: string) =>
  [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)

/**
 * Finds operations in time that does not grow with their number: a tree of path segments, literal
 * ones before templates, leads to the library's router for one path.
 */
export class Router {
  readonly #root = new Segment()
  readonly #largest: Contract

  /** @throws LoadError if two documents claim the same path */
  constructor(contracts: readonly [Contract, ...Contract[]]) {
    // An unmatched path gets the error shape of the API with the most operations.
    this.#largest = contracts.reduce((most, each) =>
      each.operations.size > most.operations.size ? each : most,
    )
    const diagnostics = contracts.flatMap((contract) => this.#add(contract))
    if (diagnostics.length > 0) throw new LoadError(diagnostics)
  }

  match(method: string, path: string): RouteMatch {
    const raw = splitPath(path)
    const parts = raw.map(decodeSegment)
    const search = new Search(parts, raw, this.#largest)
    const route = search.walk(this.#root, 0)
    if (parts.includes(undefined)) return { kind: 'malformed', contract: search.contract }
    if (!route) return { kind: 'path', contract: search.contract }
    const routed = findByMethod(route, method)
    if (!routed) {
      const allow = listAllowedMethods(route.operations.values())
      return { kind: 'method', contract: route.contract, allow }
    }
    const { operation, names } = routed
    const rawPath = path.includes('%') ? search.rawValues(names) : undefined
    return { kind: 'found', operation, path: search.decodedValues(names), rawPath }
  }

  #add(contract: Contract): Diagnostic[] {
    const operationsByPath = new Map<string, Operation[]>()
    for (const operation of contract.operations.values()) {
      for (const base of operation.basePaths ?? contract.basePaths) {
        const path = base + operation.path
        const known = operationsByPath.get(path)
        if (known) known.push(operation)
        else operationsByPath.set(path, [operation])
      }
    }
    return [...operationsByPath].flatMap(([path, operations]) => {
      return this.#insert(contract, path, operations) ?? []
    })
  }

  #insert(contract: Contract, path: string, operations: Operation[]): Diagnostic | undefined {
    let node = this.#root
    for (const segment of splitPath(path)) {
      node = node.child(decodeSegment(segment) ?? segment)
      node.contract ??= contract
    }
    if (node.route && node.route.contract !== contract) {
      const other = node.route.contract
      const message = `${path} is already a path of "${other.name}" (${other.file})`
      return { file: contract.file, line: 1, column: 1, message }
    }
    // Two paths of a document may differ only in the names of their parameters.
    const earlier = [...(node.route?.operations.values() ?? [])].map(({ operation }) => operation)
    node.route = buildRoute(contract, [...earlier, ...operations])
    return undefined
  }
}

function buildRoute(contract: Contract, operations: readonly Operation[]): PathRoute {
  const template = operations[0]?.path ?? ''
  const routed = new Map(
    operations.map((operation) => [
      { ...operation.definition, path: template } as unknown as RouterOperation,
      { operation, names: listParameterNames(operation.path) },
    ]),
  )
  return { contract, template, router: new PathRouter([...routed.keys()]), operations: routed }
}

const listParameterNames = (path: string) =>
  [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '')

/** A HEAD request that no operation is for is matched like a GET. */
function findByMethod(
  { router, template, operations }: PathRoute,
  method: string,
): RoutedOperation | undefined {
  const find = (method: string) => router.matchOperation({ method, path: template, headers: {} })
  const definition = find(method) ?? (method === 'HEAD' ? find('GET') : undefined)
  return definition && operations.get(definition)
}

/** One walk down the tree: remembers the values of templates and how far it came. */
class Search {
  /** The contract that words the error if the walk finds nothing. */
  contract: Contract
  #depth = 0
  /** The values of templates, before decoding. */
  readonly #values: string[] = []
  readonly #parts: readonly (string | undefined)[]
  readonly #raw: readonly string[]

  /** @param parts segments, decoded; undefined where they are not properly encoded */
  constructor(parts: readonly (string | undefined)[], raw: readonly string[], contract: Contract) {
    this.#parts = parts
    this.#raw = raw
    this.contract = contract
  }

  walk(node: Segment, depth: number): PathRoute | undefined {
    if (depth > this.#depth && node.contract) {
      this.#depth = depth
      this.contract = node.contract
    }
    const part = this.#parts[depth]
    if (part === undefined) return node.route
    const literal = node.literals.get(part)
    const found = literal && this.walk(literal, depth + 1)
    if (found) return found
    for (const template of node.templates) {
      const values = this.#matchTemplate(template, depth)
      if (!values) continue
      const before = this.#values.length
      this.#values.push(...values)
      const deeper = this.walk(template.node, depth + 1)
      if (deeper) return deeper
      this.#values.length = before
    }
    return undefined
  }

  /** Literal characters match unencoded first: encoded ones rather belong to a value. */
  #matchTemplate(
    { pattern, encoded }: SegmentTemplate,
    depth: number,
  ): readonly string[] | undefined {
    const raw = this.#raw[depth] ?? ''
    const values = pattern.exec(raw) ?? (raw.includes('%') ? encoded.exec(raw) : null)
    return values?.slice(1)
  }

  decodedValues(names: readonly string[]): PathValues {
    return this.#nameValues(names, (value) => decodeSegment(value) ?? value)
  }

  rawValues(names: readonly string[]): PathValues {
    return this.#nameValues(names, (value) => value)
  }

  #nameValues(names: readonly string[], read: (value: string) => string): PathValues {
    const values: Record<string, string> = {}
    for (const [index, name] of names.entries()) {
      setOwn(values, name, read(this.#values[index] ?? ''))
    }
    return values
  }
}

const splitPath = (path: string) =>
  (path.endsWith('/') ? path.replace(/\/+$/, '') : path).split('/').slice(1)

/** Decodes a segment; returns undefined where it is not properly percent-encoded. */
function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function listAllowedMethods(operations: Iterable<RoutedOperation>): string[] {
  const methods = new Set([...operations].map(({ operation }) => operation.method))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods.add('OPTIONS')].sort()
}
