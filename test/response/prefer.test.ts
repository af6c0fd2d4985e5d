import t from 'tap'
import type { ProblemExtras } from '../../src/errors.ts'
import { Problem, type ProblemCode } from '../../src/errors.ts'
import { preferredStatus, successStatus } from '../../src/response/choose.ts'
import { parsePrefer } from '../../src/response/prefer.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const NONE = { code: undefined, example: undefined, dynamic: false }

/** Returns the problem that a preference causes. */
function problem(run: () => unknown): {
  code: ProblemCode
  message: string
  extras: ProblemExtras
} {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it is understood')
}

const READ: readonly [header: string | string[], preference: object][] = [
  ['code=409', { ...NONE, code: 409 }],
  ['code="409"', { ...NONE, code: 409 }],
  ['CODE=409', { ...NONE, code: 409 }],
  [' code = 409 ', { ...NONE, code: 409 }],
  ['example=TOO_EARLY', { ...NONE, example: 'TOO_EARLY' }],
  ['example="too early"', { ...NONE, example: 'too early' }],
  ['dynamic=true', { ...NONE, dynamic: true }],
  ['dynamic', { ...NONE, dynamic: true }],
  ['dynamic=false', NONE],
  ['code=409, example=A', { ...NONE, code: 409, example: 'A' }],
  ['code=409,,example=A,', { ...NONE, code: 409, example: 'A' }],
  [['code=409', 'example=A'], { ...NONE, code: 409, example: 'A' }],
  ['respond-async, wait=10, code=200', { ...NONE, code: 200 }],
]

for (const [header, preference] of READ) {
  t.test(`Prefer: ${header} is understood`, async (t) => {
    t.same(parsePrefer(header).preference, preference)
  })
}

for (const header of [undefined, '', ' , ', 'return=minimal', 'depth-noroot']) {
  t.test(`Prefer: ${header} asks for nothing`, async (t) => {
    t.equal(parsePrefer(header).preference, undefined)
  })
}

const REFUSED: readonly [header: string, message: string][] = [
  ['cod=409', 'Prefer: "cod=409" is not understood; did you mean "code"?'],
  ['codes=409', 'Prefer: "codes=409" is not understood; did you mean "code"?'],
  ['exampleName=A', 'Prefer: "exampleName=A" is not understood; did you mean "example"?'],
  ['409', 'Prefer: "409" is not understood; known are code, example, dynamic, seed'],
  ['code:409', 'Prefer: "code:409" is not understood'],
  ['code=99', 'Prefer: code="99" must be a status from 200 to 599'],
  ['code=1000', 'Prefer: code="1000" must be a status from 200 to 599'],
  ['code=099', 'Prefer: code="099" must be a status from 200 to 599'],
  ['code', 'Prefer: code="" must be a status from 200 to 599'],
  ['dynamic=yes', 'Prefer: dynamic="yes" must be true or false'],
]

for (const [header, message] of REFUSED) {
  t.test(`Prefer: ${header} is refused`, async (t) => {
    t.match(
      problem(() => parsePrefer(header)),
      { code: 'bad-prefer', message },
    )
  })
}

for (const header of ['=409', 'code==409', 'code="409', 'code=4 09', '"code"=409']) {
  t.test(`Prefer: ${header} is refused because it is not a preference`, async (t) => {
    t.match(
      problem(() => parsePrefer(header)),
      { code: 'bad-prefer' },
    )
  })
}

const IGNORED: readonly [header: string, ignored: string[]][] = [
  ['xylophone=1', ['xylophone=1']],
  ['safe, exchange-id="7, 8"', ['safe', 'exchange-id="7, 8"']],
  ['odata.include-annotations="*"; code=409', ['odata.include-annotations="*"; code=409']],
  ['a!b=1', ['a!b=1']],
  ['wait=10', ['wait=10']],
  [`${'x'.repeat(90)}=1`, [`${'x'.repeat(80)}…`]],
]

for (const [header, ignored] of IGNORED) {
  t.test(`Prefer: ${header} is ignored`, async (t) => {
    t.same(parsePrefer(header), { preference: undefined, ignored })
  })
}

t.test('a preference is followed beside those that are ignored', async (t) => {
  t.same(parsePrefer('wait=10, code=409; fast, foo'), {
    preference: { ...NONE, code: 409 },
    ignored: ['wait=10', 'fast', 'foo'],
  })
})

t.test('the nearest preferences are in a field of the problem', async (t) => {
  t.same(problem(() => parsePrefer('cod=409')).extras.nearest, ['code'])
})

t.test('the first preference counts when it comes twice', async (t) => {
  t.equal(parsePrefer('code=200, code=409').preference?.code, 200)
})

t.test('an example may have a comma in its name', async (t) => {
  t.equal(parsePrefer('example="a, b"').preference?.example, 'a, b')
})

t.test('a preference may follow a semicolon', async (t) => {
  t.same(parsePrefer('code=409; example=A').preference, { ...NONE, code: 409, example: 'A' })
})

t.test("a parameter is ignored when it belongs to another standard's preference", async (t) => {
  const header = 'return=minimal; foo="some parameter"'
  t.same(parsePrefer(header), { preference: undefined, ignored: [header] })
})

// Preferences and the contract

const examples = (...names: string[]) => ({
  content: {
    'application/json': {
      examples: Object.fromEntries(names.map((name) => [name, { value: name }])),
    },
  },
})

const operationOf = (responses: object) =>
  contractOfPaths({ '/codes': { get: { operationId: 'list', responses } } }).operations.get('list')!

const OPERATION = operationOf({
  200: examples('FINE'),
  204: {},
  409: examples('TOO_EARLY', 'TOO_OFTEN'),
  '5XX': examples('DOWN'),
  default: examples('ODD'),
})

const status = (preference: object, operation = OPERATION) =>
  preferredStatus(operation, { ...NONE, ...preference })

const STATUSES: readonly [preference: object, status: number][] = [
  [{ code: 204 }, 204],
  [{ code: 503 }, 503],
  [{ code: 418 }, 418],
  [{ code: 409, example: 'TOO_OFTEN' }, 409],
  [{ code: 503, example: 'DOWN' }, 503],
  [{ code: 418, example: 'ODD' }, 418],
  [{ example: 'TOO_EARLY' }, 409],
  [{ example: 'DOWN' }, 500],
  [{ example: 'ODD' }, 500],
  [{ dynamic: true }, 200],
  [{}, 200],
]

for (const [preference, expected] of STATUSES) {
  t.test(`${JSON.stringify(preference)} means ${expected}`, async (t) => {
    t.equal(status(preference), expected)
  })
}

const UNKNOWN: readonly [preference: object, message: string, nearest: string[]][] = [
  [
    { code: 201 },
    'Prefer: the contract of list has no 201; it has 200, 204, 409, 5XX, default',
    ['200', '204', '409', '5XX', 'default'],
  ],
  [
    { code: 999 },
    'Prefer: the contract of list has no 999; it has 200, 204, 409, 5XX, default',
    ['200', '204', '409', '5XX', 'default'],
  ],
  [
    { code: 100 },
    'Prefer: the contract of list has no 100; it has 200, 204, 409, 5XX, default',
    ['200', '204', '409', '5XX', 'default'],
  ],
  [
    { code: 409, example: 'TO_EARLY' },
    'Prefer: the contract of list has no example "TO_EARLY" for 409; it has TOO_EARLY',
    ['TOO_EARLY'],
  ],
  [
    { code: 409, example: 'XYLOPHONE_SOLO' },
    'Prefer: the contract of list has no example "XYLOPHONE_SOLO" for 409; it has TOO_EARLY, TOO_OFTEN',
    ['TOO_EARLY', 'TOO_OFTEN'],
  ],
  [
    { code: 204, example: 'TOO_EARLY' },
    'Prefer: the contract of list has no example "TOO_EARLY" for 204',
    [],
  ],
  [
    { example: 'DWON' },
    'Prefer: the contract of list has no example "DWON"; it has DOWN',
    ['DOWN'],
  ],
]

for (const [preference, message, nearest] of UNKNOWN) {
  t.test(`${JSON.stringify(preference)} is refused with what the contract has`, async (t) => {
    t.match(
      problem(() => status(preference)),
      {
        code: 'unknown-preference',
        message,
        extras: { nearest },
      },
    )
  })
}

t.test('an example with an empty name is refused', async (t) => {
  t.match(
    problem(() => status(parsePrefer('example').preference!)),
    { code: 'unknown-preference' },
  )
})

const SUCCESSES: readonly [responses: object, status: number][] = [
  [{ 201: {}, 200: {}, 404: {} }, 200],
  [{ 404: {}, 204: {} }, 204],
  [{ '2XX': {}, 404: {} }, 200],
  [{ 404: {}, 302: {} }, 302],
  [{ '4XX': {}, default: {} }, 200],
  [{ default: {} }, 200],
  [{}, 200],
]

for (const [responses, expected] of SUCCESSES) {
  t.test(
    `the success of ${Object.keys(responses).join(', ') || 'nothing'} is ${expected}`,
    async (t) => {
      t.equal(successStatus(operationOf(responses)), expected)
    },
  )
}
