import fc from 'fast-check'
import t from 'tap'
import { nearMisses } from '../../src/journal/near-misses.ts'
import { BANK, contractOf, contractOfPaths } from '../fixtures/files.ts'
import { runs } from '../fixtures/properties.ts'

const responses = { '200': { description: 'Done.' } }
const post = (operationId: string) => ({ post: { operationId, responses } })

const PATHS = {
  '/codes': { get: { operationId: 'listCodes', responses } },
  '/codes/{id}/verify': post('verifyCode'),
  '/users/{user}/devices/{device}': post('enrolDevice'),
  '/reports/{from}-{to}': post('makeReport'),
  '/files/{name}.json': post('writeFile'),
}

/** What is served, under each base path. */
const served = (contract: ReturnType<typeof contractOf>, bases = ['']) =>
  [...contract.operations.values()].flatMap((operation) =>
    bases.map((base) => ({ operation, path: base + operation.path })),
  )

const SERVED = served(contractOfPaths(PATHS))

/** The near misses as texts. */
const told = (method: string, path: string, all = SERVED) =>
  nearMisses(method, path, all).map(({ operationId, reason }) => `${operationId}: ${reason}`)

const FIRST: readonly [what: string, method: string, path: string, told: string][] = [
  [
    'a misspelt segment',
    'POST',
    '/code/7/verify',
    'verifyCode: "code" stands where "codes" is wanted',
  ],
  ['capitals', 'GET', '/Codes', 'listCodes: "Codes" stands where "codes" is wanted'],
  ['another method', 'DELETE', '/codes', 'listCodes: it takes GET, not DELETE'],
  ['a missing segment', 'POST', '/codes/7', 'verifyCode: "/verify" is missing'],
  ['a missing parameter', 'POST', '/users/1/devices', 'enrolDevice: "/{device}" is missing'],
  ['a segment too much', 'POST', '/codes/7/verify/now', 'verifyCode: "/now" is too much'],
  [
    'method and segment',
    'PUT',
    '/codes/7/verfy',
    'verifyCode: it takes POST, not PUT; "verfy" stands where "verify" is wanted',
  ],
  [
    'an empty parameter',
    'POST',
    '/files/.json',
    'writeFile: ".json" stands where "{name}.json" is wanted',
  ],
  [
    'another ending',
    'POST',
    '/files/a.jsn',
    'writeFile: "a.jsn" stands where "{name}.json" is wanted',
  ],
  ['a method in small letters', 'post', '/codes/7/verify', 'verifyCode: it takes POST, not post'],
]
for (const [what, method, path, expected] of FIRST) {
  t.test(`${what} is told: ${method} ${path}`, async (t) => {
    t.equal(told(method, path)[0], expected)
  })
}

t.test('a near miss names API, operation, method and path', async (t) => {
  const [miss] = nearMisses('POST', '/code/7', served(contractOf(BANK)))
  t.same(miss, {
    api: 'bank',
    operationId: 'sendCode',
    method: 'POST',
    path: '/codes/{id}',
    reason: '"code" stands where "codes" is wanted',
  })
})

t.test('a segment with several parameters is taken as it is', async (t) => {
  t.equal(told('PUT', '/reports/1-2')[0], 'makeReport: it takes POST, not PUT')
  t.match(told('POST', '/reports/12')[0], 'makeReport: "12" stands where "{from}-{to}" is wanted')
  t.match(told('POST', '/reports/1-')[0], 'makeReport: "1-" stands where "{from}-{to}" is wanted')
})

t.test('a fixed ending after a parameter is taken as it is', async (t) => {
  t.equal(told('PUT', '/files/a.json')[0], 'writeFile: it takes POST, not PUT')
})

t.test('a path like nothing has none', async (t) => {
  t.same(told('POST', '/a/b/c/d/e/f'), [])
  t.same(told('POST', '/'), [])
  t.same(told('POST', '/xyzzy/plugh/quux'), [], 'a parameter takes anything')
  t.same(told('POST', '/code/7', []), [])
})

t.test('a path of parameters alone is told where the method is another', async (t) => {
  const all = served(contractOfPaths({ '/{id}': post('touch') }))
  t.same(told('GET', '/7', all), ['touch: it takes POST, not GET'])
  t.same(told('POST', '/7/8', all), [])
})

t.test('the nearest comes first: a misspelling before another method', async (t) => {
  const all = served(contractOf(BANK))
  t.same(
    nearMisses('GET', '/code/7', all).map(({ operationId }) => operationId),
    ['getCode', 'sendCode', 'verifyCode'],
  )
})

t.test('an operation is named once, by the base path that is nearest', async (t) => {
  const all = served(contractOfPaths(PATHS), ['/v1', '', '/v2'])
  const near = nearMisses('POST', '/v2/code/7/verify', all)
  t.equal(near[0]?.path, '/v2/codes/{id}/verify')
  t.equal(near.filter(({ operationId }) => operationId === 'verifyCode').length, 1)
})

t.test('a base path that is left out, or is another, is told', async (t) => {
  const all = served(contractOfPaths(PATHS), ['/v1'])
  t.equal(told('GET', '/v2/codes', all)[0], 'listCodes: "v2" stands where "v1" is wanted')
  t.equal(nearMisses('GET', '/codes', all)[0]?.operationId, 'listCodes')
})

t.test('a slash at the end is no difference', async (t) => {
  t.same(told('POST', '/code/7/verify//'), told('POST', '/code/7/verify'))
})

t.test('a long segment is told in short, and not compared at length', async (t) => {
  const [miss] = told('POST', `/${'x'.repeat(100_000)}/7/verify`)
  t.equal(miss, `verifyCode: "${'x'.repeat(64)}…" stands where "codes" is wanted`)
})

t.test('a long path is not compared at length', async (t) => {
  t.same(told('POST', '/codes'.repeat(100_000)), [])
})

t.test('there are three at most, whatever the path', async () => {
  const all = served(contractOf(BANK))
  fc.assert(
    fc.property(fc.string(), fc.webPath(), (method, path) => {
      const near = nearMisses(method, path, all)
      const names = near.map(({ operationId }) => operationId)
      return near.length <= 3 && new Set(names).size === names.length
    }),
    runs(1_000),
  )
})

t.test('a request that differs in nothing but a letter names its operation first', async () => {
  const all = served(contractOfPaths(PATHS))
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,20}$/), (id) => {
      return nearMisses('POST', `/codez/${id}/verify`, all)[0]?.operationId === 'verifyCode'
    }),
    runs(1_000),
  )
})
