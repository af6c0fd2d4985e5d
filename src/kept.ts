/** What the files that come with the sandbox say, read when it was built: see keep.ts. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The line of a value, or that and those of the values in it. */
export type Lines = number | readonly [line: number, inner: Readonly<Record<string, Lines>>]

/** A text as plain values, and the line of each of them. */
export interface Kept {
  /** What it has the form of, where it is no document. */
  readonly form?: 'scenario' | 'api' | undefined
  readonly value: unknown
  readonly lines: Lines
}

/** Beside the compiled program; where that is run from its sources, nothing is kept. */
export const KEPT = new URL('./kept/', import.meta.url)

/** Named after the text: a file that was changed since is not found, and is read as it stands. */
export const keptFile = (text: string, folder = KEPT) =>
  new URL(`${createHash('sha256').update(text).digest('hex')}.json`, folder)

/** What is kept of a text, made anew each time: a caller may change it. */
export function keptOf(text: string, folder = KEPT): Kept | undefined {
  let json: string
  try {
    json = readFileSync(keptFile(text, folder), 'utf8')
  } catch {
    return undefined
  }
  return JSON.parse(json) as Kept
}

/** The line of what is under `path`; undefined where nothing is. */
export function keptLine({ lines }: Kept, path: readonly (string | number)[]): number | undefined {
  let found: Lines = lines
  for (const key of path) {
    const inner: Readonly<Record<string, Lines>> = typeof found === 'number' ? {} : found[1]
    const next = Object.hasOwn(inner, key) ? inner[key] : undefined
    if (next === undefined) return undefined
    found = next
  }
  return typeof found === 'number' ? found : found[0]
}
