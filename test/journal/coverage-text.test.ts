import t from 'tap'
import type { Coverage } from '../../src/client/client.ts'
import type { ApiCoverage } from '../../src/journal/coverage.ts'
import { coverageText } from '../../src/journal/coverage.ts'

const NEVER = { count: 0, sessions: {} }
const NONE = { covered: 0, total: 0, percent: 100 }

const api = (more: Partial<ApiCoverage> = {}): ApiCoverage => ({
  api: 'bank',
  contract: NONE,
  scenarios: NONE,
  operations: [],
  entries: [],
  ...more,
})

const coverage = (...apis: ApiCoverage[]): Coverage => ({
  contract: NONE,
  scenarios: NONE,
  operations: NONE,
  apis,
})

/** An operation with one status. */
const sendCode = (status: Partial<ApiCoverage['operations'][number]['statuses'][number]>) => ({
  operationId: 'sendCode',
  method: 'POST',
  path: '/codes/{id}',
  ...NEVER,
  statuses: [{ status: '204', ...NEVER, codes: [], ...status }],
})

const rowOf = (status: Parameters<typeof sendCode>[0]) =>
  coverageText(coverage(api({ operations: [sendCode(status)] })))
    .split('\n')
    .find((line) => /^ {4}\S/.test(line))
    ?.trim()
    .replace(/ {2,}/g, ' | ')

t.test('everything stands in one table, then the figures', async (t) => {
  const entry = { scenario: 'slow', when: null }
  const text = coverageText({
    operations: { covered: 1, total: 2, percent: 50 },
    contract: { covered: 2, total: 5, percent: 40 },
    scenarios: { covered: 1, total: 3, percent: 33.3 },
    apis: [
      api({
        contract: { covered: 2, total: 5, percent: 40 },
        scenarios: { covered: 1, total: 3, percent: 33.3 },
        operations: [
          {
            ...sendCode({}),
            statuses: [
              { status: '204', count: 112, sessions: { a: 111, b: 1 }, codes: [] },
              {
                status: '409',
                count: 3,
                sessions: { a: 3 },
                codes: [
                  { code: 'TOO_EARLY', count: 3, sessions: { a: 3 } },
                  { code: 'WRONG_CODE', ...NEVER },
                ],
              },
            ],
          },
        ],
        entries: [
          { at: 'slow.yaml:4', ...entry, count: 7, sessions: { a: 7 } },
          { at: 'slow.yaml:6', ...entry, ...NEVER },
        ],
      }),
    ],
  })
  t.same(text.split('\n'), [
    'bank: contract 40 % (2 of 5)',
    '  POST /codes/{id}  sendCode',
    '    204                            112  a (111), b (1)',
    '    409 TOO_EARLY                    3  a (3)',
    '    409 WRONG_CODE               never',
    'bank: scenarios 33.3 % (1 of 3)',
    '  slow.yaml:4                        7  a (7)',
    '  slow.yaml:6                    never',
    '',
    'operations  50 % (1 of 2)',
    'contract    40 % (2 of 5) of operations by status and error code',
    'scenarios   33.3 % (1 of 3) of entries',
    '',
  ])
})

t.test('a status stands by itself only where it has no error codes', async (t) => {
  const codes = [{ code: 'TOO_EARLY', ...NEVER }]
  t.equal(rowOf({ status: '409', codes }), '409 TOO_EARLY | never')
  t.equal(rowOf({ status: '409' }), '409 | never')
})

t.test('three sessions are named, the others hinted at', async (t) => {
  const sessions = { a: 1, b: 2, c: 3 }
  t.equal(rowOf({ count: 6, sessions }), '204 | 6 | a (1), b (2), c (3)')
  t.equal(rowOf({ count: 7, sessions: { ...sessions, d: 1 } }), '204 | 7 | a (1), b (2), c (3), …')
})

t.test('every API has its rows', async (t) => {
  const text = coverageText(coverage(api(), api({ api: 'shop' })))
  t.match(text, /^bank: contract .*\n.*\nshop: contract /)
})

t.test('no API at all leaves the figures', async (t) => {
  t.match(coverageText(coverage()), /^\noperations {2}100 % \(0 of 0\)\n/)
})

t.test('no line ends with a blank', async (t) => {
  const operations = [sendCode({}), sendCode({ count: 1, sessions: { a: 1 } })]
  t.notMatch(coverageText(coverage(api({ operations }))), / $/m)
})
