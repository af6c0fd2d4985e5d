// Measures how long the sandbox takes to start with large documents, and what it then weighs: from
// the start of the process to its first answer. `npm run bench:documents -- --rounds 5` for more.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { manyOperations } from './many-operations.js'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const rounds = Number(values.rounds)
const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sca-sandbox-bench-'))

/** Public documents, which are stored compressed: see test/documents/SOURCES.md. */
function published(name) {
  const file = join(folder, name.replaceAll('/', '-'))
  writeFileSync(file, gunzipSync(readFileSync(path(`../test/documents/published/${name}.gz`))))
  return file
}

const synthetic = join(folder, 'synthetic.yaml')
writeFileSync(
  synthetic,
  manyOperations(readFileSync(path('../spec/weavr-multi.yaml'), 'utf8'), 1_000),
)

const DOCUMENTS = {
  'built-in': path('../spec/weavr-multi.yaml'),
  galaxy: published('galaxy.yaml'),
  spotify: published('spotify.com.json'),
  asana: published('asana.com.json'),
  digitalocean: published('digitalocean.com.json'),
  stripe: published('stripe.com.json'),
  github: published('github.com/api.github.com.json'),
  kubernetes: published('kubernetes.io.json'),
  synthetic,
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

function about(file) {
  const text = readFileSync(file, 'utf8')
  const { paths, servers = [] } = file.endsWith('.json') ? JSON.parse(text) : parse(text)
  const items = Object.entries(paths)
  const operations = items.flatMap(([, item]) => METHODS.filter((method) => method in item)).length
  const [first] = items.find(([path, item]) => 'get' in item && !path.includes('{')) ?? items[0]
  const { pathname } = new URL(servers[0]?.url ?? '', 'http://localhost/')
  return {
    kilobytes: Math.round(text.length / 1024),
    operations,
    first: pathname.replace(/\/$/, '') + first,
  }
}

async function started(file, target) {
  const from = performance.now()
  const args = [
    path('../dist/cli.js'),
    'serve',
    '--spec',
    file,
    '--port',
    '0',
    '--log-level',
    'warn',
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise((resolve) => {
    child.stdout.on('data', (text) => {
      const found = /http:\/\/\S+/.exec(text)
      if (found) resolve(found[0])
    })
    ended.then(() => resolve(undefined))
  })
  if (url === undefined) return undefined
  const listening = performance.now() - from
  const headers = { authorization: 'Bearer token', 'api-key': 'key' }
  const answer = await fetch(url + target, { headers })
  await answer.arrayBuffer()
  const result = { listening, first: performance.now() - from, memory: memoryOf(child.pid) }
  child.kill()
  await ended
  return { ...result, status: answer.status }
}

/** Resident memory in MB; undefined where the system has no /proc. */
function memoryOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  } catch {
    return Number.NaN
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

const rows = {}
for (const [name, file] of Object.entries(DOCUMENTS)) {
  const { kilobytes, operations, first } = about(file)
  const results = []
  for (let round = 0; round < rounds; round++) results.push(await started(file, first))
  const of = (key) => Math.round(median(results.map((result) => result?.[key] ?? Number.NaN)))
  rows[name] = {
    'size KB': kilobytes,
    operations,
    'listens ms': of('listening'),
    'first answer ms': of('first'),
    'memory then MB': of('memory'),
    status: of('status'),
  }
}
rmSync(folder, { recursive: true })
console.log(`median of ${rounds} starts, node ${process.version}`)
console.table(rows)
