import { spawnSync } from 'node:child_process'
import { dirname, join, relative, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { readConfigFile } from '../../src/config/file.ts'
import { readConfig } from '../../src/config/read.ts'
import { type Config, flagName, keyOf, SETTINGS, type Setting } from '../../src/config/settings.ts'
import { StartError, UsageError } from '../../src/errors.ts'
import { ROOT } from '../fixtures/built.ts'
import { BANK } from '../fixtures/files.ts'
import { run, STACK } from '../fixtures/run.ts'

/** A file of settings for one test. */
const written = (t: Test, text: string) => join(t.testdir({ 'my.yaml': text }), 'my.yaml')

/** What a file says, with what flags and the environment say. */
const read = (file: string | undefined, flags = {}, environment = {}): Config =>
  readConfig(flags, environment, readConfigFile(file))

/** Two values of each setting, as a flag has them, that are not its default. */
const VALUES: Readonly<Record<Setting['name'], readonly [one: string, other: string]>> = {
  port: ['4011', '4012'],
  host: ['::1', 'a.test'],
  specs: ['a.yaml', 'b.yaml'],
  scenarios: ['mine', 'ours'],
  scenario: ['one', 'other'],
  seed: ['7', '8'],
  logLevel: ['debug', 'silent'],
  logFormat: ['json', 'pretty'],
  cors: ['false', 'true'],
  adminToken: ['s3cret', 'other'],
  adminHost: ['a.test', 'b.test'],
  journal: ['false', 'true'],
  watch: ['true', 'false'],
  store: ['memory:', 'memory:'],
  webhookUrl: ['http://a.test', 'bank=http://b.test/in'],
  webhookAllow: ['http://a.test', 'https://b.test:81'],
  tls: ['self-signed', 'self-signed'],
  tlsCert: ['cert.pem', 'other-cert.pem'],
  tlsKey: ['key.pem', 'other-key.pem'],
}

/** A certificate and its key come together only. */
const COMPANION: Readonly<Record<string, string>> = { tlsCert: 'tls-key', tlsKey: 'tls-cert' }

/** A file with one setting, and what it cannot do without. */
const line = ({ name, ...setting }: Setting, value: string) => {
  const companion = COMPANION[name]
  const quoted = typeof setting.fallback === 'number' ? value : `'${value}'`
  const more = companion ? `${companion}: x.pem\n` : ''
  return `${keyOf({ name, ...setting })}: ${quoted}\n${more}`
}

/** What a setting is when a value is taken from a flag. */
const meant = (setting: Setting, value: string) => {
  const one = setting.read(value, 'x')
  return setting.repeatable ? [one] : one
}

/** How commander hands a flag over. */
const flagOf = ({ repeatable, fallback }: Setting, value: string) =>
  typeof fallback === 'boolean' ? value === 'true' : repeatable ? [value] : value

for (const setting of SETTINGS) {
  const { name, environment } = setting
  const [one, other] = VALUES[name]

  t.test(`${keyOf(setting)} is taken from the file, and nothing else changes`, async (t) => {
    const file = written(t, line(setting, one))
    const { [name]: found, ...rest } = read(file)
    const { [name]: _, ...usual } = readConfig({}, {})
    const value = setting.resolve?.(one, dirname(file)) ?? one
    t.same(found, meant(setting, value))
    const companion = COMPANION[name]
    t.match(companion ? { ...rest, tlsCert: undefined, tlsKey: undefined } : rest, usual)
  })

  t.test(`${environment} goes before ${keyOf(setting)} of the file`, async (t) => {
    const file = written(t, line(setting, one))
    t.same(read(file, {}, { [environment]: other })[name], meant(setting, other))
  })

  t.test(`the flag of ${keyOf(setting)} goes before the environment and the file`, async (t) => {
    const file = written(t, line(setting, other))
    const flags = { [flagName(setting)]: flagOf(setting, one) }
    t.same(read(file, flags, { [environment]: other })[name], meant(setting, one))
  })

  if (setting.refusesEmpty) continue
  t.test(`an empty ${environment} leaves ${keyOf(setting)} to the file`, async (t) => {
    const file = written(t, line(setting, one))
    t.same(read(file, {}, { [environment]: '' }), read(file))
  })
}

t.test('a wrong value that a flag overrides is not looked at', async (t) => {
  t.equal(read(written(t, 'port: http'), { port: '1' }).port, 1)
})

t.test('a switch may be written in all forms of the environment', async (t) => {
  for (const [text, value] of Object.entries({
    true: true,
    yes: true,
    on: true,
    '1': true,
    False: false,
    off: false,
    no: false,
    '0': false,
  })) {
    t.equal(read(written(t, `cors: ${text}`)).cors, value, text)
  }
})

t.test('a number may be written in quotes', async (t) => {
  t.equal(read(written(t, 'port: "4011"')).port, 4011)
})

// Lists and paths

t.test('a list has each of its texts, and a comma in one is part of it', async (t) => {
  t.same(read(written(t, 'admin-host: [a.test, b.test]')).adminHost, ['a.test', 'b.test'])
  const file = written(t, "spec: ['a,b.yaml']")
  t.same(read(file).specs, [resolve(file, '../a,b.yaml')])
})

t.test('an empty list sets an empty list', async (t) => {
  t.same(read(written(t, 'spec: []')).specs, [])
})

t.test('a list of the environment takes the place of the list of the file', async (t) => {
  const file = written(t, 'spec: [a.yaml, b.yaml]')
  t.same(read(file, {}, { SANDBOX_SPEC: 'c.yaml' }).specs, ['c.yaml'])
})

t.test('paths begin at the folder of the file, wherever the program is started', async (t) => {
  const path = t.testdir({ 'my.yaml': 'spec: [../a.yaml, ./b, /c.yaml]\nscenarios: mine' })
  const { specs, scenarios } = read(relative(process.cwd(), join(path, 'my.yaml')))
  t.same(specs, [resolve(path, '../a.yaml'), resolve(path, 'b'), '/c.yaml'])
  t.same(scenarios, [resolve(path, 'mine')])
})

t.test('a path that may be missing still may', async (t) => {
  const file = written(t, 'scenarios: mine?')
  t.same(read(file).scenarios, [resolve(file, '../mine?')])
})

t.test('the path of a store begins there, too', async (t) => {
  const path = t.testdir({
    'my.yaml': 'store: file:./state.json',
    'absolute.yaml': 'store: file:///var/state.json',
  })
  t.equal(read(join(path, 'my.yaml')).store, `file:${path}/state.json`)
  t.equal(read(join(path, 'absolute.yaml')).store, 'file:///var/state.json')
})

t.test('values that are no paths stay as they are', async (t) => {
  t.match(read(written(t, 'host: localhost\nscenario: ./x')), {
    host: 'localhost',
    scenario: './x',
  })
})

// Files that set nothing

for (const [what, text] of Object.entries({
  empty: '',
  'of comments': '# port: 4011\n',
  'of a document mark': '---\n',
  'an empty map': '{}',
})) {
  t.test(`a file that is ${what} sets nothing`, async (t) => {
    t.same(read(written(t, text)), readConfig({}, {}))
  })
}

t.test('without a file there are no settings', async (t) => {
  t.equal(readConfigFile(undefined).size, 0)
})

// What is wrong with a file

const PLAIN = 'one string, in quotes if it looks like a number'

const WRONG: readonly [what: string, text: string, message: string | RegExp][] = [
  ['a misspelt key', 'prot: 4011', '1:1: unknown key "prot"; did you mean "port"?'],
  [
    'a key in camel case',
    'seed: 1\nlogLevel: warn',
    '2:1: unknown key "logLevel"; did you mean "log-level"?',
  ],
  ['a key with dashes', '--port: 1', '1:1: unknown key "--port"; did you mean "port"?'],
  [
    'a key like no other',
    'xylophone-player: 1',
    `1:1: unknown key "xylophone-player"; known are ${SETTINGS.map(keyOf).join(', ')}`,
  ],
  ['a list for one value', 'seed: 1\nport: [1, 2]', '2:7: "port" needs one value'],
  ['a map for one value', 'host: { name: x }', `1:7: "host" needs ${PLAIN}`],
  ['nothing after a key', 'scenario: default\nport:', '2:6: "port" needs one value'],
  ['null', 'port: null', '1:7: "port" needs one value'],
  ['a number for a text', 'scenario: 007', `1:11: "scenario" needs ${PLAIN}`],
  ['a switch for a text', 'log-format: true', `1:13: "log-format" needs ${PLAIN}`],
  ['a map for a list', 'spec: { a: b }', '1:7: "spec" needs a string or a list of strings'],
  ['a list in a list', 'spec: [[a]]', '1:7: "spec" needs a string or a list of strings'],
  ['a number in a list', 'spec: [1]', '1:7: "spec" needs a string or a list of strings'],
  ['a wrong number', 'port: 65536', '1:7: port: "65536" is not a whole number from 0 to 65535'],
  [
    'a switch for a number',
    'port: true',
    '1:7: port: "true" is not a whole number from 0 to 65535',
  ],
  [
    'a wrong word',
    'log-level: inof',
    '1:12: log-level: "inof" is not one of fatal, error, warn, info, debug, trace, silent; did you mean "info"?',
  ],
  ['a wrong switch', 'cors: maybe', '1:7: cors: "maybe" is neither true nor false'],
  [
    'a wrong name in a list',
    'seed: 1\nadmin-host: [a.test, "http://b.test"]',
    '2:13: admin-host: "http://b.test" is not a host name, without scheme and port',
  ],
  ['a list of settings', '- port: 4011', '1:1: settings are "key: value", such as port: 4011'],
  ['a text', 'port 4011', '1:1: settings are "key: value", such as port: 4011'],
  ['a number', '4011', '1:1: settings are "key: value", such as port: 4011'],
  ['broken YAML', 'port: 1\nspec: [a', /^2:9: Flow sequence .*$/],
  ['a key that stands there twice', 'port: 1\nport: 2', '2:1: Map keys must be unique'],
]

/** The level of the log, too, is the file's. */
const NOTHING_SET = { SANDBOX_LOG_LEVEL: '' }

for (const [what, text, message] of WRONG) {
  t.test(`${what} is told with its place: ${JSON.stringify(text)}`, async (t) => {
    const file = written(t, text)
    const { code, out, error } = await run(['scenarios', '--config', file], NOTHING_SET)
    t.equal(code, 2)
    t.equal(out, '')
    t.notMatch(error, '\n')
    const told = error.replace(`sca-sandbox: ${file}:`, '')
    if (typeof message === 'string') t.equal(told, message)
    else t.match(told, message)
  })
}

t.test('all mistakes of keys and forms are told at once', async (t) => {
  const file = written(t, 'prot: 1\nseed: [1]\nport: 4011\nhosst: x')
  const lines = [
    '1:1: unknown key "prot"; did you mean "port"?',
    '2:7: "seed" needs one value',
    '4:1: unknown key "hosst"; did you mean "host"?',
  ]
  t.throws(() => readConfigFile(file), {
    constructor: UsageError,
    message: lines.map((each) => `${file}:${each}`).join('\n'),
  })
})

const TOGETHER_KEY = 'a certificate and its key belong together: --tls-key is missing'
const TOGETHER_CERT = 'a certificate and its key belong together: --tls-cert is missing'
const TWO_PAIRS = '--tls self-signed makes its own certificate; leave out --tls-cert and --tls-key'
const PAIR = 'tls-cert: a.pem\ntls-key: a.pem'

for (const [what, text, place, message] of [
  ['a certificate without its key', 'port: 1\ntls-cert: a.pem', '2:11: tls-cert', TOGETHER_KEY],
  ['a key without its certificate', 'tls-key: a.pem', '1:10: tls-key', TOGETHER_CERT],
  ['a pair beside a self-signed one', `tls: self-signed\n${PAIR}`, '1:6: tls', TWO_PAIRS],
] as const) {
  t.test(`${what} is told with its place`, async (t) => {
    const file = written(t, text)
    t.throws(() => read(file), {
      constructor: UsageError,
      message: `${file}:${place}: ${message}`,
    })
  })
}

t.test('of half a pair the place in the file is told only where the file says it', async (t) => {
  const file = readConfigFile(written(t, 'tls-cert: a.pem'))
  const message = TOGETHER_KEY
  t.throws(() => readConfig({ tlsCert: 'b.pem' }, {}, file), new UsageError(message))
  t.throws(() => readConfig({}, { SANDBOX_TLS_CERT: 'b.pem' }, file), new UsageError(message))
  t.match(readConfig({ tlsKey: 'b.pem' }, {}, file), { tlsKey: 'b.pem' })
})

// What cannot be read

const UNREADABLE: readonly [what: string, path: string, reason: string][] = [
  ['not there', 'other.yaml', 'no such file or folder'],
  ['a folder', 'folder', 'it is a folder'],
  ['below a file', 'my.yaml/other.yaml', 'it is not a folder'],
]

for (const [what, name, reason] of UNREADABLE) {
  t.test(`a file that is ${what} ends with code 1 and one line`, async (t) => {
    const path = join(t.testdir({ 'my.yaml': '', folder: {} }), name)
    const told = { code: 1, out: '', error: `sca-sandbox: cannot read ${path}: ${reason}` }
    t.same(await run(['scenarios', '--config', path]), told)
    t.same(await run(['scenarios'], { SANDBOX_CONFIG: path }), told)
    t.throws(() => readConfigFile(path), new StartError(`cannot read ${path}: ${reason}`))
  })
}

// Secrets

const SECRETS: Readonly<Record<string, string>> = {
  'with a space': 'admin-token: s3cret word',
  'in a list': 'admin-token: [s3cret]',
  'in a map': 'admin-token: { s3cret: 1 }',
  'under a misspelt key': 'admin-tokn: s3cret',
  'in broken YAML': 'admin-token: "s3cret',
  'before a wrong setting': 'admin-token: s3cret\nport: http',
  'in the address of a store': 'store: mysql://user:s3cret@127.0.0.1',
  'in the address of a Redis without a host': 'store: "redis://user:s3cret@"',
  'with a slash in the address of a Redis': 'store: redis://user:s3cret/1@127.0.0.1',
  'after a number and a slash in such an address': 'store: redis://user:1/s3cret@127.0.0.1',
  'with a percent sign in the address of a Redis': 'store: redis://user:s3cret%@127.0.0.1',
  'in what follows such an address': 'store: redis://127.0.0.1?password=s3cret',
  'without a colon': 'admin-token=s3cret',
}

for (const [what, text] of Object.entries(SECRETS)) {
  t.test(`a secret ${what} is not printed`, async (t) => {
    const { code, out, error } = await run(['scenarios', '--config', written(t, text)])
    t.equal(code, 2)
    t.equal(out, '')
    t.match(error, /^sca-sandbox: \S+my\.yaml:\d+:\d+: /)
    t.notMatch(error, 's3cret')
  })
}

t.test('a token of digits is told to need quotes, and is not printed', async (t) => {
  const { code, error } = await run(['scenarios', '--config', written(t, 'admin-token: 00123')])
  t.equal(code, 2)
  t.match(error, `"admin-token" needs ${PLAIN}`)
  t.notMatch(error, '123')
  t.equal(read(written(t, 'admin-token: "00123"')).adminToken, '00123')
})

// Which file is read

/** A folder with a bank, and a file of settings that serves it. */
const project = (t: Test, more: Record<string, string> = {}) =>
  t.testdir({
    'bank.yaml': BANK,
    'other.yaml': BANK,
    'my.yaml': 'spec: bank.yaml',
    ...more,
  })

const scenarios = async (args: readonly string[], environment: Record<string, string> = {}) =>
  (await run(['scenarios', ...args], environment)).out.split('\n')[0]

t.test('--config names a file', async (t) => {
  t.equal(await scenarios(['--config', `${project(t)}/my.yaml`]), 'bank')
})

t.test('SANDBOX_CONFIG names a file', async (t) => {
  t.equal(await scenarios([], { SANDBOX_CONFIG: `${project(t)}/my.yaml` }), 'bank')
})

t.test('--config goes before SANDBOX_CONFIG', async (t) => {
  const path = project(t, { 'second.yaml': 'spec: other.yaml' })
  const environment = { SANDBOX_CONFIG: `${path}/no-such.yaml` }
  t.equal(await scenarios(['--config', `${path}/second.yaml`], environment), 'other')
})

t.test('an empty SANDBOX_CONFIG names no file', async (t) => {
  t.match(await run(['check', '--no-notes'], { SANDBOX_CONFIG: '' }), { code: 0, error: '' })
})

for (const args of [['check', '--no-notes'], ['scenarios'], ['serve', '--port', '0']]) {
  t.test(`${args[0]} reads the file of settings`, async (t) => {
    const { code, out } = await run([...args, '--config', `${project(t)}/my.yaml`])
    t.equal(code, 0)
    t.match(out, /^(1 document and |bank\n|sca-sandbox \S+ listens)/)
  })
}

t.test('a sandbox is served as its file says', async (t) => {
  const path = project(t, { 'my.yaml': 'spec: bank.yaml\nport: 0\nadmin-token: s3cret\ncors: no' })
  t.plan(3)
  await run(['--config', `${path}/my.yaml`], {}, async (url) => {
    const answer = await fetch(`${url}/codes/7`, { headers: { origin: 'http://app.test' } })
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('access-control-allow-origin'), null)
    t.equal((await fetch(`${url}/__admin/sessions`)).status, 401)
  })
})

/** Runs the program in a folder. */
const inFolder = (cwd: string, args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(ROOT, 'dist/cli.js'), ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })

t.test('sandbox.config.yaml of the current folder is read unasked', async (t) => {
  const cwd = project(t, { 'sandbox.config.yaml': 'spec: bank.yaml' })
  const { status, stdout, stderr } = inFolder(cwd, ['scenarios'])
  t.same([status, stderr], [0, ''])
  t.match(stdout, /^bank\n/)
})

t.test('a named file takes the place of sandbox.config.yaml', async (t) => {
  const cwd = project(t, { 'sandbox.config.yaml': 'prot: 1', 'second.yaml': 'spec: other.yaml' })
  t.match(inFolder(cwd, ['scenarios', '--config', 'my.yaml']).stdout, /^bank\n/)
  t.match(inFolder(cwd, ['scenarios'], { SANDBOX_CONFIG: 'second.yaml' }).stdout, /^other\n/)
})

t.test('a mistake in sandbox.config.yaml ends the program with code 2 and its place', async (t) => {
  const cwd = project(t, { 'sandbox.config.yaml': '# mine\nprot: 4011' })
  const { status, stdout, stderr } = inFolder(cwd, ['check'])
  t.same([status, stdout], [2, ''])
  t.equal(
    stderr,
    'sca-sandbox: sandbox.config.yaml:2:1: unknown key "prot"; did you mean "port"?\n',
  )
  t.notMatch(stderr, STACK)
})

t.test('a folder called sandbox.config.yaml ends the program with code 1', async (t) => {
  const cwd = t.testdir({ 'sandbox.config.yaml': {} })
  const { status, stderr } = inFolder(cwd, ['scenarios'])
  t.equal(status, 1)
  t.equal(stderr, 'sca-sandbox: cannot read sandbox.config.yaml: it is a folder\n')
})
