/** One OpenAPI document and the files it refers to, in the words of 3.1, with absolute references. */
import { dirname, relative, resolve } from 'node:path'
import { type Diagnostic, LoadError, type Path, StartError } from '../errors.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'
import { dropUnusableKeywords, modernise, readVersion } from './dialect.ts'
import type { Direction } from './schema.ts'
import {
  type DocumentNode,
  decodePercent,
  escapeKey,
  type Follow,
  isObject,
  MAX_DEPTH,
  type NodeKind,
  resolveFragment,
  rewrite,
  splitFragment,
} from './walk.ts'

interface DocumentFile {
  readonly uri: string
  readonly source: YamlFile
  /** The folder that references in this file are relative to. */
  readonly folder: string
  value: unknown
  /** Collected when a reference first uses one: few documents have any. */
  ids: SchemaIds | undefined
}

/** A place in one of the files. */
export interface SourceLocation {
  readonly source: YamlFile
  readonly path: Path
}

export class Documents {
  readonly diagnostics: Diagnostic[] = []
  /** What is ignored, and why. */
  readonly warnings: Diagnostic[] = []
  /** The directions in which some property must not be sent. */
  readonly directions = new Set<Direction>()
  readonly #main: DocumentFile
  readonly #isVersion30: boolean
  readonly #files = new Map<string, DocumentFile>()
  readonly #byUri = new Map<string, DocumentFile>()
  readonly #refs = new Set<string>()
  /** References from schemas to other files: what they point to is a schema, wherever it stands. */
  readonly #schemaRefs = new Set<string>()
  readonly #brokenFiles = new Set<string>()
  readonly #merged = new WeakMap<DocumentNode, DocumentNode>()

  /** @throws LoadError unless it is an OpenAPI document of a supported version */
  constructor(source: YamlFile, name: string) {
    this.#isVersion30 = readVersion(source).startsWith('3.0')
    const path = resolve(source.file)
    this.#main = this.#addFile(path, `sandbox:///${encodeURIComponent(name)}`, source)
    this.#rewriteFile(this.#main)
    for (const file of this.#byUri.values()) this.#readReferredSchemas(file)
    this.#reportSelfReferences()
    // The second check follows references: it would not end where they are circular.
    if (this.diagnostics.length === 0) this.#reportEndlessSchemas()
  }

  get root(): DocumentNode {
    return this.#main.value as DocumentNode
  }

  /** All files that were read, by the URI that their references begin with. */
  get byUri(): ReadonlyMap<string, { readonly value: unknown; readonly source: YamlFile }> {
    return this.#byUri
  }

  get paths(): string[] {
    return [...this.#files.keys()]
  }

  readonly follow: Follow = (value) => {
    let node = value
    for (
      let hops = 0;
      isObject(node) && typeof node.$ref === 'string' && hops < MAX_DEPTH;
      hops++
    ) {
      const { $ref, ...beside } = node
      const target = this.lookUp($ref as string)
      // Since 3.1 the keywords beside a reference hold, too, such as a path item's `summary`.
      const merges = isObject(target) && Object.keys(beside).length > 0
      node = merges ? this.#merge(node, target, beside) : target
    }
    return isObject(node) && typeof node.$ref !== 'string' ? node : {}
  }

  /** Memoised: walkers detect recursion by object identity. */
  #merge(node: DocumentNode, target: DocumentNode, beside: DocumentNode): DocumentNode {
    const known = this.#merged.get(node)
    if (known) return known
    const merged = { ...target, ...beside }
    this.#merged.set(node, merged)
    return merged
  }

  /** Finds where a node of the main file really stands: a reference may lead to another file. */
  locate(path: Path): SourceLocation {
    const node = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), this.root)
    return this.locateFrom({ source: this.#main.source, path }, node)
  }

  /** The same for a node of any file, whose own place is known. */
  locateFrom(place: SourceLocation, value: unknown): SourceLocation {
    let location = place
    let node = value
    for (
      let hops = 0;
      isObject(node) && typeof node.$ref === 'string' && hops < MAX_DEPTH;
      hops++
    ) {
      const { uri, fragment } = splitRef(node.$ref)
      const file = this.#byUri.get(uri)
      if (!file) break
      location = { source: file.source, path: splitFragment(fragment) }
      node = this.lookUp(node.$ref)
    }
    return location
  }

  /** Returns what an absolute reference points to. */
  lookUp(ref: string): unknown {
    const { uri, fragment } = splitRef(ref)
    const file = this.#byUri.get(uri)
    return file && resolveFragment(file.value, fragment)
  }

  #addFile(path: string, uri: string, source: YamlFile): DocumentFile {
    const folder = dirname(path)
    const file: DocumentFile = { uri, source, folder, value: source.value, ids: undefined }
    this.#files.set(path, file)
    this.#byUri.set(uri, file)
    return file
  }

  #rewriteFile(file: DocumentFile): void {
    file.value = rewrite(file.value, (node, path, kind) =>
      this.#rewriteNode(file, node, path, kind),
    )
  }

  /** Reads the schemas in files of schemas: only references to them show that they are schemas. */
  #readReferredSchemas(file: DocumentFile): void {
    const refs = [...this.#schemaRefs].filter((ref) => ref.startsWith(`${file.uri}#`))
    const places = new Set(refs.map((ref) => JSON.stringify(splitFragment(splitRef(ref).fragment))))
    if (places.size === 0) return
    file.value = rewrite(file.value, (node, path, kind) => {
      const isUnread = kind !== 'schema' && places.has(JSON.stringify(path.map(String)))
      return isUnread ? this.#readSchema(file, node, path) : node
    })
  }

  #rewriteNode(file: DocumentFile, node: DocumentNode, path: Path, kind: NodeKind): DocumentNode {
    const read = kind === 'schema' ? this.#readSchema(file, node, path) : node
    if (typeof read.$ref !== 'string') return read
    const $ref = this.#resolveRef(file, read.$ref, path)
    if (kind === 'schema' && file.uri !== splitRef($ref).uri) this.#schemaRefs.add($ref)
    return { ...read, $ref }
  }

  #readSchema(file: DocumentFile, node: DocumentNode, path: Path): DocumentNode {
    // In OpenAPI 3.0 the keywords beside a reference are ignored.
    if (this.#isVersion30 && typeof node.$ref === 'string') return { $ref: node.$ref }
    let read = node
    if (this.#isVersion30) read = modernise(read)
    else if ('nullable' in read) read = this.#dropNullable(file, read, path)
    read = dropUnusableKeywords(read, (keyword, message) => {
      this.#warn(file, [...path, keyword], message)
    })
    if (read.readOnly === true) this.directions.add('request')
    if (read.writeOnly === true) this.directions.add('response')
    return this.#resolveDynamicRef(file, dropSchemaIds(read), path)
  }

  /** Turns a dynamic reference into a normal one, as far as the schema that is meant is known. */
  #resolveDynamicRef(file: DocumentFile, node: DocumentNode, path: Path): DocumentNode {
    const { $dynamicRef, ...rest } = node
    if (typeof $dynamicRef !== 'string') return node
    const { dynamic, anchors } = getSchemaIds(file)
    const name = $dynamicRef.replace(/^.*#/, '')
    const known = dynamic.get(name) ?? [anchors.get(name)]
    // Of two, one is the placeholder, and the other one is what it stands for in this document.
    if (known.length <= 2) return { ...rest, $ref: `#${known.at(-1) ?? name}` }
    const message = `"$dynamicRef" is ignored: ${known.length} schemas are called "${name}"`
    this.#warn(file, [...path, '$dynamicRef'], message)
    return rest
  }

  /** Drops a keyword of 3.0 that 3.1 does not have. */
  #dropNullable(file: DocumentFile, { nullable, ...rest }: DocumentNode, path: Path): DocumentNode {
    const message = `"nullable" is ignored: in 3.1 write type: [..., 'null']`
    this.#warn(file, [...path, 'nullable'], message)
    return rest
  }

  #warn({ source }: DocumentFile, path: Path, message: string): void {
    this.warnings.push(source.diagnosticAt(path, message, 'key'))
  }

  /** Makes a reference absolute; returns it unchanged where it cannot be resolved. */
  #resolveRef(from: DocumentFile, ref: string, path: Path): string {
    const { uri, fragment } = splitRef(ref)
    const report = (message: string) => {
      this.diagnostics.push(from.source.diagnosticAt([...path, '$ref'], message))
      return ref
    }
    const pointerOfId = uri === '' ? undefined : getSchemaIds(from).ids.get(uri)
    if (pointerOfId !== undefined) {
      const anchored = isAnchor(fragment) ? getSchemaIds(from).anchors.get(fragment) : undefined
      return this.#absoluteRef(from, anchored ?? `${pointerOfId}${fragment}`)
    }
    if (/^[a-z][a-z\d+.-]+:/i.test(uri)) {
      return report(`"${ref}" is not a local file and is not fetched; save it beside this file`)
    }
    const file = uri === '' ? from : this.#openFile(from, uri, report)
    if (typeof file === 'string') return ref
    const pointer = isAnchor(fragment) ? getSchemaIds(file).anchors.get(fragment) : fragment
    if (pointer === undefined || resolveFragment(file.source.value, pointer) === undefined) {
      return report(`"${ref}" points to nothing`)
    }
    return this.#absoluteRef(file, pointer)
  }

  #absoluteRef(file: DocumentFile, pointer: string): string {
    // The validator takes every "%" for the beginning of a percent-encoded character.
    const absolute = `${file.uri}#${pointer.replace(/%(?![\da-f]{2})/gi, '%25')}`
    this.#refs.add(absolute)
    return absolute
  }

  /** Returns another file, read when a reference first leads there. */
  #openFile(
    from: DocumentFile,
    place: string,
    report: (message: string) => string,
  ): DocumentFile | string {
    const path = resolve(from.folder, decodePercent(place))
    const known = this.#files.get(path)
    if (known) return known
    if (this.#brokenFiles.has(path)) return ''
    try {
      const near = relative(process.cwd(), path)
      const source = readYamlFile(path, near.startsWith('..') ? path : near)
      const file = this.#addFile(path, `${this.#main.uri}/${this.#files.size}`, source)
      this.#rewriteFile(file)
      return file
    } catch (error) {
      if (error instanceof StartError) return report(error.message)
      if (!(error instanceof LoadError)) throw error
      this.#brokenFiles.add(path)
      this.diagnostics.push(...error.diagnostics)
      return ''
    }
  }

  /** Reports references that only lead back to themselves: following them would never end. */
  #reportSelfReferences(): void {
    const found = new Set(
      [...this.#refs].filter((ref) => isSelfReference(ref, (each) => this.lookUp(each))),
    )
    if (found.size === 0) return
    for (const { value, source } of this.#byUri.values()) {
      rewrite(value, (node, path) => {
        if (found.has(node.$ref as string)) {
          const message = 'the reference only leads back to itself'
          this.diagnostics.push(source.diagnosticAt([...path, '$ref'], message))
        }
        return node
      })
    }
  }

  #reportEndlessSchemas(): void {
    for (const ref of findEndlessSchemas(this.#refs, (each) => this.lookUp(each))) {
      const { uri, fragment } = splitRef(ref)
      const file = this.#byUri.get(uri)
      if (file) this.#warn(file, splitFragment(fragment), ENDLESS)
    }
  }
}

const ENDLESS =
  'the schema is recursive through allOf, oneOf or anyOf alone and can never be validated'

/** Splits a reference at its "#". */
function splitRef(ref: string): { readonly uri: string; readonly fragment: string } {
  const [uri = '', fragment = ''] = ref.split('#', 2)
  return { uri, fragment }
}

/** Whether a fragment is a name instead of a JSON pointer. */
const isAnchor = (fragment: string) => fragment !== '' && !fragment.startsWith('/')

function getSchemaIds(file: DocumentFile): SchemaIds {
  file.ids ??= collectSchemaIds(file.source.value)
  return file.ids
}

/** Pointers to the schemas of a file that references can name: by `$id`, by anchor. */
interface SchemaIds {
  readonly ids: ReadonlyMap<string, string>
  readonly anchors: ReadonlyMap<string, string>
  /** Several dynamic anchors may share a name; the schema with the most keywords comes last. */
  readonly dynamic: ReadonlyMap<string, readonly string[]>
}

function collectSchemaIds(value: unknown): SchemaIds {
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
    for (const [key, child] of Object.entries(node)) {
      visit(child, `${pointer}/${encodeURIComponent(escapeKey(key))}`)
    }
  }
  visit(value, '')
  const sorted = [...dynamic].map(([name, found]): [string, string[]] => [
    name,
    found.sort(([, one], [, other]) => one - other).map(([pointer]) => pointer),
  ])
  return { ids, anchors, dynamic: new Map(sorted) }
}

/**
 * Returns a schema without `$id` and anchors: all references are pointers now, and the validator
 * refuses a name that it meets twice.
 */
function dropSchemaIds(node: DocumentNode): DocumentNode {
  if (node.$id === undefined && node.$anchor === undefined && node.$dynamicAnchor === undefined) {
    return node
  }
  const { $id, $anchor, $dynamicAnchor, ...rest } = node
  return rest
}

type LookUp = (ref: string) => unknown

/** Whether a reference leads through other references back to itself. */
function isSelfReference(ref: string, lookUp: LookUp): boolean {
  const seen = new Set<string>()
  let next: unknown = ref
  while (typeof next === 'string') {
    if (seen.has(next)) return true
    seen.add(next)
    const target = lookUp(next)
    next = isObject(target) ? target.$ref : undefined
  }
  return false
}

/** Finds schemas that apply themselves to the same value: validating one would never end. */
function findEndlessSchemas(refs: Iterable<string>, lookUp: LookUp): string[] {
  const known = new Map<string, 'visiting' | 'sound' | 'endless'>()
  const visit = (ref: string): boolean => {
    const state = known.get(ref)
    if (state !== undefined) return state !== 'sound'
    known.set(ref, 'visiting')
    const endless = listAppliedRefs(lookUp(ref)).map(visit).includes(true)
    known.set(ref, endless ? 'endless' : 'sound')
    return endless
  }
  return [...refs].filter(visit)
}

/** Lists the references that a schema applies to the value as a whole, not to a part of it. */
function listAppliedRefs(schema: unknown): string[] {
  if (!isObject(schema)) return []
  const { $ref, allOf, anyOf, oneOf } = schema
  const own = typeof $ref === 'string' ? [$ref] : []
  return [...own, ...[allOf, anyOf, oneOf].filter(Array.isArray).flat().flatMap(listAppliedRefs)]
}
