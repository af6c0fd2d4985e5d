/** The files that docs/testing.md shows are run by the test runners that they are for. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SandboxClient } from '../src/client/client.ts'
import { ROOT } from './fixtures/built.ts'
import { listening } from './fixtures/calls.ts'
import { CHROMIUM, CHROMIUM_ARGS } from './fixtures/chromium.ts'
import { toolMissing, toolPath } from './fixtures/tools.ts'

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

/** The files that a document shows, each under the name in its first line. */
const shownFiles = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      ...text.matchAll(/^```(?:js|html)\n(?:\/\/|<!--) (\S+\.(?:m?js|html))(?: -->)?\n.*?^```$/gms),
    ].map(([block, name = '']) => [name, block.replace(/^```\w+\n|```$/g, '')]),
  )

const shown = shownFiles(read('docs/testing.md'))

// Four test runners and a browser start, some of them twice.
t.setTimeout(300_000)

const NODE = ['--test', '--test-reporter=tap']
const VITEST = [
  toolPath('test-runners', 'vitest/vitest.mjs'),
  'run',
  '--reporter=verbose',
  '--no-color',
]
const PLAYWRIGHT = [
  toolPath('test-runners', '@playwright/test/cli.js'),
  'test',
  '--reporter=list',
  '--workers=1',
]

const link = (path: string) => t.fixture('symlink', path)

// What `npm install` would have put there. The sandbox is a copy: as a link it would not find the
// test runner beside it.
const users = t.testdir({
  node_modules: {
    'sca-sandbox': {},
    '@playwright': link(toolPath('test-runners', '@playwright')),
    tap: link(join(ROOT, 'node_modules/tap')),
    vitest: link(toolPath('test-runners', 'vitest')),
  },
})
for (const name of ['package.json', 'dist', 'spec', 'scenarios']) {
  cpSync(join(ROOT, name), join(users, 'node_modules/sca-sandbox', name), { recursive: true })
}

let projects = 0

/** A folder of a user, with the files shown. */
function project(more: Readonly<Record<string, string>> = {}): string {
  projects += 1
  const folder = join(users, `project-${projects}`)
  mkdirSync(folder)
  const files = {
    ...shown,
    'package.json': JSON.stringify({ type: 'module' }),
    'playwright.machine.config.js': MACHINE,
    ...more,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** The configuration shown, with what a browser needs to start on this machine. */
const MACHINE = `import config from './playwright.config.js'

const launchOptions = { ...config.use.launchOptions, args: ${JSON.stringify(CHROMIUM_ARGS)} }
export default { ...config, use: { ...config.use, launchOptions } }
`

/** Runs a program of Node to its end, in an environment that has nothing of the test runner around. */
async function run(t: Test, cwd: string, args: readonly string[], environment = {}) {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    ...(CHROMIUM && { CHROMIUM_PATH: CHROMIUM }),
    ...environment,
  }
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill())
  let out = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      out += text
    })
  }
  const [code] = await once(child, 'close')
  return { code, out }
}

/** A change of an expectation, after which a test must fail. */
function change(folder: string, name: string, right: string, wrong: string): void {
  const before = shown[name] ?? ''
  const after = before.replace(right, wrong)
  if (after === before) throw new Error(`${name} does not say ${right}`)
  writeFileSync(join(folder, name), after)
}

/** How many tests a file has, so that none of them can be left out unseen. */
const testsIn = (name: string) => shown[name]?.match(/^(t\.)?test\('/gm)?.length ?? 0

interface Runner {
  readonly name: string
  readonly file: string
  readonly tests: number
  readonly args: readonly string[]
  readonly passed: (tests: number) => RegExp
  readonly failed: RegExp
  /** How the report of that shows the journal; not all runners do. */
  readonly journal?: RegExp
  /** What is right, and what is not. */
  readonly change: readonly [right: string, wrong: string]
  readonly skip?: string | false
}

/** What Vitest's setup tells when all is done, with what is between. */
const COVERED =
  '(.*\\n)+3 of \\d+ operations were called,\\n4 of \\d+ of their responses were seen\\n'

const NO_PLAYWRIGHT = toolMissing('test-runners', '@playwright/test')

const MACHINE_CONFIG = '--config=playwright.machine.config.js'

const RUNNERS: readonly Runner[] = [
  {
    name: 'node:test',
    file: 'otp.test.js',
    tests: 9,
    args: [...NODE, 'otp.test.js'],
    passed: (tests) => new RegExp(`^# pass ${tests}\n# fail 0\n`, 'm'),
    failed: /^# fail 1\n/m,
    journal: /^# The sandbox session the-app-asks-\S+ received 2 requests:\n(# \S+ POST .*\n){2}/m,
    change: ["advance('14s')", "advance('15s')"],
  },
  {
    name: 'tap',
    file: 'otp.tap.test.js',
    tests: 1,
    args: ['otp.tap.test.js'],
    passed: () => /^ok 1 - the app refuses a user who asks too often.*\n(.*\n)*1\.\.1\n/m,
    failed: /^not ok 1 - the app refuses a user who asks too often/m,
    change: ['challenge-limit-exceeded', 'default'],
  },
  {
    name: 'Vitest',
    file: 'otp.vitest.test.js',
    tests: 4,
    args: VITEST,
    passed: (tests) => new RegExp(`Tests +${tests} passed \\(${tests}\\)\\n${COVERED}`),
    failed: /Tests +1 failed \| 3 passed \(4\)/,
    journal: /^The sandbox session a-code-expires-\S+ received 2 requests:\n(\S+ POST .*\n){2}/m,
    change: ["advance('5m')", "advance('4m')"],
    skip: toolMissing('test-runners', 'vitest'),
  },
  {
    name: 'Playwright without a browser',
    file: 'otp.playwright.spec.js',
    tests: 2,
    args: [...PLAYWRIGHT, 'otp.playwright'],
    passed: (tests) => new RegExp(`^ +${tests} passed`, 'm'),
    failed: /^ +1 failed\n(.*\n)+ +1 passed/m,
    journal: /^ +The sandbox session a-second-code-\S+ received 3 requests:\n +\S+ POST /m,
    change: ["advance('15s')", "advance('14s')"],
    skip: NO_PLAYWRIGHT,
  },
  {
    name: 'Playwright with pages',
    file: 'page.playwright.spec.js',
    tests: 2,
    args: [...PLAYWRIGHT, MACHINE_CONFIG, 'page.playwright'],
    passed: (tests) => new RegExp(`^ +${tests} passed`, 'm'),
    failed: /^ +1 failed\n(.*\n)+ +1 passed/m,
    change: ['toHaveLength(2)', 'toHaveLength(3)'],
    journal: /^ +The sandbox session a-page-with-\S+ received 3 requests:\n +\S+ POST /m,
    skip: NO_PLAYWRIGHT || (!CHROMIUM && 'no chromium'),
  },
  {
    name: 'node:test with settings',
    file: 'blocked.test.js',
    tests: 1,
    args: [...NODE, 'blocked.test.js'],
    passed: (tests) => new RegExp(`^# pass ${tests}\n# fail 0\n`, 'm'),
    failed: /^# fail 1\n/m,
    journal: /^# The sandbox session the-app-refuses-\S+ received 2 requests:\n/m,
    change: ['asked too often', 'never asked'],
  },
]

for (const { name, file, tests, args, passed, failed, skip = false, ...runner } of RUNNERS) {
  t.test(`the tests shown for ${name} pass, ${tests} of them`, { skip }, async (t) => {
    t.equal(testsIn(file), tests)
    t.match(await run(t, project(), args), { code: 0, out: passed(tests) })
  })

  t.test(
    `one of the tests shown for ${name} fails if it expects the wrong thing`,
    { skip },
    async (t) => {
      const folder = project()
      change(folder, file, ...runner.change)
      const ran = await run(t, folder, args)
      t.match(ran, { code: 1, out: failed })
      if (runner.journal) t.match(ran.out, runner.journal)
    },
  )
}

for (const { name, args, skip = false } of RUNNERS.slice(0, 4)) {
  const title = `the tests shown for ${name} use the sandbox at SANDBOX_URL, with its token`
  t.test(title, { skip }, async (t) => {
    const { url } = await listening(t, { adminToken: 'secret' })
    const environment = { SANDBOX_URL: url, SANDBOX_ADMIN_TOKEN: 'secret' }
    const client = new SandboxClient(url, { token: 'secret' })
    t.match(await run(t, project(), args, environment), { code: 0 })
    t.ok((await client.coverage()).operations.covered > 0)
  })
}

t.test('the tests shown fail where there is no sandbox at SANDBOX_URL', async (t) => {
  const { url, stop } = await listening(t)
  await stop()
  const ran = await run(t, project(), [...NODE, 'otp.test.js'], { SANDBOX_URL: url })
  t.match(ran, { code: 1, out: /no sandbox answers at SANDBOX_URL, \S+: fetch failed/ })
})

/** A report without what differs from run to run. */
const comparable = (report: string) =>
  report
    .replace(/\S+Z(?= )/g, 'at')
    .replace(/\S*(?=scenarios\/)/g, '')
    .replace(/\.yaml:\d+/g, '.yaml')

t.test(
  'the report shown is the one of a test that fails',
  { skip: toolMissing('test-runners', 'vitest') },
  async (t) => {
    const [, report = ''] =
      /^```\n(The sandbox session .*?)^```$/ms.exec(read('docs/testing.md')) ?? []
    const folder = project()
    change(folder, 'otp.vitest.test.js', 'That code has expired.', 'You are signed in.')
    const { out } = await run(t, folder, VITEST)
    t.ok(report !== '' && comparable(out).includes(comparable(report)), out)
  },
)

t.test(
  'Vitest gives settings of its configuration to a sandbox for each file, and stops them',
  { skip: toolMissing('test-runners', 'vitest') },
  async (t) => {
    const down = `import { test } from 'sca-sandbox/vitest'
import { expect } from 'vitest'
import { makeApp } from './app.js'

test('the bank is down', async ({ session }) => {
  expect(await makeApp(session.url).signIn()).toMatch(/went wrong/)
})
`
    const config = `export default {
  test: { include: ['*.down.js'], provide: { sandboxOptions: { scenario: 'service-unavailable' } } },
}
`
    const folder = project({ 'vitest.config.js': config, 'a.down.js': down, 'b.down.js': down })
    const ran = await run(t, folder, VITEST)
    t.match(ran, { code: 0, out: /Tests +2 passed \(2\)/ })
    t.notMatch(ran.out, /hanging|did not exit|Unhandled/)
  },
)

t.test(
  'Playwright attaches the whole journal to the report of a test that fails',
  { skip: NO_PLAYWRIGHT },
  async (t) => {
    const folder = project()
    change(folder, 'otp.playwright.spec.js', "advance('15s')", "advance('14s')")
    const args = [...PLAYWRIGHT, '--reporter=json', 'otp.playwright']
    const report = JSON.parse((await run(t, folder, args)).out) as PlaywrightReport
    const [failed, passed] = report.suites.flatMap(({ specs }) =>
      specs.map(({ tests }) => tests[0]?.results[0]?.attachments),
    )
    const { body = '' } = failed?.find(({ name }) => name === 'sandbox-journal.json') ?? {}
    t.match(JSON.parse(String(Buffer.from(body, 'base64'))), [
      { operationId: 'stepupSCAChallenge', response: { status: 204 } },
      { operationId: 'stepupSCAChallenge', response: { status: 409 } },
      { operationId: 'stepupSCAChallenge', response: { status: 409 } },
    ])
    t.same(passed, [])
  },
)

/** What is read of the report that Playwright writes as JSON. */
interface PlaywrightReport {
  readonly suites: readonly {
    readonly specs: readonly {
      readonly tests: readonly {
        readonly results: readonly {
          readonly attachments: readonly { readonly name: string; readonly body?: string }[]
        }[]
      }[]
    }[]
  }[]
}

t.test(
  'the test that the README shows passes, and fails if it expects the wrong thing',
  async (t) => {
    const [[name = '', code = ''] = []] = Object.entries(shownFiles(read('README.md')))
    const folder = project()
    writeFileSync(join(folder, name), code)
    t.match(await run(t, folder, [...NODE, name]), { code: 0, out: /^# pass 1\n# fail 0\n/m })
    writeFileSync(join(folder, name), code.replace("advance('15s')", "advance('5s')"))
    t.match(await run(t, folder, [...NODE, name]), { code: 1, out: /^# fail 1\n/m })
  },
)

t.test('docs/testing.md tells of every method of the client', async (t) => {
  const client = new SandboxClient('http://localhost')
  const names = [client, client.session()].flatMap((each) => [
    ...Object.keys(each).filter((name) => name !== 'api'),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(each)),
  ])
  const tables =
    read('docs/testing.md')
      .match(/^\|.*\|$/gm)
      ?.join('\n') ?? ''
  for (const name of new Set(names)) {
    if (name === 'constructor') continue
    t.match(tables, new RegExp(`\`${name}(\\(.*\\))?\``), `${name} is told`)
  }
})
