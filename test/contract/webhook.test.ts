import { resolve } from 'node:path'
import t from 'tap'
import { loadContract } from '../../src/contract/load.ts'
import { resolveRuntimeTemplate } from '../../src/contract/runtime-expression.ts'
import { formatDiagnostic } from '../../src/errors.ts'
import { readYamlFile } from '../../src/yaml-file.ts'
import { contractOf, contractOfPaths } from '../fixtures/files.ts'

const HOOKS = `openapi: 3.1.0
info: { title: Hooks, version: '1' }
webhooks:
  stepUp:
    x-path: /step-up/watch
    parameters:
      - { name: call-ref, in: header, schema: { type: string, maxLength: 9 } }
    post:
      summary: A step-up ended.
      parameters:
        - { $ref: '#/components/parameters/Published' }
        - { name: Call-Ref, in: header, schema: { type: string, maxLength: 5 } }
        - { name: Authorization, in: header, schema: { type: string } }
        - { name: page, in: query, schema: { type: string } }
      requestBody:
        required: true
        content:
          application/xml: { schema: { type: object } }
          application/json:
            schema: { $ref: '#/components/schemas/Event' }
            examples: { DONE: { value: { id: '1', status: DONE } } }
      responses: { '204': { description: Taken. } }
  /factors/watch:
    post: { responses: {} }
  plain:
    put: { responses: {} }
    post: { responses: {} }
components:
  parameters:
    Published:
      { name: Published, in: header, required: true, example: 5, schema: { type: integer } }
  schemas:
    Event:
      type: object
      required: [id, status]
      properties:
        id: { type: string, readOnly: true }
        secret: { type: string, writeOnly: true }
        status: { enum: [DONE, LOST] }
      additionalProperties: false
`

const contract = contractOf(HOOKS, 'hooks.yaml')
const stepUp = contract.webhooks.get('stepUp')!

t.test(
  'webhooks are named by their keys, and by their methods where they have several',
  async (t) => {
    t.same([...contract.webhooks.keys()], ['stepUp', '/factors/watch', 'plain.post', 'plain.put'])
    t.equal(contract.webhooks.get('plain.put')?.method, 'PUT')
  },
)

t.test('a webhook has its method, summary, media types and examples', async (t) => {
  const { api, name, method, summary, message, bodyRequired, callback } = stepUp
  t.same([api, name, method, summary], ['hooks', 'stepUp', 'POST', 'A step-up ended.'])
  t.same(
    message.contents.map(({ type }) => type),
    ['application/xml', 'application/json'],
  )
  t.equal(message.content?.type, 'application/json')
  t.same(message.content?.examples.get('DONE'), { id: '1', status: 'DONE' })
  t.same([bodyRequired, callback], [true, undefined])
})

t.test('the path of a webhook is x-path, else its key', async (t) => {
  t.equal(stepUp.path, '/step-up/watch')
  t.equal(contract.webhooks.get('/factors/watch')?.path, '/factors/watch')
  t.equal(contract.webhooks.get('plain.post')?.path, '/plain')
})

t.test(
  'the headers of a webhook are its parameters, which override those of the item',
  async (t) => {
    t.same([...stepUp.message.headers.keys()], ['published', 'call-ref'])
    t.equal(stepUp.message.headers.get('published')?.required, true)
    t.same(stepUp.message.exampleHeaders, { published: '5' })
  },
)

t.test('a document with webhooks only is loaded, and what it ignores is reported', async (t) => {
  t.equal(contract.operations.size, 0)
  t.same(contract.warnings.map(formatDiagnostic), [
    'hooks.yaml:11:9: the parameter page is ignored: a notification has headers only',
  ])
})

const GOOD = { id: '1', status: 'DONE' }
const HEADERS = { PUBLISHED: '5', 'call-ref': 'abc' }
const messagesOf = (...[body, headers]: Parameters<typeof stepUp.check>) =>
  stepUp.check(body, headers).map(({ message }) => message)

t.test('a notification that keeps the contract has no violations', async (t) => {
  t.same(stepUp.check(GOOD, HEADERS), [])
})

t.test('a notification is checked as what the API sends, not as what it receives', async (t) => {
  t.same(messagesOf({ ...GOOD, secret: 'x' }, HEADERS), [
    '/secret must not be sent: it is writeOnly',
  ])
})

t.test('a notification is refused when its body or headers break the contract', async (t) => {
  t.same(messagesOf({ id: '1', status: 'GONE' }, HEADERS), ['/status must be one of DONE, LOST'])
  t.same(messagesOf(undefined, HEADERS), ['the body is missing'])
  t.same(messagesOf(GOOD, {}), ['the header Published is missing'])
  t.match(messagesOf(GOOD, { Published: 'soon' }), [/must be integer/])
  t.match(messagesOf(GOOD, { Published: '1', 'Call-Ref': 'abcdef' }), [/more than 5 characters/])
})

t.test('a body is refused where the webhook has none', async (t) => {
  const plain = contract.webhooks.get('plain.post')!
  t.same(plain.check(undefined, {}), [])
  t.match(plain.check({}, {}), [{ message: 'the contract has no body for plain.post' }])
})

t.test('an x-path that is not a path is ignored and reported', async (t) => {
  const webhooks = { done: { 'x-path': 'done', post: {} } }
  const { webhooks: read, warnings } = contractOfPaths({}, { webhooks })
  t.equal(read.get('done')?.path, '/done')
  t.match(warnings.map(formatDiagnostic), [/^bank\.yaml:1:\d+: "x-path" is ignored/])
})

t.test('a webhook may be a reference', async (t) => {
  const components = { pathItems: { Done: { post: { summary: 'done' } } } }
  const webhooks = { done: { $ref: '#/components/pathItems/Done' } }
  t.equal(contractOfPaths({}, { webhooks, components }).webhooks.get('done')?.summary, 'done')
})

// Callbacks

const OK = { responses: { 200: { description: 'OK' } } }
const EVENT = { content: { 'application/json': { schema: { type: 'object', maxProperties: 1 } } } }

const withCallbacks = (callbacks: object, components: object = {}) =>
  contractOfPaths(
    { '/codes/{id}': { post: { operationId: 'send', callbacks, ...OK } } },
    { components },
  )

t.test(
  'a callback is named after its operation, and its URL is read from the request',
  async (t) => {
    const item = { post: { requestBody: EVENT, ...OK } }
    const { webhooks } = withCallbacks({
      done: { '{$request.body#/url}/{$request.path.id}': item },
    })
    const done = webhooks.get('send.done')!
    t.same([done.method, done.path, done.callback?.operation], ['POST', '', 'send'])
    const call = {
      url: '',
      method: 'POST',
      request: { path: { id: '7' }, query: {}, headers: {}, body: { url: 'http://app.test' } },
      response: { status: 200, headers: {}, body: undefined },
    }
    t.equal(resolveRuntimeTemplate(done.callback!.url, call), 'http://app.test/7')
    t.same(done.check({ a: 1 }, {}), [])
    t.equal(done.check({ a: 1, b: 2 }, {}).length, 1)
  },
)

t.test('callbacks are told apart when a name has several URLs or methods', async (t) => {
  const { webhooks, warnings } = withCallbacks({
    done: { '$request.query.a': { post: OK, put: OK }, '$request.query.b': { post: OK } },
  })
  t.same([...webhooks.keys()], ['send.done.post', 'send.done.put'])
  t.match(warnings.map(formatDiagnostic), [
    /^bank\.yaml:1:\d+: send\.done\.post is ignored: another one has this name/,
  ])
})

t.test('a callback may be a reference', async (t) => {
  const components = { callbacks: { Done: { '$request.query.cb': { post: OK } } } }
  const { webhooks } = withCallbacks({ done: { $ref: '#/components/callbacks/Done' } }, components)
  t.same([...webhooks.keys()], ['send.done'])
})

const PLACED = (key: string) => `openapi: 3.1.0
paths:
  /codes/{id}:
    post:
      operationId: send
      callbacks:
        done:
          '${key}': { post: {} }
`

for (const [key, reason] of [
  ['{$request.boddy}', '"$request.boddy" is not a runtime expression'],
  ['{$request.body#/url', '"{" without "}"'],
  ['{$request.path.code}', 'the path of send has no {code}'],
  ['onDone', '"onDone" begins neither with an expression nor with http:// or https://'],
] as const) {
  t.test(`the callback ${key} is ignored and reported with its place`, async (t) => {
    const { webhooks, warnings } = contractOf(PLACED(key))
    t.equal(webhooks.size, 0)
    const [told = ''] = warnings.map(formatDiagnostic)
    t.ok(told.startsWith(`bank.yaml:8:11: the callback is ignored: ${reason}`), told)
  })
}

t.test('a callback in another file is reported there', async (t) => {
  const folder = t.testdir({
    'main.yaml': `openapi: 3.1.0
paths: { /a: { post: { operationId: a, callbacks: { done: { $ref: 'other.yaml#/done' } } } } }
`,
    'other.yaml': `done:
  '{$request.nowhere}': { post: {} }
`,
  })
  const { warnings } = loadContract(readYamlFile(resolve(folder, 'main.yaml')))
  t.match(warnings.map(formatDiagnostic), [/other\.yaml:2:3: the callback is ignored/])
})

t.test('operations without webhooks and callbacks have none', async (t) => {
  t.equal(contractOfPaths({ '/a': { get: OK } }).webhooks.size, 0)
})
