/** Settings as flags, and what a command line needs of its surroundings. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { readConfigFile } from '../config/file.ts'
import { type Flags, readConfig, readSome } from '../config/read.ts'
import { type Config, keyOf, SETTINGS, type Setting } from '../config/settings.ts'

/** Adds the flags of all settings, or of some. */
export function withSettings(command: Command, only?: readonly (keyof Config)[]): Command {
  for (const setting of SETTINGS) {
    const { name, flag, short, repeatable, fallback } = setting
    if (only && !only.includes(name)) continue
    const option = new Option(short ? `${short}, ${flag}` : flag, describe(setting))
    if (repeatable) option.argParser((value: string, all: string[] = []) => [...all, value])
    command.addOption(option)
    if (fallback === true) command.addOption(new Option(`--no-${keyOf(setting)}`).hideHelp())
  }
  const where = 'file of settings (SANDBOX_CONFIG, default sandbox.config.yaml if it exists)'
  return command.option('--config <file>', where)
}

/** What a setting means, with its variables and its default. */
function describe({ describe: meaning, environment, platformVariable, fallback }: Setting): string {
  const variables = platformVariable ? `${environment} or ${platformVariable}` : environment
  const shown = fallback === undefined || Array.isArray(fallback) ? '' : `, default ${fallback}`
  return `${meaning} (${variables}${shown})`
}

/** All settings, from flags, variables and file. */
export function readLine(flags: Flags, command: Command, terminal: Terminal): Config {
  const { flags: named, environment, file } = findSources({ flags, command, terminal })
  return readConfig(named, environment, file)
}

/** A command line, and what surrounds it. */
export interface CommandLine {
  readonly flags: Flags
  readonly command: Command
  readonly terminal: Terminal
}

/** Like `readLine`, for some settings; the others may be wrong. */
export const readSomeOf = <K extends keyof Config>(
  names: readonly K[],
  line: CommandLine,
): Pick<Config, K> => readSome(names, findSources(line))

function findSources({ flags, command, terminal: { environment } }: CommandLine) {
  const named = pickNamed(flags, command)
  const file = named.config ?? (environment.SANDBOX_CONFIG || undefined)
  return { flags: named, environment, file: readConfigFile(file as string | undefined) }
}

/** Commander sets a switch that can be negated to true even if it was not given. */
function pickNamed(flags: Flags, command: Command): Flags {
  const named = Object.keys(flags).filter((name) => command.getOptionValueSource(name) === 'cli')
  return Object.fromEntries(named.map((name) => [name, flags[name]]))
}

/** What the program needs of its surroundings; tests bring their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
  out(text: string): void
  error(text: string): void
  /** Resolves when the process is told to stop. */
  stopped(): Promise<void>
}

/** The version of the package. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
