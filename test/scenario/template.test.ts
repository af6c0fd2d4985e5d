import t from 'tap'
import { ScriptError } from '../../src/errors.ts'
import { Language } from '../../src/scenario/expression.ts'
import { RequestView, Scope } from '../../src/scenario/scope.ts'
import {
  type Convert,
  compileTemplate,
  isRecord,
  toJson,
  toState,
} from '../../src/scenario/template.ts'

const language = Language.of({ otp: '123456', limit: 5 })
const NOON = new Date(Date.UTC(2026, 0, 1, 12))
const request = new RequestView({ method: 'GET', path: {}, query: {}, headers: {} })
const scope = new Scope(
  { request, token: 'user', apiKey: 'key', now: NOON },
  { state: { sets: new Map([['x', { issued: 1 }]]), at: NOON, none: null }, call: 3n },
)

const rendered = (value: unknown, convert?: Convert) =>
  compileTemplate(language, value, convert).evaluate(scope)

const VALUES: readonly [template: unknown, value: unknown][] = [
  // Nothing to work out.
  ['plain', 'plain'],
  ['', ''],
  ['a $ b $$ {c}', 'a $ b $$ {c}'],
  [5, 5],
  [null, null],
  [true, true],
  [
    [1, { a: 'b' }],
    [1, { a: 'b' }],
  ],
  // A text that is one expression has its type.
  ['${limit + 1}', 6],
  ['${limit > 4}', true],
  ['${otp}', '123456'],
  ['${ otp }', '123456'],
  ['${call}', 3n],
  ['${now}', NOON],
  ['${[1.5, 2.5]}', [1.5, 2.5]],
  // A text with expressions in it stays one.
  ['code ${otp}!', 'code 123456!'],
  ['${otp}${limit}', '1234565'],
  ['${call} calls', '3 calls'],
  ['at ${now}', 'at 2026-01-01T12:00:00.000Z'],
  ['${duration("90s")} left', '90s left'],
  ['is ${limit > 4}', 'is true'],
  ['no ${state.none}', 'no null'],
  ['all ${[1, 2]}', 'all [1,2]'],
  ['all ${state.sets}', 'all {"x":{"issued":1}}'],
  // What looks like an expression.
  ['$${otp}', '${otp}'],
  ['a $${otp} ${otp}', 'a ${otp} 123456'],
  ['$$${otp}', '$${otp}'],
  // Braces that close nothing.
  ['${{"a": {"b": "}"}}}', { a: { b: '}' } }],
  ['${\'}\' + "{"}', '}{'],
  ['${"\\"}" + otp}', '"}123456'],
  ['${{"a": 1.5}["a"]} and ${"{"}', '1.5 and {'],
  // Deep in a value.
  [
    { a: ['${otp}', { b: 'x${limit}' }], c: 1 },
    { a: ['123456', { b: 'x5' }], c: 1 },
  ],
  [
    { a: '$${x}', b: '${otp}' },
    { a: '${x}', b: '123456' },
  ],
]

for (const [template, value] of VALUES) {
  t.test(`the value of ${JSON.stringify(template)} is worked out`, async (t) => {
    t.same(rendered(template), value)
  })
}

for (const template of [{ a: '$${x}' }, ['$${x}']]) {
  t.test(`the literal in ${JSON.stringify(template)} is told as it is meant`, async (t) => {
    t.same(rendered(template), JSON.parse(JSON.stringify(template).replace('$$', '$')))
  })
}

t.test('a key that objects have is a key like any other', async (t) => {
  const value = rendered(JSON.parse('{"constructor": "${otp}", "toString": 1}')) as object
  t.same(Object.entries(value), [
    ['constructor', '123456'],
    ['toString', 1],
  ])
})

t.test('even __proto__ is a key like any other', async (t) => {
  const value = rendered(JSON.parse('{"__proto__": "${otp}"}')) as object
  t.same(Object.keys(value), ['__proto__'])
})

t.test('the places to be worked out are known with their types', async (t) => {
  const { holes } = compileTemplate(language, { a: '${otp}', b: ['x', '${call}', 'n ${limit}'] })
  t.same(
    holes.map(({ path, type }) => [path, type]),
    [
      [['a'], 'string'],
      [['b', 1], 'int'],
      [['b', 2], 'string'],
    ],
  )
})

t.test('a value without expressions is made once', async (t) => {
  const { evaluate } = compileTemplate(language, { a: [1] })
  t.equal(evaluate(scope), evaluate(scope))
})

const MISTAKES: readonly [
  template: unknown,
  path: (string | number)[],
  at: number,
  message: RegExp,
][] = [
  ['${', [], 0, /^"\$\{" is never closed with "\}"$/],
  ['ab ${"}" c', [], 3, /never closed/],
  ['ab ${{"a": 1}', [], 3, /never closed/],
  ['ab ${otpp} c', [], 5, /^"otpp": Unknown variable: otpp; did you mean "otp"\?$/],
  ['ab ${limit +}', [], 12, /Unexpected token/],
  ['${}', [], 2, /Unexpected token/],
  ['$${x} ${otpp}', [], 8, /Unknown variable/],
  [{ a: ['x', 'y ${otpp}'] }, ['a', 1], 4, /Unknown variable/],
]

for (const [template, path, at, message] of MISTAKES) {
  t.test(`the mistake in ${JSON.stringify(template)} is found at its letter`, async (t) => {
    t.throws(() => compileTemplate(language, template), {
      constructor: ScriptError,
      path,
      at,
      message,
    })
  })
}

t.test('an error that is no mistake of the file is passed on', async (t) => {
  const failing = language.withCheck(() => {
    throw new TypeError('ours')
  })
  t.throws(() => compileTemplate(failing, '${otp}'), { constructor: TypeError, message: 'ours' })
})

// What becomes of values

const CONVERTED: readonly [what: string, template: string, json: unknown, state: unknown][] = [
  ['a whole number', '${call}', 3, 3],
  ['a time', '${now}', '2026-01-01T12:00:00.000Z', NOON],
  ['a duration', '${duration("90s")}', '90s', '90s'],
  ['a map of the state', '${state.sets}', { x: { issued: 1 } }, new Map([['x', { issued: 1 }]])],
  ['a list of numbers', '${[1, 2]}', [1, 2], [1, 2]],
  ['a list of times', '${[now]}', ['2026-01-01T12:00:00.000Z'], [NOON]],
  [
    'a map',
    '${{"n": 1, "t": now, "s": "x"}}',
    { n: 1, t: '2026-01-01T12:00:00.000Z', s: 'x' },
    { n: 1, t: NOON, s: 'x' },
  ],
  ['null', '${state.none}', null, null],
]

for (const [what, template, json, state] of CONVERTED) {
  t.test(`${what} becomes JSON`, async (t) => {
    t.same(rendered(template, toJson), json)
  })

  t.test(`${what} becomes a part of the state`, async (t) => {
    t.same(rendered(template, toState), state)
  })
}

t.test('a value that is JSON already is given as it is', async (t) => {
  const value = { a: [1, 'x', null, { b: true }] }
  t.equal(toJson(value), value)
  t.equal(toState(value), value)
})

t.test('converting leaves the original as it is', async (t) => {
  const original = Object.freeze({ a: 'x', b: Object.freeze([1n]), c: 2n, d: 'y' })
  t.same(toJson(original), { a: 'x', b: [1], c: 2, d: 'y' })
  t.equal(original.c, 2n)
})

t.test('keys that come from clients are keys like any other', async (t) => {
  const hostile = new Map([['__proto__', 1n]])
  t.same(Object.entries(toJson(hostile) as object), [['__proto__', 1]])
  const parsed = JSON.parse('{"__proto__": {"a": 1}}')
  t.same(Object.keys(toJson({ ...parsed, n: 1n }) as object), ['__proto__', 'n'])
})

t.test('a time in a map becomes a text in JSON', async (t) => {
  t.same(toJson(new Map([['at', NOON]])), { at: '2026-01-01T12:00:00.000Z' })
})

t.test('a time in a map stays a time in the state', async (t) => {
  const kept = toState(new Map([['at', NOON]])) as Map<string, unknown> | { at: unknown }
  t.same(kept instanceof Map ? kept.get('at') : kept.at, NOON)
})

t.test('only plain objects are records', async (t) => {
  t.ok(isRecord({}))
  t.ok(isRecord(Object.create(null)))
  for (const other of [null, undefined, 'a', [], new Map(), NOON]) t.notOk(isRecord(other))
})
