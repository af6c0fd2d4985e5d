// Measures the processor time and memory that each of the two YAML readers takes for a document, in a
// fresh process and with the library to load, as at a start. `npm run bench:yaml -- --rounds 5` for more.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { stringify } from 'yaml'
import { manyOperations } from './many-operations.js'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const rounds = Number(values.rounds)
const read = (name) => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)))
const published = (name) => gunzipSync(read(`test/documents/published/${name}.gz`)).toString()
const asYaml = (name) => stringify(JSON.parse(published(name)))

const builtIn = read('spec/weavr-multi.yaml').toString()
const DOCUMENTS = {
  'built-in': builtIn,
  galaxy: published('galaxy.yaml'),
  spotify: asYaml('spotify.com.json'),
  stripe: asYaml('stripe.com.json'),
  github: asYaml('github.com/api.github.com.json'),
  synthetic: manyOperations(builtIn, 1_000),
}

// As src/ calls them.
const READERS = {
  'js-yaml': `const { CORE_SCHEMA, load } = require('js-yaml')
    load(text, { schema: CORE_SCHEMA })`,
  yaml: `const { LineCounter, parseDocument } = require('yaml')
    const options = { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: true }
    parseDocument(text, options).toJS({ maxAliasCount: 1_000 })`,
}

const folder = mkdtempSync(join(tmpdir(), 'sca-sandbox-bench-'))

function measured(file, reader) {
  const program = `const text = require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8')
    const from = process.cpuUsage()
    ${READERS[reader]}
    const { user, system } = process.cpuUsage(from)
    console.log((user + system) / 1_000, process.resourceUsage().maxRSS / 1024)`
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const { stdout } = spawnSync(process.execPath, ['-e', program], { cwd, encoding: 'utf8' })
  return stdout.split(' ').map(Number)
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

const rows = {}
for (const [name, text] of Object.entries(DOCUMENTS)) {
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, text)
  rows[name] = { 'size KB': Math.round(text.length / 1024) }
  for (const reader of Object.keys(READERS)) {
    const results = Array.from({ length: rounds }, () => measured(file, reader))
    rows[name][`${reader} ms`] = Math.round(median(results.map(([ms]) => ms)))
    rows[name][`${reader} MB`] = Math.round(median(results.map(([, megabytes]) => megabytes)))
  }
}
rmSync(folder, { recursive: true })
console.log(`median of ${rounds} processes, node ${process.version}`)
console.table(rows)
