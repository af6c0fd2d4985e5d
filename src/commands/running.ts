/** The sandbox that runs already, found by the settings that it was started with. */
import type { Command } from 'commander'
import type { Config } from '../config/settings.ts'
import { UsageError } from '../errors.ts'
import { type Line, someOf, withSettings } from './settings.ts'

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
