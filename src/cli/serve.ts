import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import { systemClock } from '../clock.ts'
import type { Flags } from '../config/read.ts'
import type { Config } from '../config/settings.ts'
import { LoadError, ReportedError, UsageError } from '../errors.ts'
import { nearest } from '../suggest.ts'
import { printFaults } from './faults.ts'
import type { Terminal } from './flags.ts'
import { readLine, readVersion, withSettings } from './flags.ts'

/** `sca-sandbox`, or `sca-sandbox serve`. */
export function addServe(command: Command, terminal: Terminal): void {
  const serve = command
    .command('serve', { isDefault: true })
    .description('start the sandbox (the default command)')
    .exitOverride()
    .allowExcessArguments()
  withSettings(serve).action(async (flags: Flags, { args }: Command) => {
    if (args.length > 0) throw new UsageError(describeUnknownCommand(args, command))
    try {
      await runServer(readLine(flags, serve, terminal), terminal)
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      printFaults(error, terminal, '; nothing was started')
      throw new ReportedError()
    }
  })
}

function describeUnknownCommand([name = '']: readonly string[], command: Command): string {
  const visible = command.createHelp().visibleCommands(command)
  const known = visible.map((each) => each.name()).filter((each) => each !== 'help')
  // npm keeps the flags that stand before `--`, and passes their values on.
  if (/^\d+$/.test(name)) {
    return `there is no command "${name}"; flags go after --: npm start -- --port ${name}`
  }
  const [best] = nearest(name, known, 1)
  const there = best === undefined ? 'there are' : `did you mean "${best}"? There are`
  return `there is no command "${name}"; ${there} ${known.join(', ')}`
}

async function runServer(config: Config, terminal: Terminal): Promise<void> {
  const [{ start }, { makeLogger }] = await Promise.all([
    import('../server/start.ts'),
    import('../server/log.ts'),
  ])
  const logger = await makeLogger(config, terminal.isTerminal)
  // Before the address is printed: whoever reads it may stop the program at once.
  const stopped = terminal.stopped()
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
  const sandbox = await withSmallYoungGeneration(() =>
    start({ ...config, clock: systemClock, logger }),
  )
  terminal.out(`sca-sandbox ${readVersion()} listens on ${sandbox.url}`)
  await stopped
  await sandbox.stop()
  logger.flush()
}

/**
 * How much the heap may grow before a collection, in percent of what is alive. V8's default lets it
 * grow fourfold: with ten thousand sessions that is 400 MB for the 70 MB in use.
 */
const HEAP_GROWTH = 100

/**
 * Loading creates much garbage at once. Without growth of the young generation meanwhile, the process
 * needs 10 MB less; serving gets the default factor back.
 */
async function withSmallYoungGeneration<T>(load: () => Promise<T>): Promise<T> {
  setFlagsFromString('--semi-space-growth-factor=1')
  try {
    return await load()
  } finally {
    setFlagsFromString('--semi-space-growth-factor=2')
  }
}
