import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { SETTINGS } from '../../src/config/settings.ts'
import { BANK } from '../fixtures/files.ts'
import { run, STACK } from '../fixtures/run.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string }

/** Files of the bank for one test. */
const bank = (t: Test, scenarios: Record<string, string> = {}) => {
  const path = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: scenarios } })
  return ['--spec', `${path}/bank.yaml`, '--scenarios', `${path}/scenarios`]
}

const SLOW =
  'scenario: slow\nsummary: Later.\noperations:\n  sendCode:\n    calls: [{ delay: 2s, respond: 204 }]'

// Help and version

for (const args of [['--help'], ['-h'], ['help'], ['serve', '--help'], ['check', '--help']]) {
  t.test(`${args.join(' ')} is answered on standard output`, async (t) => {
    const { code, out, error } = await run(args)
    t.equal(code, 0)
    t.match(out, /^Usage: sca-sandbox/)
    t.equal(error, '')
  })
}

t.test('help names every command', async (t) => {
  const { out } = await run(['--help'])
  for (const name of ['serve', 'check', 'scenarios', 'health', 'coverage', 'init'])
    t.match(out, new RegExp(`^  ${name} `, 'm'))
})

t.test('help on serve names every flag with its variable and default', async (t) => {
  const { out } = await run(['serve', '--help'])
  const text = out.replace(/\s+/g, ' ')
  for (const { flag, short, environment, platformVariable, fallback } of SETTINGS) {
    t.ok(text.includes(short ? `${short}, ${flag}` : flag))
    const shown = Array.isArray(fallback) || fallback === undefined ? '' : `, default ${fallback}`
    const variables = platformVariable ? `${environment} or ${platformVariable}` : environment
    t.ok(text.includes(`(${variables}${shown})`))
  }
})

t.test('help on check names the flags that count for it', async (t) => {
  const { out } = await run(['check', '--help'])
  t.match(out, '--spec')
  t.notMatch(out, '--port')
})

for (const flag of ['--version', '-v']) {
  t.test(`${flag} prints the version of the package`, async (t) => {
    t.match(await run([flag]), { code: 0, out: version, error: '' })
  })
}

// What was asked wrongly

const WRONG: readonly [args: string[], message: string | RegExp][] = [
  [
    ['chek'],
    'sca-sandbox: there is no command "chek"; did you mean "check"? There are serve, check, scenarios, health, coverage, init',
  ],
  [
    ['xylophone'],
    'sca-sandbox: there is no command "xylophone"; there are serve, check, scenarios, health, coverage, init',
  ],
  [
    ['4314'],
    'sca-sandbox: there is no command "4314"; flags go after --: npm start -- --port 4314',
  ],
  [['--prot', '4011'], /^error: unknown option '--prot' \(Did you mean --port\?\)$/],
  [['serve', '--xylophone'], /^error: unknown option '--xylophone'$/],
  [['check', '--port', '1'], /^error: unknown option '--port'/],
  [['--port'], /^error: option '-p, --port <number>' argument missing$/],
  [['--port', '65536'], 'sca-sandbox: --port: "65536" is not a whole number from 0 to 65535'],
  [['--port', 'http'], 'sca-sandbox: --port: "http" is not a whole number from 0 to 65535'],
  [['--seed', '-1'], 'sca-sandbox: --seed: "-1" is not a whole number from 0 to 2147483647'],
  [['--seed', '1.5'], 'sca-sandbox: --seed: "1.5" is not a whole number from 0 to 2147483647'],
  [
    ['--log-level', 'inof'],
    'sca-sandbox: --log-level: "inof" is not one of fatal, error, warn, info, debug, trace, silent; did you mean "info"?',
  ],
  [
    ['--log-format', 'jsn'],
    'sca-sandbox: --log-format: "jsn" is not one of pretty, json; did you mean "json"?',
  ],
  [
    ['--port', '0', '--scenario', 'defualt'],
    'sca-sandbox: there is no scenario "defualt"; nearest: default; "sca-sandbox scenarios" lists all',
  ],
]

for (const [args, message] of WRONG) {
  t.test(`${args.join(' ')} ends with code 2 and says what is right`, async (t) => {
    const { code, out, error } = await run(args)
    t.equal(code, 2)
    t.equal(out, '')
    if (typeof message === 'string') t.equal(error, message)
    else t.match(error, message)
  })
}

t.test('a wrong variable ends with code 2 and names it', async (t) => {
  t.match(await run([], { PORT: 'http' }), {
    code: 2,
    error: 'sca-sandbox: PORT: "http" is not a whole number from 0 to 65535',
  })
})

// What cannot be read

const UNREADABLE: readonly [what: string, file: string, message: RegExp][] = [
  ['is not YAML', 'a: [1, 2', /bad\.yaml:1:9: Flow sequence .*\n1 fault found/],
  ['is OpenAPI 2.0', 'swagger: "2.0"', /bad\.yaml:1:10: OpenAPI 2\.0 is not supported; convert/],
  ['has no paths', 'openapi: 3.1.0', /bad\.yaml:1:1: "paths" must be an object\n1 fault found/],
  [
    'has no operations',
    'openapi: 3.1.0\npaths: {}',
    /bad\.yaml:2:1: the document has no operation/,
  ],
  ['is empty', '', /bad\.yaml:1:1: not an OpenAPI document/],
]

for (const [what, file, message] of UNREADABLE) {
  for (const command of ['serve', 'check', 'scenarios']) {
    t.test(`${command} of a document that ${what} ends with code 1 and its place`, async (t) => {
      const path = t.testdir({ 'bad.yaml': file })
      const { code, out, error } = await run([command, '--spec', `${path}/bad.yaml`])
      t.equal(code, 1)
      t.equal(out, '')
      t.match(error, message)
      t.equal(/ found; nothing was started$/.test(error), command === 'serve')
      t.notMatch(error, STACK)
    })
  }
}

for (const flag of ['--spec', '--scenarios']) {
  t.test(`${flag} of what is not there ends with code 1 and one line`, async (t) => {
    t.match(await run([flag, 'no/such']), {
      code: 1,
      out: '',
      error: /^sca-sandbox: cannot read no\/such: no such file or folder$/,
    })
  })
}

t.test('all faults of scenarios are told, and how many there are', async (t) => {
  const args = bank(t, {
    'a.yaml': 'scenario: a\nsummary: x\nextends: none',
    'b.yaml': 'scenario: b\nsumary: x',
  })
  const { code, error } = await run(['check', ...args])
  t.equal(code, 1)
  t.match(error.split('\n'), [/a\.yaml:|b\.yaml:/, /b\.yaml:/, /^2 faults found$/])
})

t.test('a port in use ends with code 1 and says what to do', async (t) => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  t.match(await run(['--port', String(port), ...bank(t)]), {
    code: 1,
    out: '',
    error: `sca-sandbox: port ${port} of 127.0.0.1 is already in use; choose another with --port, or --port 0 for a free one`,
  })
})

// What is done

t.test('check says how much is sound', async (t) => {
  t.match(await run(['check', '--no-notes', ...bank(t, { 's.yaml': SLOW })]), {
    code: 0,
    out: /^1 document and 2 scenarios are sound$/,
    error: '',
  })
})

t.test('check of what is built in finds no fault', async (t) => {
  t.match(await run(['check', '--no-notes']), {
    code: 0,
    out: /^\d+ documents and \d+ scenarios are sound$/,
  })
})

t.test('check reads the environment, too', async (t) => {
  const [, spec, , scenarios] = bank(t, { 's.yaml': SLOW })
  const environment = { SANDBOX_SPEC: spec, SANDBOX_SCENARIOS: scenarios }
  t.match(await run(['check', '--no-notes'], environment), { out: /^1 document and 2 scenarios/ })
})

t.test('a flag that may be repeated is', async (t) => {
  const path = t.testdir({ 'one.yaml': BANK, 'two.yaml': BANK.replaceAll('/codes', '/keys') })
  const args = ['check', '--no-notes', '--spec', `${path}/one.yaml`, '--spec', `${path}/two.yaml`]
  t.match(await run(args), { code: 0, out: /^2 documents/ })
})

t.test('check takes files', async (t) => {
  const path = t.testdir({ 'bank.yaml': BANK })
  const found = await run(['check', '--no-notes', `${path}/bank.yaml`])
  t.match(found, { code: 0, out: /^4 documents and/ })
})

t.test('scenarios are listed by API, with what they play', async (t) => {
  const { code, out } = await run(['scenarios', ...bank(t, { 's.yaml': SLOW })])
  t.equal(code, 0)
  t.same(out.split('\n').toSorted(), [
    '  default  The examples of the contract, or data generated from its schemas.',
    '  slow     Later.',
    'bank',
  ])
})

for (const command of [[], ['serve']]) {
  t.test(`"${command.join('')}" prints one line with the address, and stops`, async (t) => {
    const { code, out, error } = await run([...command, '--port', '0', ...bank(t)])
    t.equal(code, 0)
    t.match(out, new RegExp(`^sca-sandbox ${version} listens on http://127\\.0\\.0\\.1:\\d+$`))
    t.equal(error, '')
  })
}

t.test('-p is short for --port, and SANDBOX_PORT comes before PORT', async (t) => {
  const args = bank(t)
  const listens = /listens on http:\/\/127\.0\.0\.1:\d+$/
  t.match(await run([...args, '-p', '0'], { PORT: 'http' }), { code: 0, out: listens })
  t.match(await run(args, { SANDBOX_PORT: '0', PORT: 'http' }), { code: 0, out: listens })
})

t.test('an empty token ends with code 2: it would leave the admin API open', async (t) => {
  const message = 'the token is empty; set one, or leave it out to have none'
  t.same(await run(['--port', '0', '--admin-token', '']), {
    code: 2,
    out: '',
    error: `sca-sandbox: --admin-token: ${message}`,
  })
  t.same(await run(['--port', '0'], { SANDBOX_ADMIN_TOKEN: '' }), {
    code: 2,
    out: '',
    error: `sca-sandbox: SANDBOX_ADMIN_TOKEN: ${message}`,
  })
})

for (const [args, environment, origin] of [
  [[], {}, 'http://app.test'],
  [['--no-cors'], {}, null],
  [[], { SANDBOX_CORS: 'off' }, null],
  [['--cors'], { SANDBOX_CORS: 'off' }, 'http://app.test'],
] as const) {
  const given = [...args, ...Object.entries(environment).map((each) => each.join('='))].join(' ')
  t.test(`with "${given}" other origins ${origin ? 'may' : 'may not'} call`, async (t) => {
    await run(['--port', '0', ...bank(t), ...args], environment, async (url) => {
      const headers = { origin: 'http://app.test' }
      const response = await fetch(`${url}/codes/7`, { headers })
      t.equal(response.headers.get('access-control-allow-origin'), origin)
    })
  })
}

// The program itself

interface Program {
  readonly child: ChildProcess
  readonly url: string
  /** What it wrote to standard error so far. */
  readonly log: () => string
  readonly ended: Promise<unknown[]>
}

t.before(() => {
  spawnSync(process.execPath, ['.ci/build-if-stale.js'], { cwd: ROOT })
})

/** Starts the program on a free port and waits for its address. */
async function program(t: Test, ...args: string[]): Promise<Program> {
  const command = ['dist/cli.js', '--port', '0', ...bank(t), ...args]
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, url: String(line).split(' ').at(-1) ?? '', log: () => log, ended }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} stops the program within two seconds, with code 0`, async (t) => {
    const { child, ended } = await program(t)
    const since = performance.now()
    child.kill(signal)
    t.same(await ended, [0, null])
    t.ok(performance.now() - since < 2_000)
  })
}

t.test('the program writes its log to standard error, as JSON, without a credential', async (t) => {
  const { child, url, log, ended } = await program(t)
  await fetch(`${url}/codes/7?key=hidden`, { headers: { authorization: 'Bearer hidden' } })
  child.kill('SIGTERM')
  await ended
  t.match(JSON.parse(log()), { method: 'GET', path: '/codes/7', status: 200, session: 'default' })
  t.notMatch(log(), 'hidden')
})

t.test('the program can write its log for people', async (t) => {
  const { child, url, log, ended } = await program(t, '--log-format', 'pretty')
  await fetch(`${url}/codes/7`)
  child.kill('SIGTERM')
  await ended
  t.match(log(), /^\[\d\d:\d\d:\d\d\] INFO: GET \/codes\/7 200 \[default: default, generated\]\n$/)
})

t.test('a reader that closes the pipe, as head does, ends nothing in a stack trace', async (t) => {
  const child = spawn(process.execPath, ['dist/cli.js', 'check', ...bank(t)], { cwd: ROOT })
  child.stdout.destroy()
  let error = ''
  child.stderr.on('data', (chunk) => {
    error += chunk
  })
  t.same(await once(child, 'close'), [0, null])
  t.equal(error, '')
})

t.test('the program ends with the code of its command', async (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.js', 'chek'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  t.same([status, stdout], [2, ''])
  t.match(stderr, /^sca-sandbox: there is no command "chek"; .*\n$/)
})
