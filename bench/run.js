// Measures what a request costs the server in processor time, beside a bare node:http server and a bare
// Fastify route that get the same requests. Rounds are interleaved, so that a machine that slows down slows
// down for all; of each figure the median counts. Throughput is told, too, but it is the client's as much.
//   npm run bench                          all kinds, 3 rounds of 2 seconds
//   npm run bench -- --kinds Prefer,replay --seconds 5 --rounds 5
//   npm run bench:contenders               Prism and Mockoon, too, on the same document
//   npm run bench -- --json
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { confirmFirst, KINDS } from './kinds.js'
import { manyOperations } from './many-operations.js'
import { isPinned, pinClient, startServer } from './server.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    kinds: { type: 'string', default: Object.keys(KINDS).join() },
    contenders: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Another checkout, built, to be measured instead. */
    sandbox: { type: 'string' },
  },
})
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)]
const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const CLI = values.sandbox ? join(values.sandbox, 'dist/cli.js') : path('../dist/cli.js')
const SPEC = path('../spec/weavr-multi.yaml')

const folder = mkdtempSync(join(tmpdir(), 'sca-sandbox-bench-'))
const REDIS_PORT = '6390'
const redis = startRedis()

const sandbox = ({ flags = [], large, redis } = {}) => [
  ...[CLI, '--port', '0', '--log-level', 'warn', ...flags],
  ...(large ? ['--spec', largeDocument()] : []),
  ...(redis ? ['--store', `redis://127.0.0.1:${REDIS_PORT}`] : []),
]

function largeDocument() {
  const file = join(folder, 'weavr-multi.yaml')
  writeFileSync(file, manyOperations(readFileSync(SPEC, 'utf8'), 900))
  return file
}

/** What is measured: a server, and what it is asked. */
function listContenders() {
  const first = { kind: { make: confirmFirst, status: 200 } }
  const found = [
    { name: 'bare node:http', args: [path('bare-http.js')], ...first },
    { name: 'bare Fastify', args: [path('bare.js')], ...first },
  ]
  for (const name of values.kinds.split(',')) {
    const kind = KINDS[name]
    if (!kind)
      throw new Error(`there is no kind "${name}"; there are ${Object.keys(KINDS).join(', ')}`)
    if (kind.redis && !redis) continue
    found.push({ name, args: sandbox(kind), kind })
  }
  if (values.contenders) found.push(...others())
  return found
}

/** Other servers for the same document, with the same request, without the path that the sandbox adds. */
function others() {
  const installed = (name) => path(`contenders/node_modules/${name}`)
  const document = join(folder, 'weavr.yaml')
  writeFileSync(document, readFileSync(SPEC, 'utf8'))
  const make = () => ({ ...confirmFirst(), path: '/challenges/otp/SMS' })
  const prism = ['@stoplight/prism-cli/dist/index.js', 'mock', '-p', '4331', '--multiprocess=false']
  const mockoon = ['@mockoon/cli/bin/run.js', 'start', '--port', '4332', '--disable-log-to-file']
  return [
    {
      name: 'Prism',
      args: [installed(prism[0]), ...prism.slice(1), '-v', 'fatal', document],
      url: 'http://127.0.0.1:4331',
      kind: { make, status: 200 },
    },
    {
      name: 'Mockoon',
      args: [installed(mockoon[0]), ...mockoon.slice(1), '--data', document],
      url: 'http://127.0.0.1:4332',
      kind: { make: () => ({ ...make(), path: '/multi/challenges/otp/SMS' }), status: 200 },
    },
  ]
}

function startRedis() {
  if (!values.kinds.split(',').includes('Redis')) return undefined
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    console.error('Redis is left out: there is no redis-server')
    return undefined
  }
  const flags = ['--port', REDIS_PORT, '--save', '', '--appendonly', 'no']
  return spawn('redis-server', flags, { stdio: 'ignore' })
}

const load = (url, make, duration) =>
  autocannon({
    url,
    connections: 50,
    duration,
    requests: [{ ...make(), setupRequest: (request) => ({ ...request, ...make() }) }],
  })

/** One round: start, warm up, measure, stop. */
async function measure({ args, url, kind }) {
  const server = await startServer({ args, url, isQuiet: !kind.flags }, kind.make())
  if (server.status !== kind.status) throw new Error(`${args[0]} answers ${server.status}`)
  await load(server.url, kind.make, Math.max(1, seconds / 2))
  const before = await server.meter()
  const { requests, latency, statusCodeStats } = await load(server.url, kind.make, seconds)
  const after = await server.meter()
  await server.stop()
  const wrong = Object.keys(statusCodeStats).filter((status) => Number(status) !== kind.status)
  if (wrong.length > 0) throw new Error(`${args[0]} answers ${wrong}, too`)
  const used = after.used - before.used
  return {
    'us a request': (1_000 * used) / requests.total,
    'gc %': (100 * (after.collecting - before.collecting)) / used,
    'requests/s': requests.average,
    'p99 ms': latency.p99,
    'first answer ms': server.startMs,
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

function summarize(measured, bare) {
  const columns = Object.keys(measured[0])
  const medians = columns.map((column) => [column, median(measured.map((each) => each[column]))])
  const result = Object.fromEntries(
    medians.map(([column, value]) => [column, Number(value.toFixed(1))]),
  )
  return bare ? { ...result, 'of bare Fastify': ratio(result, bare) } : result
}

const ratio = (result, bare) => Number((bare['us a request'] / result['us a request']).toFixed(2))

pinClient()
const contenders = listContenders()
const measured = new Map(contenders.map(({ name }) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const contender of contenders) measured.get(contender.name).push(await measure(contender))
}
redis?.kill()
rmSync(folder, { recursive: true })

const bare = summarize(measured.get('bare Fastify'))
const results = Object.fromEntries(
  [...measured].map(([name, list]) => [name, summarize(list, bare)]),
)
const machine = {
  node: process.version,
  processor: cpus()[0].model,
  pinned: isPinned,
  date: new Date().toISOString().slice(0, 10),
  rounds,
  seconds,
}
if (values.json) console.log(JSON.stringify({ machine, results }, undefined, 2))
else {
  console.log(
    `medians of ${rounds} rounds of ${seconds} s, 50 connections, ${JSON.stringify(machine)}`,
  )
  console.table(results)
}
