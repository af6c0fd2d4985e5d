import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Sandbox, SandboxOptions } from '../../src/index.ts'
import { listening } from '../fixtures/calls.ts'
import { BANK } from '../fixtures/files.ts'
import { run as runCommand } from '../fixtures/run.ts'

const OWN =
  'scenario: own\nsummary: x\noperations:\n  sendCode: { rules: [{ respond: 204 }] }\n  getCode: { rules: [{ respond: default }] }\n'

/** A sandbox of the bank, which has 11 answers in 3 operations, and 2 entries of a scenario. */
function bank(t: Test, options: SandboxOptions = {}): Promise<Sandbox> {
  const path = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: { 'own.yaml': OWN } } })
  const files = { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
  return listening(t, { ...files, ...options })
}

/** Sends a code, playing a scenario, in a session. */
const send = ({ url }: Sandbox, session = 'a') =>
  fetch(`${url}/@${session}:own/codes/7`, { method: 'POST' })

const run = (args: readonly string[], environment?: Record<string, string>) =>
  runCommand(['coverage', ...args], environment)

/** The figures of a table, without what they count. */
const FIGURES =
  /\noperations {2}33\.3 % \(1 of 3\)\ncontract {4}9 % \(1 of 11\).*\nscenarios {3}50 % \(1 of 2\)/

t.test('what a sandbox has seen is printed as a table', async (t) => {
  const sandbox = await bank(t)
  await send(sandbox)
  const { code, out, error } = await run(['--url', sandbox.url])
  t.equal(code, 0)
  t.match(out, FIGURES)
  t.match(out, /^ {4}204 +1 {2}a \(1\)$/m)
  t.equal(error, '')
})

t.test('the table is the one that the admin API answers', async (t) => {
  const sandbox = await bank(t)
  await send(sandbox)
  const response = await fetch(`${sandbox.url}/__admin/coverage?format=text`)
  t.equal((await run(['--url', sandbox.url])).out, await response.text())
})

t.test('--format json prints what the admin API answers', async (t) => {
  const sandbox = await bank(t)
  await send(sandbox)
  const { code, out } = await run(['--url', sandbox.url, '--format', 'json'])
  t.equal(code, 0)
  t.same(JSON.parse(out), await (await fetch(`${sandbox.url}/__admin/coverage`)).json())
})

t.test('a base URL may end with a slash', async (t) => {
  const sandbox = await bank(t)
  t.equal((await run(['--url', `${sandbox.url}/`])).code, 0)
})

t.test('--session tells of one session only', async (t) => {
  const sandbox = await bank(t)
  await send(sandbox, 'a')
  await send(sandbox, 'b')
  const { code, out } = await run(['--url', sandbox.url, '--session', 'b'])
  t.equal(code, 0)
  t.match(out, / b \(1\)$/m)
  t.notMatch(out, 'a (1)')
})

t.test('--session of one that is not there ends with code 1 and the nearest', async (t) => {
  const sandbox = await bank(t)
  await send(sandbox, 'checkout')
  const { code, out, error } = await run(['--url', sandbox.url, '--session', 'chekout'])
  t.equal(code, 1)
  t.equal(out, '')
  t.match(error, /^sca-sandbox: .*"chekout"; nearest: checkout; .*\(unknown-session\)$/)
})

t.test('without --url the sandbox is where the settings say', async (t) => {
  t.test('of flags, environment or file', async (t) => {
    const { url } = await bank(t)
    const { port } = new URL(url)
    const folder = t.testdir({ 'my.yaml': `port: ${port}` })
    t.equal((await run(['--port', port])).code, 0)
    t.equal((await run([], { PORT: port })).code, 0)
    t.equal((await run(['--config', `${folder}/my.yaml`])).code, 0)
    t.match(await run(['--port', '1']), { code: 1, error: /cannot reach http:\/\/127.0.0.1:1: / })
  })

  t.test('over HTTPS, whoever trusts its certificate', async (t) => {
    const { url } = await bank(t, { tls: 'self-signed', adminToken: 'secret' })
    const folder = t.testdir({ 'my.yaml': 'tls: self-signed\nadmin-token: secret' })
    const { port } = new URL(url)
    const { code, out, error } = await run(['--config', `${folder}/my.yaml`, '--port', port])
    t.same([code, error], [0, ''])
    t.match(out, 'operations')
  })

  t.test('but where --url says so over HTTPS the certificate must be trusted', async (t) => {
    const { url } = await bank(t, { tls: 'self-signed' })
    t.match(await run(['--url', url]), { code: 1, error: `cannot reach ${url}: ` })
  })
})

t.test('the least that is asked for', async (t) => {
  const MET = [
    ['--min', '0'],
    ['--min', '9'],
    ['--min-scenarios', '50'],
    ['--min', '8.5', '--min-scenarios', '49.9'],
  ]
  for (const args of MET) {
    t.test(`is there: ${args.join(' ')}`, async (t) => {
      const sandbox = await bank(t)
      await send(sandbox)
      const { code, out, error } = await run(['--url', sandbox.url, ...args])
      t.equal(code, 0)
      t.match(out, FIGURES)
      t.equal(error, '')
    })
  }

  const contract = (least: string) => `coverage of contract is 9 % (1 of 11), below ${least} %`
  const scenarios = (least: string) => `coverage of scenarios is 50 % (1 of 2), below ${least} %`
  const MISSED: readonly (readonly [args: string[], lines: string[]])[] = [
    [['--min', '10'], [contract('10')]],
    [['--min', '9.1'], [contract('9.1')]],
    [['--min-scenarios', '100'], [scenarios('100')]],
    [['--min', '9', '--min-scenarios', '50.1'], [scenarios('50.1')]],
    [
      ['--min', '80', '--min-scenarios', '60'],
      [contract('80'), scenarios('60')],
    ],
  ]
  for (const [args, lines] of MISSED) {
    t.test(`is not there: ${args.join(' ')}`, async (t) => {
      const sandbox = await bank(t)
      await send(sandbox)
      const { code, out, error } = await run(['--url', sandbox.url, ...args])
      t.equal(code, 1)
      t.match(out, FIGURES, 'the table tells what is missing')
      t.equal(error, `sca-sandbox: ${lines.join('; ')}`)
    })
  }

  t.test('is measured with --format json and --session, too', async (t) => {
    const sandbox = await bank(t)
    await send(sandbox, 'a')
    await fetch(`${sandbox.url}/@b/codes/7`)
    const args = ['--url', sandbox.url, '--format', 'json', '--session', 'b']
    t.equal((await run([...args, '--min', '9'])).code, 0)
    const { code, out, error } = await run([...args, '--min-scenarios', '1'])
    t.equal(code, 1)
    t.equal(JSON.parse(out).scenarios.percent, 0)
    t.match(error, 'coverage of scenarios is 0 % (0 of 2)')
  })
})

t.test('an admin token', async (t) => {
  t.test('is shown by --admin-token', async (t) => {
    const sandbox = await bank(t, { adminToken: 'secret' })
    t.equal((await run(['--url', sandbox.url, '--admin-token', 'secret'])).code, 0)
  })

  t.test('is shown by SANDBOX_ADMIN_TOKEN', async (t) => {
    const sandbox = await bank(t, { adminToken: 'secret' })
    const { code } = await run(['--url', sandbox.url], { SANDBOX_ADMIN_TOKEN: 'secret' })
    t.equal(code, 0)
  })

  t.test('is shown by a file of settings', async (t) => {
    const sandbox = await bank(t, { adminToken: 'secret' })
    const folder = t.testdir({ 'my.yaml': 'admin-token: secret' })
    t.equal((await run(['--url', sandbox.url, '--config', `${folder}/my.yaml`])).code, 0)
  })

  t.test('of the command line goes before that of the environment', async (t) => {
    const sandbox = await bank(t, { adminToken: 'secret' })
    const args = ['--url', sandbox.url, '--admin-token', 'secret']
    t.equal((await run(args, { SANDBOX_ADMIN_TOKEN: 'other' })).code, 0)
  })

  for (const [what, args] of [
    ['wrong', ['--admin-token', 'other']],
    ['missing', []],
  ] as const) {
    t.test(`that is ${what} ends with code 1, and is not printed`, async (t) => {
      const sandbox = await bank(t, { adminToken: 'secret' })
      const { code, out, error } = await run(['--url', sandbox.url, ...args])
      t.equal(code, 1)
      t.equal(out, '')
      t.match(error, /^sca-sandbox: .*the admin API requires its token.*\(admin-unauthorized\)$/)
      t.notMatch(error, /secret|other/)
    })
  }
})

t.test('a sandbox without a journal ends with code 1 and says why', async (t) => {
  const sandbox = await bank(t, { journal: false })
  t.match(await run(['--url', sandbox.url]), {
    code: 1,
    out: '',
    error: /^sca-sandbox: .*--no-journal.*\(journal-off\)$/,
  })
})

t.test('where no sandbox is', async (t) => {
  t.test('the command ends with code 1 and says what to do', async (t) => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await once(server.close(), 'close')
    const { code, out, error } = await run(['--url', url])
    t.equal(code, 1)
    t.equal(out, '')
    t.match(error, `sca-sandbox: cannot reach ${url}: `)
    t.match(error, /; is a sandbox running there\? pass --url if it is elsewhere$/)
    t.notMatch(error, '\n')
  })

  for (const [what, status, type, text] of [
    ['404', 404, 'text/plain', 'nothing here'],
    ['a page', 200, 'text/html', '<html></html>'],
    ['JSON of another kind', 200, 'application/json', '{"status":"ok"}'],
    ['no content', 204, 'text/plain', ''],
  ] as const) {
    t.test(`but a server that answers with ${what} it ends with code 1 in one line`, async (t) => {
      const server = createServer((_, response) => {
        response.writeHead(status, { 'content-type': type, connection: 'close' }).end(text)
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      t.teardown(() => server.close())
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { code, out, error } = await run(['--url', url])
      t.equal(code, 1)
      t.equal(out, '')
      t.match(
        error,
        /^sca-sandbox: .*(: status \d+, not from a sandbox|is not a sandbox; .*--url if it is elsewhere)$/,
      )
      t.notMatch(error, '\n')
    })
  }
})

t.test('what was asked wrongly', async (t) => {
  const WRONG: readonly [args: string[], message: string][] = [
    ...['-1', '101', '100.1', 'eighty', '80%', '1e1', ''].map((text): [string[], string] => [
      [`--min=${text}`],
      `sca-sandbox: --min: "${text}" is not a percentage from 0 to 100`,
    ]),
    [
      ['--min-scenarios', 'x'],
      'sca-sandbox: --min-scenarios: "x" is not a percentage from 0 to 100',
    ],
    [['--format', 'xml'], 'sca-sandbox: --format: "xml" is neither text nor json'],
    ...['nowhere', 'localhost:4010', '//localhost', 'http://', 'file:///tmp', ''].map(
      (url): [string[], string] => [
        [`--url=${url}`],
        `sca-sandbox: --url: "${url}" is not a URL, such as http://127.0.0.1:4010`,
      ],
    ),
    [['--urll', 'x'], "error: unknown option '--urll' (Did you mean --url?)"],
    [['--min'], "error: option '--min <percent>' argument missing"],
  ]
  for (const [args, message] of WRONG) {
    t.test(`ends with code 2 and says what is right: ${args.join(' ')}`, async (t) => {
      t.same(await run(args), { code: 2, out: '', error: message })
    })
  }
})

t.test('help names every flag', async (t) => {
  const { code, out, error } = await run(['--help'])
  t.equal(code, 0)
  t.match(out, /^Usage: sca-sandbox coverage /)
  for (const flag of ['url', 'min', 'min-scenarios', 'session', 'format', 'admin-token']) {
    t.match(out, new RegExp(`^  --${flag} <`, 'm'))
  }
  t.match(out, 'SANDBOX_ADMIN_TOKEN')
  t.equal(error, '')
})
