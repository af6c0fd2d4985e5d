// What a sandbox keeps in memory while a million requests come from a hundred thousand sessions, and
// what is left of it afterwards. `npm run bench:memory -- --requests 100000` for a shorter run.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    sessions: { type: 'string', default: '100000' },
    /** Seconds after which memory is looked at again: the engine collects when it is idle. */
    idle: { type: 'string', default: '60' },
  },
})
const [requests, sessions, idle] = [values.requests, values.sessions, values.idle].map(Number)

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const child = spawn(process.execPath, [cli, '--port', '0', '--log-level', 'error'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const url = await new Promise((resolve, reject) => {
  child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)))
  child.stdout.on('data', (text) => {
    const found = /http:\/\/\S+/.exec(text)
    if (found) resolve(found[0])
  })
})

/** What is more than that is a leak, or a bound that does not hold. */
const MOST_MB = 400

/** Resident memory of the sandbox in MB. */
const memory = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024

let count = 0
const request = {
  method: 'POST',
  path: '/multi/challenges/otp/SMS',
  body: '{"resourceType":"sends","resourceIds":["110984032147800067"]}',
  setupRequest: (made) => {
    const number = count++
    return {
      ...made,
      headers: {
        'content-type': 'application/json',
        'api-key': 'key',
        'x-sandbox-session': `session-${number % sessions}`,
        authorization: `Bearer token-${number}`,
      },
    }
  },
}
const load = (amount) => autocannon({ url, connections: 50, amount, requests: [request] })

await load(10_000)
await fetch(`${url}/__admin/sessions`, { method: 'DELETE' })
await pause(20_000)
const before = memory()
let most = before
const watch = setInterval(() => {
  most = Math.max(most, memory())
}, 200)
const { non2xx, requests: rate } = await load(requests)
clearInterval(watch)
if (non2xx > 0) throw new Error(`${non2xx} answers were no success`)
const full = memory()
await fetch(`${url}/__admin/sessions`, { method: 'DELETE' })
let after = memory()
for (let waited = 0; waited < idle && after > before * 1.3; waited++) {
  await pause(1_000)
  after = memory()
}
child.kill()

console.log(`${requests} requests, ${sessions} sessions, node ${process.version}`)
console.table({
  'before, warm': { MB: Math.round(before) },
  'most while serving': { MB: Math.round(most) },
  'at the end': { MB: Math.round(full) },
  'after a reset and a rest': { MB: Math.round(after) },
})
console.log(`requests/s: ${Math.round(rate.average)}`)
console.log(`most: ${Math.round(most)} MB (aim below ${MOST_MB})`)
console.log(`after / before: ${(after / before).toFixed(2)} (aim 1.30)`)
// When the engine gives memory back is its own affair: that is an aim, and this is a promise.
if (most >= MOST_MB) process.exitCode = 1
