/** Who may use the admin API: a browser's page from elsewhere may not, nor who lacks the token. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { Problem } from '../errors.ts'

export interface Gate {
  /** Undefined: no token is asked for. */
  readonly token: string | undefined
  /** Public-looking names that are let in. */
  readonly hosts: readonly string[]
}

interface AccessRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** @throws Problem if a request may not come in, whatever it asks for */
export function checkAccess({ token, hosts }: Gate, { method, headers }: AccessRequest): void {
  checkHost(headers.host, hosts)
  checkOrigin(method, headers)
  if (token !== undefined && !hasToken(headers.authorization, token)) {
    const remedy = 'send it as "Authorization: Bearer …"'
    throw new Problem('admin-unauthorized', `the admin API asks for its token: ${remedy}`)
  }
}

/** By a name of its own a page of the internet could reach this machine: DNS rebinding. */
function checkHost(host: string | undefined, hosts: readonly string[]): void {
  if (host === undefined) return
  const name = parseHostname(host)
  if (isPrivateName(name) || hosts.some((each) => each.toLowerCase() === name)) return
  const remedy = `start with --admin-host ${name} to allow it`
  throw new Problem('admin-host-refused', `the admin API is not called by "${name}"; ${remedy}`)
}

/** A host without its port, in lower case; an IPv6 address without its brackets. */
function parseHostname(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return (bracketed ?? plain ?? host).toLowerCase().replace(/\.$/, '')
}

/** An address, `localhost`, or a single label such as a compose service. */
const isPrivateName = (name: string) =>
  isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost') || /^[\w-]+$/.test(name)

/** A form on any page can send a POST here without asking; it cannot hide where it comes from. */
function checkOrigin(method: string, { origin, host }: IncomingHttpHeaders): void {
  if (origin === undefined || method === 'GET' || method === 'HEAD') return
  if (origin.replace(/^https?:\/\//i, '').toLowerCase() === host?.toLowerCase()) return
  const detail = `a web page of ${origin} asks; the admin API serves its own page only`
  throw new Problem('admin-origin-refused', detail)
}

/** As a bearer token, or as the password that a browser asks its user for. */
function hasToken(authorization: string | undefined, token: string): boolean {
  const [, scheme, value] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? []
  if (!scheme || !value) return false
  const shown =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(value, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : value
  // Digests are of one length, and comparing them tells nothing about the token.
  return timingSafeEqual(sha256(shown), sha256(token))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()

export const AUTH_CHALLENGE = 'Bearer realm="sca-sandbox admin", Basic realm="sca-sandbox admin"'
