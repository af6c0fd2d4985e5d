import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Document, LineCounter, Node, Pair } from 'yaml'
import {
  type Diagnostic,
  type DiagnosticSource,
  LoadError,
  type Path,
  StartError,
} from './errors.ts'

const require = createRequire(import.meta.url)

let library: typeof import('yaml') | undefined

/**
 * The library, loaded when it is needed: what was read when the sandbox was built does not. It is kept
 * here: `require` looks at the file system each time, and a document asks some ten thousand times.
 */
export function yaml(): typeof import('yaml') {
  library ??= require('yaml') as typeof import('yaml')
  return library
}

/** What the library says of a list or object in brackets that does not end where it should. */
const IN_BRACKETS = 'Block collections are not allowed within flow collections'

const withHint = (message: string) =>
  message === IN_BRACKETS ? `${message} (is a comma or a bracket missing?)` : message

interface Places {
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

/** One YAML or JSON file with the place of everything in it, so that a fault can be jumped to. */
export class YamlFile implements DiagnosticSource {
  readonly file: string
  readonly value: unknown
  readonly #text: string
  /** Known to have that form already. */
  readonly form: Precompiled['form']
  readonly #kept: Precompiled | undefined
  #places: Places | undefined

  /**
   * @param file the name shown in messages
   * @param kept what is known of the text already
   * @throws LoadError if the text is not YAML (JSON is YAML, too)
   */
  constructor(file: string, text: string, kept?: Precompiled) {
    this.file = file
    // Editors of other systems put a mark in front, which JSON does not know.
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text
    this.form = kept?.form
    this.#kept = kept
    const read = kept ?? fastValue(file, this.#text)
    this.value = read ? read.value : this.#carefully()
  }

  /** Reads a text that may be faulty; tells everything that is wrong with it. */
  #carefully(): unknown {
    const { document } = this.#parsed()
    const diagnostics = document.errors.map(({ message, pos }) =>
      this.#faultAt(pos[0], withHint(message)),
    )
    if (diagnostics.length > 0) throw new LoadError(diagnostics)
    try {
      return document.toJS({ maxAliasCount: 1_000 })
    } catch (error) {
      // An alias that points to nothing, or a heap of aliases of aliases.
      throw new LoadError([this.#faultAt(0, (error as Error).message)])
    }
  }

  /** Whether a word stands anywhere in it. */
  mentions(word: string): boolean {
    return this.#text.includes(word)
  }

  /** The text with its places, which of a kept one only a fault needs. */
  #parsed(): Places {
    if (this.#places) return this.#places
    const { LineCounter, parseDocument } = yaml()
    const lines = new LineCounter()
    const document = parseDocument(this.#text, {
      lineCounter: lines,
      prettyErrors: false,
      // Without it a key written twice would silently win over the first.
      uniqueKeys: true,
    })
    this.#places = { document, lines }
    return this.#places
  }

  /** A fault at the value under `path`, or at its key; at the nearest parent where it is missing. */
  diagnosticAt(path: Path, message: string, part: 'key' | 'value' = 'value'): Diagnostic {
    return this.#faultAt(this.#offset(path, part), message)
  }

  /** A fault at an offset within the text under `path`, where the text stands in one line. */
  diagnosticIn(path: Path, offset: number, message: string): Diagnostic {
    const node = this.#node(path)
    if (!yaml().isScalar(node)) return this.diagnosticAt(path, message)
    const [start = 0, end = start] = node.range ?? []
    const opening = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0
    // Folded, or with something escaped in it, the text is not the file's letter by letter.
    const exact = this.#text.slice(start + opening, end - opening) === node.value
    return this.#faultAt(exact ? start + opening + offset : start, message)
  }

  line(path: Path): number {
    const known = this.#kept && findLine(this.#kept, path)
    return known ?? this.#parsed().lines.linePos(this.#offset(path, 'key')).line
  }

  #faultAt(offset: number, message: string): Diagnostic {
    const { line, col } = this.#parsed().lines.linePos(offset)
    return { file: this.file, line, column: col, message }
  }

  #node(path: Path): Node | null {
    let node: Node | null = this.#parsed().document.contents
    for (const key of path) node = child(this.#resolved(node), key)
    return node
  }

  #resolved(node: Node | null): Node | null {
    return yaml().isAlias(node) ? (node.resolve(this.#parsed().document) ?? null) : node
  }

  #offset(path: Path, part: 'key' | 'value'): number {
    let node: Node | null = this.#parsed().document.contents
    let offset = node?.range?.[0] ?? 0
    for (const [depth, key] of path.entries()) {
      node = this.#resolved(node)
      const wantsKey = part === 'key' && depth === path.length - 1
      const found: Node | null =
        wantsKey && yaml().isMap(node) ? keyNode(node.items, key) : child(node, key)
      if (!found) break
      node = found
      offset = found.range?.[0] ?? offset
    }
    return offset
  }
}

/** From here on JSON is taken as programs write it, who write no key twice. */
const LARGE = 1_000_000

/** An anchor: what refers to it may grow beyond measure, which only the careful reader notices. */
const ANCHOR = /(?:^|[\s[{,])&[\w-]/

/** The value of a text in good order, wrapped since it may be undefined; else undefined. */
function fastValue(file: string, text: string): { readonly value: unknown } | undefined {
  try {
    if (text.length > LARGE && /\.json$/i.test(file)) return { value: JSON.parse(text) }
    if (ANCHOR.test(text)) return undefined
    const { CORE_SCHEMA, load } = require('js-yaml') as typeof import('js-yaml')
    return { value: load(text, { schema: CORE_SCHEMA }) }
  } catch {
    return undefined
  }
}

function child(node: Node | null, key: string | number): Node | null {
  const { isMap, isSeq } = yaml()
  if (isMap(node)) return (node.items.find((pair) => named(pair, key))?.value as Node) ?? null
  if (isSeq(node)) return (node.items[Number(key)] as Node | undefined) ?? null
  return null
}

const keyNode = (items: readonly Pair[], key: string | number): Node | null =>
  (items.find((pair) => named(pair, key))?.key as Node | undefined) ?? null

const named = (pair: Pair, key: string | number) =>
  String((pair.key as { value?: unknown } | null)?.value ?? pair.key) === String(key)

/** @throws StartError if the file cannot be read, LoadError if it is not YAML */
export function readYamlFile(path: string, shown = path): YamlFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`cannot read ${shown}: ${describeSystemError(error)}`)
  }
  return new YamlFile(shown, text, readPrecompiled(text))
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
}

/** What the operating system said, in words. */
export function describeSystemError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message
}

/** The line of a value, or that and those of the values in it. */
export type Lines = number | readonly [line: number, inner: Readonly<Record<string, Lines>>]

/** A text as plain values, and the line of each of them. */
export interface Precompiled {
  /** What it has the form of, where it is no document. */
  readonly form?: 'scenario' | 'api' | undefined
  readonly value: unknown
  readonly lines: Lines
}

/** Beside the compiled program; where that is run from its sources, nothing is kept. */
export const PRECOMPILED = new URL('./precompiled/', import.meta.url)

/** Named after the text: a file that was changed since is not found, and is read as it stands. */
export const precompiledFile = (text: string, folder = PRECOMPILED) =>
  new URL(`${createHash('sha256').update(text).digest('hex')}.json`, folder)

/** What is kept of a text, made anew each time: a caller may change it. */
export function readPrecompiled(text: string, folder = PRECOMPILED): Precompiled | undefined {
  let json: string
  try {
    json = readFileSync(precompiledFile(text, folder), 'utf8')
  } catch {
    return undefined
  }
  return JSON.parse(json) as Precompiled
}

/** The line of what is under `path`; undefined where nothing is. */
export function findLine({ lines }: Precompiled, path: Path): number | undefined {
  let found: Lines = lines
  for (const key of path) {
    const inner: Readonly<Record<string, Lines>> = typeof found === 'number' ? {} : found[1]
    const next = Object.hasOwn(inner, key) ? inner[key] : undefined
    if (next === undefined) return undefined
    found = next
  }
  return typeof found === 'number' ? found : found[0]
}
