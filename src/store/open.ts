import { UsageError } from '../errors.ts'
import type { RedisAddress } from './redis-client.ts'

const PORT = 6379
const EXAMPLE = 'redis://localhost:6379/0 is one'

/**
 * Reads the URL of a store; undefined for memory.
 *
 * @throws UsageError that begins with `from`, and tells no more of the URL than its scheme
 */
export function storeAddress(url: string, from: string): RedisAddress | undefined {
  if (url === 'memory:') return undefined
  // An address may hold a password, wherever a slip of the pen has put it.
  const scheme = /^[\w+-]+:(?=\/\/|$)/.exec(url)?.[0]
  const wrong = (what: string) => new UsageError(`${from}: ${what}`)
  if (scheme !== 'redis:' && scheme !== 'rediss:') {
    const known = 'memory:, redis://host:port/database and rediss:// (with TLS) are'
    const what = scheme === undefined ? 'it' : `"${scheme}"`
    throw wrong(`${what} is no store that is known; ${known}`)
  }
  const remedy = 'signs in a password are written as in URLs, "/" as %2F'
  if (!URL.canParse(url)) throw wrong(`the address of the store is no URL; ${EXAMPLE}; ${remedy}`)
  const { hostname, port, username, password, pathname, search, hash } = new URL(url)
  if (hostname === '') throw wrong(`the address of the store has no host; ${EXAMPLE}`)
  if (search !== '' || hash !== '') throw wrong(`nothing follows the database; ${EXAMPLE}`)
  if (!/^(\/\d{0,9})?$/.test(pathname)) {
    throw wrong(`behind the host stands the number of a database; ${EXAMPLE}; ${remedy}`)
  }
  const known = { user: plain(username), secret: plain(password) }
  if (known.user === undefined || known.secret === undefined) {
    throw wrong('user and password are written as in URLs, "%" as %25')
  }
  const database = Number(pathname.slice(1))
  const login = username + (password && ':***')
  return {
    // An IPv6 address stands in brackets there.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || PORT),
    username: known.user || undefined,
    password: known.secret || undefined,
    database,
    secure: scheme === 'rediss:',
    shown: `${scheme}//${login && `${login}@`}${hostname}:${port || PORT}/${database}`,
  }
}

/** Undefined where a `%` is followed by what it cannot be. */
function plain(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
