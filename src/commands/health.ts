import type { Command } from 'commander'
import type { Flags } from '../config/settings.ts'
import { StartError } from '../errors.ts'
import { ADMIN } from '../exchange/http.ts'
import type { Terminal } from '../terminal.ts'
import { fetchHere, urlOf, withPlace } from './running.ts'

/** Real ms in which a sandbox that lives has answered. */
const WITHIN = 3_000

/** `sca-sandbox health`: whether a sandbox answers, for the probes of containers. */
export function addHealth(program: Command, terminal: Terminal): void {
  const command = program
    .command('health')
    .description('ask a running sandbox whether it answers; exit code 1 if not')
    .exitOverride()
  withPlace(command).action(async (flags: Flags) => {
    terminal.out(await asked(urlOf({ flags, command, terminal })))
  })
}

async function asked(url: string): Promise<string> {
  const failed = (what: string) =>
    new StartError(`${url} ${what}; is a sandbox running there? name it with --url`)
  const status = await fetchHere(new URL(`${ADMIN}/health`, url), { within: WITHIN }).then(
    (response) => response.status,
    (error: Error) => {
      throw failed(`does not answer: ${error.message || 'refused'}`)
    },
  )
  if (status !== 200) throw failed(`answers ${status}`)
  return `${url} answers`
}
