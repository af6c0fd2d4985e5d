import type { Command } from 'commander'
import { StartError, UsageError } from '../errors.ts'
import type { Terminal } from '../terminal.ts'

/** Real ms in which a sandbox that lives has answered. */
const WITHIN = 3_000

interface Flags {
  readonly url?: string
}

/** `sca-sandbox health`: whether a sandbox answers, for the probes of containers. */
export function addHealth(command: Command, terminal: Terminal): void {
  command
    .command('health')
    .description('ask a running sandbox whether it answers; exit code 1 if not')
    .option('--url <url>', 'its base URL (default http://127.0.0.1 with the port of PORT, or 4010)')
    .exitOverride()
    .action(async ({ url }: Flags) => {
      terminal.out(await asked(url ?? ownUrl(terminal.environment)))
    })
}

/** The sandbox of the same container, started with the same environment. */
function ownUrl({ PORT, SANDBOX_TLS, SANDBOX_TLS_CERT }: Terminal['environment']): string {
  const secure = SANDBOX_TLS || SANDBOX_TLS_CERT
  return `http${secure ? 's' : ''}://127.0.0.1:${PORT || 4010}`
}

async function asked(url: string): Promise<string> {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url: "${url}" is no URL; http://127.0.0.1:4010 is one`)
  }
  const address = new URL('/__admin/health', url)
  // Imported above, it would bring half of Node's own modules into every start.
  const { get } = await (address.protocol === 'https:' ? import('node:https') : import('node:http'))
  return new Promise((resolve, reject) => {
    const failed = (what: string) =>
      reject(new StartError(`${url} ${what}; is a sandbox running there? name it with --url`))
    // Whether the certificate is trusted is not asked: it is that of this machine.
    const options = { timeout: WITHIN, rejectUnauthorized: false }
    const request = get(address, options, (response) => {
      response.resume()
      if (response.statusCode === 200) resolve(`${url} answers`)
      else failed(`answers ${response.statusCode}`)
    })
    request.on('timeout', () => request.destroy(new Error(`not within ${WITHIN / 1_000} s`)))
    request.on('error', (error) => failed(`does not answer: ${error.message || 'refused'}`))
  })
}
