/** Access to the admin API: refuses web pages of other origins, public host names, missing tokens. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { Problem } from '../errors.ts'

export interface Gate {
  /** Undefined if no token is required. */
  readonly token: string | undefined
  /** Public host names that are allowed. */
  readonly hosts: readonly string[]
}

interface AccessRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** @throws Problem if a request is not allowed to use the admin API */
export function checkAccess({ token, hosts }: Gate, { method, headers }: AccessRequest): void {
  checkHost(headers.host, hosts)
  checkOrigin(method, headers)
  if (token !== undefined && !hasToken(headers.authorization, token)) {
    const remedy = 'send "Authorization: Bearer …"'
    throw new Problem('admin-unauthorized', `the admin API requires its token: ${remedy}`)
  }
}

/** With DNS rebinding, a page on the internet can reach this machine under a host name of its own. */
function checkHost(host: string | undefined, hosts: readonly string[]): void {
  if (host === undefined) return
  const name = parseHostname(host)
  if (isPrivateName(name) || hosts.some((each) => each.toLowerCase() === name)) return
  const remedy = `start with --admin-host ${name} to allow it`
  throw new Problem(
    'admin-host-refused',
    `the admin API does not allow the host name "${name}"; ${remedy}`,
  )
}

/** Returns a host in lower case without its port; an IPv6 address without its brackets. */
function parseHostname(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return (bracketed ?? plain ?? host).toLowerCase().replace(/\.$/, '')
}

/** Whether a host is an IP address, `localhost`, or a single label such as a compose service. */
const isPrivateName = (name: string) =>
  isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost') || /^[\w-]+$/.test(name)

/** A form on any web page can send a POST without CORS, but it cannot hide its origin. */
function checkOrigin(method: string, { origin, host }: IncomingHttpHeaders): void {
  if (origin === undefined || method === 'GET' || method === 'HEAD') return
  if (origin.replace(/^https?:\/\//i, '').toLowerCase() === host?.toLowerCase()) return
  const detail = `the request comes from a web page of ${origin}; only the admin API's own page may change something`
  throw new Problem('admin-origin-refused', detail)
}

/** Whether the header has the token, as a bearer token or as the password of a browser's dialog. */
function hasToken(authorization: string | undefined, token: string): boolean {
  const [, scheme, value] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? []
  if (!scheme || !value) return false
  const shown =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(value, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : value
  // Digests have equal lengths, and comparing them in constant time reveals nothing about the token.
  return timingSafeEqual(sha256(shown), sha256(token))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()

export const AUTH_CHALLENGE = 'Bearer realm="sca-sandbox admin", Basic realm="sca-sandbox admin"'
