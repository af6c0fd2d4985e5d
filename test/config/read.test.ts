import { pino } from 'pino'
import t from 'tap'
import { systemClock } from '../../src/clock.ts'
import { readConfig, readOptions } from '../../src/config/read.ts'
import {
  type Config,
  flagName,
  LOG_LEVELS,
  type SandboxOptions,
  SETTINGS,
} from '../../src/config/settings.ts'
import { UsageError } from '../../src/errors.ts'
import { TestClock } from '../fixtures/app.ts'

const DEFAULTS: Config = {
  port: 4010,
  host: '127.0.0.1',
  specs: [],
  scenarios: [],
  scenario: 'default',
  seed: 1,
  logLevel: 'info',
  logFormat: undefined,
  cors: true,
  adminToken: undefined,
  adminHost: [],
  journal: true,
  watch: false,
  store: 'memory:',
  webhookUrl: [],
  webhookAllow: [],
  tls: undefined,
  tlsCert: undefined,
  tlsKey: undefined,
}

t.test('without flags and environment everything has its default', async (t) => {
  t.same(readConfig({}, {}), DEFAULTS)
})

interface Row {
  readonly name: keyof Config
  readonly variable: string
  readonly flag: string | readonly string[] | boolean
  readonly fromFlag: unknown
  readonly set: string
  readonly fromSet: unknown
}

const ROWS: readonly Row[] = [
  { name: 'port', variable: 'SANDBOX_PORT', flag: '0', fromFlag: 0, set: '8080', fromSet: 8080 },
  {
    name: 'host',
    variable: 'SANDBOX_HOST',
    flag: '::1',
    fromFlag: '::1',
    set: 'a.test',
    fromSet: 'a.test',
  },
  {
    name: 'specs',
    variable: 'SANDBOX_SPEC',
    flag: ['a.yaml', 'b,c.yaml'],
    fromFlag: ['a.yaml', 'b,c.yaml'],
    set: 'd.yaml, e.yaml',
    fromSet: ['d.yaml', 'e.yaml'],
  },
  {
    name: 'scenarios',
    variable: 'SANDBOX_SCENARIOS',
    flag: ['mine'],
    fromFlag: ['mine'],
    set: 'ours,theirs',
    fromSet: ['ours', 'theirs'],
  },
  {
    name: 'scenario',
    variable: 'SANDBOX_SCENARIO',
    flag: 'a',
    fromFlag: 'a',
    set: 'b',
    fromSet: 'b',
  },
  {
    name: 'seed',
    variable: 'SANDBOX_SEED',
    flag: '7',
    fromFlag: 7,
    set: '2147483647',
    fromSet: 2147483647,
  },
  {
    name: 'logLevel',
    variable: 'SANDBOX_LOG_LEVEL',
    flag: 'debug',
    fromFlag: 'debug',
    set: 'silent',
    fromSet: 'silent',
  },
  {
    name: 'logFormat',
    variable: 'SANDBOX_LOG_FORMAT',
    flag: 'json',
    fromFlag: 'json',
    set: 'pretty',
    fromSet: 'pretty',
  },
  {
    name: 'cors',
    variable: 'SANDBOX_CORS',
    flag: true,
    fromFlag: true,
    set: 'false',
    fromSet: false,
  },
  {
    name: 'adminToken',
    variable: 'SANDBOX_ADMIN_TOKEN',
    flag: 's3cret',
    fromFlag: 's3cret',
    set: 'a.b-c==',
    fromSet: 'a.b-c==',
  },
  {
    name: 'adminHost',
    variable: 'SANDBOX_ADMIN_HOST',
    flag: ['sandbox.example.com'],
    fromFlag: ['sandbox.example.com'],
    set: 'a.test,b.test',
    fromSet: ['a.test', 'b.test'],
  },
  {
    name: 'journal',
    variable: 'SANDBOX_JOURNAL',
    flag: false,
    fromFlag: false,
    set: 'no',
    fromSet: false,
  },
  {
    name: 'watch',
    variable: 'SANDBOX_WATCH',
    flag: true,
    fromFlag: true,
    set: 'on',
    fromSet: true,
  },
  {
    name: 'store',
    variable: 'SANDBOX_STORE',
    flag: 'memory:',
    fromFlag: 'memory:',
    set: 'redis://127.0.0.1:6380/2',
    fromSet: 'redis://127.0.0.1:6380/2',
  },
  {
    name: 'webhookUrl',
    variable: 'SANDBOX_WEBHOOK_URL',
    flag: ['http://a.test/in?a=b,c', 'bank=https://b.test'],
    fromFlag: ['http://a.test/in?a=b,c', 'bank=https://b.test'],
    set: 'http://a.test, bank=http://b.test',
    fromSet: ['http://a.test', 'bank=http://b.test'],
  },
  {
    name: 'webhookAllow',
    variable: 'SANDBOX_WEBHOOK_ALLOW',
    flag: ['http://A.test:80/', 'https://[::1]:444'],
    fromFlag: ['http://a.test', 'https://[::1]:444'],
    set: 'http://127.0.0.1:3000',
    fromSet: ['http://127.0.0.1:3000'],
  },
  {
    name: 'tls',
    variable: 'SANDBOX_TLS',
    flag: 'self-signed',
    fromFlag: 'self-signed',
    set: 'self-signed',
    fromSet: 'self-signed',
  },
]

t.test('a certificate and its key come together, from a flag or the environment', async (t) => {
  const wanted = { ...DEFAULTS, tlsCert: 'a.pem', tlsKey: 'b.pem' }
  t.same(readConfig({ tlsCert: 'a.pem', tlsKey: 'b.pem' }, {}), wanted)
  t.same(readConfig({ tlsCert: 'a.pem' }, { SANDBOX_TLS_KEY: 'b.pem' }), wanted)
  t.throws(
    () => readConfig({ tlsCert: 'a.pem' }, {}),
    new UsageError(`${TOGETHER} --tls-key is missing`),
  )
  t.throws(
    () => readConfig({ tlsKey: 'b.pem' }, {}),
    new UsageError(`${TOGETHER} --tls-cert is missing`),
  )
  t.throws(
    () => readConfig({ tls: 'self-signed', tlsCert: 'a.pem', tlsKey: 'b.pem' }, {}),
    /makes its own certificate/,
  )
})

const TOGETHER = 'a certificate and its key belong together:'

t.test('these tests know every setting', async (t) => {
  t.same(
    [...ROWS.map(({ name }) => name), 'tlsCert', 'tlsKey'],
    SETTINGS.map(({ name }) => name),
  )
})

/** What commander hands over for the flag of a setting. */
const asFlag = (name: keyof Config, value: Row['flag']) => {
  const setting = SETTINGS.find((each) => each.name === name)
  return { [setting ? flagName(setting) : '']: value }
}

for (const { name, variable, flag, fromFlag, set, fromSet } of ROWS) {
  t.test(`${name} is taken from its flag`, async (t) => {
    t.same(readConfig(asFlag(name, flag), {}), { ...DEFAULTS, [name]: fromFlag })
  })

  t.test(`${name} is taken from ${variable}`, async (t) => {
    t.same(readConfig({}, { [variable]: set }), { ...DEFAULTS, [name]: fromSet })
  })

  t.test(`the flag of ${name} goes before ${variable}`, async (t) => {
    t.same(readConfig(asFlag(name, flag), { [variable]: set })[name], fromFlag)
  })

  if (name === 'adminToken') continue
  t.test(`an empty ${variable} is the same as none`, async (t) => {
    t.same(readConfig({}, { [variable]: '' })[name], DEFAULTS[name])
  })
}

t.test('--no-cors goes before SANDBOX_CORS', async (t) => {
  t.equal(readConfig({ cors: false }, { SANDBOX_CORS: 'true' }).cors, false)
})

for (const [text, value] of Object.entries({
  true: true,
  YES: true,
  on: true,
  '1': true,
  False: false,
  no: false,
  off: false,
  '0': false,
})) {
  t.test(`"${text}" in the environment means ${value}`, async (t) => {
    t.equal(readConfig({}, { SANDBOX_CORS: text }).cors, value)
  })
}

for (const level of LOG_LEVELS) {
  t.test(`${level} is a log level`, async (t) => {
    t.equal(readConfig({ logLevel: level }, {}).logLevel, level)
  })
}

const REFUSED: readonly [
  flags: Record<string, string>,
  environment: Record<string, string>,
  string,
][] = [
  [{ port: '65536' }, {}, '--port: "65536" is not a whole number from 0 to 65535'],
  [{ port: '-1' }, {}, '--port: "-1" is not a whole number from 0 to 65535'],
  [{ port: '80.5' }, {}, '--port: "80.5" is not a whole number from 0 to 65535'],
  [{ port: '1e3' }, {}, '--port: "1e3" is not a whole number from 0 to 65535'],
  [{ port: '' }, {}, '--port: "" is not a whole number from 0 to 65535'],
  [{ host: '' }, {}, '--host: the value is empty'],
  [{}, { PORT: 'http' }, 'PORT: "http" is not a whole number from 0 to 65535'],
  [{ seed: '2147483648' }, {}, '--seed: "2147483648" is not a whole number from 0 to 2147483647'],
  [
    { logLevel: 'inof' },
    {},
    '--log-level: "inof" is not one of fatal, error, warn, info, debug, trace, silent; did you mean "info"?',
  ],
  [{}, { SANDBOX_LOG_FORMAT: 'xml' }, 'SANDBOX_LOG_FORMAT: "xml" is not one of pretty, json'],
  [
    {},
    { SANDBOX_WEBHOOK_URL: 'app.test:3000' },
    'SANDBOX_WEBHOOK_URL: "app.test:3000" is not an http or https URL, such as http://127.0.0.1:3000/hooks',
  ],
  [
    { webhookUrl: 'bank=ftp://a.test' },
    {},
    '--webhook-url: "ftp://a.test" is not an http or https URL, such as http://127.0.0.1:3000/hooks',
  ],
  [{ webhookUrl: 'http://a.test/#b' }, {}, '--webhook-url: "http://a.test/#b" must not have a "#"'],
  [
    { webhookUrl: 'http://me:secret@a.test' },
    {},
    '--webhook-url: the URL must not have a user name or password',
  ],
  [
    { webhookAllow: 'a.test' },
    {},
    '--webhook-allow: "a.test" is not an http or https URL, such as http://127.0.0.1:3000',
  ],
  [
    { webhookAllow: 'http://a.test/in' },
    {},
    '--webhook-allow: "http://a.test/in" has more than an origin; use http://a.test',
  ],
  [{}, { SANDBOX_CORS: 'maybe' }, 'SANDBOX_CORS: "maybe" is neither true nor false'],
]

for (const [flags, environment, message] of REFUSED) {
  t.test(`it is told that ${message}`, async (t) => {
    t.throws(() => readConfig(flags, environment), { constructor: UsageError, message })
  })
}

t.test('a value that the flag overrides is not looked at', async (t) => {
  t.equal(readConfig({ port: '1' }, { PORT: 'http' }).port, 1)
})

t.test('a comma at the end of a list in the environment names nothing', async (t) => {
  t.same(readConfig({}, { SANDBOX_SPEC: 'a.yaml,' }).specs, ['a.yaml'])
})

for (const [own, platform, name] of [
  ['SANDBOX_PORT', 'PORT', 'port'],
  ['SANDBOX_HOST', 'HOST', 'host'],
] as const) {
  t.test(`${own} takes precedence over ${platform}`, async (t) => {
    t.equal(String(readConfig({}, { [platform]: '1' })[name]), '1')
    t.equal(String(readConfig({}, { [own]: '2', [platform]: '1' })[name]), '2')
    t.equal(String(readConfig({}, { [own]: '', [platform]: '1' })[name]), '1')
    t.equal(readConfig({}, { [own]: '', [platform]: '' })[name], DEFAULTS[name])
  })
}

t.test('a wrong port names the variable that it comes from', async (t) => {
  for (const name of ['PORT', 'SANDBOX_PORT']) {
    t.throws(() => readConfig({}, { [name]: 'http' }), { message: new RegExp(`^${name}: "http"`) })
  }
})

t.test('an empty token is an error wherever it comes from', async (t) => {
  const message = 'the token is empty; set one, or leave it out to have none'
  const from = 'my.yaml:1:1: admin-token'
  const fileWith = (value: string) => new Map([['adminToken' as const, { values: [value], from }]])
  for (const [place, read] of Object.entries({
    '--admin-token': () => readConfig({ adminToken: '' }, {}),
    SANDBOX_ADMIN_TOKEN: () => readConfig({}, { SANDBOX_ADMIN_TOKEN: '' }, fileWith('x')),
    [from]: () => readConfig({}, {}, fileWith('')),
    adminToken: () => readOptions({ adminToken: '' }),
  })) {
    t.throws(read, { constructor: UsageError, message: `${place}: ${message}` })
  }
})

// Options of the library

t.test('without options everything has its default, and the port is a free one', async (t) => {
  const { logLevel: _, logFormat: __, ...rest } = DEFAULTS
  t.same(readOptions({}), { ...rest, port: 0, clock: systemClock, logger: undefined })
})

t.test('an option takes the place of its default, undefined does not', async (t) => {
  const clock = new TestClock()
  const logger = pino({ level: 'silent' })
  const given = { port: 4011, specs: ['a.yaml'], cors: false, adminToken: 's3cret', clock, logger }
  t.match(readOptions(given), given)
  const names = Object.keys(readOptions({}))
  const none = Object.fromEntries(names.map((name) => [name, undefined]))
  t.same(readOptions(none), readOptions({}))
})

t.test('a list of one need not be a list', async (t) => {
  const { specs, scenarios } = readOptions({ specs: 'a.yaml', scenarios: 'mine' })
  t.same({ specs, scenarios }, { specs: ['a.yaml'], scenarios: ['mine'] })
})

t.test('every setting is an option, except those of the log', async (t) => {
  const names = SETTINGS.map(({ name }) => name).filter((name) => !/^log/.test(name))
  t.same(Object.keys(readOptions({})), [...names, 'clock', 'logger'])
})

const KNOWN = Object.keys(readOptions({})).join(', ')

/** Options as JavaScript may pass them. */
const WRONG_OPTIONS: readonly [options: object, message: string][] = [
  [{ spec: ['a.yaml'] }, 'unknown option "spec"; did you mean "specs"?'],
  [{ prot: 4011 }, 'unknown option "prot"; did you mean "port"?'],
  [{ 'admin-token': 'x' }, 'unknown option "admin-token"; did you mean "adminToken"?'],
  [{ xylophonePlayer: 1 }, `unknown option "xylophonePlayer"; known are ${KNOWN}`],
  [{ logLevel: 'info' }, 'unknown option "logLevel"; did you mean "logger"?'],
  [{ port: '4011' }, 'port: this must be a number, not a string'],
  [{ port: 70_000 }, 'port: "70000" is not a whole number from 0 to 65535'],
  [{ port: -1 }, 'port: "-1" is not a whole number from 0 to 65535'],
  [{ host: '' }, 'host: the value is empty'],
  [{ seed: 1.5 }, 'seed: "1.5" is not a whole number from 0 to 2147483647'],
  [{ seed: Number.NaN }, 'seed: "NaN" is not a whole number from 0 to 2147483647'],
  [{ host: null }, 'host: this must be a string, not null'],
  [{ cors: 'yes' }, 'cors: this must be a boolean, not a string'],
  [{ specs: 7 }, 'specs: this must be a list of strings'],
  [{ specs: [1] }, 'specs: this must be a string, not a number'],
  [{ scenarios: [['a']] }, 'scenarios: this must be a string, not a list'],
  [{ scenario: {} }, 'scenario: this must be a string, not an object'],
  [
    { adminHost: ['http://a.test'] },
    'adminHost: "http://a.test" is not a host name, without scheme and port',
  ],
  [{ webhookUrl: {} }, 'webhookUrl: this must be a list of strings'],
  [
    { webhookUrl: [''] },
    'webhookUrl: "" is not an http or https URL, such as http://127.0.0.1:3000/hooks',
  ],
  [{ tls: 'letsencrypt' }, 'tls: "letsencrypt" is not one of self-signed'],
  [{ tlsCert: 'a.pem' }, 'a certificate and its key belong together: --tls-key is missing'],
  [{ clock: {} }, 'clock: this must have a method now()'],
  [{ clock: null }, 'clock: this must have a method now()'],
  [{ logger: true }, 'logger: this must have a method info()'],
]

for (const [options, message] of WRONG_OPTIONS) {
  t.test(`an option is refused: ${message.slice(0, 60)}`, async (t) => {
    t.throws(() => readOptions(options as SandboxOptions), { constructor: UsageError, message })
  })
}
