import { relative } from 'node:path'
import t, { type Test } from 'tap'
import { loadApis } from '../../src/sandbox/load.ts'
import { BANK, documentOf } from '../fixtures/files.ts'
import { run } from '../fixtures/run.ts'

const LATE = `scenario: late
summary: Too late.
operations:
  sendCode: { calls: [{ respond: 409 }] }
  verifyCode: { calls: [{ respond: 409 }] }
`
const LATER = 'scenario: later\nsummary: Later still.\nextends: late'

/** The flags that serve a bank, and its folder as messages show it. */
function bank(t: Test) {
  const path = t.testdir({
    'bank.yaml': BANK,
    scenarios: { bank: { 'late.yaml': LATE, 'later.yaml': LATER } },
  })
  const flags = ['--spec', `${path}/bank.yaml`, '--scenarios', `${path}/scenarios`]
  return { flags, shown: relative(process.cwd(), path) }
}

t.test('--json tells all of each scenario', async (t) => {
  const { flags, shown } = bank(t)
  const { code, out, error } = await run(['scenarios', '--json', ...flags])
  t.equal(code, 0)
  t.equal(error, '')
  const listed = JSON.parse(out) as { name: string }[]
  t.same(
    listed.filter(({ name }) => name !== 'default'),
    [
      {
        api: 'bank',
        name: 'late',
        summary: 'Too late.',
        extends: 'default',
        source: `${shown}/scenarios/bank/late.yaml`,
        operations: ['sendCode', 'verifyCode'],
      },
      {
        api: 'bank',
        name: 'later',
        summary: 'Later still.',
        extends: 'late',
        source: `${shown}/scenarios/bank/later.yaml`,
        operations: [],
      },
    ],
  )
})

t.test('--json tells of a default that no file has', async (t) => {
  const path = t.testdir({ 'bank.yaml': BANK })
  const { out } = await run(['scenarios', '--json', '--spec', `${path}/bank.yaml`])
  t.match(JSON.parse(out), [{ api: 'bank', name: 'default', extends: null, operations: [] }])
})

t.test('--json lists every scenario of every API', async (t) => {
  const { out } = await run(['scenarios', '--json'])
  const { byName } = loadApis({ specs: [], scenarios: [] })
  t.same(
    (JSON.parse(out) as { api: string; name: string }[]).map(({ api, name }) => `${api} ${name}`),
    [...byName.values()].flatMap(({ scenarioSet: { api, scenarios } }) =>
      [...scenarios.keys()].map((name) => `${api} ${name}`),
    ),
  )
})

t.test('the table has the scenarios that --json has', async (t) => {
  const { flags } = bank(t)
  const listed = JSON.parse((await run(['scenarios', '--json', ...flags])).out) as {
    name: string
    summary: string
  }[]
  const { out } = await run(['scenarios', ...flags])
  const width = Math.max(...listed.map(({ name }) => name.length))
  t.same(out.split('\n'), [
    'bank',
    ...listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ])
})

t.test('the table has a heading for each API', async (t) => {
  const one = (path: string) => documentOf({ [path]: { get: { responses: {} } } })
  const path = t.testdir({ 'one.yaml': one('/one'), 'two.yaml': one('/two') })
  const { out } = await run(['scenarios', '--spec', path])
  t.same(
    out.split('\n').filter((line) => !line.startsWith(' ')),
    ['one', 'two'],
  )
})

t.test('faults end it with code 1, and no JSON is printed', async (t) => {
  const path = t.testdir({ 'bank.yaml': 'swagger: "2.0"' })
  const { code, out, error } = await run(['scenarios', '--json', '--spec', `${path}/bank.yaml`])
  t.equal(code, 1)
  t.equal(out, '')
  t.match(error, /bank\.yaml:1:10: .*\n1 fault found$/)
})
