/**
 * All settings, in one table. Flags, variables, keys of a file and options of the library follow
 * from it, as do their types; the comments in it are what users of the library see.
 */
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { resolveStoreUrl, storeForms } from '../store/open.ts'
import {
  hostName,
  oneOf,
  secret,
  storeUrl,
  text,
  webhookUrl,
  webOrigin,
  whole,
  yesOrNo,
} from './values.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

interface Definition {
  /** As commander reads it; the key in a file is the same without dashes. */
  readonly flag: string
  readonly short?: string
  readonly environment: string
  /** A variable that hosting platforms set; `environment` takes precedence. */
  readonly platformVariable?: string
  readonly fallback: unknown
  readonly describe: string
  readonly repeatable?: true
  /** Elsewhere an empty variable is the same as none. */
  readonly refusesEmpty?: true
  /** Makes what a file says independent of the folder that the program is started in. */
  resolve?(value: string, folder: string): string
  /** @throws UsageError that begins with `from` and says what is right */
  read(value: string, from: string): unknown
}

const resolvePath = (path: string, folder: string) => resolve(folder, path)

const TABLE = {
  /** Port to listen on; 0 picks a free one. Default: 0, on the command line 4010. */
  port: {
    flag: '--port <number>',
    short: '-p',
    environment: 'SANDBOX_PORT',
    platformVariable: 'PORT',
    fallback: 4010,
    describe: 'port to listen on; 0 picks a free one',
    read: whole(65_535),
  },
  /** Address to listen on. Default: `127.0.0.1`. */
  host: {
    flag: '--host <address>',
    environment: 'SANDBOX_HOST',
    platformVariable: 'HOST',
    fallback: '127.0.0.1',
    describe: 'address to listen on',
    read: text,
  },
  /** OpenAPI documents, or folders of them, to serve instead of the built-in ones. */
  specs: {
    flag: '--spec <path>',
    environment: 'SANDBOX_SPEC',
    fallback: [],
    describe: 'OpenAPI document or folder of them, instead of the built-in ones (repeatable)',
    repeatable: true,
    resolve: resolvePath,
    read: text,
  },
  /** Folders of scenario files that add to the built-in ones or replace them. */
  scenarios: {
    flag: '--scenarios <folder>',
    environment: 'SANDBOX_SCENARIOS',
    fallback: [],
    describe: 'folder of scenario files that add to the built-in ones or replace them (repeatable)',
    repeatable: true,
    resolve: resolvePath,
    read: text,
  },
  /** Scenario of requests that name none. Default: `default`. */
  scenario: {
    flag: '--scenario <name>',
    environment: 'SANDBOX_SCENARIO',
    fallback: 'default',
    describe: 'scenario for requests that name none',
    read: text,
  },
  /** A whole number below 2^31: the same seed and the same calls give the same bytes. Default: 1. */
  seed: {
    flag: '--seed <number>',
    environment: 'SANDBOX_SEED',
    fallback: 1,
    describe: 'the same seed and the same calls give the same bytes',
    read: whole(2 ** 31 - 1),
  },
  /** The library takes a `logger` instead. */
  logLevel: {
    flag: '--log-level <level>',
    environment: 'SANDBOX_LOG_LEVEL',
    fallback: 'info',
    describe: LOG_LEVELS.join(', '),
    read: oneOf(LOG_LEVELS),
  },
  /** Undefined: pretty on a terminal, JSON elsewhere. */
  logFormat: {
    flag: '--log-format <format>',
    environment: 'SANDBOX_LOG_FORMAT',
    fallback: undefined,
    describe: 'pretty or json; by default pretty on a terminal, else json',
    read: oneOf(['pretty', 'json']),
  },
  /** Whether web pages of any origin may call the mocked APIs. Default: true. */
  cors: {
    flag: '--cors',
    environment: 'SANDBOX_CORS',
    fallback: true,
    describe: 'let web pages of any origin call the mocked APIs (--no-cors to refuse)',
    read: yesOrNo,
  },
  /** Bearer token that the admin API requires. Default: none. */
  adminToken: {
    flag: '--admin-token <secret>',
    environment: 'SANDBOX_ADMIN_TOKEN',
    fallback: undefined,
    describe: 'bearer token that the admin API requires',
    // A variable that was meant to hold the secret must not leave the admin API open.
    refusesEmpty: true,
    read: secret,
  },
  /** Public host names under which the admin API may be called. */
  adminHost: {
    flag: '--admin-host <name>',
    environment: 'SANDBOX_ADMIN_HOST',
    fallback: [],
    describe: 'public host name under which the admin API may be called (repeatable)',
    repeatable: true,
    read: hostName,
  },
  /** Whether to keep the journal, messages and coverage. Default: true. */
  journal: {
    flag: '--journal',
    environment: 'SANDBOX_JOURNAL',
    fallback: true,
    describe: 'keep journal, messages and coverage (--no-journal for load tests)',
    read: yesOrNo,
  },
  /** Whether to reload documents and scenarios when they change. Default: false. */
  watch: {
    flag: '--watch',
    environment: 'SANDBOX_WATCH',
    fallback: false,
    describe: 'reload documents and scenarios when they change; sessions are kept',
    read: yesOrNo,
  },
  /**
   * URL of where sessions are stored: `memory:`, a file (`file:./sandbox-state.json`), or a Redis
   * that several sandboxes share (`redis://host:port/database`). Default: `memory:`.
   */
  store: {
    flag: '--store <url>',
    environment: 'SANDBOX_STORE',
    fallback: 'memory:',
    describe: `where sessions are stored: ${storeForms()}`,
    resolve: resolveStoreUrl,
    read: storeUrl,
  },
  /**
   * Where webhooks are sent: a URL for all APIs, or `API=URL` for one. Default: nowhere, they are only
   * recorded.
   */
  webhookUrl: {
    flag: '--webhook-url <url>',
    environment: 'SANDBOX_WEBHOOK_URL',
    fallback: [],
    describe: 'URL that webhooks are sent to, or API=URL for those of one API (repeatable)',
    repeatable: true,
    read: webhookUrl,
  },
  /** Further origins, such as `http://127.0.0.1:3000`, that a session or a callback may name. */
  webhookAllow: {
    flag: '--webhook-allow <origin>',
    environment: 'SANDBOX_WEBHOOK_ALLOW',
    fallback: [],
    describe: 'origin that a session or a callback may have webhooks sent to (repeatable)',
    repeatable: true,
    read: webOrigin,
  },
  /** `self-signed` serves HTTPS with a certificate made for this start. Default: HTTP. */
  tls: {
    flag: '--tls <how>',
    environment: 'SANDBOX_TLS',
    fallback: undefined,
    describe: 'self-signed: serve HTTPS with a certificate made for this start',
    read: oneOf(['self-signed']),
  },
  /** Path of a certificate in PEM: serves HTTPS with it and `tlsKey`. */
  tlsCert: {
    flag: '--tls-cert <file>',
    environment: 'SANDBOX_TLS_CERT',
    fallback: undefined,
    describe: 'serve HTTPS with this certificate, in PEM',
    resolve: resolvePath,
    read: text,
  },
  /** Path of the private key of `tlsCert`, in PEM. */
  tlsKey: {
    flag: '--tls-key <file>',
    environment: 'SANDBOX_TLS_KEY',
    fallback: undefined,
    describe: 'the private key of --tls-cert, in PEM',
    resolve: resolvePath,
    read: text,
  },
} as const satisfies Readonly<Record<string, Definition>>

type ValueOf<D extends Definition> = D extends { readonly repeatable: true }
  ? readonly ReturnType<D['read']>[]
  : D extends { readonly fallback: undefined }
    ? ReturnType<D['read']> | undefined
    : ReturnType<D['read']>

/** The value of every setting. */
export type Config = { readonly [Name in keyof typeof TABLE]: ValueOf<(typeof TABLE)[Name]> }

export interface Setting extends Definition {
  readonly name: keyof Config
}

export const SETTINGS: readonly Setting[] = Object.entries<Definition>(TABLE).map(
  ([name, definition]) => ({ name: name as keyof Config, ...definition }),
)

/** The flag of a setting, with its dashes. */
export const flagOf = ({ flag }: Setting): string => flag.split(' ')[0] ?? flag

/** The key of a setting in a file. */
export const keyOf = (setting: Setting): string => flagOf(setting).replace(/^--/, '')

/** The name by which commander calls a flag: that of `--log-level` is `logLevel`. */
export const flagName = (setting: Setting): string =>
  keyOf(setting).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The type of a setting's value, or of the items in its list. */
export function typeOf({ fallback }: Setting): 'number' | 'boolean' | 'string' {
  if (typeof fallback === 'number') return 'number'
  return typeof fallback === 'boolean' ? 'boolean' : 'string'
}

/** Settings that only the command line has. */
export const CLI_ONLY = ['logLevel', 'logFormat'] as const satisfies readonly (keyof Config)[]

type Shared = Omit<Config, (typeof CLI_ONLY)[number]>

/** A list of one need not be a list. */
type OneOrMore<Value> = Value extends readonly (infer Item extends string)[] ? Item | Value : Value

type SharedOptions = { readonly [Name in keyof Shared]?: OneOrMore<Shared[Name]> | undefined }

/** Options of a sandbox in process; each has a default. */
export interface SandboxOptions extends SharedOptions {
  /** Real time; for tests of the sandbox itself. Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Logs requests and errors. Default: none. */
  readonly logger?: Logger | undefined
}

/** All that a start needs, with nothing left to default. */
export interface SandboxConfig extends Shared {
  readonly clock: Clock
  readonly logger: Logger | undefined
}
