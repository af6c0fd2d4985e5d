/** What is compiled once means what it means to the library, whatever the values are. */
import fc from 'fast-check'
import t from 'tap'
import { Language } from '../../src/scenario/expression.ts'
import { compilePlain, isPlainValue } from '../../src/scenario/plain.ts'
import { RequestView, Scope } from '../../src/scenario/scope.ts'
import { runs } from '../fixtures/properties.ts'

const CONSTANTS = { otp: '123456', limit: 3 }
const LANGUAGE = Language.of(CONSTANTS)

const leaf = fc.constantFrom(
  ...['state', 'state.a', 'state.b', 'state.a.b', 'state.b.a', 'state.missing', 'token', 'apiKey'],
  ...['call', 'operation', 'otp', 'limit', 'request.method', 'request.body', 'request.body.a'],
  ...['"x"', '""', '"é"', 'true', 'false', '0', '3', 'null', '1.0', '["x", "y"]', '{"x": 1}'],
)

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const part = tie('expression')
  const pair = (operator: string) => fc.tuple(part, part).map((both) => `(${both.join(operator)})`)
  return {
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      ...[' == ', ' != ', ' && ', ' || ', ' in ', ' + ', ' < '].map(pair),
      part.map((of) => `!${of}`),
      part.map((of) => `size(${of})`),
      fc.tuple(part, part, part).map(([one, two, three]) => `(${one} ? ${two} : ${three})`),
    ),
  }
})

const text = fc.constantFrom('', 'x', 'y', 'é', '😀', '123456', 'constructor')
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.constantFrom(null, 0, 1, 3, 1.5, [], ['x'], {}, { x: 1 }, { a: 'x', b: true }),
  fc.constantFrom(new Map([['a', 'x']]), 3n, new Date(0)),
)

const scope = fc
  .record({ a: value, b: value, token: text, apiKey: text, body: value })
  .map(({ a, b, token, apiKey, body }) => {
    const parts = { method: 'GET', path: {}, query: {}, headers: {} }
    const request = new RequestView(parts, body as never)
    return new Scope({ request, token, apiKey, now: new Date(0) }, { state: { a, b }, call: 3n })
  })

/** The value that needs no library; undefined where there is none, or the expression cannot be compiled. */
function evaluatePlain(source: string, scope: Scope): unknown {
  try {
    const { ast } = LANGUAGE.compile(source)
    const found = compilePlain(ast, (name) => name in CONSTANTS)?.(scope)
    return isPlainValue(found) ? found : undefined
  } catch {
    return undefined
  }
}

t.test('a value found without the library is the one that the library finds', async (t) => {
  let plain = 0
  await fc.assert(
    fc.property(expression, scope, (source, scope) => {
      const found = evaluatePlain(source, scope)
      if (found === undefined) return true
      plain += 1
      // An item of a list is nothing plain: the library evaluates all of this, and may throw.
      return LANGUAGE.compile(`[${source}][0]`).evaluate(scope) === found
    }),
    runs(20_000, 3_000),
  )
  t.ok(plain > 100, 'many have one')
})

const scopeOf = (state: Readonly<Record<string, unknown>>, token = 'ann') => {
  const request = new RequestView({ method: 'GET', path: {}, query: {}, headers: {} })
  return new Scope({ request, token, apiKey: '', now: new Date(0) }, { state })
}

t.test('guards of the kind that scenarios have need no library', async (t) => {
  const guards: readonly [string, boolean][] = [
    ['state.login == "" && token != ""', false],
    ['state.login != token && state.login != "" && token != ""', true],
    ['size(token) == 18 && token in state.tokens', false],
    ['state.push.status in ["ACCEPTED", "DECLINED"]', true],
    ['!(token in state.tokens)', false],
    ['size(token) == 3 ? state.known : true', false],
  ]
  const state = { login: 'eve', tokens: { ann: {} }, push: { status: 'DECLINED' }, known: false }
  for (const [source, expected] of guards) {
    const { ast } = LANGUAGE.compile(source)
    t.equal(compilePlain(ast, () => false)?.(scopeOf(state)), expected, source)
  }
})
