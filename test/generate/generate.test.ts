import t from 'tap'
import { createGenerator } from '../../src/generate/generate.ts'
import { loadApis } from '../../src/sandbox/load.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const TREE = {
  type: 'object',
  required: ['value'],
  properties: {
    value: { type: 'integer' },
    children: { type: 'array', maxItems: 2, items: { $ref: '#/components/schemas/Tree' } },
  },
}

const SCHEMAS: Readonly<Record<string, object>> = {
  'a text of some length': { type: 'string', minLength: 5, maxLength: 9 },
  'a text of a pattern': { type: 'string', pattern: '^[A-Z]{3}-[0-9]{2}$' },
  'a date': { type: 'string', format: 'date' },
  'a date with time': { type: 'string', format: 'date-time' },
  'a uuid': { type: 'string', format: 'uuid' },
  'an address of mail': { type: 'string', format: 'email' },
  'one of some values': { enum: ['A', 'B'] },
  'a number in bounds': { type: 'number', minimum: 1, maximum: 2 },
  'a whole number beyond bounds': { type: 'integer', exclusiveMinimum: 5, exclusiveMaximum: 8 },
  'a truth': { type: 'boolean' },
  'nothing or a text': { type: ['string', 'null'] },
  'a list': { type: 'array', minItems: 2, maxItems: 3, items: { type: 'integer' } },
  'a list without repetition': {
    type: 'array',
    minItems: 2,
    uniqueItems: true,
    items: { enum: [1, 2, 3] },
  },
  'an object': {
    type: 'object',
    required: ['a', 'b'],
    properties: { a: { type: 'string' }, b: { type: 'integer' } },
    additionalProperties: false,
  },
  'all of several': {
    allOf: [
      { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
      { type: 'object', required: ['b'], properties: { b: { const: 5 } } },
    ],
  },
  'one of several': { oneOf: [{ type: 'string' }, { type: 'integer' }] },
  'something that is described elsewhere': { $ref: '#/components/schemas/Code' },
  'something that contains itself': { $ref: '#/components/schemas/Tree' },
}

/** A contract whose one answer has this schema, and how to make a body for it. */
function makerOf(schema: unknown) {
  const responses = { 200: { description: '', content: { 'application/json': { schema } } } }
  const schemas = {
    Tree: TREE,
    Code: { type: 'object', required: ['id'], properties: { id: { const: 'x' } } },
  }
  const paths = { '/codes': { get: { operationId: 'list', responses } } }
  const contract = contractOfPaths(paths, { components: { schemas } })
  const spec = contract.operations.get('list')!.responses.get('200')!
  const generate = createGenerator()
  return {
    make: (seed: number) => generate(contract, spec.content!.schema!, seed),
    check: (value: Parameters<typeof contract.checkBody>[1]) => contract.checkBody(spec, value),
  }
}

for (const [what, schema] of Object.entries(SCHEMAS)) {
  t.test(`${what} is generated as the schema wants it`, async (t) => {
    const { make, check } = makerOf(schema)
    for (const seed of [1, 2, 3, 2 ** 31 - 1]) {
      const made = await make(seed)
      t.ok(made.ok)
      t.same(made.ok && check(made.value), [])
    }
  })

  t.test(`${what} is the same for the same seed`, async (t) => {
    const made = await Promise.all([makerOf(schema).make(7), makerOf(schema).make(7)])
    t.same(made[0], made[1])
  })
}

t.test('another seed makes another value', async (t) => {
  const { make } = makerOf({ type: 'string', minLength: 20 })
  t.strictNotSame(await make(1), await make(2))
})

t.test('what was made before makes no difference', async (t) => {
  const { make } = makerOf({ type: 'string', minLength: 20 })
  const first = await make(1)
  await make(2)
  t.same(await make(1), first)
})

t.test('a schema that nothing keeps to is given up with a reason', async (t) => {
  const { make } = makerOf({ allOf: [{ type: 'string' }, { type: 'integer' }] })
  t.match(await make(1), { ok: false, reason: /must be/ })
})

t.test('a schema that is false is given up', async (t) => {
  t.match(await makerOf(false).make(1), { ok: false })
})

t.test('a schema that must contain itself for ever is given up with a reason', async (t) => {
  const Endless = {
    type: 'object',
    required: ['next'],
    properties: { next: { $ref: '#/components/schemas/Endless' } },
  }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Endless' } } }
  const contract = contractOfPaths(
    { '/codes': { get: { operationId: 'list', responses: { 200: { content } } } } },
    { components: { schemas: { Endless } } },
  )
  const { schema } = contract.operations.get('list')!.responses.get('200')!.content!
  const made = await createGenerator()(contract, schema!, 1)
  t.match(made, { ok: false, reason: /./ })
})

for (const [api, { contract }] of loadApis({ specs: [], scenarios: [] }).byName) {
  const generate = createGenerator()
  for (const { id, responses } of contract.operations.values()) {
    for (const spec of responses.values()) {
      const schema = spec.content?.schema
      if (schema === undefined) continue
      t.test(`${spec.key} of ${id} of ${api} can be generated`, async (t) => {
        const made = await generate(contract, schema, 1)
        t.match(made, { ok: true })
        t.same(made.ok && contract.checkBody(spec, made.value), [])
      })
    }
  }
}
