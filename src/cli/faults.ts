import type { LoadError } from '../errors.ts'
import type { Terminal } from './flags.ts'

/**
 * Prints all that is wrong with documents and scenario files.
 *
 * @param consequence the clause that says what was not done, such as `; nothing was started`
 */
export function printFaults(error: LoadError, terminal: Terminal, consequence = ''): void {
  const { message, diagnostics } = error
  const { length } = diagnostics
  terminal.error(message)
  terminal.error(`${length} fault${length === 1 ? '' : 's'} found${consequence}`)
}
