import t from 'tap'
import { flatten, schemaKey } from '../../src/generate/flatten.ts'
import { makerOf, ref } from '../fixtures/generating.ts'

const SCHEMAS = {
  Pet: {
    type: 'object',
    properties: { kind: { type: 'string' } },
    discriminator: { propertyName: 'kind' },
  },
  Cat: { allOf: [ref('Pet'), { required: ['lives'] }] },
  Loop: { type: 'object', oneOf: [ref('Sub'), { required: ['other'] }] },
  Sub: { allOf: [ref('Loop'), { required: ['sub'] }] },
}

function whole(schema: object, branch = 0) {
  const { follow, schema: read } = makerOf(schema, SCHEMAS)
  return flatten(read, follow, branch)
}

const both = (one: object, other: object) => whole({ allOf: [one, other] })

const ROWS: readonly [one: object, other: object, both: object][] = [
  [{ minLength: 2 }, { minLength: 5 }, { minLength: 5 }],
  [{ maximum: 2 }, { maximum: 5 }, { maximum: 2 }],
  [{ exclusiveMinimum: 2 }, { exclusiveMinimum: 5 }, { exclusiveMinimum: 5 }],
  [{ required: ['a'] }, { required: ['a', 'b'] }, { required: ['a', 'b'] }],
  [{ enum: [1, 2, [3]] }, { enum: [[3], 2] }, { enum: [2, [3]] }],
  [{ type: ['string', 'null'] }, { type: 'string' }, { type: ['string'] }],
  [{ type: 'number' }, { type: 'integer' }, { type: ['integer'] }],
  [{ type: 'string' }, { type: 'integer' }, { type: [] }],
  [{ multipleOf: 2 }, { multipleOf: 6 }, { multipleOf: 6 }],
  [{ multipleOf: 4 }, { multipleOf: 6 }, { multipleOf: 24 }],
  [{ uniqueItems: true }, { uniqueItems: false }, { uniqueItems: true }],
  [
    { additionalProperties: false },
    { additionalProperties: true },
    { additionalProperties: false },
  ],
  [{ items: true }, { items: { minimum: 1 } }, { items: { minimum: 1 } }],
  [
    { items: { minimum: 1 } },
    { items: { maximum: 2 } },
    { items: { allOf: [{ minimum: 1 }, { maximum: 2 }] } },
  ],
  [{ example: { a: 1 } }, { example: { b: 2 } }, { example: { a: 1, b: 2 } }],
  [{ example: 1 }, { example: 2 }, { example: 2 }],
]

for (const [one, other, expected] of ROWS) {
  t.test(`${JSON.stringify(one)} and ${JSON.stringify(other)} become one schema`, async (t) => {
    t.same(both(one, other), expected)
  })
}

t.test(
  'each branch chooses another alternative, and counting starts again after the last',
  async (t) => {
    const schema = { anyOf: [{ minimum: 1 }, { type: 'null' }, { minimum: 2 }] }
    t.same(
      [0, 1, 2].map((branch) => whole(schema, branch).minimum),
      [1, 2, 1],
    )
  },
)

t.test('a base schema is flattened once when it lists its own subtypes', async (t) => {
  t.same(whole(ref('Sub'), 1).required, ['sub'])
  t.same(whole(ref('Loop'), 1).required, ['other'])
  t.same(whole(ref('Loop')).required, ['sub'])
})

t.test('a discriminator property has the name of the subtype', async (t) => {
  t.match(whole(ref('Cat')), { required: ['kind', 'lives'] })
  t.match(whole(ref('Cat')).properties, { kind: { allOf: [{}, { const: 'Cat' }] } })
})

t.test('a schema has the key of its reference when it only wraps that', async (t) => {
  const wrapped = { anyOf: [{ allOf: [ref('Cat')] }, { type: 'null' }] }
  const { follow, schema } = makerOf(wrapped, SCHEMAS)
  t.match(schemaKey(schema, follow), /\/Cat$/)
  t.equal(typeof schemaKey({ ...wrapped, properties: {} }, follow), 'object')
})
