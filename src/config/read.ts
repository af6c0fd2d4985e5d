/** Reads settings: on the command line, flags before variables before a file; in process, options. */
import { systemClock } from '../clock.ts'
import { UsageError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import {
  CLI_ONLY,
  type Config,
  flagName,
  flagOf,
  type SandboxConfig,
  type SandboxOptions,
  SETTINGS,
  type Setting,
  typeOf,
} from './settings.ts'

/** What a file says of one setting. */
export interface FileSetting {
  readonly values: readonly string[]
  /** `file:line:column: key`. */
  readonly from: string
}

export type FileSettings = ReadonlyMap<Setting['name'], FileSetting>

const NO_FILE: FileSettings = new Map()

/** What commander gives for the flags: a string, several, or a switch. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>
export type Environment = Readonly<Record<string, string | undefined>>

interface Sources {
  readonly flags: Flags
  readonly environment: Environment
  readonly file?: FileSettings
}

/** @throws UsageError for the first value that is wrong */
export function readConfig(
  flags: Flags,
  environment: Environment,
  file: FileSettings = NO_FILE,
): Config {
  const sources = { flags, environment, file }
  const names = SETTINGS.map(({ name }) => name)
  const config = readSome(names, sources)
  checkTls(config, (name) => findInFile(settingOf(name), sources)?.from)
  return config
}

/** Like `readConfig`, for some settings; the others may be wrong. */
export function readSome<Name extends keyof Config>(
  names: readonly Name[],
  sources: Sources,
): Pick<Config, Name> {
  const values = names.map((name) => [name, readSetting(settingOf(name), sources)])
  return Object.fromEntries(values) as Pick<Config, Name>
}

const settingOf = (name: keyof Config): Setting =>
  SETTINGS.find((setting) => setting.name === name) as Setting

function readSetting(setting: Setting, sources: Sources): unknown {
  const { repeatable, fallback } = setting
  const inFile = findInFile(setting, sources)
  if (inFile) {
    const values = inFile.values.map((value) => setting.read(value, inFile.from))
    return repeatable ? values : values[0]
  }
  const given = sources.flags[flagName(setting)]
  const flag = flagOf(setting)
  if (typeof given === 'boolean') return given
  if (typeof given === 'string') return setting.read(given, flag)
  if (Array.isArray(given)) return given.map((value) => setting.read(value, flag))
  const variable = findVariable(setting, sources.environment)
  if (!variable) return fallback
  const [name, value] = variable
  if (!repeatable) return setting.read(value, name)
  const parts = value.split(',').map((part) => part.trim())
  return parts.filter(Boolean).map((part) => setting.read(part, name))
}

/** What the file says, unless a flag or variable takes precedence. */
function findInFile(setting: Setting, { flags, environment, file = NO_FILE }: Sources) {
  if (flags[flagName(setting)] !== undefined) return undefined
  return findVariable(setting, environment) ? undefined : file.get(setting.name)
}

function findVariable(
  { environment: own, platformVariable, refusesEmpty }: Setting,
  environment: Environment,
): [name: string, value: string] | undefined {
  for (const name of platformVariable === undefined ? [own] : [own, platformVariable]) {
    const value = environment[name]
    if (value !== undefined && (value !== '' || refusesEmpty)) return [name, value]
  }
  return undefined
}

type TlsSettings = Partial<Pick<Config, 'tls' | 'tlsCert' | 'tlsKey'>>

/**
 * @param placeOf where a file says it, if one does
 * @throws UsageError if only half of a pair is named, or two pairs are
 */
function checkTls(
  { tls, tlsCert, tlsKey }: TlsSettings,
  placeOf: (name: keyof TlsSettings) => string | undefined = () => undefined,
): void {
  const conflict = (message: string, ...names: (keyof TlsSettings)[]) => {
    const place = names.map(placeOf).find((each) => each !== undefined)
    return new UsageError(place === undefined ? message : `${place}: ${message}`)
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const missing = tlsCert === undefined ? '--tls-cert' : '--tls-key'
    const message = `a certificate and its key belong together: ${missing} is missing`
    throw conflict(message, tlsCert === undefined ? 'tlsKey' : 'tlsCert')
  }
  if (tls !== undefined && tlsCert !== undefined) {
    const message =
      '--tls self-signed makes its own certificate; leave out --tls-cert and --tls-key'
    throw conflict(message, 'tls', 'tlsCert')
  }
}

/** In process a fixed port would only be in the way. */
const LIBRARY_DEFAULTS: Partial<Config> = { port: 0 }

const OPTIONS = SETTINGS.filter(({ name }) => !CLI_ONLY.some((each) => each === name))
const NAMES = [...OPTIONS.map(({ name }) => name), 'clock', 'logger']

/** @throws UsageError for the first option that is unknown or wrong */
export function readOptions(options: SandboxOptions): SandboxConfig {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, NAMES) || `; known are ${NAMES.join(', ')}`
    throw new UsageError(`unknown option "${unknown}"${hint}`)
  }
  const { clock = systemClock, logger } = options
  checkMethods('clock', clock, ['now', 'monotonic', 'sleep'])
  if (logger !== undefined) checkMethods('logger', logger, ['info', 'warn', 'error'])
  const values = OPTIONS.map((setting) => [setting.name, readOption(setting, options)])
  const config = { ...Object.fromEntries(values), clock, logger } as SandboxConfig
  checkTls(config)
  return config
}

function readOption(setting: Setting, options: SandboxOptions): unknown {
  const { name, fallback, repeatable } = setting
  const value = options[name as keyof SandboxOptions] as unknown
  if (value === undefined) return LIBRARY_DEFAULTS[name] ?? fallback
  const type = typeOf(setting)
  if (!repeatable) return setting.read(String(checkType(name, value, type)), name)
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list)) throw new UsageError(`${name}: this must be a list of ${type}s`)
  return list.map((item) => setting.read(String(checkType(name, item, type)), name))
}

function checkType(name: string, value: unknown, type: string): unknown {
  if (typeof value === type) return value
  throw new UsageError(`${name}: this must be a ${type}, not ${describeType(value)}`)
}

const describeType = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function checkMethods(name: string, value: object, methods: readonly string[]): void {
  const missing = methods.find(
    (method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function',
  )
  if (missing !== undefined) throw new UsageError(`${name}: this must have a method ${missing}()`)
}
