/** One table of settings: flag, environment, key of the file, default, and what a good value is. */
import { UsageError } from '../errors.ts'
import { storeForms } from '../store/open.ts'
import { hostName, oneOf, secret, storeUrl, text, whole, yesOrNo } from './values.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export const LOG_FORMATS = ['pretty', 'json'] as const
const TLS = ['self-signed'] as const

export interface Config {
  readonly port: number
  readonly host: string
  readonly spec: readonly string[]
  readonly scenarios: readonly string[]
  readonly scenario: string
  readonly seed: number
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Undefined: pretty on a terminal, JSON elsewhere. */
  readonly logFormat: (typeof LOG_FORMATS)[number] | undefined
  readonly cors: boolean
  readonly adminToken: string | undefined
  readonly adminHost: readonly string[]
  readonly journal: boolean
  readonly watch: boolean
  readonly store: string
  /** `self-signed`; undefined: as `tlsCert` and `tlsKey` say. */
  readonly tls: (typeof TLS)[number] | undefined
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
}

export interface Setting {
  readonly name: keyof Config
  /** As commander reads it. */
  readonly flag: string
  readonly environment: string
  readonly fallback: Config[keyof Config]
  readonly describe: string
  readonly repeatable?: true
  /** A path: one in a file begins at the file's folder. */
  readonly path?: true
  /** @throws UsageError that names the value and what would be right */
  read(text: string, from: string): unknown
}

export const SETTINGS: readonly Setting[] = [
  {
    name: 'port',
    flag: '--port <number>',
    environment: 'PORT',
    fallback: 4010,
    describe: 'port to listen on; 0 takes a free one',
    read: whole(65_535),
  },
  {
    name: 'host',
    flag: '--host <address>',
    environment: 'HOST',
    fallback: '127.0.0.1',
    describe: 'address to listen on',
    read: text,
  },
  {
    name: 'spec',
    flag: '--spec <path>',
    environment: 'SANDBOX_SPEC',
    fallback: [],
    describe: 'OpenAPI document or folder of them, in place of the built-in ones (repeatable)',
    repeatable: true,
    path: true,
    read: text,
  },
  {
    name: 'scenarios',
    flag: '--scenarios <folder>',
    environment: 'SANDBOX_SCENARIOS',
    fallback: [],
    describe: 'folder of scenario files that add to the built-in ones or replace them (repeatable)',
    repeatable: true,
    path: true,
    read: text,
  },
  {
    name: 'scenario',
    flag: '--scenario <name>',
    environment: 'SANDBOX_SCENARIO',
    fallback: 'default',
    describe: 'played for requests that name none',
    read: text,
  },
  {
    name: 'seed',
    flag: '--seed <number>',
    environment: 'SANDBOX_SEED',
    fallback: 1,
    describe: 'same seed and same calls: same bytes',
    read: whole(2 ** 31 - 1),
  },
  {
    name: 'logLevel',
    flag: '--log-level <level>',
    environment: 'SANDBOX_LOG_LEVEL',
    fallback: 'info',
    describe: LOG_LEVELS.join(', '),
    read: oneOf(LOG_LEVELS),
  },
  {
    name: 'logFormat',
    flag: '--log-format <format>',
    environment: 'SANDBOX_LOG_FORMAT',
    fallback: undefined,
    describe: 'pretty or json; left out, pretty on a terminal and json elsewhere',
    read: oneOf(LOG_FORMATS),
  },
  {
    name: 'cors',
    flag: '--cors',
    environment: 'SANDBOX_CORS',
    fallback: true,
    describe: 'let web pages of any origin call the mocked APIs (--no-cors to refuse)',
    read: yesOrNo,
  },
  {
    name: 'adminToken',
    flag: '--admin-token <secret>',
    environment: 'SANDBOX_ADMIN_TOKEN',
    fallback: undefined,
    describe: 'secret that the admin API asks for as a bearer token',
    read: secret,
  },
  {
    name: 'adminHost',
    flag: '--admin-host <name>',
    environment: 'SANDBOX_ADMIN_HOST',
    fallback: [],
    describe: 'public-looking host name by which the admin API may be called (repeatable)',
    repeatable: true,
    read: hostName,
  },
  {
    name: 'journal',
    flag: '--journal',
    environment: 'SANDBOX_JOURNAL',
    fallback: true,
    describe: 'keep journal, messages and coverage (--no-journal for load tests)',
    read: yesOrNo,
  },
  {
    name: 'watch',
    flag: '--watch',
    environment: 'SANDBOX_WATCH',
    fallback: false,
    describe: 'load documents and scenarios anew when they change; sessions stay',
    read: yesOrNo,
  },
  {
    name: 'store',
    flag: '--store <url>',
    environment: 'SANDBOX_STORE',
    fallback: 'memory:',
    describe: `where sessions are stored: ${storeForms()}`,
    read: storeUrl,
  },
  {
    name: 'tls',
    flag: '--tls <how>',
    environment: 'SANDBOX_TLS',
    fallback: undefined,
    describe: 'self-signed: serve HTTPS with a pair made for this start',
    read: oneOf(TLS),
  },
  {
    name: 'tlsCert',
    flag: '--tls-cert <file>',
    environment: 'SANDBOX_TLS_CERT',
    fallback: undefined,
    describe: 'serve HTTPS with this certificate, in PEM',
    path: true,
    read: text,
  },
  {
    name: 'tlsKey',
    flag: '--tls-key <file>',
    environment: 'SANDBOX_TLS_KEY',
    fallback: undefined,
    describe: 'the private key of --tls-cert, in PEM',
    path: true,
    read: text,
  },
]

/** The key of a setting in a file: its flag, without the dashes. */
export const keyOf = ({ flag }: Setting): string => (flag.split(' ')[0] ?? flag).replace(/^--/, '')

/** What a file says: the texts of a setting, and where they stand. */
export interface Written {
  readonly texts: readonly string[]
  /** `file:line:column: key`. */
  readonly from: string
}

export type WrittenSettings = ReadonlyMap<Setting['name'], Written>

const NOTHING_WRITTEN: WrittenSettings = new Map()

/** What commander gives for a flag: text, several texts, or a switch. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>
export type Environment = Readonly<Record<string, string | undefined>>

/** Everything that says something of settings. */
interface Sources {
  readonly flags: Flags
  readonly environment: Environment
  readonly file?: WrittenSettings
}

/**
 * Flags before environment before file before defaults.
 *
 * @throws UsageError for the first value that is not right
 */
export function readConfig(
  flags: Flags,
  environment: Environment,
  file: WrittenSettings = NOTHING_WRITTEN,
): Config {
  const sources = { flags, environment, file }
  const names = SETTINGS.map(({ name }) => name)
  const config = readSome(names, sources)
  checkTls(config, (name) => writtenOf(named(name), sources)?.from)
  return config
}

/** As `readConfig`, of some settings: whether the others are right does not matter. */
export function readSome<K extends keyof Config>(
  names: readonly K[],
  sources: Sources,
): Pick<Config, K> {
  const values = names.map((name) => [name, settled(named(name), sources)])
  return Object.fromEntries(values) as Pick<Config, K>
}

const named = (name: keyof Config): Setting =>
  SETTINGS.find((setting) => setting.name === name) as Setting

type TlsSettings = Partial<Pick<Config, 'tls' | 'tlsCert' | 'tlsKey'>>

/**
 * @param placeOf where a file says it, if one does
 * @throws UsageError if only half of a pair is named, or two pairs are
 */
export function checkTls(
  { tls, tlsCert, tlsKey }: TlsSettings,
  placeOf: (name: keyof TlsSettings) => string | undefined = () => undefined,
): void {
  const fault = (message: string, ...names: (keyof TlsSettings)[]) => {
    const place = names.map(placeOf).find((each) => each !== undefined)
    return new UsageError(place === undefined ? message : `${place}: ${message}`)
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const lacking = tlsCert === undefined ? '--tls-cert' : '--tls-key'
    const message = `a certificate and its key belong together: ${lacking} is missing`
    throw fault(message, tlsCert === undefined ? 'tlsKey' : 'tlsCert')
  }
  if (tls !== undefined && tlsCert !== undefined) {
    const message = '--tls self-signed makes a pair of its own; leave --tls-cert and --tls-key out'
    throw fault(message, 'tls', 'tlsCert')
  }
}

/** What the file says of a setting, where nothing that comes before it does. */
function writtenOf(
  { name, environment: variable }: Setting,
  { flags, environment, file = NOTHING_WRITTEN }: Sources,
): Written | undefined {
  return flags[name] === undefined && !environment[variable] ? file.get(name) : undefined
}

function settled(setting: Setting, sources: Sources): unknown {
  const { name, flag, environment: variable, repeatable, fallback } = setting
  const written = writtenOf(setting, sources)
  if (written) {
    const values = written.texts.map((text) => setting.read(text, written.from))
    return repeatable ? values : values[0]
  }
  const given = sources.flags[name]
  const option = flag.split(' ')[0] ?? flag
  if (typeof given === 'boolean') return given
  if (Array.isArray(given)) return given.map((value) => setting.read(value, option))
  if (typeof given === 'string') return setting.read(given, option)
  const set = sources.environment[variable]
  if (set === undefined || set === '') return fallback
  if (repeatable) {
    const parts = set.split(',').map((value) => value.trim())
    return parts.filter(Boolean).map((value) => setting.read(value, variable))
  }
  return setting.read(set, variable)
}
