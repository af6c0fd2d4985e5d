/** The fixtures of node:test, in a process of its own: node:test and tap cannot share one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ROOT } from '../fixtures/built.ts'
import { listening } from '../fixtures/calls.ts'

const SOURCE = join(ROOT, 'src/testing/node-test.ts')

/** Runs a file of tests to its end. */
async function run(t: Test, body: string, more: NodeJS.ProcessEnv = {}, args: string[] = []) {
  const file = join(t.testdir(), 'some.test.mjs')
  writeFileSync(file, `import { createTest, test } from ${JSON.stringify(SOURCE)}\n${body}`)
  const { NODE_V8_COVERAGE, PATH } = process.env
  const env = { PATH, ...(NODE_V8_COVERAGE && { NODE_V8_COVERAGE }), ...more }
  const all = ['--import', './.ci/types.js', '--test-reporter=tap', ...args, file]
  const child = spawn(process.execPath, all, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  await once(child, 'close')
  return out
}

t.test('in one file', async (t) => {
  const body = `import { describe } from 'node:test'
const ask = ({ session }) => fetch(session.url + '/nowhere')
const use = async (fixtures) => {
  fixtures.t.diagnostic(fixtures.session.id + ' ' + (await fixtures.session.count()))
  await ask(fixtures)
}
test('same', use)
test('same', { timeout: 60_000 }, use)
describe('within', () => { test('same', use) })
test('wrong', async (fixtures) => { await ask(fixtures); throw new Error('wrong') })
test('slow', { timeout: 2_000 }, async (fixtures) => { await ask(fixtures); await new Promise(() => {}) })
test.skip('left out', () => { throw new Error('run') })
test.todo('to do', () => { throw new Error('not yet') })
const down = createTest({ scenario: 'service-unavailable' })
const post = async ({ sandbox, session, t }) => {
  const headers = { 'api-key': 'key', authorization: 'Bearer user' }
  const { status } = await fetch(session.url + '/multi/stepup/challenges/otp/SMS', { method: 'POST', headers })
  t.diagnostic('uses ' + sandbox.url + ' ' + status)
}
down('one', post)
down('two', post)
const broken = createTest({ scenario: 'there-is-none' })
broken('no sandbox', () => {})
`
  const out = await run(t, body)

  t.test('each test has an empty session of its own, whatever its name', async (t) => {
    const used = [...out.matchAll(/# (same-[0-9a-f]{8}) 0$/gm)].map(([, id]) => id)
    t.equal(new Set(used).size, 3)
  })

  t.test('a test that fails or takes too long shows its journal, and no other does', async (t) => {
    for (const name of ['wrong', 'slow']) {
      const report = `# The sandbox session ${name}-\\S+ received 1 request:\\n# \\S+ GET /nowhere -> 404`
      t.match(out, new RegExp(report), name)
    }
    t.notMatch(out, /The sandbox session (?!wrong|slow|to-do)/)
  })

  t.test('a test can be left out, or be one to do', async (t) => {
    t.match(out, /^ok \d+ - left out # SKIP\n/m)
    t.match(out, /^not ok \d+ - to do # TODO\n/m)
  })

  t.test('tests of one createTest() share a sandbox with its settings', async (t) => {
    const used = [...out.matchAll(/# uses (\S+) 503$/gm)].map(([, url]) => url)
    t.equal(used.length, 2)
    t.equal(new Set(used).size, 1)
  })

  t.test('a test fails when its sandbox cannot be started', async (t) => {
    t.match(out, /^not ok \d+ - no sandbox\n/m)
    t.match(out, /there is no scenario "there-is-none"/)
  })

  t.test('all else passes', async (t) => {
    t.match(
      out,
      /^# tests 10\n# suites 1\n# pass 5\n# fail 2\n# cancelled 1\n# skipped 1\n# todo 1\n/m,
    )
  })
})

t.test('tests use the sandbox at SANDBOX_URL, and leave their sessions there', async (t) => {
  const { url, client } = await listening(t)
  const body = `
test('another', () => { throw new Error('run') })
test.only('kept', ({ session, t }) => { t.diagnostic('is ' + session.id); return session.freeze() })
`
  const out = await run(t, body, { SANDBOX_URL: url }, ['--test-only'])
  const [, id = ''] = /# is (\S+)\n/.exec(out) ?? []
  t.match(await client.session(id).read(), { id, clock: { frozen: true } })
  t.match(out, /^# fail 0\n/m, 'the test that is not the only one is left out')
})
