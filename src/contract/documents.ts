/** One OpenAPI document with the files it refers to, in the words of 3.1, its references absolute. */
import { dirname, relative, resolve } from 'node:path'
import { type Fault, LoadError, StartError } from '../errors.ts'
import { type Path, readSource, type Source } from '../source.ts'
import { usable } from './keywords.ts'
import { isObject, type Kind, modernise, pointed, rewrite } from './references.ts'

type Node = Record<string, unknown>

/** Which side alone may send what some schemas describe. */
export type Side = 'readOnly' | 'writeOnly'

interface File {
  readonly uri: string
  readonly source: Source
  /** What the references in it are relative to. */
  readonly folder: string
  value: unknown
  /** Gathered when the first reference asks for a name: few documents have any. */
  names: Names | undefined
}

/** Schemas that references can name without a pointer. */
interface Names {
  /** Pointers, by id. */
  readonly ids: ReadonlyMap<string, string>
  /** Pointers, by name. */
  readonly anchors: ReadonlyMap<string, string>
  /** Those of dynamic anchors, of which several may have one name; the one that says most last. */
  readonly dynamic: ReadonlyMap<string, readonly string[]>
}

/** Follows references to what they end in; an object without one, or {}. */
export type Follow = (value: unknown) => Node

export class Documents {
  readonly faults: Fault[] = []
  /** What is passed over, and why. */
  readonly warnings: Fault[] = []
  readonly sides = new Set<Side>()
  readonly #main: File
  readonly #old: boolean
  readonly #files = new Map<string, File>()
  readonly #byUri = new Map<string, File>()
  readonly #refs = new Set<string>()

  /** @throws LoadError where it is not an OpenAPI document of a version that is known */
  constructor(source: Source, name: string) {
    this.#old = versionOf(source).startsWith('3.0')
    const path = resolve(source.file)
    this.#main = this.#add(path, `sandbox:///${encodeURIComponent(name)}`, source)
    this.#absolutise(this.#main)
    this.#checkCircles()
  }

  get root(): Node {
    return this.#main.value as Node
  }

  /** All files that were read, by the URI that references begin with. */
  get byUri(): ReadonlyMap<string, { readonly value: unknown; readonly source: Source }> {
    return this.#byUri
  }

  get paths(): string[] {
    return [...this.#files.keys()]
  }

  readonly follow: Follow = (value) => {
    let node = value
    for (let hops = 0; isObject(node) && typeof node.$ref === 'string' && hops < 100; hops++) {
      const { $ref, ...beside } = node
      const target = this.target($ref as string)
      // What stands beside a reference holds, too (3.1); `summary` of a path item, say.
      node = isObject(target) && Object.keys(beside).length > 0 ? { ...target, ...beside } : target
    }
    return isObject(node) && typeof node.$ref !== 'string' ? node : {}
  }

  /** What an absolute reference names. */
  target(ref: string): unknown {
    const [uri = '', pointer = ''] = ref.split('#', 2)
    const file = this.#byUri.get(uri)
    return file && pointed(file.value, pointer)
  }

  #add(path: string, uri: string, source: Source): File {
    const folder = dirname(path)
    const file: File = { uri, source, folder, value: source.value, names: undefined }
    this.#files.set(path, file)
    this.#byUri.set(uri, file)
    return file
  }

  #absolutise(file: File): void {
    file.value = rewrite(file.value, (node, path, kind) => this.#read(file, node, path, kind))
    // What was gathered until now were schemas as they stand in the file.
    file.names = undefined
  }

  #read(file: File, node: Node, path: Path, kind: Kind): Node {
    let read = node
    if (kind === 'schema') {
      if (this.#old) read = modernise(read)
      else if ('nullable' in read) read = this.#notNullable(file, read, path)
      read = usable(read, (keyword, message) => {
        this.warnings.push(file.source.fault([...path, keyword], message, 'key'))
      })
      if (read.readOnly === true) this.sides.add('readOnly')
      if (read.writeOnly === true) this.sides.add('writeOnly')
    }
    if (kind === 'schema') read = this.#pointing(file, unnamed(read), path)
    if (typeof read.$ref !== 'string') return read
    const $ref = this.#absolute(file, read.$ref, path)
    // OpenAPI 3.0: what stands beside a reference is ignored.
    return this.#old && kind === 'schema' ? { $ref } : { ...read, $ref }
  }

  /** A word of 3.0 that later versions do not know. */
  #notNullable({ source }: File, { nullable, ...rest }: Node, path: Path): Node {
    const remedy = `in 3.1 a value that may be null says type: [..., 'null']`
    this.warnings.push(
      source.fault([...path, 'nullable'], `"nullable" is passed over: ${remedy}`, 'key'),
    )
    return rest
  }

  /** A dynamic reference as a plain one: to the schema that is meant, as far as that can be known. */
  #pointing(file: File, node: Node, path: Path): Node {
    const { $dynamicRef, ...rest } = node
    if (typeof $dynamicRef !== 'string') return node
    const { dynamic, anchors } = namesOf(file)
    const name = $dynamicRef.replace(/^.*#/, '')
    const known = dynamic.get(name) ?? [anchors.get(name)]
    // One that is open, and one that says what it is here.
    if (known.length <= 2) return { ...rest, $ref: `#${known.at(-1) ?? name}` }
    const message = `"$dynamicRef" is passed over: ${known.length} schemas are called "${name}"`
    this.warnings.push(file.source.fault([...path, '$dynamicRef'], message, 'key'))
    return rest
  }

  #absolute(from: File, ref: string, path: Path): string {
    const [place = '', fragment = ''] = ref.split('#', 2)
    const fault = (message: string) => {
      this.faults.push(from.source.fault([...path, '$ref'], message))
      return ref
    }
    const own = place === '' ? undefined : namesOf(from).ids.get(place)
    if (own !== undefined) return this.#within(from, own, fragment) ?? fault(nothing(ref))
    if (/^[a-z][a-z\d+.-]+:/i.test(place)) {
      return fault(`"${ref}" lies elsewhere and is not fetched; save it beside this file`)
    }
    const file = place === '' ? from : this.#file(from, place, fault)
    if (typeof file === 'string') return ref
    return this.#within(file, '', fragment) ?? fault(nothing(ref))
  }

  /** What lies below a place of a file; undefined where nothing does. */
  #within(file: File, base: string, fragment: string): string | undefined {
    const named = isAnchor(fragment)
    const pointer = named ? namesOf(file).anchors.get(fragment) : `${base}${fragment}`
    if (pointer === undefined || pointed(file.source.value, pointer) === undefined) return undefined
    const absolute = `${file.uri}#${pointer}`
    this.#refs.add(absolute)
    return absolute
  }

  /** Another file, read when it is first referred to. */
  #file(from: File, place: string, fault: (message: string) => string): File | string {
    const path = resolve(from.folder, decoded(place))
    const known = this.#files.get(path)
    if (known) return known
    try {
      const near = relative(process.cwd(), path)
      const source = readSource(path, near.startsWith('..') ? path : near)
      const file = this.#add(path, `${this.#main.uri}/${this.#files.size}`, source)
      this.#absolutise(file)
      return file
    } catch (error) {
      if (error instanceof StartError) return fault(error.message)
      if (!(error instanceof LoadError)) throw error
      this.faults.push(...error.faults)
      return ''
    }
  }

  /** A reference that leads back to itself means nothing, and would be followed for ever. */
  #checkCircles(): void {
    const circles = new Set([...this.#refs].filter((ref) => this.#circles(ref)))
    if (circles.size === 0) return
    for (const { value, source } of this.#byUri.values()) {
      rewrite(value, (node, path) => {
        if (circles.has(node.$ref as string)) {
          const message = 'the reference leads back to itself and so means nothing'
          this.faults.push(source.fault([...path, '$ref'], message))
        }
        return node
      })
    }
  }

  #circles(ref: string): boolean {
    const seen = new Set<string>()
    let next: unknown = ref
    while (typeof next === 'string') {
      if (seen.has(next)) return true
      seen.add(next)
      const target = this.target(next)
      next = isObject(target) ? target.$ref : undefined
    }
    return false
  }
}

const decoded = (place: string) => {
  try {
    return decodeURIComponent(place)
  } catch {
    return place
  }
}

const nothing = (ref: string) => `"${ref}" points to nothing`

const isAnchor = (fragment: string) => fragment !== '' && !fragment.startsWith('/')

function namesOf(file: File): Names {
  file.names ??= namesIn(file.value)
  return file.names
}

function namesIn(value: unknown): Names {
  const ids = new Map<string, string>()
  const anchors = new Map<string, string>()
  const dynamic = new Map<string, [pointer: string, size: number][]>()
  const visit = (node: unknown, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { $id, $anchor, $dynamicAnchor } = node as Node
    if (typeof $id === 'string') ids.set($id, pointer)
    if (typeof $anchor === 'string') anchors.set($anchor, pointer)
    if (typeof $dynamicAnchor === 'string') {
      anchors.set($dynamicAnchor, pointer)
      const size = Object.keys(node).length
      dynamic.set($dynamicAnchor, [...(dynamic.get($dynamicAnchor) ?? []), [pointer, size]])
    }
    for (const [key, child] of Object.entries(node)) visit(child, `${pointer}/${escaped(key)}`)
  }
  visit(value, '')
  const sorted = [...dynamic].map(([name, found]): [string, string[]] => [
    name,
    found.sort(([, one], [, other]) => one - other).map(([pointer]) => pointer),
  ])
  return { ids, anchors, dynamic: new Map(sorted) }
}

const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

/**
 * A schema without the names that references could call it by: all of them are pointers now, and the
 * validator would not have one name twice.
 */
function unnamed(node: Node): Node {
  if (node.$id === undefined && node.$anchor === undefined && node.$dynamicAnchor === undefined) {
    return node
  }
  const { $id, $anchor, $dynamicAnchor, ...rest } = node
  return rest
}

/** @throws LoadError where a document is of no version that is known */
function versionOf(source: Source): string {
  const { value } = source
  const stop = (path: Path, message: string): never => {
    throw new LoadError([source.fault(path, message)])
  }
  if (!isObject(value)) return stop([], 'not an OpenAPI document: an object is needed')
  if ('swagger' in value) {
    return stop(['swagger'], 'OpenAPI 2.0 is not supported; convert the document to 3.0 or 3.1')
  }
  const version = value.openapi
  if (version === undefined) return stop([], 'not an OpenAPI document: it has no "openapi" key')
  if (!/^3\.[01](\.|$)/.test(String(version))) {
    return stop(['openapi'], `OpenAPI ${version} is not supported; 3.0 and 3.1 are`)
  }
  // From 3.1 on a document may be about webhooks alone.
  const needed = value.webhooks === undefined || value.paths !== undefined
  if (needed && !isObject(value.paths)) {
    return stop(['paths'], '"paths" must be an object')
  }
  return String(version)
}
