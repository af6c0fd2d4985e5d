import t from 'tap'
import type { Contract, Json } from '../../src/contract/model.ts'
import { Problem } from '../../src/errors.ts'
import { createGenerator, type Generate } from '../../src/generate/generate.ts'
import { buildResponse, type HttpResponse } from '../../src/response/build.ts'
import { successStatus } from '../../src/response/choose.ts'
import type { ResponsePlan } from '../../src/scenario/model.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const SCHEMA = { type: 'object', required: ['n'], properties: { n: { const: 7 } } }

/** Makes an operation that documents these responses, with ways to ask for them. */
function operationOf(responses: object) {
  const paths = { '/codes': { get: { operationId: 'list', responses } } }
  const contract = contractOfPaths(paths)
  return { contract, operation: contract.operations.get('list')! }
}

/** Builds the response to a plan; generated values are `made`, unless a generator is given. */
async function built(
  responses: object,
  plan: ResponsePlan,
  generate: Generate = async () => ({ ok: true, value: { made: true } }),
): Promise<HttpResponse> {
  const { contract, operation } = operationOf(responses)
  return buildResponse(operation, plan, { contract, generate, seed: () => 5 })
}

const json = (media: object, more: object = {}) => ({
  200: { description: '', content: { 'application/json': media }, ...more },
})

const EXAMPLES = { A: { value: { a: 1 } }, B: { value: { b: 2 } }, NULL: { value: null } }

t.test('a scripted body is sent', async (t) => {
  t.same(await built(json({ examples: EXAMPLES }), { status: 200, body: { mine: 1 } }), {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"mine":1}',
    from: 'script',
  })
})

t.test('a body of null is a body', async (t) => {
  t.match(await built(json({}), { status: 200, body: null }), { body: 'null', from: 'script' })
})

t.test('a scripted example is sent', async (t) => {
  const answer = await built(json({ examples: EXAMPLES }), { status: 200, example: 'B' })
  t.match(answer, { body: '{"b":2}', from: 'example' })
})

t.test('an example of null is an example', async (t) => {
  const answer = await built(json({ examples: EXAMPLES }), { status: 200, example: 'NULL' })
  t.match(answer, { body: 'null', from: 'example' })
})

t.test('the first example is sent when the scenario names none', async (t) => {
  const answer = await built(json({ examples: EXAMPLES, schema: SCHEMA }), { status: 200 })
  t.match(answer, { body: '{"a":1}', from: 'example' })
})

t.test('the body is generated when there is no example', async (t) => {
  const answer = await built(json({ schema: SCHEMA }), { status: 200 })
  t.match(answer, { body: '{"made":true}', from: 'generated' })
})

t.test('the body is generated in spite of examples when that is wanted', async (t) => {
  const wanted = { status: 200, dynamic: true }
  t.match(await built(json({ examples: EXAMPLES, schema: SCHEMA }), wanted), { from: 'generated' })
})

t.test('the generator gets contract, schema and seed', async (t) => {
  const asked: unknown[] = []
  const { contract, operation } = operationOf(json({ schema: SCHEMA }))
  const generate: Generate = async (...given: [Contract, unknown, number]) => {
    asked.push(...given)
    return { ok: true, value: {} }
  }
  await buildResponse(operation, { status: 200 }, { contract, generate, seed: () => 42 })
  t.equal(asked[0], contract)
  t.match(asked[1], { required: ['n'] })
  t.equal(asked[2], 42)
})

t.test('the seed is not computed when nothing is generated', async (t) => {
  const { contract, operation } = operationOf(json({ examples: EXAMPLES, schema: SCHEMA }))
  const seed = () => {
    throw new Error('asked')
  }
  t.match(
    buildResponse(operation, { status: 200 }, { contract, generate: createGenerator(), seed }),
    {
      status: 200,
    },
  )
})

t.test('a generated body keeps to the contract', async (t) => {
  const { body } = await built(json({ schema: SCHEMA }), { status: 200 }, createGenerator())
  t.equal(JSON.parse(body!).n, 7)
})

t.test('a body that cannot be generated is a problem with a remedy', async (t) => {
  const generate: Generate = async () => ({ ok: false, reason: 'too odd' })
  await t.rejects(built(json({ schema: SCHEMA }), { status: 200 }, generate), {
    constructor: Problem,
    code: 'no-answer',
    message:
      '200 of list cannot be generated from its schema: too odd; give the contract an example',
  })
})

t.test('no body is sent when there is neither example nor schema', async (t) => {
  t.match(await built(json({}), { status: 200 }), { body: undefined, from: 'contract' })
})

t.test('no body is sent when the contract has none', async (t) => {
  t.same(await built({ 204: { description: '' } }, { status: 204 }), {
    status: 204,
    headers: {},
    body: undefined,
    from: 'contract',
  })
})

t.test('a scenario may leave out the body', async (t) => {
  const answer = await built(json({ examples: EXAMPLES }), { status: 200, empty: true })
  t.match(answer, { body: undefined, from: 'contract' })
  t.notOk('content-type' in answer.headers)
})

t.test('headers with an example are sent', async (t) => {
  const headers = { 'X-Left': { example: 5 }, 'X-Other': { schema: { type: 'string' } } }
  const answer = await built(json({ examples: EXAMPLES }, { headers }), { status: 200 })
  t.same(answer.headers, { 'content-type': 'application/json', 'x-left': '5' })
})

t.test('headers are sent even without a body', async (t) => {
  const headers = { 'X-Left': { example: 5 } }
  t.same((await built({ 204: { headers } }, { status: 204 })).headers, { 'x-left': '5' })
})

t.test("a scenario's headers override the contract's", async (t) => {
  const headers = { 'X-Left': { example: 5 } }
  const wanted = { status: 204, headers: { 'x-left': '0', 'x-more': 'y' } }
  t.same((await built({ 204: { headers } }, wanted)).headers, { 'x-left': '0', 'x-more': 'y' })
})

t.test("a scenario's media type overrides the contract's", async (t) => {
  const wanted = { status: 200, body: {}, headers: { 'content-type': 'application/hal+json' } }
  t.equal((await built(json({}), wanted)).headers['content-type'], 'application/hal+json')
})

t.test('a response may document a range of statuses', async (t) => {
  const given = { '4XX': json({ examples: EXAMPLES })[200] }
  t.match(await built(given, { status: 418 }), { status: 418, body: '{"a":1}' })
})

const TEXTS: readonly [type: string, value: Json, body: string][] = [
  ['text/plain', 'hello', 'hello'],
  ['text/plain', { a: 1 }, '{"a":1}'],
  ['application/xml', '<a/>', '<a/>'],
  ['application/json', 'hello', '"hello"'],
  ['application/problem+json', 'hello', '"hello"'],
]

for (const [type, value, body] of TEXTS) {
  t.test(`${JSON.stringify(value)} as ${type} is ${body}`, async (t) => {
    const answer = await built({ 200: { content: { [type]: {} } } }, { status: 200, body: value })
    t.match(answer, { body, headers: { 'content-type': type } })
  })
}

t.test('a plan without an operation is sent as it is', async (t) => {
  const { contract } = operationOf(json({ examples: EXAMPLES }))
  const source = { contract, generate: createGenerator(), seed: () => 1 }
  t.same(buildResponse(undefined, { status: 404, body: { code: 'X' } }, source), {
    status: 404,
    headers: { 'content-type': 'application/json' },
    body: '{"code":"X"}',
    from: 'script',
  })
  t.same(buildResponse(undefined, { status: 404 }, source), {
    status: 404,
    headers: {},
    body: undefined,
    from: 'contract',
  })
})

t.test('an operation responds with default when it documents nothing else', async (t) => {
  const { contract, operation } = operationOf({ default: json({ examples: EXAMPLES })[200] })
  const source = { contract, generate: createGenerator(), seed: () => 1 }
  t.match(await buildResponse(operation, { status: successStatus(operation) }, source), {
    body: '{"a":1}',
  })
})
