import { Command, CommanderError } from 'commander'
import { LoadError, ReportedError, UsageError } from '../errors.ts'
import { addCheck, addScenarios } from './check.ts'
import { printFaults } from './faults.ts'
import type { Terminal } from './flags.ts'
import { readVersion } from './flags.ts'
import { addInit } from './init.ts'
import { addCoverage, addHealth } from './remote.ts'
import { addServe } from './serve.ts'

/** Runs a command line and returns its exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await makeProgram(terminal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return reportFailure(error, terminal)
  }
}

function reportFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) {
    // Help and version are not failures; commander has printed everything itself.
    return error.exitCode === 0 ? 0 : 2
  }
  if (error instanceof ReportedError) return 1
  if (error instanceof LoadError) {
    printFaults(error, terminal)
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

const EXAMPLES = `
Examples:
  $ sca-sandbox                                    serve the built-in APIs on port 4010
  $ sca-sandbox --port 4011 --scenarios scenarios  with scenarios of your own
  $ sca-sandbox --spec petstore.yaml --watch       mock any OpenAPI document
  $ sca-sandbox check --format github              check files in CI
  $ sca-sandbox coverage --min 80                  what the tests have exercised`

function makeProgram(terminal: Terminal): Command {
  const command = new Command('sca-sandbox')
    .description(
      'A stateful sandbox for one-time-password and strong-customer-authentication APIs.',
    )
    .version(readVersion(), '-v, --version', 'print the version and exit')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      // Commander puts its suggestion on a line of its own; one line is easier to find.
      writeErr: (text) => terminal.error(text.trimEnd().replace(/\n\(Did/, ' (Did')),
    })
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES)
  addServe(command, terminal)
  addCheck(command, terminal)
  addScenarios(command, terminal)
  addHealth(command, terminal)
  addCoverage(command, terminal)
  addInit(command, terminal)
  return command
}
