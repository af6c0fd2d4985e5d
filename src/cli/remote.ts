/** Commands that ask a running sandbox, found by the settings that it was started with. */
import type { Command } from 'commander'
import type { Coverage } from '../client/client.ts'
import type { Flags } from '../config/read.ts'
import type { Config } from '../config/settings.ts'
import { StartError, UsageError } from '../errors.ts'
import { ADMIN } from '../exchange/http.ts'
import type { Figure } from '../journal/coverage.ts'
import { describeSystemError } from '../yaml-file.ts'
import { type CommandLine, readSomeOf, type Terminal, withSettings } from './flags.ts'

const PLACE = ['port', 'host', 'tls', 'tlsCert', 'tlsKey'] as const satisfies (keyof Config)[]

/** Adds the flags that tell where the sandbox is, and those of other settings. */
export function withPlace(command: Command, more: readonly (keyof Config)[] = []): Command {
  command.option('--url <url>', 'its base URL, instead of what the settings say')
  return withSettings(command, [...PLACE, ...more])
}

/**
 * The base URL: what `--url` says, or where `serve` listens with the same flags, environment and
 * file.
 *
 * @throws UsageError if that is no URL, or the port is not known before the start
 */
export function findUrl(line: CommandLine): string {
  const { url } = line.flags
  if (typeof url === 'string') return checkUrl(url)
  const { port, host, tls, tlsCert } = readSomeOf(PLACE, line)
  if (port === 0) throw new UsageError('--port 0 picks a random port: pass --url')
  const secure = tls !== undefined || tlsCert !== undefined
  return `http${secure ? 's' : ''}://${reachableHost(host)}:${port}`
}

function checkUrl(url: string): string {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url
  throw new UsageError(`--url: "${url}" is not a URL, such as http://127.0.0.1:4010`)
}

/** A server that listens on all addresses is reached at the loopback address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

interface RequestSettings {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Real ms within which it must have answered. */
  readonly within?: number
}

/** Like `fetch`, but trusts any certificate: it is that of this machine. */
export async function fetchHere(url: URL, asked: RequestSettings = {}): Promise<Response> {
  const { method, headers, within } = asked
  // A static import would load half of Node's own modules at every start.
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
        // Some statuses allow no body, not even an empty one.
        const body = parts.length > 0 ? Buffer.concat(parts) : null
        // `new Response` throws above 599, which would end the process here.
        if (status > 599) return reject(new Error(`status ${status}`))
        resolve(new Response(body, { status, headers: type ? { 'content-type': type } : {} }))
      })
    })
    request.on('timeout', () => request.destroy(new Error(`not within ${(within ?? 0) / 1_000} s`)))
    request.on('error', reject)
    request.end()
  })
}

/** Real ms within which a healthy sandbox responds. */
const WITHIN = 3_000

/** `sca-sandbox health`: whether a sandbox is up, for container probes. */
export function addHealth(program: Command, terminal: Terminal): void {
  const command = program
    .command('health')
    .description('ask a running sandbox whether it is up; exit code 1 if not')
    .exitOverride()
  withPlace(command).action(async (flags: Flags) => {
    terminal.out(await askHealth(findUrl({ flags, command, terminal })))
  })
}

async function askHealth(url: string): Promise<string> {
  const failed = (what: string) =>
    new StartError(`${url} ${what}; is a sandbox running there? pass --url if it is elsewhere`)
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

/** `sca-sandbox coverage`: what a running sandbox has seen, and whether that is enough. */
export function addCoverage(program: Command, terminal: Terminal): void {
  const command = program
    .command('coverage')
    .description('print what a running sandbox has seen; exit code 1 if that is too little')
    .option('--min <percent>', 'minimum for the contract: operations by status and error code')
    .option('--min-scenarios <percent>', 'minimum for the rules of scenario files')
    .option('--session <id>', 'only this session')
    .option('--format <format>', 'text or json', 'text')
    .exitOverride()
  withPlace(command, ['adminToken']).action((flags: Flags) =>
    runCoverage({ flags, command, terminal }),
  )
}

async function runCoverage(line: CommandLine): Promise<void> {
  const { flags, terminal } = line
  const format = String(flags.format)
  const minimum = readPercent('--min', flags.min)
  const minimumOfScenarios = readPercent('--min-scenarios', flags.minScenarios)
  if (!FORMATS.includes(format)) {
    throw new UsageError(`--format: "${format}" is neither text nor json`)
  }
  const coverage = await fetchCoverage(line)
  const { coverageText } = await import('../journal/coverage.ts')
  terminal.out(format === 'json' ? JSON.stringify(coverage, null, 2) : coverageText(coverage))
  const lacking = [
    ...describeShortfall('contract', coverage.contract, minimum),
    ...describeShortfall('scenarios', coverage.scenarios, minimumOfScenarios),
  ]
  if (lacking.length > 0) throw new StartError(lacking.join('; '))
}

function readPercent(flag: string, text: Flags[string]): number {
  if (typeof text !== 'string') return 0
  const number = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && number <= 100) return number
  throw new UsageError(`${flag}: "${text}" is not a percentage from 0 to 100`)
}

const describeShortfall = (
  what: string,
  { percent, covered, total }: Figure,
  minimum: number,
): string[] =>
  percent >= minimum
    ? []
    : [`coverage of ${what} is ${percent} % (${covered} of ${total}), below ${minimum} %`]

async function fetchCoverage(line: CommandLine): Promise<Coverage> {
  const url = findUrl(line)
  const client = await makeClient(url, line)
  const { session } = line.flags
  const { ClientError } = await import('../client/client.ts')
  try {
    const of = typeof session === 'string' ? client.session(session) : client
    const coverage = (await of.coverage()) as Coverage | undefined
    if (coverage?.apis) return coverage
    throw new Error('the server there is not a sandbox')
  } catch (error) {
    if (error instanceof ClientError) throw new StartError(error.message)
    const cause = (error as Error).cause ?? error
    const remedy = 'is a sandbox running there? pass --url if it is elsewhere'
    throw new StartError(`cannot reach ${url}: ${describeSystemError(cause)}; ${remedy}`)
  }
}

async function makeClient(url: string, line: CommandLine) {
  const { SandboxClient } = await import('../client/client.ts')
  const { adminToken: token } = readSomeOf(['adminToken'], line)
  // A machine that --url names gets the token only if its certificate is trusted.
  const here = line.flags.url === undefined && url.startsWith('https:')
  return new SandboxClient(url, { ...(token && { token }), ...(here && { fetch: fetchTrusting }) })
}

const fetchTrusting: typeof fetch = (input, init) => {
  const { url, method, headers } = new Request(input, init)
  return fetchHere(new URL(url), { method, headers: Object.fromEntries(headers) })
}
