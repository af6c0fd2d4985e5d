import { readFileSync } from 'node:fs'
import { CORE_SCHEMA, load } from 'js-yaml'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml'
import { type Fault, LoadError, StartError } from './errors.ts'

export type Path = readonly (string | number)[]

/** One YAML or JSON file with the place of everything in it, so that a fault can be jumped to. */
export class Source {
  readonly value: unknown
  readonly #text: string
  /** Made when a place is first asked for: it takes seven times as long as reading the value. */
  #placed: Placed | undefined

  /**
   * @param file the name shown in messages
   * @throws LoadError if the text is not YAML (JSON is YAML, too)
   */
  constructor(
    readonly file: string,
    text: string,
  ) {
    // Editors of other systems put a mark in front, which JSON does not know.
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text
    const read = quickly(file, this.#text)
    this.value = read ? read.value : this.#carefully()
  }

  /** Reads a text that may be faulty; tells everything that is wrong with it. */
  #carefully(): unknown {
    const { document } = this.#places()
    const faults = document.errors.map(({ message, pos }) => this.#faultAt(pos[0], message))
    if (faults.length > 0) throw new LoadError(faults)
    try {
      return document.toJS({ maxAliasCount: 1_000 })
    } catch (error) {
      // An alias that points to nothing, or a heap of aliases of aliases.
      throw new LoadError([this.#faultAt(0, (error as Error).message)])
    }
  }

  #places(): Placed {
    this.#placed ??= placed(this.#text)
    return this.#placed
  }

  /** Whether a word stands anywhere in it. */
  mentions(word: string): boolean {
    return this.#text.includes(word)
  }

  /** A fault at the value under `path`, or at its key; at the nearest parent where it is missing. */
  fault(path: Path, message: string, part: 'key' | 'value' = 'value'): Fault {
    return this.#faultAt(this.#offset(path, part), message)
  }

  /** A fault at an offset within the text under `path`, where the text stands in one line. */
  faultIn(path: Path, offset: number, message: string): Fault {
    const node = this.#node(path)
    if (!isScalar(node)) return this.fault(path, message)
    const [start = 0, end = start] = node.range ?? []
    const opening = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0
    // Folded, or with something escaped in it, the text is not the file's letter by letter.
    const exact = this.#text.slice(start + opening, end - opening) === node.value
    return this.#faultAt(exact ? start + opening + offset : start, message)
  }

  line(path: Path): number {
    return this.#places().lines.linePos(this.#offset(path, 'key')).line
  }

  #faultAt(offset: number, message: string): Fault {
    const { line, col } = this.#places().lines.linePos(offset)
    return { file: this.file, line, column: col, message }
  }

  #node(path: Path): Node | null {
    let node: Node | null = this.#places().document.contents
    for (const key of path) node = child(this.#resolved(node), key)
    return node
  }

  #resolved(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#places().document) ?? null) : node
  }

  #offset(path: Path, part: 'key' | 'value'): number {
    let node: Node | null = this.#places().document.contents
    let offset = node?.range?.[0] ?? 0
    for (const [depth, key] of path.entries()) {
      node = this.#resolved(node)
      const wantsKey = part === 'key' && depth === path.length - 1
      const found: Node | null =
        wantsKey && isMap(node) ? keyNode(node.items, key) : child(node, key)
      if (!found) break
      node = found
      offset = found.range?.[0] ?? offset
    }
    return offset
  }
}

interface Placed {
  readonly document: ReturnType<typeof parseDocument>
  readonly lines: LineCounter
}

function placed(text: string): Placed {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Without it a key written twice would silently win over the first.
    uniqueKeys: true,
  })
  return { document, lines }
}

/** From here on JSON is taken as programs write it, who write no key twice. */
const LARGE = 1_000_000

/** An anchor: what refers to it may grow beyond measure, which only the careful reader notices. */
const ANCHOR = /(?:^|[\s[{,])&[\w-]/

/** The value of a text in good order, wrapped since it may be undefined; else undefined. */
function quickly(file: string, text: string): { readonly value: unknown } | undefined {
  try {
    if (text.length > LARGE && /\.json$/i.test(file)) return { value: JSON.parse(text) }
    if (ANCHOR.test(text)) return undefined
    return { value: load(text, { schema: CORE_SCHEMA }) }
  } catch {
    return undefined
  }
}

function child(node: Node | null, key: string | number): Node | null {
  if (isMap(node)) return (node.items.find((pair) => named(pair, key))?.value as Node) ?? null
  if (isSeq(node)) return (node.items[Number(key)] as Node | undefined) ?? null
  return null
}

const keyNode = (items: readonly Pair[], key: string | number): Node | null =>
  (items.find((pair) => named(pair, key))?.key as Node | undefined) ?? null

const named = (pair: Pair, key: string | number) =>
  String((pair.key as { value?: unknown } | null)?.value ?? pair.key) === String(key)

/** @throws StartError if the file cannot be read, LoadError if it is not YAML */
export function readSource(path: string, shown = path): Source {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`cannot read ${shown}: ${reason(error)}`)
  }
  return new Source(shown, text)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
}

/** What the operating system said, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message
}
