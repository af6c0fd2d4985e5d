// How long it takes to fire 100,000 timers over 10,000 sessions by moving their clocks, and what is left in
// memory afterwards: npm run bench:timers
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { createSandbox } from '../dist/index.js'

const SESSIONS = 10_000
const TIMERS = 10
const MOST_SECONDS = 5

const SPEC = `openapi: 3.1.0
info: { title: Plan, version: '1' }
paths:
  /plan: { post: { operationId: plan, responses: { '204': { description: Planned. } } } }
`
const later = Array.from(
  { length: TIMERS },
  (_, index) => `          - { after: ${index + 1}s, set: { fired: '\${state.fired + 1}' } }`,
)
const RULES = `scenario: default
summary: Each call plans ${TIMERS} timers.
state: { fired: 0 }
operations:
  plan:
    rules:
      - respond: 204
        later:
${later.join('\n')}
`

const folder = mkdtempSync(join(tmpdir(), 'timers-'))
mkdirSync(join(folder, 'scenarios/plan'), { recursive: true })
writeFileSync(join(folder, 'plan.yaml'), SPEC)
writeFileSync(join(folder, 'scenarios/plan/default.yaml'), RULES)
const sandbox = await createSandbox({
  specs: [join(folder, 'plan.yaml')],
  scenarios: [join(folder, 'scenarios')],
})
const pool = new Pool(sandbox.url, { connections: 50 })

async function ask(method, path, body) {
  const response = await pool.request({
    method,
    path,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.body.text()
  if (response.statusCode >= 300)
    throw new Error(`${method} ${path}: ${response.statusCode} ${text}`)
  return text
}

/** Does something in each session, fifty at a time. */
async function inEach(act) {
  let next = 0
  const work = async () => {
    while (next < SESSIONS) await act(`s${next++}`)
  }
  await Promise.all(Array.from({ length: 50 }, work))
}

async function measure(act) {
  const [began, used] = [performance.now(), process.cpuUsage()]
  await act()
  const { user, system } = process.cpuUsage(used)
  return { seconds: (performance.now() - began) / 1_000, processor: (user + system) / 1e6 }
}

const memory = () => {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1e6)
}

const before = memory()
const planned = await measure(() => inEach((id) => ask('POST', `/@${id}/plan`)))
const full = memory()
const fired = await measure(() =>
  inEach((id) => ask('POST', `/__admin/sessions/${id}/clock`, { advance: '1m' })),
)
const { subjects, timers } = JSON.parse(await ask('GET', '/__admin/sessions/s42'))
if (subjects[0].state.fired !== TIMERS || timers.length > 0) throw new Error('not all have fired')
await ask('DELETE', '/__admin/sessions')
const after = memory()
await pool.close()
await sandbox.stop()
rmSync(folder, { recursive: true })

const round = (value) => Number(value.toFixed(1))
console.log(`${SESSIONS * TIMERS} timers over ${SESSIONS} sessions, node ${process.version}`)
console.table({
  'seconds to plan': round(planned.seconds),
  'seconds to fire': round(fired.seconds),
  'processor seconds to fire': round(fired.processor),
  'heap before, MB': before,
  'heap with timers, MB': full,
  'heap after a reset, MB': after,
})
if (fired.processor > MOST_SECONDS) {
  console.error(`at most ${MOST_SECONDS} s of processor time`)
  process.exitCode = 1
}
