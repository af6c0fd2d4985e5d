import type { Command } from 'commander'
import type { Flags } from '../config.ts'
import { StartError, UsageError } from '../errors.ts'
import type { Coverage, Figure } from '../journal/coverage.ts'
import { reason } from '../source.ts'
import type { Terminal } from '../terminal.ts'
import { fetchHere, urlOf, withPlace } from './running.ts'
import { type Line, someOf } from './settings.ts'

const FORMATS = ['text', 'json']

/** `sca-sandbox coverage`: what a running sandbox has seen, and whether that is enough for CI. */
export function addCoverage(program: Command, terminal: Terminal): void {
  const command = program
    .command('coverage')
    .description('what a running sandbox has seen; exit code 1 if it is less than asked for')
    .option('--min <percent>', 'least of the contract: operations by status and error code')
    .option('--min-scenarios <percent>', 'least of the entries of scenario files')
    .option('--session <id>', 'of this session only')
    .option('--format <format>', 'text or json', 'text')
    .exitOverride()
  withPlace(command, ['adminToken']).action((flags: Flags) => run({ flags, command, terminal }))
}

async function run(line: Line): Promise<void> {
  const { flags, terminal } = line
  const format = String(flags.format)
  const minimum = percent('--min', flags.min)
  const minimumOfScenarios = percent('--min-scenarios', flags.minScenarios)
  if (!FORMATS.includes(format)) {
    throw new UsageError(`--format: "${format}" is neither text nor json`)
  }
  const coverage = await fetched(line)
  const { coverageText } = await import('../journal/coverage-text.ts')
  terminal.out(format === 'json' ? JSON.stringify(coverage, null, 2) : coverageText(coverage))
  const lacking = [
    ...short('contract', coverage.contract, minimum),
    ...short('scenarios', coverage.scenarios, minimumOfScenarios),
  ]
  if (lacking.length > 0) throw new StartError(lacking.join('; '))
}

function percent(flag: string, text: Flags[string]): number {
  if (typeof text !== 'string') return 0
  const number = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && number <= 100) return number
  throw new UsageError(`${flag}: "${text}" is not a percentage from 0 to 100`)
}

const short = (what: string, { percent, covered, total }: Figure, minimum: number): string[] =>
  percent >= minimum
    ? []
    : [
        `coverage of ${what} is ${percent} % (${covered} of ${total}), and ${minimum} % are asked for`,
      ]

async function fetched(line: Line): Promise<Coverage> {
  const url = urlOf(line)
  const client = await clientOf(url, line)
  const { session } = line.flags
  const { ClientError } = await import('../client/client.ts')
  try {
    const of = typeof session === 'string' ? client.session(session) : client
    const coverage = (await of.coverage()) as Coverage | undefined
    if (coverage?.apis) return coverage
    throw new Error('what answers is no sandbox')
  } catch (error) {
    if (error instanceof ClientError) throw new StartError(error.message)
    const cause = (error as Error).cause ?? error
    const remedy = 'is a sandbox running there? name it with --url'
    throw new StartError(`cannot reach ${url}: ${reason(cause)}; ${remedy}`)
  }
}

async function clientOf(url: string, line: Line) {
  const { SandboxClient } = await import('../client/client.ts')
  const { adminToken: token } = someOf(['adminToken'], line)
  // To a machine that --url names the token goes only if its certificate is trusted.
  const here = line.flags.url === undefined && url.startsWith('https:')
  return new SandboxClient(url, { ...(token && { token }), ...(here && { fetch: asFetch }) })
}

const asFetch: typeof fetch = (input, init) => {
  const { url, method, headers } = new Request(input, init)
  return fetchHere(new URL(url), { method, headers: Object.fromEntries(headers) })
}
