import t from 'tap'
import type { Json } from '../../src/contract/model.ts'
import { prune } from '../../src/generate/generate.ts'
import { makerOf } from '../fixtures/generating.ts'

type Row = readonly [what: string, schema: object, value: Json, mended: Json]

const whole = { type: 'integer' }
const closed = { type: 'object', properties: { a: whole }, additionalProperties: false }

const ROWS: readonly Row[] = [
  ['nothing where nothing is wrong', closed, { a: 1 }, { a: 1 }],
  ['a property of another type', closed, { a: 'x' }, {}],
  ['a property that may not be there', closed, { a: 1, b: 2 }, { a: 1 }],
  ['one within another', { properties: { o: closed } }, { o: { a: 1, b: 2 } }, { o: { a: 1 } }],
  ['an item', { items: whole }, [1, 'x', 2], [1, 2]],
  ['an item too many', { items: whole, maxItems: 1 }, [1, 2], [1]],
  ['an item that is there twice', { uniqueItems: true }, [1, 2, 1], [1, 2]],
  ['a property too many', { maxProperties: 1 }, { a: 1, b: 2 }, { a: 1 }],
  [
    'what makes two alternatives fit',
    { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    { a: 1, b: 2 },
    { a: 1 },
  ],
  ['a name with signs of a pointer', { additionalProperties: false }, { 'a/b~c': 1 }, {}],
  ['the whole of what lacks something', { properties: { o: { required: ['x'] } } }, { o: {} }, {}],
]

for (const [what, schema, value, expected] of ROWS) {
  t.test(`${what} is removed`, async (t) => {
    const { check } = makerOf({ type: Array.isArray(value) ? 'array' : 'object', ...schema })
    t.same(prune(value, check), expected)
  })
}

t.test('a required property stays even when it breaks the schema', async (t) => {
  const { check } = makerOf({ ...closed, required: ['a'] })
  t.same(prune({ a: 'x' }, check), { a: 'x' })
})

t.test('a string that is too long is not cut like a list', async (t) => {
  t.equal(prune('abc', makerOf({ type: 'string', maxLength: 2 }).check), 'abc')
})
