import type { Command } from 'commander'
import { StartError, UsageError } from '../errors.ts'
import type { Coverage, Figure } from '../journal/coverage.ts'
import { reason } from '../source.ts'
import type { Terminal } from '../terminal.ts'

interface Flags {
  readonly url: string
  readonly min?: string
  readonly minScenarios?: string
  readonly session?: string
  readonly format: string
  readonly adminToken?: string
}

export const FORMATS = ['text', 'json']

/** `sca-sandbox coverage`: what a running sandbox has seen, and whether that is enough for CI. */
export function addCoverage(command: Command, terminal: Terminal): void {
  command
    .command('coverage')
    .description('what a running sandbox has seen; exit code 1 if it is less than asked for')
    .option('--url <url>', 'base URL of the sandbox', 'http://127.0.0.1:4010')
    .option('--min <percent>', 'least of the contract: operations by status and error code')
    .option('--min-scenarios <percent>', 'least of the entries of scenario files')
    .option('--session <id>', 'of this session only')
    .option('--format <format>', 'text or json', 'text')
    .option('--admin-token <secret>', 'as the sandbox was started with (SANDBOX_ADMIN_TOKEN)')
    .exitOverride()
    .action((flags: Flags) => run(flags, terminal))
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const minimum = percent('--min', flags.min)
  const minimumOfScenarios = percent('--min-scenarios', flags.minScenarios)
  if (!FORMATS.includes(flags.format)) {
    throw new UsageError(`--format: "${flags.format}" is neither text nor json`)
  }
  if (!/^https?:\/\//i.test(flags.url) || !URL.canParse(flags.url)) {
    throw new UsageError(`--url: "${flags.url}" is no URL; http://127.0.0.1:4010 is one`)
  }
  const coverage = await fetched(flags, terminal)
  const { coverageText } = await import('../journal/coverage-text.ts')
  terminal.out(flags.format === 'json' ? JSON.stringify(coverage, null, 2) : coverageText(coverage))
  const lacking = [
    ...short('contract', coverage.contract, minimum),
    ...short('scenarios', coverage.scenarios, minimumOfScenarios),
  ]
  if (lacking.length > 0) throw new StartError(lacking.join('; '))
}

function percent(flag: string, text: string | undefined): number {
  if (text === undefined) return 0
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

async function fetched(flags: Flags, { environment }: Terminal): Promise<Coverage> {
  const { ClientError, SandboxClient } = await import('../client/client.ts')
  const token = flags.adminToken ?? environment.SANDBOX_ADMIN_TOKEN
  const client = new SandboxClient(flags.url, { ...(token && { token }) })
  const of = flags.session === undefined ? client : client.session(flags.session)
  try {
    const coverage = (await of.coverage()) as Coverage | undefined
    if (coverage?.apis) return coverage
    throw new Error('what answers is no sandbox')
  } catch (error) {
    if (error instanceof ClientError) throw new StartError(error.message)
    const cause = (error as Error).cause ?? error
    const remedy = 'is a sandbox running there? name it with --url'
    throw new StartError(`cannot reach ${flags.url}: ${reason(cause)}; ${remedy}`)
  }
}
