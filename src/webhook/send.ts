/** One attempt to deliver: a request with undici, to an address that was resolved before. */
import type { LookupAddress } from 'node:dns'
import { lookup as lookUp } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import type { Attempt } from './delivery.ts'

export interface Outgoing {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Finds the addresses of a host; tests have one of their own. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

export const resolveHost: Resolve = (hostname) => lookUp(hostname, { all: true })

/** Bytes of a response that are read. Only its status counts, but a receiver wants to be heard out. */
const MOST_READ = 64 * 2 ** 10

/**
 * Resolves the host of a URL; ends early, with the signal's reason, when it aborts.
 *
 * @throws Error in words for the journal
 */
export async function resolveUrl(
  { hostname }: URL,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  return await Promise.race([resolve(host), rejectOnAbort(signal)])
}

const rejectOnAbort = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** Sends a request and reads the beginning of the response; never throws. */
export async function send(
  { url, method, headers, body }: Outgoing,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<Pick<Attempt, 'status' | 'error'>> {
  // Loaded when it is first needed: most sandboxes send nothing.
  const { Client } = await import('undici')
  // A client has one connection, and this one ends with its request.
  const client = new Client(url.origin, {
    connect: { lookup: pinTo(addresses) },
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const response = await client.request({
      method: method as Dispatcher.HttpMethod,
      path: `${url.pathname}${url.search}`,
      headers,
      body: body === '' ? null : body,
      signal,
    })
    await readBeginning(response.body)
    return describeStatus(response.statusCode)
  } catch (error) {
    return { error: describeFailure(error) }
  } finally {
    void client.destroy().catch(() => undefined)
  }
}

/** Answers every question for an address with those that are known, and asks nobody. */
function pinTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (hostname, { all }, callback) => {
    const [first] = addresses
    if (!first) callback(new Error(`${hostname} has no address`), '', 0)
    else if (all) callback(null, [...addresses])
    else callback(null, first.address, first.family)
  }
}

async function readBeginning(body: Dispatcher.ResponseData['body']): Promise<void> {
  // Leaving the loop cuts the connection, which the body reports as an error.
  body.on('error', () => undefined)
  let size = 0
  for await (const chunk of body) {
    size += (chunk as Buffer).length
    if (size > MOST_READ) return
  }
}

function describeStatus(status: number): Pick<Attempt, 'status' | 'error'> {
  if (status >= 200 && status < 300) return { status }
  const isRedirect = status >= 300 && status < 400
  return {
    status,
    error: isRedirect ? `${status}: redirects are not followed` : `answered ${status}`,
  }
}

/** Several addresses that fail make an error without a message of its own. */
export function describeFailure(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeFailure).join('; ')
  }
  if (!(error instanceof Error)) return String(error)
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
}
