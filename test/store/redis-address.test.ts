import t from 'tap'
import { UsageError } from '../../src/errors.ts'
import { parseRedisUrl } from '../../src/store/redis-address.ts'

const PLAIN = { username: undefined, password: undefined, database: 0, secure: false }

const ADDRESSES: readonly [url: string, address: object][] = [
  ['redis://localhost', { ...PLAIN, host: 'localhost', port: 6379 }],
  ['redis://cache:6380', { ...PLAIN, host: 'cache', port: 6380 }],
  ['redis://cache/', { ...PLAIN, host: 'cache', port: 6379 }],
  ['redis://cache:6380/12', { ...PLAIN, host: 'cache', port: 6380, database: 12 }],
  ['rediss://cache/1', { ...PLAIN, host: 'cache', port: 6379, database: 1, secure: true }],
  ['redis://[::1]:6380/0', { ...PLAIN, host: '::1', port: 6380 }],
  ['redis://:s%2Fc@cache', { ...PLAIN, host: 'cache', port: 6379, password: 's/c' }],
  ['redis://a%20b:c@cache', { ...PLAIN, host: 'cache', username: 'a b', password: 'c' }],
]

for (const [url, address] of ADDRESSES) {
  t.test(`${url} is read`, async (t) => {
    t.match(parseRedisUrl(url, '--store'), address)
  })
}

const SHOWN: readonly [url: string, shown: string][] = [
  ['redis://localhost', 'redis://localhost:6379/0'],
  ['rediss://[::1]:1/2', 'rediss://[::1]:1/2'],
  ['redis://:s3cret@cache', 'redis://:***@cache:6379/0'],
  ['redis://ann:s3cret@cache/3', 'redis://ann:***@cache:6379/3'],
  ['redis://ann@cache', 'redis://ann@cache:6379/0'],
]

for (const [url, shown] of SHOWN) {
  t.test(`${url} is printed as ${shown}`, async (t) => {
    t.equal(parseRedisUrl(url, '--store').shown, shown)
  })
}

const EXAMPLE = 'such as redis://localhost:6379/0'
const ENCODING = 'special characters in a password must be percent-encoded, "/" as %2F'
const INVALID = `this is not a valid URL, ${EXAMPLE}; ${ENCODING}`
const NO_HOST = `the URL of a Redis needs a host, ${EXAMPLE}`
const NO_DATABASE = `only the number of a database can follow the host, ${EXAMPLE}; ${ENCODING}`
const TOO_LONG = `the URL of a Redis ends with the number of a database, ${EXAMPLE}`

const WRONG: readonly [url: string, message: string][] = [
  ['redis:', NO_HOST],
  ['redis:///0', NO_HOST],
  ['redis://cache:port', INVALID],
  ['redis://cache:70000', INVALID],
  ['redis://ann:s3cret/x@cache', INVALID],
  ['redis://ann:1/s3cret@cache', NO_DATABASE],
  ['redis://cache/zero', NO_DATABASE],
  ['redis://cache/-1', NO_DATABASE],
  ['redis://cache/1/2', NO_DATABASE],
  ['redis://cache/0?password=s3cret', TOO_LONG],
  ['redis://cache/0#s3cret', TOO_LONG],
  ['redis://ann:s3cret%@cache', 'user and password must be percent-encoded, "%" as %25'],
]

for (const [url, message] of WRONG) {
  t.test(`"${url}" is refused, and no secret is shown`, async (t) => {
    t.throws(() => parseRedisUrl(url, '--store'), {
      constructor: UsageError,
      message: `--store: ${message}`,
    })
    t.notMatch(message, 's3cret')
  })
}
