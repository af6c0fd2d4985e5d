import t from 'tap'
import { UsageError } from '../../src/errors.ts'
import { storeAddress } from '../../src/store/open.ts'

t.test('memory has no address', async (t) => {
  t.equal(storeAddress('memory:', '--store'), undefined)
})

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
    t.match(storeAddress(url, '--store'), address)
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
    t.equal(storeAddress(url, '--store')?.shown, shown)
  })
}

const KNOWN = 'memory:, redis://host:port/database and rediss:// (with TLS) are'
const ONE = 'redis://localhost:6379/0 is one'
const SIGNS = 'signs in a password are written as in URLs, "/" as %2F'
const NO_URL = `the address of the store is no URL; ${ONE}; ${SIGNS}`
const NO_DATABASE = `behind the host stands the number of a database; ${ONE}; ${SIGNS}`

const WRONG: readonly [url: string, message: string][] = [
  ['mysql://cache', `"mysql:" is no store that is known; ${KNOWN}`],
  ['memory', `it is no store that is known; ${KNOWN}`],
  ['memory:x', `it is no store that is known; ${KNOWN}`],
  ['', `it is no store that is known; ${KNOWN}`],
  ['s3cret@cache:6379', `it is no store that is known; ${KNOWN}`],
  ['s3cret:x@cache', `it is no store that is known; ${KNOWN}`],
  ['redis:', `the address of the store has no host; ${ONE}`],
  ['redis:///0', `the address of the store has no host; ${ONE}`],
  ['redis://cache:port', NO_URL],
  ['redis://cache:70000', NO_URL],
  ['redis://ann:s3cret/x@cache', NO_URL],
  ['redis://ann:1/s3cret@cache', NO_DATABASE],
  ['redis://cache/zero', NO_DATABASE],
  ['redis://cache/-1', NO_DATABASE],
  ['redis://cache/1/2', NO_DATABASE],
  ['redis://cache/0?password=s3cret', `nothing follows the database; ${ONE}`],
  ['redis://cache/0#s3cret', `nothing follows the database; ${ONE}`],
  ['redis://ann:s3cret%@cache', 'user and password are written as in URLs, "%" as %25'],
]

for (const [url, message] of WRONG) {
  t.test(`"${url}" is refused, and nothing secret is told`, async (t) => {
    t.throws(() => storeAddress(url, '--store'), {
      constructor: UsageError,
      message: `--store: ${message}`,
    })
    t.notMatch(message, 's3cret')
  })
}
