/**
 * Reads the files that come with the sandbox once, when it is built. To parse forty YAML files, with
 * the place of everything in them, and to check their form took a third of the time of a start.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Path } from '../errors.ts'
import { checkForm } from '../scenario/raw.ts'
import {
  type Lines,
  PRECOMPILED,
  type Precompiled,
  precompiledFile,
  YamlFile,
} from '../yaml-file.ts'

const FORMS = ['scenario', 'api'] as const

/** Keeps what the texts say, and nothing else that was kept before. */
export function precompile(texts: readonly string[], folder = PRECOMPILED): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const text of texts) {
    const source = new YamlFile('', text)
    const { value } = source
    const form = FORMS.find((each) => checkForm(source, each).length === 0)
    const kept: Precompiled = {
      ...(form && { form }),
      value,
      lines: collectLines(source, value, []),
    }
    const json = JSON.stringify(kept)
    // JSON has no infinity, for one: what would come back as something else is not kept.
    if (isDeepStrictEqual(JSON.parse(json), kept))
      writeFileSync(precompiledFile(text, folder), json)
  }
}

function collectLines(source: YamlFile, value: unknown, path: Path): Lines {
  const line = source.line(path)
  if (typeof value !== 'object' || value === null) return line
  const inner = Object.entries(value).map(
    ([key, item]) => [key, collectLines(source, item, [...path, key])] as const,
  )
  return [line, Object.fromEntries(inner)]
}
