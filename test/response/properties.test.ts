/** Whatever schema is composed of the keywords that documents use, generated values keep to it. */
import fc from 'fast-check'
import t from 'tap'
import { makerOf, ref } from '../fixtures/generating.ts'
import { runs } from '../fixtures/properties.ts'

const bounds = (low: string, high: string, most: number) =>
  fc.tuple(fc.option(fc.nat(most)), fc.option(fc.nat(most))).map(([least, room]) => ({
    ...(least !== null && { [low]: least }),
    ...(room !== null && { [high]: (least ?? 0) + room }),
  }))

const format = fc.constantFrom('uri', 'email', 'uuid', 'date', 'date-time', 'ipv4', 'hostname')

const leaf = fc.oneof(
  bounds('minLength', 'maxLength', 30).map((more) => ({ type: 'string', ...more })),
  format.map((format) => ({ type: 'string', format })),
  fc
    .constantFrom('^[a-z]{2,9}$', '^\\d{4}-[A-Z]$', 'abc')
    .map((pattern) => ({ type: 'string', pattern })),
  bounds('minimum', 'maximum', 100).map((more) => ({ type: 'integer', ...more })),
  bounds('exclusiveMinimum', 'maximum', 9)
    .map((more) => ({ type: ['null', 'number'], ...more }))
    .filter(
      (schema) =>
        !('maximum' in schema) ||
        Number(schema.maximum) > Number(Object(schema).exclusiveMinimum ?? -1),
    ),
  fc.constantFrom<object>(
    ...[
      { type: 'boolean' },
      { type: 'null' },
      { enum: ['a', 'b', null] },
      { const: 5 },
      ref('Tree'),
    ],
    ...[{ type: 'string', example: 'e' }, { type: 'integer', default: 3 }, {}],
  ),
)

const names = fc.constantFrom('a', 'b', 'c', 'id')

const { schema } = fc.letrec<{ schema: object }>((tie) => {
  const inner = tie('schema')
  const properties = fc.dictionary(names, inner, { maxKeys: 3 })
  const object = fc
    .tuple(properties, fc.subarray(['a', 'b', 'id']), fc.constantFrom({}, { minProperties: 1 }))
    .map(([properties, required, more]) => ({ type: 'object', properties, required, ...more }))
  const array = fc
    .tuple(inner, bounds('minItems', 'maxItems', 3))
    .map(([items, more]) => ({ type: 'array', items, ...more }))
  const map = inner.map((additionalProperties) => ({ type: 'object', additionalProperties }))
  const all = object.map((one) => ({ allOf: [one, { type: 'object', required: ['id'] }] }))
  const any = fc.tuple(inner, inner).map((anyOf) => ({ anyOf }))
  const nullable = inner.map((one) => ({ anyOf: [one, { type: 'null' }] }))
  return {
    schema: fc.oneof({ maxDepth: 3 }, leaf, object, array, map, all, any, nullable),
  }
})

const Tree = {
  type: 'object',
  required: ['value'],
  properties: { value: { type: 'integer' }, all: { type: 'array', items: ref('Tree') } },
}

t.test('a generated value keeps to its schema and is the same for the same seed', async (t) => {
  const seed = fc.nat(2 ** 31 - 1)
  await fc.assert(
    fc.asyncProperty(schema, seed, async (schema, seed) => {
      const { generated, check } = makerOf(schema, { Tree })
      const made = await generated(seed)
      if (!made.ok) throw new Error(made.reason)
      const [violation] = check(made.value)
      if (violation) throw new Error(`${JSON.stringify(made.value)} ${violation.message}`)
      const again = await generated(seed)
      if (JSON.stringify(again) !== JSON.stringify(made)) throw new Error('another value')
    }),
    runs(150),
  )
  t.pass()
})
