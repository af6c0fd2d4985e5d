/**
 * Reads the files that come with the sandbox once, when it is built. To parse forty YAML files, with
 * the place of everything in them, and to check their form took a third of the time of a start.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { formFaults } from '../scenario/raw.ts'
import { KEPT, type Kept, keptFile, type Lines, type Path, Source } from '../yaml-file.ts'

const FORMS = ['scenario', 'api'] as const

/** Keeps what the texts say, and nothing else that was kept before. */
export function keep(texts: readonly string[], folder = KEPT): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const text of texts) {
    const source = new Source('', text)
    const { value } = source
    const form = FORMS.find((each) => formFaults(source, each).length === 0)
    const kept: Kept = { ...(form && { form }), value, lines: linesOf(source, value, []) }
    const json = JSON.stringify(kept)
    // JSON has no infinity, for one: what would come back as something else is not kept.
    if (isDeepStrictEqual(JSON.parse(json), kept)) writeFileSync(keptFile(text, folder), json)
  }
}

function linesOf(source: Source, value: unknown, path: Path): Lines {
  const line = source.line(path)
  if (typeof value !== 'object' || value === null) return line
  const inner = Object.entries(value).map(
    ([key, item]) => [key, linesOf(source, item, [...path, key])] as const,
  )
  return [line, Object.fromEntries(inner)]
}
