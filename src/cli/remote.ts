/** The sandbox that runs already, found by the settings that it was started with. */
import type { Command } from 'commander'
import type { Coverage } from '../client/client.ts'
import type { Flags } from '../config/read.ts'
import type { Config } from '../config/settings.ts'
import { StartError, UsageError } from '../errors.ts'
import { ADMIN } from '../exchange/http.ts'
import type { Figure } from '../journal/coverage.ts'
import { describeSystemError } from '../yaml-file.ts'
import { type Line, someOf, type Terminal, withSettings } from './flags.ts'

const PLACE = ['port', 'host', 'tls', 'tlsCert', 'tlsKey'] as const satisfies (keyof Config)[]

/** Adds the flags that say where the sandbox is, and those of other settings. */
export function withPlace(command: Command, more: readonly (keyof Config)[] = []): Command {
  command.option('--url <url>', 'its base URL, in place of what the settings say')
  return withSettings(command, [...PLACE, ...more])
}

/**
 * The base URL: what `--url` says, or where `serve` listens with the same flags, environment and
 * file.
 *
 * @throws UsageError if that is no URL, or the port is not known before the start
 */
export function urlOf(line: Line): string {
  const { url } = line.flags
  if (typeof url === 'string') return checked(url)
  const { port, host, tls, tlsCert } = someOf(PLACE, line)
  if (port === 0) throw new UsageError('port 0 is another one at each start: name it with --url')
  const secure = tls !== undefined || tlsCert !== undefined
  return `http${secure ? 's' : ''}://${reachable(host)}:${port}`
}

function checked(url: string): string {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url
  throw new UsageError(`--url: "${url}" is no URL; http://127.0.0.1:4010 is one`)
}

/** What listens on all addresses of a machine is called by the one that every machine has. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Real ms within which it must have answered. */
  readonly within?: number
}

/** As `fetch`, but whether the certificate is trusted is not asked: it is that of this machine. */
export async function fetchHere(url: URL, asked: Asked = {}): Promise<Response> {
  const { method, headers, within } = asked
  // Imported above, they would bring half of Node's own modules into every start.
  const { request: ask } = await (url.protocol === 'https:'
    ? import('node:https')
    : import('node:http'))
  return new Promise((resolve, reject) => {
    const options = { method, headers, timeout: within, rejectUnauthorized: false }
    const request = ask(url, options, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        const type = headers['content-type']
        // Some statuses may have no body, not even an empty one.
        const body = parts.length > 0 ? Buffer.concat(parts) : null
        // Thrown here, what there is no response of would end the process.
        if (status > 599) return reject(new Error(`status ${status}`))
        resolve(new Response(body, { status, headers: type ? { 'content-type': type } : {} }))
      })
    })
    request.on('timeout', () => request.destroy(new Error(`not within ${(within ?? 0) / 1_000} s`)))
    request.on('error', reject)
    request.end()
  })
}

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

export const FORMATS = ['text', 'json']

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
  withPlace(command, ['adminToken']).action((flags: Flags) =>
    runCoverage({ flags, command, terminal }),
  )
}

async function runCoverage(line: Line): Promise<void> {
  const { flags, terminal } = line
  const format = String(flags.format)
  const minimum = percent('--min', flags.min)
  const minimumOfScenarios = percent('--min-scenarios', flags.minScenarios)
  if (!FORMATS.includes(format)) {
    throw new UsageError(`--format: "${format}" is neither text nor json`)
  }
  const coverage = await fetched(line)
  const { coverageText } = await import('../journal/coverage.ts')
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
    throw new StartError(`cannot reach ${url}: ${describeSystemError(cause)}; ${remedy}`)
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
