/** Who may send a property: `readOnly` in responses only, `writeOnly` in requests only. */
import t from 'tap'
import type { Json } from '../../src/contract/model.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const ID = { type: 'integer', readOnly: true }
const PIN = { type: 'integer', writeOnly: true }

const COMPONENTS = {
  schemas: {
    Id: ID,
    Pin: PIN,
    Base: { type: 'object', required: ['id', 'pin'], properties: { id: ID, pin: PIN } },
  },
}
const BASE = { $ref: '#/components/schemas/Base' }

/** Checks a value as a request and as a response. */
function sides(schema: object, openapi = '3.1.0') {
  const content = { 'application/json': { schema } }
  const operation = {
    ...{ operationId: 'send', requestBody: { content } },
    responses: { 200: { description: '', content } },
  }
  const more = { components: COMPONENTS, openapi }
  const contract = contractOfPaths({ '/x': { post: operation } }, more)
  const known = contract.operations.get('send')!
  return {
    request: (body: Json) =>
      contract
        .checkRequest(known, { path: {}, query: {}, headers: {}, body })
        .map(({ field, rule }) => `${field} ${rule}`),
    answer: (body: Json) =>
      contract.checkBody(known.responses.get('200')!, body).map(({ path }) => path),
  }
}

const own = { type: 'object', required: ['id', 'pin'], properties: { id: ID, pin: PIN } }

const SCHEMAS: Readonly<Record<string, object>> = {
  'own properties': own,
  'properties that are references': {
    ...own,
    properties: {
      id: { $ref: '#/components/schemas/Id' },
      pin: { $ref: '#/components/schemas/Pin' },
    },
  },
  'a schema behind a reference': BASE,
  'schemas in an allOf': { allOf: [BASE, { type: 'object' }] },
  'properties that another part requires': {
    allOf: [
      { type: 'object', properties: { id: ID, pin: PIN } },
      { type: 'object', required: ['id', 'pin'] },
    ],
  },
  'properties behind a reference that another part requires': {
    allOf: [BASE, { type: 'object', required: ['id', 'pin'] }],
  },
  'properties that are required beside their schemas': { allOf: [BASE], required: ['id', 'pin'] },
  'properties with an allOf': {
    ...own,
    properties: {
      id: { allOf: [{ $ref: '#/components/schemas/Id' }] },
      pin: { allOf: [{ $ref: '#/components/schemas/Pin' }] },
    },
  },
}

for (const [what, schema] of Object.entries(SCHEMAS)) {
  for (const openapi of ['3.0.3', '3.1.0']) {
    t.test(`properties are sent in their own direction only: ${what} (${openapi})`, async (t) => {
      const { request, answer } = sides(schema, openapi)
      t.same(request({ pin: 1 }), [])
      t.same(request({}), ['pin required'])
      t.same(request({ id: 1, pin: 1 }), ['id unknown'])
      t.same(answer({ id: 1 }), [])
      t.same(answer({ id: 1, pin: 1 }), ['/pin'])
      t.same(answer({ id: 'x' }), ['/id'])
      t.ok(answer({}).length > 0)
    })
  }
}

t.test('a property required beside a reference is required where it may be sent', async (t) => {
  const { request, answer } = sides({ ...BASE, required: ['id', 'pin'] })
  t.same(request({ pin: 1 }), [])
  t.same(request({ id: 1, pin: 1 }), ['id unknown'])
  t.same(answer({ id: 1 }), [])
})

for (const [what, wrap, value, field] of [
  ['a list', (items: object) => ({ type: 'array', items }), (v: Json) => [v], '[0].id'],
  ['an object', (a: object) => ({ properties: { a } }), (v: Json) => ({ a: v }), 'a.id'],
  ['a map', (a: object) => ({ additionalProperties: a }), (v: Json) => ({ b: v }), 'b.id'],
] as const) {
  t.test(`a property inside ${what} is sent in its own direction only`, async (t) => {
    for (const schema of [own, BASE]) {
      const { request, answer } = sides(wrap(schema))
      t.same(request(value({ pin: 1 })), [])
      t.same(request(value({ id: 1, pin: 1 })), [`${field} unknown`])
      t.same(answer(value({ id: 1 })), [])
      t.equal(answer(value({ id: 1, pin: 1 })).length, 1)
    }
  })
}

t.test('a property may be called readOnly', async (t) => {
  const { request } = sides({ properties: { readOnly: { type: 'boolean' } }, example: own })
  t.same(request({ readOnly: true }), [])
})

t.test('a property may be sent in both directions when both keywords are false', async (t) => {
  const { request, answer } = sides({ properties: { a: { readOnly: false, writeOnly: false } } })
  t.same([request({ a: 1 }), answer({ a: 1 })], [[], []])
})

t.test('a property that must not be sent is reported in words', async (t) => {
  const schema = { type: 'object', properties: { id: { type: 'string', readOnly: true } } }
  const content = { 'application/json': { schema } }
  const contract = contractOfPaths({
    '/codes': { post: { operationId: 'send', requestBody: { content }, responses: {} } },
  })
  const parts = { path: {}, query: {}, headers: {}, body: { id: 'x' } }
  t.match(contract.checkRequest(contract.operations.get('send')!, parts), [
    { field: 'id', rule: 'unknown', message: 'must not be sent: it is readOnly' },
  ])
})
