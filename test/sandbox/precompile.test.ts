import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import type { Path } from '../../src/errors.ts'
import { BUILT_IN } from '../../src/sandbox/load.ts'
import { precompile } from '../../src/sandbox/precompile.ts'
import { checkForm } from '../../src/scenario/raw.ts'
import { precompiledFile, readPrecompiled, readYamlFile, YamlFile } from '../../src/yaml-file.ts'

const TEXT = `# A scenario.
scenario: kept
summary: Read when the sandbox is built.
given: &given { odd: { '7': [1] } }
state: *given
`

const made = (path: string) => pathToFileURL(`${path}/`)

/** Every path of a value, its own included. */
function paths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, item]) => paths(item, [...path, key]))]
}

function builtIn(): string[] {
  return Object.values(BUILT_IN).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  )
}

t.test('what is kept of the built-in files is what they say, line by line', async (t) => {
  const folder = made(t.testdir({}))
  const texts = [...builtIn(), TEXT]
  precompile(texts, folder)
  for (const text of texts) {
    const kept = readPrecompiled(text, folder)
    t.ok(kept)
    const [fresh, source] = [new YamlFile('a.yaml', text), new YamlFile('a.yaml', text, kept)]
    const known = paths(fresh.value)
    t.same(source.value, fresh.value)
    t.same(
      known.map((path) => source.line(path)),
      known.map((path) => fresh.line(path)),
    )
    if (source.form) t.same(checkForm(fresh, source.form), [])
  }
  t.equal(readdirSync(folder).length, new Set(texts).size)
})

t.test('of a kept text nothing is read again, and its form is not checked again', async (t) => {
  const folder = made(t.testdir({}))
  writeFileSync(precompiledFile(TEXT, folder), '{"form":"scenario","value":"known","lines":7}')
  const source = new YamlFile('a.yaml', TEXT, readPrecompiled(TEXT, folder))
  t.equal(source.value, 'known')
  t.equal(source.line([]), 7)
  t.same(checkForm(source, 'scenario'), [])
  t.equal(checkForm(source, 'api').length, 1, 'but not of another form')
})

t.test('a fault in a kept text is told at its place', async (t) => {
  const folder = made(t.testdir({}))
  precompile([TEXT], folder)
  const source = new YamlFile('a.yaml', TEXT, readPrecompiled(TEXT, folder))
  t.match(source.diagnosticAt(['given', 'odd'], ''), { line: 4, column: 22 })
  t.match(source.diagnosticIn(['summary'], 5, ''), { line: 3, column: 15 })
  t.equal(source.line(['summary', 'deeper']), 3, 'at the nearest parent')
  t.equal(source.line(['other']), 2)
  t.equal(source.line(['toString']), 2)
})

t.test('a changed text is read as it stands', async (t) => {
  const folder = made(t.testdir({}))
  precompile([TEXT], folder)
  t.equal(readPrecompiled(`${TEXT}# changed\n`, folder), undefined)
})

t.test('a caller may change what it gets', async (t) => {
  const folder = made(t.testdir({}))
  precompile([TEXT], folder)
  const first = readPrecompiled(TEXT, folder)?.value as Record<string, unknown>
  first.scenario = 'changed'
  t.match(readPrecompiled(TEXT, folder), { value: { scenario: 'kept' } })
})

t.test('what JSON cannot say is not kept', async (t) => {
  const folder = made(t.testdir({}))
  precompile(['much: .inf', 'none: .nan', 'all: 1'], folder)
  t.equal(readdirSync(folder).length, 1)
})

t.test('what was kept before is gone', async (t) => {
  const folder = made(t.testdir({}))
  precompile([TEXT], folder)
  precompile(['a: 1'], folder)
  t.equal(readPrecompiled(TEXT, folder), undefined)
})

t.test('from its sources the sandbox reads its files as they stand', async (t) => {
  t.equal(readPrecompiled(builtIn()[0] ?? ''), undefined)
  const path = join(t.testdir({ 'a.yaml': TEXT }), 'a.yaml')
  t.match(readYamlFile(path).value, { scenario: 'kept' })
})
