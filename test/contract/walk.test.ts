import t from 'tap'
import { modernise } from '../../src/contract/dialect.ts'
import { isObject, resolveFragment, rewrite } from '../../src/contract/walk.ts'

const ROOT = { a: { 'b/c': { '~d': [10, { e: 'deep' }] }, 'f g': 1 }, n: null }

const POINTERS: readonly [pointer: string, value: unknown][] = [
  ['', ROOT],
  ['/a/f g', 1],
  ['/a/f%20g', 1],
  ['/a/b~1c/~0d/0', 10],
  ['/a/b~1c/~0d/1/e', 'deep'],
  ['/n', null],
  ['/x', undefined],
  ['/a/x/y', undefined],
  ['/a/b~1c/~0d/7', undefined],
  ['/n/x', undefined],
  ['/constructor', undefined],
  ['/__proto__', undefined],
]

for (const [pointer, value] of POINTERS) {
  t.test(`the pointer "${pointer}" leads to ${JSON.stringify(value)?.slice(0, 20)}`, async (t) => {
    t.same(resolveFragment(ROOT, pointer), value)
  })
}

t.test('isObject accepts neither null nor lists', async (t) => {
  t.ok(isObject({}))
  for (const other of [null, [], 'a', 1, undefined]) t.notOk(isObject(other))
})

const marked = (value: unknown) => rewrite(value, (node) => ({ ...node, seen: true }))

t.test('every object is rewritten, the inner ones first', async (t) => {
  const order: string[] = []
  rewrite({ a: { b: {} }, c: [{}] }, (node, path) => {
    order.push(path.join('.'))
    return node
  })
  t.same(order, ['a.b', 'a', 'c.0', ''])
})

t.test('data is not rewritten', async (t) => {
  t.same(marked({ example: { a: {} }, enum: [{}], const: {}, default: {} }), {
    example: { a: {} },
    enum: [{}],
    const: {},
    default: {},
    seen: true,
  })
})

t.test('named schemas are rewritten whatever their names are', async (t) => {
  t.same(marked({ properties: { example: {}, default: {} } }), {
    properties: { example: { seen: true }, default: { seen: true } },
    seen: true,
  })
})

t.test('a map of named objects is not rewritten itself', async (t) => {
  t.same(marked({ responses: { default: { content: {} } } }), {
    responses: { default: { content: {}, seen: true } },
    seen: true,
  })
})

t.test('the original is not changed', async (t) => {
  const original = Object.freeze({ a: Object.freeze({}) })
  t.same(marked(original), { a: { seen: true }, seen: true })
  t.same(original, { a: {} })
})

const MODERN: readonly [old: object, modern: object][] = [
  [{ type: 'string' }, { type: 'string' }],
  [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
  [{ type: 'string', nullable: false }, { type: 'string' }],
  [{ nullable: true }, {}],
  [
    { type: 'string', nullable: true, enum: ['a'] },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    { type: 'string', nullable: true, enum: ['a', null] },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [{ minimum: 1, exclusiveMinimum: true }, { exclusiveMinimum: 1 }],
  [{ minimum: 1, exclusiveMinimum: false }, { minimum: 1 }],
  [{ maximum: 1, exclusiveMaximum: true }, { exclusiveMaximum: 1 }],
  [{ maximum: 1, exclusiveMaximum: false }, { maximum: 1 }],
  [
    { exclusiveMinimum: 1, exclusiveMaximum: 2 },
    { exclusiveMinimum: 1, exclusiveMaximum: 2 },
  ],
]

for (const [old, modern] of MODERN) {
  t.test(`${JSON.stringify(old)} of 3.0 becomes ${JSON.stringify(modern)}`, async (t) => {
    t.same(modernise({ ...old }), modern)
  })
}
