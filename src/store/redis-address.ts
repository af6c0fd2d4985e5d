import { UsageError } from '../errors.ts'

/** Where a Redis is, or a server that speaks its protocol. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  readonly secure: boolean
  /** The URL as it may be printed: without its password. */
  readonly shown: string
}

const DEFAULT_PORT = 6379
const EXAMPLE = 'such as redis://localhost:6379/0'
const ENCODING = 'special characters in a password must be percent-encoded, "/" as %2F'

/** @throws UsageError that begins with `from` and shows nothing of the URL but its scheme */
export function parseRedisUrl(url: string, from: string): RedisAddress {
  const invalid = (reason: string) => new UsageError(`${from}: ${reason}`)
  if (!URL.canParse(url)) throw invalid(`this is not a valid URL, ${EXAMPLE}; ${ENCODING}`)
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(url)
  if (hostname === '') throw invalid(`the URL of a Redis needs a host, ${EXAMPLE}`)
  if (search !== '' || hash !== '') {
    throw invalid(`the URL of a Redis ends with the number of a database, ${EXAMPLE}`)
  }
  if (!/^(\/\d{0,9})?$/.test(pathname)) {
    throw invalid(`only the number of a database can follow the host, ${EXAMPLE}; ${ENCODING}`)
  }
  const login = { username: decode(username), password: decode(password) }
  if (login.username === undefined || login.password === undefined) {
    throw invalid('user and password must be percent-encoded, "%" as %25')
  }
  const database = Number(pathname.slice(1))
  const shownLogin = username + (password && ':***')
  return {
    // A URL has an IPv6 address in brackets.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || DEFAULT_PORT),
    username: login.username || undefined,
    password: login.password || undefined,
    database,
    secure: protocol === 'rediss:',
    shown: `${protocol}//${shownLogin && `${shownLogin}@`}${hostname}:${port || DEFAULT_PORT}/${database}`,
  }
}

/** Undefined if a `%` is not followed by two hexadecimal digits of valid UTF-8. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
