import t from 'tap'
import { contractName } from '../../src/contract/load.ts'
import { responseFor } from '../../src/contract/model.ts'
import { formatDiagnostic } from '../../src/errors.ts'
import { YamlFile } from '../../src/yaml-file.ts'
import { BANK, contractOf, contractOfPaths, documentOf, failure } from '../fixtures/files.ts'

const OK = { responses: { 200: { description: '' } } }
const PATHS = { '/codes': { get: { operationId: 'list', ...OK } } }

const operationOf = (operation: object, more: object = {}) =>
  contractOfPaths(
    { '/codes': { post: { operationId: 'send', ...OK, ...operation } } },
    { ...more },
  ).operations.get('send')!

const faultsOf = (text: string) => failure(() => contractOf(text, 'bank.yaml'))

t.test('a contract has the title and version of its document', async (t) => {
  t.match(contractOf(BANK), { name: 'bank', title: 'Bank', version: '1', file: 'bank.yaml' })
})

t.test('a contract is named after its file when its document has no info', async (t) => {
  t.match(contractOfPaths(PATHS, { info: undefined }), { title: 'bank', version: '' })
})

t.test('a contract has its document as it was read', async (t) => {
  t.same(contractOf(BANK).document, new YamlFile('bank.yaml', BANK).value)
})

for (const file of ['spec/bank.yaml', 'bank.YML', '/a/b/bank.json', 'bank']) {
  t.test(`the API of ${file} is called bank`, async (t) => {
    t.equal(contractName(file), 'bank')
  })
}

t.test('operations are found by their id', async (t) => {
  t.same([...contractOf(BANK).operations.keys()], ['getCode', 'sendCode', 'verifyCode'])
})

t.test('an operation has its method and path as the document writes them', async (t) => {
  t.match(contractOf(BANK).operations.get('verifyCode'), {
    api: 'bank',
    id: 'verifyCode',
    method: 'POST',
    path: '/codes/{id}:verify',
  })
})

t.test('an operation without an id gets one from its method and path', async (t) => {
  const contract = contractOfPaths({
    '/pets/{id}/toys': { get: OK },
    '/': { post: OK },
    '/pets/{id}:groom': { post: OK },
  })
  t.same([...contract.operations.keys()], ['getPetsIdToys', 'post', 'postPetsIdGroom'])
})

t.test(
  'operations without ids get different ones when their paths differ in one character',
  async (t) => {
    const contract = contractOfPaths({ '/a-b': { get: OK }, '/a/b': { get: OK } })
    t.equal(contract.operations.size, 2)
  },
)

t.test('a path item may be a reference', async (t) => {
  const items = { pathItems: { Codes: { get: { operationId: 'list', ...OK } } } }
  const paths = { '/codes': { $ref: '#/components/pathItems/Codes' } }
  t.ok(contractOfPaths(paths, { components: items }).operations.has('list'))
})

t.test('an x- field among the paths is ignored', async (t) => {
  t.equal(contractOfPaths({ ...PATHS, 'x-note': 'mine' }).operations.size, 1)
})

t.test('webhooks are not operations', async (t) => {
  const webhooks = { sent: { post: { operationId: 'hook', ...OK } } }
  t.equal(contractOfPaths(PATHS, { webhooks }).operations.size, 1)
})

// Parameters

const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

t.test('parameters of a path hold for all its operations', async (t) => {
  const { operations } = contractOf(BANK)
  for (const id of ['getCode', 'sendCode']) {
    t.same(operations.get(id)?.parameters, [{ name: 'id', in: 'path' }])
  }
})

t.test("an operation's parameter overrides the path's of the same name and place", async (t) => {
  const contract = contractOfPaths({
    '/codes/{id}': {
      parameters: [ID, { name: 'page', in: 'query', schema: { type: 'string' } }],
      get: {
        operationId: 'get',
        parameters: [{ ...ID, schema: { type: 'integer' } }],
        ...OK,
      },
    },
  })
  const operation = contract.operations.get('get')!
  t.same(
    operation.parameters.map(({ name }) => name),
    ['id', 'page'],
  )
  const parts = { path: { id: 'x' }, query: { page: 'x' }, headers: {}, body: undefined }
  const violations = contract.checkRequest(operation, parts)
  t.same(
    violations.map(({ field, rule }) => [field, rule]),
    [['id', 'type']],
  )
})

t.test('parameters of the same name in two places are different', async (t) => {
  const operation = operationOf({
    parameters: [
      { name: 'a', in: 'query' },
      { name: 'a', in: 'header' },
    ],
  })
  t.equal(operation.parameters.length, 2)
})

// Bodies

t.test('an operation has no body when the document describes none', async (t) => {
  t.match(operationOf({}), { body: undefined, bodyFields: undefined })
})

t.test('a body has its media types and whether it is required', async (t) => {
  const content = { 'text/plain': {}, 'application/problem+json': {} }
  t.match(operationOf({ requestBody: { content } }).body, {
    required: false,
    media: [
      { type: 'text/plain', format: 'text' },
      { type: 'application/problem+json', format: 'json' },
    ],
  })
})

t.test('the fields of a body are those that its schema lists', async (t) => {
  t.same(contractOf(BANK).operations.get('verifyCode')?.bodyFields, ['code'])
})

t.test('the fields of a body are found behind references', async (t) => {
  const components = {
    requestBodies: {
      Send: {
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Outer' } } },
      },
    },
    schemas: {
      Outer: { $ref: '#/components/schemas/Send' },
      Send: { type: 'object', properties: { code: {}, channel: {} } },
    },
  }
  const requestBody = { $ref: '#/components/requestBodies/Send' }
  t.same(operationOf({ requestBody }, { components }).bodyFields, ['code', 'channel'])
})

t.test('the fields of a body are those of all its parts', async (t) => {
  const schema = {
    allOf: [{ type: 'object', properties: { code: {} } }],
    properties: { channel: {} },
  }
  const requestBody = { content: { 'application/json': { schema } } }
  t.same(operationOf({ requestBody }).bodyFields, ['channel', 'code'])
})

t.test('the fields of a body are unknown when its schema has alternatives', async (t) => {
  const schema = { oneOf: [{ properties: { code: {} } }, { properties: { pin: {} } }] }
  const requestBody = { content: { 'application/json': { schema } } }
  t.equal(operationOf({ requestBody }).bodyFields, undefined)
})

// Responses

const responses = (given: object) => operationOf({ responses: given }).responses

t.test('responses are found by status, range or default', async (t) => {
  const empty = { description: '' }
  const given = { 200: empty, '4xx': empty, DEFAULT: empty, 'x-note': 'mine' }
  t.same([...responses(given).keys()], ['200', '4XX', 'default'])
})

t.test('a status is documented by its own response, its range, or default', async (t) => {
  const empty = { description: '' }
  const operation = operationOf({
    responses: { 200: empty, 404: empty, '4XX': empty, default: empty },
  })
  t.equal(responseFor(operation, 200)?.key, '200')
  t.equal(responseFor(operation, 404)?.key, '404')
  t.equal(responseFor(operation, 409)?.key, '4XX')
  t.equal(responseFor(operation, 500)?.key, 'default')
})

t.test('default documents a success only when none is listed', async (t) => {
  const only = operationOf({ responses: { default: { description: '' } } })
  t.equal(responseFor(only, 201)?.key, 'default')
  const responses = { 200: { description: '' }, default: { description: '' } }
  t.equal(responseFor(operationOf({ responses }), 201), undefined)
})

t.test('JSON is preferred to other media types', async (t) => {
  const content = { 'text/html': {}, 'application/hal+json': { schema: { type: 'object' } } }
  t.match(responses({ 200: { content } }).get('200')?.content, {
    type: 'application/hal+json',
    schema: { type: 'object' },
  })
})

t.test('the first media type is preferred when there is no JSON', async (t) => {
  const content = { 'text/html': {}, 'text/plain': {} }
  t.match(responses({ 200: { content } }).get('200')?.content, { type: 'text/html' })
})

t.test('a response without media types has no content', async (t) => {
  t.equal(responses({ 200: { content: {} } }).get('200')?.content, undefined)
})

const examplesOf = (media: object, components: object = {}) => {
  const given = { 200: { content: { 'application/json': media } } }
  return [
    ...(operationOf({ responses: given }, { components }).responses.get('200')?.content?.examples ??
      []),
  ]
}

t.test('examples keep their names and their order', async (t) => {
  const examples = { B: { value: { b: 1 } }, A: { value: null } }
  t.same(examplesOf({ examples }), [
    ['B', { b: 1 }],
    ['A', null],
  ])
})

t.test('an example may be a reference', async (t) => {
  const examples = { A: { $ref: '#/components/examples/Shared' } }
  t.same(examplesOf({ examples }, { examples: { Shared: { value: 5 } } }), [['A', 5]])
})

t.test('a single example is called example', async (t) => {
  t.same(examplesOf({ example: { a: 1 } }), [['example', { a: 1 }]])
})

t.test('an example is data: a $ref in it is not followed', async (t) => {
  const example = { $ref: 'somewhere', nullable: true }
  t.same(examplesOf({ example }), [['example', example]])
})

t.test('an example is left out when it is an externalValue', async (t) => {
  t.same(examplesOf({ examples: { A: { externalValue: 'https://a.test' } } }), [])
})

t.test('an example is refused when it refers to nothing', async (t) => {
  const media = { examples: { A: { $ref: '#/components/examples/NONE' } } }
  t.throws(() => examplesOf(media), {
    message: /"#\/components\/examples\/NONE" points to nothing/,
  })
})

t.test('headers are found by their name in lower case', async (t) => {
  const headers = { 'X-Left': { required: true, schema: { type: 'integer' }, example: 0 } }
  t.match(
    [...responses({ 200: { headers } }).get('200')!.headers],
    [['x-left', { name: 'X-Left', required: true, schema: { type: 'integer' }, example: 0 }]],
  )
})

t.test('headers with an example are sent with it', async (t) => {
  const headers = { 'X-Left': { example: 0 }, 'X-Other': { schema: { type: 'integer' } } }
  t.same(responses({ 200: { headers } }).get('200')?.exampleHeaders, { 'x-left': '0' })
})

t.test('a response header called Content-Type is ignored, as OpenAPI demands', async (t) => {
  const headers = { 'Content-Type': { example: 'text/html' } }
  t.equal(responses({ 200: { headers } }).get('200')?.headers.size, 0)
})

// Base paths

const SERVERS: readonly [servers: unknown, paths: string[]][] = [
  [undefined, ['']],
  [[], ['']],
  [[{ url: '/' }], ['']],
  [[{ url: 'https://bank.test' }], ['']],
  [
    [{ url: 'https://bank.test/v1/' }, { url: '/v1' }, { url: '/' }],
    ['/v1', ''],
  ],
  [[{ url: 'v2' }], ['/v2']],
  [
    [
      {
        url: 'https://{region}.bank.test:{port}/{base}',
        variables: {
          region: { default: 'eu' },
          port: { default: '8443' },
          base: { default: 'v3' },
        },
      },
    ],
    ['/v3'],
  ],
  [[{ url: '/{base}', variables: {} }], ['']],
]

for (const [servers, paths] of SERVERS) {
  t.test(`the servers ${JSON.stringify(servers)} mean ${JSON.stringify(paths)}`, async (t) => {
    t.same(contractOfPaths(PATHS, { servers }).basePaths, paths)
  })
}

for (const servers of [[{ url: 'http://[' }], [null]]) {
  t.test(`the servers ${JSON.stringify(servers)} are refused with their place`, async (t) => {
    t.match(
      failure(() => contractOfPaths(PATHS, { servers })),
      [/^bank\.yaml:1:\d+: /],
    )
  })
}

// Security

const securityOf = (security: unknown, securitySchemes: object) =>
  operationOf({ security }, { components: { securitySchemes } }).security

const SCHEMES: readonly [scheme: object, read: object][] = [
  [
    { type: 'apiKey', in: 'header', name: 'X-Key' },
    { kind: 'apiKey', in: 'header', name: 'X-Key' },
  ],
  [
    { type: 'apiKey', in: 'query', name: 'key' },
    { kind: 'apiKey', in: 'query', name: 'key' },
  ],
  [
    { type: 'apiKey', in: 'cookie', name: 'key' },
    { kind: 'apiKey', in: 'cookie', name: 'key' },
  ],
  [
    { type: 'http', scheme: 'Bearer' },
    { kind: 'http', scheme: 'bearer' },
  ],
  [
    { type: 'http', scheme: 'basic' },
    { kind: 'http', scheme: 'basic' },
  ],
  [
    { type: 'oauth2', flows: {} },
    { kind: 'http', scheme: 'bearer' },
  ],
  [
    { type: 'openIdConnect', openIdConnectUrl: '' },
    { kind: 'http', scheme: 'bearer' },
  ],
]

for (const [scheme, read] of SCHEMES) {
  t.test(`the security scheme ${JSON.stringify(scheme)} is understood`, async (t) => {
    t.same(securityOf([{ a: [] }], { a: scheme }), [[read]])
  })
}

t.test('mutual TLS is not checked: the sandbox has no certificates', async (t) => {
  t.same(securityOf([{ a: [] }], { a: { type: 'mutualTLS' } }), [[]])
})

t.test('the security of a document holds for its operations', async (t) => {
  const components = { securitySchemes: { a: { type: 'http', scheme: 'bearer' } } }
  const contract = contractOfPaths(
    {
      '/a': { get: { operationId: 'closed', ...OK } },
      '/b': { get: { operationId: 'open', security: [], ...OK } },
    },
    { components, security: [{ a: [] }] },
  )
  t.equal(contract.operations.get('closed')?.security.length, 1)
  t.equal(contract.operations.get('open')?.security.length, 0)
})

t.test('a security scheme may be a reference', async (t) => {
  const bearer = { type: 'http', scheme: 'bearer' }
  const schemes = { a: { $ref: '#/components/securitySchemes/b' }, b: bearer }
  t.same(securityOf([{ a: [] }], schemes), [[{ kind: 'http', scheme: 'bearer' }]])
})

// Errors

const FAULTS: Readonly<Record<string, [text: string, ...faults: string[]]>> = {
  'a text that is not a document': [
    'hello',
    'bank.yaml:1:1: not an OpenAPI document: an object is needed',
  ],
  'an empty file': ['', 'bank.yaml:1:1: not an OpenAPI document: an object is needed'],
  'a file of another kind': [
    'name: x',
    'bank.yaml:1:1: not an OpenAPI document: it has no "openapi" key',
  ],
  'OpenAPI 2.0': [
    'info: {}\nswagger: "2.0"',
    'bank.yaml:2:10: OpenAPI 2.0 is not supported; convert the document to 3.0 or 3.1',
  ],
  'a future version': [
    'openapi: 4.0.0\npaths: {}',
    'bank.yaml:1:10: OpenAPI 4.0.0 is not supported; use 3.0 or 3.1',
  ],
  'a document without paths': ['openapi: 3.1.0', 'bank.yaml:1:1: "paths" must be an object'],
  'paths that are a list': [
    'openapi: 3.1.0\npaths: []',
    'bank.yaml:2:8: "paths" must be an object',
  ],
  'a document without operations': [
    'openapi: 3.1.0\npaths: {}',
    'bank.yaml:2:1: the document has no operation',
  ],
  'a path that does not begin with a slash': [
    'openapi: 3.1.0\npaths:\n  codes: {}\n  /a: { get: { responses: {} } }',
    'bank.yaml:3:3: a path must begin with "/"',
  ],
  'a reference to nothing': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: { $ref: "#/components/responses/No" }',
    'bank.yaml:6:22: "#/components/responses/No" points to nothing',
  ],
  'a reference to another file': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: { $ref: other.yaml#/a }',
    'bank.yaml:6:22: cannot read other.yaml: no such file or folder',
  ],
  'a duplicate id': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get: { operationId: one }\n  /b:\n    get: { operationId: one }',
    'bank.yaml:6:25: operationId "one" is used twice',
  ],
  'a response key that is not a status': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        ok: { description: "" }',
    'bank.yaml:6:9: "ok" is not a status: use 200, 4XX or default',
  ],
  'a document with several errors': [
    'openapi: 3.1.0\npaths:\n  b: {}\n  /a:\n    get:\n      security: [{ key: [] }]\n      responses: { ok: {} }',
    'bank.yaml:3:3: a path must begin with "/"',
    'bank.yaml:7:20: "ok" is not a status: use 200, 4XX or default',
  ],
  'a reference to another host': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: { $ref: "https://a.test/b.yaml#/a" }',
    'bank.yaml:6:22: "https://a.test/b.yaml#/a" is not a local file and is not fetched; save it beside this file',
  ],
  'a reference that leads back to itself': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: { $ref: "#/components/responses/A" }\ncomponents:\n  responses:\n    A: { $ref: "#/components/responses/B" }\n    B: { $ref: "#/components/responses/A" }',
    'bank.yaml:6:22: the reference only leads back to itself',
    'bank.yaml:9:16: the reference only leads back to itself',
    'bank.yaml:10:16: the reference only leads back to itself',
  ],
}

for (const [what, [text, ...faults]] of Object.entries(FAULTS)) {
  t.test(`${what} is refused with its place`, async (t) => {
    t.same(faultsOf(text).toSorted(), faults.toSorted())
  })
}

t.test('a version may be written as a number', async (t) => {
  t.equal(contractOf('openapi: 3.1\npaths: { /a: { get: {} } }').operations.size, 1)
})

for (const [what, paths] of [
  ['an operation that is null', { '/a': { get: null } }],
  ['a security requirement that is null', { '/a': { get: { ...OK, security: [null] } } }],
] as const) {
  t.test(`${what} is refused with its place`, async (t) => {
    t.match(faultsOf(documentOf(paths)), [/^bank\.yaml:1:\d+: /])
  })
}

// Warnings

const warningsOf = (text: string) => contractOf(text).warnings.map(formatDiagnostic)

const SCHEMAS: Readonly<Record<string, [schema: object, warning: RegExp]>> = {
  'a pattern that JavaScript cannot read': [
    { type: 'string', pattern: '(?i)a' },
    /"pattern" is ignored: JavaScript cannot read it/,
  ],
  'an unknown type': [{ type: 'text' }, /"type" is ignored: "text" is not a type; use string/],
  'true instead of a list': [
    { required: true },
    /"required" is ignored: it must be a list of names/,
  ],
  'an empty list of schemas': [
    { allOf: [] },
    /"allOf" is ignored: it must be a list of at least one schema/,
  ],
  'a bound that is a string': [
    { minLength: '5' },
    /"minLength" is ignored: it must be a whole number/,
  ],
  'a keyword of 3.0': [{ nullable: true }, /"nullable" is ignored: in 3.1/],
}

for (const [what, [schema, warning]] of Object.entries(SCHEMAS)) {
  t.test(`${what} is ignored and reported with its place`, async (t) => {
    const content = { 'application/json': { schema } }
    const text = documentOf({ '/a': { get: { responses: { 200: { content } } } } })
    t.match(warningsOf(text), [warning])
    t.match(warningsOf(text), [/^bank\.yaml:1:\d+: /])
  })
}

const PASSED_OVER: Readonly<Record<string, [text: string, ...warnings: string[]]>> = {
  'an undefined security scheme': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      security: [{ key: [] }]',
    'bank.yaml:5:17: there is no security scheme "key", so no credentials are checked for it',
  ],
  'a document with webhooks only': [
    'openapi: 3.1.0\nwebhooks: { a: {} }',
    'bank.yaml:1:1: the document has no operation',
  ],
  'a second path that is the same as the first': [
    'openapi: 3.1.0\npaths:\n  /a/{x}:\n    get: {}\n  /a/{y}:\n    get: {}\n    put: {}',
    'bank.yaml:6:5: GET /a/{y} is ignored: it is the same path as /a/{x}',
  ],
  'a parameter that the path does not have': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      parameters: [{ name: x, in: path }]',
    'bank.yaml:5:19: a parameter is ignored: the path has no {x}',
  ],
  'a multipart response': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: { content: { multipart/mixed: {} } }',
    'bank.yaml:6:44: multipart responses are not supported: the value is sent as JSON',
  ],
  'a schema that applies itself': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: { content: { a/json: { schema: { $ref: "#/components/schemas/A" } } } }\ncomponents:\n  schemas:\n    A: { anyOf: [{ $ref: "#/components/schemas/A" }, { type: string }] }',
    'bank.yaml:9:5: the schema is recursive through allOf, oneOf or anyOf alone and can never be validated',
  ],
  'an example with an externalValue': [
    'openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          content:\n            text/plain:\n              examples: { A: { externalValue: x } }',
    'bank.yaml:9:30: an example with externalValue is ignored: write its value here',
  ],
}

t.test('a schema may contain itself in a property, an item or an alternative', async (t) => {
  const tree = '{ type: object, properties: { left: { $ref: "#/components/schemas/A" } } }'
  const list =
    '{ anyOf: [{ type: array, items: { $ref: "#/components/schemas/B" } }, { type: "null" }] }'
  t.same(
    warningsOf(
      `openapi: 3.1.0\npaths: { /a: { get: {} } }\ncomponents: { schemas: { A: ${tree}, B: ${list} } }`,
    ),
    [],
  )
})

for (const [what, [text, ...warnings]] of Object.entries(PASSED_OVER)) {
  t.test(`${what} is reported with its place, and the rest is served`, async (t) => {
    t.same(warningsOf(text), warnings)
  })
}

// OpenAPI 3.0

const schemaOf = (schema: object, openapi = '3.0.3') => {
  const content = { 'application/json': { schema } }
  const contract = contractOfPaths(
    { '/codes': { post: { operationId: 'send', responses: { 200: { content } } } } },
    { openapi },
  )
  const spec = contract.operations.get('send')!.responses.get('200')!
  return (value: string | number | null) => contract.checkBody(spec, value).length === 0
}

t.test('nullable allows null', async (t) => {
  const allows = schemaOf({ type: 'string', nullable: true })
  t.ok(allows(null))
  t.ok(allows('a'))
  t.notOk(allows(5))
})

t.test('nullable adds null to the enum', async (t) => {
  const allows = schemaOf({ type: 'string', nullable: true, enum: ['a'] })
  t.ok(allows(null))
  t.ok(allows('a'))
  t.notOk(allows('b'))
})

t.test('a schema does not allow null when it is not nullable', async (t) => {
  t.notOk(schemaOf({ type: 'string', nullable: false })(null))
})

t.test('exclusive bounds are true or false in 3.0', async (t) => {
  const allows = schemaOf({
    type: 'number',
    minimum: 1,
    exclusiveMinimum: true,
    maximum: 3,
    exclusiveMaximum: true,
  })
  t.same([1, 2, 3].map(allows), [false, true, false])
})

t.test('exclusive bounds have no effect when they are false in 3.0', async (t) => {
  const schema = { minimum: 1, exclusiveMinimum: false, maximum: 3, exclusiveMaximum: false }
  t.same([0, 1, 3, 4].map(schemaOf(schema)), [false, true, true, false])
})

t.test('exclusive bounds are numbers in 3.1', async (t) => {
  const schema = { exclusiveMinimum: 1, exclusiveMaximum: 3 }
  t.same([1, 2, 3].map(schemaOf(schema, '3.1.0')), [false, true, false])
})

t.test('null is a type in 3.1', async (t) => {
  t.ok(schemaOf({ type: ['string', 'null'] }, '3.1.0')(null))
})

t.test('a property may be called nullable', async (t) => {
  const schema = { type: 'object', properties: { nullable: { type: 'string' } } }
  const content = { 'application/json': { schema } }
  const requestBody = { content }
  t.same(operationOf({ requestBody }, { openapi: '3.0.3' }).bodyFields, ['nullable'])
})
