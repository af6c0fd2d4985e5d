import t from 'tap'
import type { Schema } from '../../src/contract/model.ts'
import { coerce, SchemaView } from '../../src/contract/schema.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const SCHEMAS = {
  Count: { type: 'integer' },
  Tree: { type: 'object', properties: { kids: { items: { $ref: '#/components/schemas/Tree' } } } },
  Self: { anyOf: [{ type: 'string' }, { $ref: '#/components/schemas/Self', title: 'again' }] },
}

/** Views a schema that stands in a document. */
function shapeOf(schema: Schema | undefined): SchemaView {
  const content = { 'application/json': { schema } }
  const paths = { '/x': { post: { operationId: 'send', requestBody: { content } } } }
  const contract = contractOfPaths(paths, { components: { schemas: SCHEMAS } })
  const [media] = contract.operations.get('send')!.body!.media
  return new SchemaView(media?.schema, contract.follow)
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const TYPES: readonly [schema: Schema | undefined, types: string[]][] = [
  [undefined, []],
  [true, []],
  [{}, []],
  [{ type: 'string' }, ['string']],
  [{ type: ['string', 'null'] }, ['string', 'null']],
  [{ properties: {} }, ['object']],
  [{ items: {} }, ['array']],
  [{ prefixItems: [{}] }, ['array']],
  [{ enum: [1, 'a', true] }, ['number', 'string', 'boolean']],
  [{ const: 'a' }, ['string']],
  [{ enum: ['a', null] }, ['string', 'null']],
  [{ enum: [[1]] }, ['array']],
  [ref('Count'), ['integer']],
  [ref('Tree'), ['object']],
  [ref('Self'), ['string']],
  [{ allOf: [ref('Count'), { minimum: 1 }] }, ['integer']],
  [{ oneOf: [ref('Count'), { anyOf: [{ type: 'string' }] }] }, ['integer', 'string']],
]

for (const [schema, types] of TYPES) {
  t.test(`${JSON.stringify(schema)} allows: ${types.join(', ')}`, async (t) => {
    t.same([...shapeOf(schema).types].toSorted(), types.toSorted())
  })
}

t.test('a schema is neither list nor object when it may be both', async (t) => {
  const { isList, isObject } = shapeOf({ type: ['array', 'object'] })
  t.same([isList, isObject], [false, false])
})

t.test('properties and items are found in all parts, at any depth', async (t) => {
  const shape = shapeOf({
    allOf: [ref('Tree'), { properties: { n: ref('Count') }, additionalProperties: ref('Self') }],
  })
  t.same(shape.propertyNames, ['kids', 'n'])
  t.ok(shape.property('n').types.has('integer'))
  t.ok(shape.property('odd').types.has('string'))
  t.ok(shape.property('constructor').types.has('string'))
  const kid = shape.property('kids').itemAt(3)
  t.ok(kid.property('kids').itemAt(0).isObject)
})

const MEANT: readonly [text: string, schema: Schema, value: unknown][] = [
  ['5', { type: 'integer' }, 5],
  ['5.5', { type: 'integer' }, 5.5],
  ['-0.5e-3', { type: 'number' }, -0.0005],
  ['05', { type: 'integer' }, '05'],
  ['', { type: 'integer' }, ''],
  ['5', { type: 'string' }, '5'],
  ['5', {}, '5'],
  ['TRUE', { type: 'boolean' }, 'TRUE'],
  ['null', { type: ['boolean', 'null'] }, null],
  ['1', { enum: [1, '1'] }, '1'],
]

for (const [text, schema, value] of MEANT) {
  t.test(`"${text}" of ${JSON.stringify(schema)} means ${JSON.stringify(value)}`, async (t) => {
    t.equal(coerce(text, shapeOf(schema)), value)
  })
}
