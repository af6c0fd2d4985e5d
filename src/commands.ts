import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { Command, CommanderError, Option } from 'commander'
import { type Config, type Flags, readConfig, SETTINGS } from './config.ts'
import { addCoverage } from './coverage-command.ts'
import { LoadError, UsageError } from './errors.ts'
import { didYouMean } from './nearest.ts'
import type { Terminal } from './terminal.ts'

/** Runs a command line and gives its exit code: 0, 1 for what failed, 2 for what was asked wrongly. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return failed(error, terminal)
  }
}

function failed(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) {
    // Help and version are not failures; commander has printed the rest itself.
    return error.exitCode === 0 ? 0 : 2
  }
  if (error instanceof LoadError) {
    terminal.error(error.message)
    const count = error.faults.length
    terminal.error(`${count} fault${count === 1 ? '' : 's'} found; nothing was started`)
    return 1
  }
  if (error instanceof UsageError) {
    terminal.error(`sca-sandbox: ${error.message}`)
    return 2
  }
  const { message } = error as Error
  terminal.error(`sca-sandbox: ${message}`)
  return 1
}

function program(terminal: Terminal): Command {
  const command = new Command('sca-sandbox')
    .description(
      'A stateful sandbox for one-time-password and strong-customer-authentication APIs.',
    )
    .version(version(), '--version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      // The hint that commander adds stands in a line of its own; one line is easier to find.
      writeErr: (text) => terminal.error(text.trimEnd().replace(/\n\(Did/, ' (Did')),
    })
    .showSuggestionAfterError()
  addServe(command, terminal)
  addCheck(command, terminal)
  addScenarios(command, terminal)
  addCoverage(command, terminal)
  return command
}

function withSettings(command: Command, only?: readonly (keyof Config)[]): Command {
  for (const { name, flag, environment, describe, repeatable, fallback } of SETTINGS) {
    if (only && !only.includes(name)) continue
    const shown = Array.isArray(fallback)
      ? ''
      : fallback === undefined
        ? ''
        : `, default ${fallback}`
    const option = new Option(flag, `${describe} (${environment}${shown})`)
    if (repeatable) option.argParser((value: string, all: string[] = []) => [...all, value])
    command.addOption(option)
    if (fallback === true) command.addOption(new Option(`--no-${name}`).hideHelp())
  }
  return command
}

function addServe(command: Command, terminal: Terminal): void {
  const serve = command
    .command('serve', { isDefault: true })
    .description('start the sandbox (the default command)')
    .exitOverride()
  withSettings(serve).action(async (flags: Flags, { args }: Command) => {
    if (args.length > 0) throw new UsageError(unknownCommand(args[0] ?? '', command))
    await runServe(readConfig(namedOnly(flags, serve), terminal.environment), terminal)
  })
  serve.allowExcessArguments()
}

function unknownCommand(name: string, command: Command): string {
  const known = command.commands.map((each) => each.name())
  return `there is no command "${name}"${didYouMean(name, known)}; there are ${known.join(', ')}`
}

/** Commander sets a switch that can be negated to true even if nobody named it. */
function namedOnly(flags: Flags, command: Command): Flags {
  const named = Object.keys(flags).filter((name) => command.getOptionValueSource(name) === 'cli')
  return Object.fromEntries(named.map((name) => [name, flags[name]]))
}

async function runServe(config: Config, terminal: Terminal): Promise<void> {
  const [{ start }, { makeLogger }] = await Promise.all([import('./start.ts'), import('./log.ts')])
  const logger = await makeLogger(config, terminal.isTerminal)
  const { spec: specs, adminToken, ...rest } = config
  const options = { ...rest, specs, logger, ...(adminToken !== undefined && { adminToken }) }
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
  const sandbox = await frugally(() => start(options))
  terminal.out(`sca-sandbox ${version()} listens on ${sandbox.url}`)
  await terminal.stopped()
  await sandbox.stop()
  logger.flush()
}

/**
 * How much the heap may grow, in percent of what is alive, before it is swept. The engine's own
 * measure lets it grow fourfold: with ten thousand sessions that is 400 MB for the 70 MB in use.
 */
const HEAP_GROWTH = 75

/**
 * Reading forty YAML files leaves garbage behind: kept from growing meanwhile, the young generation
 * saves 10 MB of memory that is never needed again. Serving gets the usual factor back.
 */
async function frugally<T>(load: () => Promise<T>): Promise<T> {
  setFlagsFromString('--semi-space-growth-factor=1')
  try {
    return await load()
  } finally {
    setFlagsFromString('--semi-space-growth-factor=2')
  }
}

function addCheck(command: Command, terminal: Terminal): void {
  const check = command
    .command('check')
    .description(
      'check documents and scenario files as starting does; exit code 1 if one has faults',
    )
    .exitOverride()
  withSettings(check, ['spec', 'scenarios']).action(async (flags: Flags) => {
    const engine = await load(flags, terminal)
    const scenarios = [...engine.mocked.values()].map(({ playbook }) => playbook.scenarios.size)
    const total = scenarios.reduce((sum, count) => sum + count, 0)
    terminal.out(`${engine.mocked.size} documents and ${total} scenarios are sound`)
  })
}

function addScenarios(command: Command, terminal: Terminal): void {
  const scenarios = command
    .command('scenarios')
    .description('list what can be played')
    .exitOverride()
  withSettings(scenarios, ['spec', 'scenarios']).action(async (flags: Flags) => {
    const engine = await load(flags, terminal)
    for (const { playbook } of engine.mocked.values()) {
      terminal.out(playbook.api)
      const width = Math.max(...[...playbook.scenarios.keys()].map((name) => name.length))
      for (const { name, summary } of playbook.scenarios.values()) {
        terminal.out(`  ${name.padEnd(width)}  ${summary}`)
      }
    }
  })
}

async function load(flags: Flags, { environment }: Terminal) {
  const { spec, scenarios } = readConfig(flags, environment)
  const { loadEngine } = await import('./load.ts')
  return loadEngine({ specs: spec, scenarios })
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
