// Measures the sandbox beside a bare Fastify route, in one run, with the same requests: what counts
// is the ratio, since the numbers are the machine's. `npm run bench -- --seconds 10` for longer.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { manyOperations } from './many-operations.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
})
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'sca-sandbox-bench-'))
const large = join(folder, 'weavr-multi.yaml')
writeFileSync(large, manyOperations(readFileSync(path('../spec/weavr-multi.yaml'), 'utf8'), 900))

const SANDBOX = [path('../dist/cli.js'), '--port', '0', '--log-level', 'warn']
const CONTENDERS = [
  { name: 'bare Fastify route', args: [path('bare.js'), '0'] },
  { name: 'sca-sandbox, 13 operations', args: SANDBOX },
  { name: 'sca-sandbox, nothing recorded', args: [...SANDBOX, '--no-journal'] },
  { name: 'sca-sandbox, 900 operations', args: [...SANDBOX, '--spec', large] },
]

let token = 0
const request = {
  method: 'POST',
  path: '/multi/challenges/otp/SMS',
  headers: { 'content-type': 'application/json', 'api-key': 'key' },
  body: '{"resourceType":"sends","resourceIds":["110984032147800067"]}',
}
// A fresh token each time: every request is a user's first, and none is refused.
const fresh = () => ({
  ...request,
  headers: { ...request.headers, authorization: `Bearer t${token++}` },
})

async function started({ args }) {
  const from = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.stdout.on('data', (text) => {
      const found = /http:\/\/\S+/.exec(text)
      if (found) resolve(found[0])
    })
  })
  const answer = await fetch(url + request.path, fresh())
  await answer.text()
  const first = performance.now() - from
  if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`)
  return { child, url, first, memory: memoryOf(child.pid) }
}

/** Resident memory in MB; undefined where the system has no /proc. */
function memoryOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  } catch {
    return undefined
  }
}

function stopped(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  return ended
}

const load = (url, duration) =>
  autocannon({ url, connections: 50, duration, requests: [{ ...request, setupRequest: fresh }] })

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

const results = CONTENDERS.map(({ name }) => ({
  name,
  throughput: [],
  p99: [],
  first: [],
  memory: [],
}))
for (let round = 0; round < rounds; round++) {
  for (const [index, contender] of CONTENDERS.entries()) {
    const { child, url, first, memory } = await started(contender)
    await load(url, Math.max(2, seconds / 2))
    const { requests, latency, non2xx } = await load(url, seconds)
    if (non2xx > 0) throw new Error(`${contender.name}: ${non2xx} answers were no success`)
    await stopped(child)
    const result = results[index]
    result.throughput.push(requests.average)
    result.p99.push(latency.p99)
    result.first.push(first)
    result.memory.push(memory ?? Number.NaN)
  }
}
rmSync(folder, { recursive: true })

console.log(`median of ${rounds} rounds of ${seconds} s, 50 connections, node ${process.version}`)
console.table(
  Object.fromEntries(
    results.map(({ name, throughput, p99, first, memory }) => [
      name,
      {
        'requests/s': Math.round(median(throughput)),
        'p99 ms': median(p99),
        'first answer ms': Math.round(median(first)),
        'memory then MB': Math.round(median(memory)),
      },
    ]),
  ),
)
const [bare, small, unrecorded, many] = results.map(({ throughput }) => median(throughput))
console.log(`sandbox / bare route: ${(small / bare).toFixed(2)} (aim 0.45)`)
console.log(`with / without journal and coverage: ${(small / unrecorded).toFixed(2)} (aim 0.85)`)
console.log(`900 operations / 13: ${(many / small).toFixed(2)} (aim 0.95)`)
