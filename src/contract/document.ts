/** One OpenAPI document with the files it refers to, in the words of 3.1, its references absolute. */
import { dirname, relative, resolve } from 'node:path'
import type { Path } from '../errors.ts'
import { type Diagnostic, LoadError, StartError } from '../errors.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'
import { usable, versionOf } from './dialect.ts'
import {
  type DocumentNode,
  decoded,
  isObject,
  type Kind,
  modernise,
  pointed,
  rewrite,
  unescaped,
} from './walk.ts'

/** Which side alone may send what some schemas describe. */
export type Direction = 'readOnly' | 'writeOnly'

interface File {
  readonly uri: string
  readonly source: YamlFile
  /** What the references in it are relative to. */
  readonly folder: string
  value: unknown
  /** Gathered when the first reference asks for a name: few documents have any. */
  names: Names | undefined
}

/** Where something stands. */
export interface Place {
  readonly source: YamlFile
  readonly path: Path
}

/** Follows references to what they end in; an object without one, or {}. */
export type Follow = (value: unknown) => DocumentNode

export class Documents {
  readonly diagnostics: Diagnostic[] = []
  /** What is passed over, and why. */
  readonly warnings: Diagnostic[] = []
  readonly sides = new Set<Direction>()
  readonly #main: File
  readonly #old: boolean
  readonly #files = new Map<string, File>()
  readonly #byUri = new Map<string, File>()
  readonly #refs = new Set<string>()
  /** What references of schemas name: schemas, wherever in a file they stand. */
  readonly #schemas = new Set<string>()
  readonly #broken = new Set<string>()
  readonly #merged = new WeakMap<DocumentNode, DocumentNode>()

  /** @throws LoadError where it is not an OpenAPI document of a version that is known */
  constructor(source: YamlFile, name: string) {
    this.#old = versionOf(source).startsWith('3.0')
    const path = resolve(source.file)
    this.#main = this.#add(path, `sandbox:///${encodeURIComponent(name)}`, source)
    this.#absolutise(this.#main)
    for (const file of this.#byUri.values()) this.#readSchemas(file)
    this.#checkCircles()
    // Where references go round in circles no more can be said.
    if (this.diagnostics.length === 0) this.#checkSelfMade()
  }

  get root(): DocumentNode {
    return this.#main.value as DocumentNode
  }

  /** All files that were read, by the URI that references begin with. */
  get byUri(): ReadonlyMap<string, { readonly value: unknown; readonly source: YamlFile }> {
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
      const merges = isObject(target) && Object.keys(beside).length > 0
      node = merges ? this.#merge(node, target, beside) : target
    }
    return isObject(node) && typeof node.$ref !== 'string' ? node : {}
  }

  /** The same each time: who walks through schemas must see where they have been already. */
  #merge(node: DocumentNode, target: DocumentNode, beside: DocumentNode): DocumentNode {
    const known = this.#merged.get(node)
    if (known) return known
    const merged = { ...target, ...beside }
    this.#merged.set(node, merged)
    return merged
  }

  /** Where something of the first file stands, which may be in another one. */
  placeOf(path: Path): Place {
    let place: Place = { source: this.#main.source, path }
    let node = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), this.root)
    for (let hops = 0; isObject(node) && typeof node.$ref === 'string' && hops < 100; hops++) {
      const [uri = '', pointer = ''] = node.$ref.split('#', 2)
      const file = this.#byUri.get(uri)
      if (!file) break
      place = { source: file.source, path: pathOf(pointer) }
      node = this.target(node.$ref)
    }
    return place
  }

  /** What an absolute reference names. */
  target(ref: string): unknown {
    const [uri = '', pointer = ''] = ref.split('#', 2)
    const file = this.#byUri.get(uri)
    return file && pointed(file.value, pointer)
  }

  #add(path: string, uri: string, source: YamlFile): File {
    const folder = dirname(path)
    const file: File = { uri, source, folder, value: source.value, names: undefined }
    this.#files.set(path, file)
    this.#byUri.set(uri, file)
    return file
  }

  #absolutise(file: File): void {
    file.value = rewrite(file.value, (node, path, kind) => this.#read(file, node, path, kind))
  }

  /** A file may be one schema, or a heap of them, which only what refers to them tells. */
  #readSchemas(file: File): void {
    const own = [...this.#schemas].filter((ref) => ref.startsWith(`${file.uri}#`))
    const places = new Set(own.map((ref) => JSON.stringify(pathOf(ref.split('#', 2)[1] ?? ''))))
    if (places.size === 0) return
    file.value = rewrite(file.value, (node, path, kind) => {
      const meant = kind !== 'schema' && places.has(JSON.stringify(path.map(String)))
      return meant ? this.#asSchema(file, node, path) : node
    })
  }

  #read(file: File, node: DocumentNode, path: Path, kind: Kind): DocumentNode {
    const read = kind === 'schema' ? this.#asSchema(file, node, path) : node
    if (typeof read.$ref !== 'string') return read
    const $ref = this.#absolute(file, read.$ref, path)
    if (kind === 'schema' && file.uri !== $ref.split('#', 1)[0]) this.#schemas.add($ref)
    return { ...read, $ref }
  }

  #asSchema(file: File, node: DocumentNode, path: Path): DocumentNode {
    // OpenAPI 3.0: what stands beside a reference is ignored.
    if (this.#old && typeof node.$ref === 'string') return { $ref: node.$ref }
    let read = node
    if (this.#old) read = modernise(read)
    else if ('nullable' in read) read = this.#notNullable(file, read, path)
    read = usable(read, (keyword, message) => {
      this.warnings.push(file.source.diagnosticAt([...path, keyword], message, 'key'))
    })
    if (read.readOnly === true) this.sides.add('readOnly')
    if (read.writeOnly === true) this.sides.add('writeOnly')
    return this.#pointing(file, unnamed(read), path)
  }

  /** A dynamic reference as a plain one: to the schema that is meant, as far as that can be known. */
  #pointing(file: File, node: DocumentNode, path: Path): DocumentNode {
    const { $dynamicRef, ...rest } = node
    if (typeof $dynamicRef !== 'string') return node
    const { dynamic, anchors } = namesOf(file)
    const name = $dynamicRef.replace(/^.*#/, '')
    const known = dynamic.get(name) ?? [anchors.get(name)]
    // One that is open, and one that says what it is here.
    if (known.length <= 2) return { ...rest, $ref: `#${known.at(-1) ?? name}` }
    const message = `"$dynamicRef" is passed over: ${known.length} schemas are called "${name}"`
    this.warnings.push(file.source.diagnosticAt([...path, '$dynamicRef'], message, 'key'))
    return rest
  }

  /** A word of 3.0 that later versions do not know. */
  #notNullable({ source }: File, { nullable, ...rest }: DocumentNode, path: Path): DocumentNode {
    const remedy = `in 3.1 a value that may be null says type: [..., 'null']`
    this.warnings.push(
      source.diagnosticAt([...path, 'nullable'], `"nullable" is passed over: ${remedy}`, 'key'),
    )
    return rest
  }

  #absolute(from: File, ref: string, path: Path): string {
    const [place = '', fragment = ''] = ref.split('#', 2)
    const fault = (message: string) => {
      this.diagnostics.push(from.source.diagnosticAt([...path, '$ref'], message))
      return ref
    }
    const known = place === '' ? undefined : namesOf(from).ids.get(place)
    if (known !== undefined) {
      const named = isAnchor(fragment) ? namesOf(from).anchors.get(fragment) : undefined
      return this.#known(from, named ?? `${known}${fragment}`)
    }
    if (/^[a-z][a-z\d+.-]+:/i.test(place)) {
      return fault(`"${ref}" lies elsewhere and is not fetched; save it beside this file`)
    }
    const file = place === '' ? from : this.#file(from, place, fault)
    if (typeof file === 'string') return ref
    const pointer = isAnchor(fragment) ? namesOf(file).anchors.get(fragment) : fragment
    if (pointer === undefined || pointed(file.source.value, pointer) === undefined) {
      return fault(`"${ref}" points to nothing`)
    }
    return this.#known(file, pointer)
  }

  #known(file: File, pointer: string): string {
    // The validator takes each per cent sign for the beginning of a letter's number.
    const absolute = `${file.uri}#${pointer.replace(/%(?![\da-f]{2})/gi, '%25')}`
    this.#refs.add(absolute)
    return absolute
  }

  /** Another file, read when it is first referred to. */
  #file(from: File, place: string, fault: (message: string) => string): File | string {
    const path = resolve(from.folder, decoded(place))
    const known = this.#files.get(path)
    if (known) return known
    if (this.#broken.has(path)) return ''
    try {
      const near = relative(process.cwd(), path)
      const source = readYamlFile(path, near.startsWith('..') ? path : near)
      const file = this.#add(path, `${this.#main.uri}/${this.#files.size}`, source)
      this.#absolutise(file)
      return file
    } catch (error) {
      if (error instanceof StartError) return fault(error.message)
      if (!(error instanceof LoadError)) throw error
      this.#broken.add(path)
      this.diagnostics.push(...error.diagnostics)
      return ''
    }
  }

  /** A reference that leads back to itself means nothing, and would be followed for ever. */
  #checkCircles(): void {
    const found = new Set(
      [...this.#refs].filter((ref) => circles(ref, (each) => this.target(each))),
    )
    if (found.size === 0) return
    for (const { value, source } of this.#byUri.values()) {
      rewrite(value, (node, path) => {
        if (found.has(node.$ref as string)) {
          const message = 'the reference leads back to itself and so means nothing'
          this.diagnostics.push(source.diagnosticAt([...path, '$ref'], message))
        }
        return node
      })
    }
  }

  /** What checks such a schema has no end. */
  #checkSelfMade(): void {
    for (const ref of selfMade(this.#refs, (each) => this.target(each))) {
      const [uri = '', pointer = ''] = ref.split('#', 2)
      const message =
        'the schema is put together of itself: no request or answer can be checked by it'
      const fault = this.#byUri.get(uri)?.source.diagnosticAt(pathOf(pointer), message, 'key')
      if (fault) this.warnings.push(fault)
    }
  }
}

const isAnchor = (fragment: string) => fragment !== '' && !fragment.startsWith('/')

function namesOf(file: File): Names {
  file.names ??= namesIn(file.source.value)
  return file.names
}

/** Pointers to the schemas that references can name without one. */
export interface Names {
  readonly ids: ReadonlyMap<string, string>
  readonly anchors: ReadonlyMap<string, string>
  /** Of dynamic anchors several may have one name; the one that says most comes last. */
  readonly dynamic: ReadonlyMap<string, readonly string[]>
}

export function namesIn(value: unknown): Names {
  const ids = new Map<string, string>()
  const anchors = new Map<string, string>()
  const dynamic = new Map<string, [pointer: string, size: number][]>()
  const visit = (node: unknown, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { $id, $anchor, $dynamicAnchor } = node as DocumentNode
    if (typeof $id === 'string') ids.set($id, pointer)
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === 'string') anchors.set(anchor, pointer)
    }
    if (typeof $dynamicAnchor === 'string') {
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

/**
 * A schema without the names that references could call it by: all of them are pointers now, and the
 * validator would not have one name twice.
 */
export function unnamed(node: DocumentNode): DocumentNode {
  if (node.$id === undefined && node.$anchor === undefined && node.$dynamicAnchor === undefined) {
    return node
  }
  const { $id, $anchor, $dynamicAnchor, ...rest } = node
  return rest
}

const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

/** The keys that a pointer goes through. */
export const pathOf = (pointer: string): Path => pointer.split('/').slice(1).map(unescaped)

type Target = (ref: string) => unknown

/** Whether a reference means nothing but itself. */
export function circles(ref: string, target: Target): boolean {
  const seen = new Set<string>()
  let next: unknown = ref
  while (typeof next === 'string') {
    if (seen.has(next)) return true
    seen.add(next)
    const found = target(next)
    next = isObject(found) ? found.$ref : undefined
  }
  return false
}

/** The references to schemas that are put together of themselves: checking them never ends. */
export function selfMade(refs: Iterable<string>, target: Target): string[] {
  const known = new Map<string, 'open' | 'sound' | 'endless'>()
  const visit = (ref: string): boolean => {
    const state = known.get(ref)
    if (state !== undefined) return state !== 'sound'
    known.set(ref, 'open')
    const endless = partsOf(target(ref)).map(visit).includes(true)
    known.set(ref, endless ? 'endless' : 'sound')
    return endless
  }
  return [...refs].filter(visit)
}

/** What a schema refers to for a value as a whole. */
function partsOf(schema: unknown): string[] {
  if (!isObject(schema)) return []
  const { $ref, allOf, anyOf, oneOf } = schema
  const own = typeof $ref === 'string' ? [$ref] : []
  return [...own, ...[allOf, anyOf, oneOf].filter(Array.isArray).flat().flatMap(partsOf)]
}
