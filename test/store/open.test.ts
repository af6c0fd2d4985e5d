import { readFileSync } from 'node:fs'
import t from 'tap'
import { UsageError } from '../../src/errors.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { checkStoreUrl, loadStore, STORE_KINDS, storeForms } from '../../src/store/open.ts'
import type { Codec } from '../../src/store/store.ts'
import { TestClock } from '../fixtures/app.ts'

const KNOWN = storeForms()
const DOCS = readFileSync(new URL('../../docs/store.md', import.meta.url), 'utf8')

for (const [scheme, { form }] of Object.entries(STORE_KINDS)) {
  t.test(`the form of ${scheme} is a URL of that kind`, async (t) => {
    t.ok(form.startsWith(scheme))
    t.ok(
      DOCS.match(/^\|.*\|$/gm)?.some((row) => row.includes(`\`${form}\``)),
      'has a row in the docs',
    )
    t.doesNotThrow(() => checkStoreUrl(form.replace('host:port/database', 'cache:6380/1'), 'store'))
  })
}

const WRONG: readonly [url: string, what: string][] = [
  ['mysql://cache', '"mysql:"'],
  ['memory', 'this'],
  ['memory:x', 'this'],
  ['constructor:', '"constructor:"'],
  ['', 'this'],
  ['s3cret@cache:6379', 'this'],
  ['s3cret:x@cache', 'this'],
]

for (const [url, what] of WRONG) {
  t.test(`"${url}" is refused, and no secret is shown`, async (t) => {
    const message = `--store: ${what} is not a known store; use ${KNOWN}`
    t.throws(() => checkStoreUrl(url, '--store'), { constructor: UsageError, message })
    t.notMatch(message, 's3cret')
  })
}

t.test('the details of a URL are checked by its kind', async (t) => {
  t.throws(() => checkStoreUrl('redis:///0', 'SANDBOX_STORE'), {
    constructor: UsageError,
    message: /^SANDBOX_STORE: the URL of a Redis needs a host/,
  })
})

const CODEC: Codec<string, string> = {
  record: { encode: (record) => record, decode: String },
  answer: { encode: (answer) => answer, decode: String },
}

t.test('memory: is a store in memory', async (t) => {
  const make = await loadStore('memory:')
  t.type(make({ clock: new TestClock(), codec: CODEC }), MemoryStore)
})

t.test('a URL that names no store is refused before anything is loaded', async (t) => {
  await t.rejects(loadStore('mysql://cache'), {
    constructor: UsageError,
    message: `store: "mysql:" is not a known store; use ${KNOWN}`,
  })
})
