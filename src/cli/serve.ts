import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import { systemClock } from '../clock.ts'
import type { Flags } from '../config/read.ts'
import type { Config } from '../config/settings.ts'
import { UsageError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { Terminal } from './flags.ts'
import { configOf, version, withSettings } from './flags.ts'

/** `sca-sandbox`, or `sca-sandbox serve`. */
export function addServe(command: Command, terminal: Terminal): void {
  const serve = command
    .command('serve', { isDefault: true })
    .description('start the sandbox (the default command)')
    .exitOverride()
    .allowExcessArguments()
  withSettings(serve).action(async (flags: Flags, { args }: Command) => {
    if (args.length > 0) throw new UsageError(unknownCommand(args[0] ?? '', command))
    await run(configOf(flags, serve, terminal), terminal)
  })
}

function unknownCommand(name: string, command: Command): string {
  const visible = command.createHelp().visibleCommands(command)
  const known = visible.map((each) => each.name()).filter((each) => each !== 'help')
  return `there is no command "${name}"${didYouMean(name, known)}; there are ${known.join(', ')}`
}

async function run(config: Config, terminal: Terminal): Promise<void> {
  const [{ start }, { makeLogger }] = await Promise.all([
    import('../server/start.ts'),
    import('../server/log.ts'),
  ])
  const logger = await makeLogger(config, terminal.isTerminal)
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
  const sandbox = await frugally(() => start({ ...config, clock: systemClock, logger }))
  terminal.out(`sca-sandbox ${version()} listens on ${sandbox.url}`)
  await terminal.stopped()
  await sandbox.stop()
  logger.flush()
}

/**
 * How much the heap may grow, in percent of what is alive, before it is swept. The engine's own
 * measure lets it grow fourfold: with ten thousand sessions that is 400 MB for the 70 MB in use.
 */
const HEAP_GROWTH = 100

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
