import t from 'tap'
import type { Diagnostic } from '../../src/errors.ts'
import { Diagnostics } from '../../src/errors.ts'
import { compileLets } from '../../src/scenario/compile-names.ts'
import { Language } from '../../src/scenario/expression.ts'
import { IDS, RequestView, Scope } from '../../src/scenario/scope.ts'
import { YamlFile } from '../../src/yaml-file.ts'

function scope() {
  let made = 0
  const request = new RequestView({ method: '', path: {}, query: {}, headers: {} })
  const facts = { request, token: 'user', apiKey: '', now: new Date(0) }
  const ids = { request: () => 'request', next: () => `id-${++made}` }
  return { scope: new Scope(facts, { state: { n: 1 }, call: 2n, [IDS]: ids }), made: () => made }
}

/** Names of a file, and what is wrong with them. */
function letsOf(names: object, outer = Language.of({ otp: '123456' })) {
  const list: Diagnostic[] = []
  const source = new YamlFile('a.yaml', JSON.stringify({ let: names }))
  const raw = (source.value as { let: Record<string, unknown> }).let
  const { language, lets } = compileLets(raw, ['let'], outer, new Diagnostics(source, list))
  return {
    language,
    lets: lets!,
    faults: list.map(({ column, message }) => `${column}: ${message}`),
  }
}

t.test('without names nothing changes', async (t) => {
  const outer = Language.of({})
  const diagnostics = new Diagnostics(new YamlFile('a.yaml', ''), [])
  t.same(compileLets(undefined, [], outer, diagnostics), { language: outer, lets: undefined })
})

t.test('a name stands for its value', async (t) => {
  const { language, lets } = letsOf({ who: '${token}', fixed: 'x', list: ['${otp}'] })
  const known = lets(scope().scope)
  const worth = (source: string) => language.compile(source).evaluate(known)
  t.equal(worth('who + fixed'), 'userx')
})

t.test('a name knows those before it', async (t) => {
  const { language, lets, faults } = letsOf({ a: '${token}', b: '${a + "!"}', c: '${b + a}' })
  t.same(faults, [])
  t.equal(language.compile('c').evaluate(lets(scope().scope)), 'user!user')
})

t.test('a name does not know those after it', async (t) => {
  const { faults } = letsOf({ second: '${first}', first: 1 })
  t.match(faults.join(), /^\d+: "first": Unknown variable: first$/)
})

t.test('a name that nobody asks for is not worked out', async (t) => {
  const { language, lets } = letsOf({ id: '${newId()}', other: 1 })
  const { scope: outer, made } = scope()
  language.compile('other').evaluate(lets(outer))
  t.equal(made(), 0)
})

t.test('a name is worked out once', async (t) => {
  const { language, lets } = letsOf({ id: '${newId()}' })
  const { scope: outer, made } = scope()
  t.equal(language.compile('id + " " + id').evaluate(lets(outer)), 'id-1 id-1')
  t.equal(made(), 1)
})

t.test('a name whose value is null is worked out once, too', async (t) => {
  const { language, lets } = letsOf({ none: '${newId() == "" ? dyn("x") : dyn(null)}' })
  const { scope: outer, made } = scope()
  const known = lets(outer)
  for (const _ of [1, 2]) language.compile('none').evaluate(known)
  t.equal(made(), 1)
})

t.test('each scope works out its own', async (t) => {
  const { language, lets } = letsOf({ id: '${newId()}' })
  const { scope: outer } = scope()
  const id = language.compile('id')
  t.equal(id.evaluate(lets(outer)), 'id-1')
  t.equal(id.evaluate(lets(outer)), 'id-2')
})

t.test('a name that fails harms only those who ask for it', async (t) => {
  const { language, lets } = letsOf({ odd: '${state.missing}', fine: '${token}' })
  const known = lets(scope().scope)
  t.equal(language.compile('fine').evaluate(known), 'user')
  t.throws(() => language.compile('odd').evaluate(known), /No such key: missing/)
})

t.test('names within names are asked of the outer ones, not worked out again', async (t) => {
  const outer = letsOf({ id: '${newId()}' })
  const inner = letsOf({ both: '${id + id}' }, outer.language)
  const { scope: facts, made } = scope()
  const known = inner.lets(outer.lets(facts))
  t.equal(inner.language.compile('both + id').evaluate(known), 'id-1id-1id-1')
  t.equal(made(), 1)
})

t.test('what was known before is known still', async (t) => {
  const { language, lets } = letsOf({ a: 1 })
  const known = lets(scope().scope)
  t.equal(language.compile('token + otp').evaluate(known), 'user123456')
  t.equal(language.compile('call').evaluate(known), 2n)
  t.equal(language.compile('state.n').evaluate(known), 1)
})

t.test('a name that has a meaning is refused', async (t) => {
  t.same(letsOf({ token: 1 }).faults, ['9: "token" is already defined; choose another name'])
  t.match(letsOf({ otp: 1 }).faults, [/"otp" is already defined/])
})

t.test('a name that an outer one has is refused', async (t) => {
  const { language } = letsOf({ id: 1 })
  t.match(letsOf({ id: 1 }, language).faults, [/"id" is already defined/])
})

t.test('a mistake in a value is told at its letter', async (t) => {
  t.match(letsOf({ a: 'x ${tokn}' }).faults, [
    '18: "tokn": Unknown variable: tokn; did you mean "token"?',
  ])
})

t.test('a name whose value is a mistake is known all the same', async (t) => {
  const { language, faults } = letsOf({ a: '${tokn}', b: '${a}' })
  t.equal(faults.length, 1)
  t.equal(language.compile('b').type, 'dyn')
})

t.test('a name has the type of its value', async (t) => {
  const { language } = letsOf({
    text: 'x',
    mixed: 'x ${call}',
    flag: '${1 < 2}',
    number: 5,
    items: [1],
    object: { a: 1 },
    hole: '${call}',
  })
  const types = ['text', 'mixed', 'flag', 'number', 'items', 'object', 'hole'].map(
    (name) => language.compile(name).type,
  )
  t.same(types, ['string', 'string', 'bool', 'dyn', 'list', 'map', 'dyn'])
})
