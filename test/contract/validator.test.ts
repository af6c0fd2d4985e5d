import t from 'tap'
import type { Json, RequestParts } from '../../src/contract/model.ts'
import { VIOLATION_RULES } from '../../src/contract/model.ts'
import { contractOfPaths } from '../fixtures/files.ts'

const NOTHING: RequestParts = { path: {}, query: {}, headers: {}, body: undefined }

/** Finds the violations of requests to one operation. */
function faultsOf(operation: object, components: object = {}) {
  const paths = { '/codes/{X}': { post: { operationId: 'send', responses: {}, ...operation } } }
  const contract = contractOfPaths(paths, { components })
  const known = contract.operations.get('send')!
  return (parts: Partial<RequestParts>) => contract.checkRequest(known, { ...NOTHING, ...parts })
}

/** The same in short: `body a.b[0] size 1 5`. */
function checker(operation: object, components: object = {}) {
  const violations = faultsOf(operation, components)
  return (parts: Partial<RequestParts>) =>
    violations(parts).map(({ place, field, rule, params }) =>
      [place, field, rule, ...params].join(' '),
    )
}

const json = (schema: unknown, required = true) => ({
  requestBody: { required, content: { 'application/json': { schema } } },
})

/** Finds the violations of a body whose field `a` has this schema. */
const field = (schema: object, value: Json) =>
  checker(json({ type: 'object', properties: { a: schema } }))({ body: { a: value } })

const place = (where: string, schema: object, more: object = {}) => ({
  parameters: [{ name: 'X', in: where, schema, ...more }],
})

const RULE_ROWS: readonly [
  what: string,
  schema: object,
  value: Json,
  rule: string,
  params: string[],
][] = [
  ['null where it is not allowed', { type: 'string' }, null, 'required', []],
  ['spaces instead of a string', { type: 'string', minLength: 4 }, '  ', 'blank', []],
  ['spaces instead of a match', { type: 'string', pattern: '\\S' }, ' ', 'blank', []],
  ['an empty string instead of a date', { type: 'string', format: 'date' }, '', 'blank', []],
  ['a value of another type', { type: 'string' }, 5, 'type', ['string']],
  [
    'a value of none of several types',
    { type: ['string', 'integer'] },
    true,
    'type',
    ['string', 'integer'],
  ],
  ['a value outside the enum', { enum: ['A', 'B', 3] }, 'C', 'enum', ['A', 'B', '3']],
  ['a value other than the const', { const: 'A' }, 'B', 'enum', ['A']],
  ['a string that is too short', { minLength: 2, maxLength: 4 }, 'a', 'size', ['2', '4']],
  ['a string that is too long', { minLength: 2, maxLength: 4 }, 'abcde', 'size', ['2', '4']],
  ['a string that is too long without a lower bound', { maxLength: 4 }, 'abcde', 'size', ['4']],
  ['a list that is too short', { minItems: 1 }, [], 'size', ['1']],
  ['a list that is too long', { minItems: 1, maxItems: 2 }, [1, 2, 3], 'size', ['1', '2']],
  ['an object with too few properties', { minProperties: 1 }, {}, 'size', ['1']],
  ['an object with too many properties', { maxProperties: 0 }, { b: 1 }, 'size', ['0']],
  ['a number that is too small', { minimum: 1, maximum: 5 }, 0, 'range', ['1', '5']],
  ['a number that is too large', { minimum: 1, maximum: 5 }, 6, 'range', ['1', '5']],
  ['the lower bound itself', { exclusiveMinimum: 1, exclusiveMaximum: 5 }, 1, 'range', ['1', '5']],
  ['the upper bound itself', { exclusiveMaximum: 5 }, 5, 'range', ['5']],
  ['a string that does not match', { pattern: '^[0-9]+$' }, 'a', 'pattern', ['^[0-9]+$']],
  ['a string that is not a date', { format: 'date' }, 'tomorrow', 'format', ['date']],
  ['a string that is not a UUID', { format: 'uuid' }, '7', 'format', ['uuid']],
  ['a number that is not a multiple', { multipleOf: 2 }, 3, 'invalid', []],
  ['a duplicate item', { uniqueItems: true }, [1, 1], 'invalid', []],
]

for (const [what, schema, value, rule, params] of RULE_ROWS) {
  t.test(`${what} breaks the rule ${rule}`, async (t) => {
    t.same(field(schema, value), [['body a', rule, ...params].join(' ')])
  })
}

t.test('a missing field breaks the rule required', async (t) => {
  const check = checker(json({ type: 'object', required: ['a'] }))
  t.same(check({ body: {} }), ['body a required'])
})

t.test('a field breaks the rule required when another one depends on it', async (t) => {
  const check = checker(json({ type: 'object', dependentRequired: { a: ['b'] } }))
  t.same(check({ body: { a: 1 } }), ['body b required'])
})

for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
  t.test(`a field breaks the rule unknown when ${keyword} forbids it`, async (t) => {
    const check = checker(json({ type: 'object', [keyword]: false }))
    t.same(check({ body: { 'odd.one': 1 } }), ['body odd.one unknown'])
  })
}

t.test('every rule that an API can map is tested here', async (t) => {
  const tested = new Set([...RULE_ROWS.map(([, , , rule]) => rule), 'unknown'])
  t.same([...tested].toSorted(), [...VIOLATION_RULES].toSorted())
})

const MESSAGES: readonly [schema: object, value: Json, message: string][] = [
  [{ enum: ['A', 'B'] }, 'C', 'must be one of A, B'],
  [{ const: 'A' }, 'B', 'must be "A"'],
  [{ additionalProperties: false }, { b: 1 }, 'must not have a property "b"'],
  [{ maximum: 5 }, 6, 'must be <= 5'],
]

for (const [schema, value, message] of MESSAGES) {
  t.test(`a violation is reported as: ${message}`, async (t) => {
    const [violation] = faultsOf(json({ type: 'object', properties: { a: schema } }))({
      body: { a: value },
    })
    t.equal(violation?.message, message)
  })
}

t.test('a valid value has no violations', async (t) => {
  t.same(field({ type: 'string', minLength: 1 }, 'x'), [])
})

t.test('a field is reported once when it breaks several rules', async (t) => {
  t.equal(field({ minLength: 5, pattern: '^a', format: 'date' }, 'xyz').length, 1)
})

t.test('all invalid fields are reported', async (t) => {
  const check = checker(
    json({ type: 'object', required: ['a', 'b'], properties: { c: { enum: [1] } } }),
  )
  t.same(check({ body: { c: 2 } }).toSorted(), [
    'body a required',
    'body b required',
    'body c enum 1',
  ])
})

const NESTED = json({
  type: 'object',
  properties: {
    a: {
      type: 'object',
      properties: {
        b: {
          type: 'array',
          items: { type: 'object', required: ['c'], properties: { c: { type: 'string' } } },
        },
        'd/e~f': { type: 'string' },
      },
    },
  },
})

const NAMES: readonly [body: Json, names: string[]][] = [
  [{ a: 5 }, ['a']],
  [{ a: { b: [{}] } }, ['a.b[0].c']],
  [{ a: { b: [{ c: 'x' }, { c: 1 }, 7] } }, ['a.b[1].c', 'a.b[2]']],
  [{ a: { 'd/e~f': 1 } }, ['a.d/e~f']],
  [[], ['']],
]

for (const [body, names] of NAMES) {
  t.test(`the violations of ${JSON.stringify(body)} are at "${names.join('", "')}"`, async (t) => {
    t.same(
      faultsOf(NESTED)({ body }).map(({ field }) => field),
      names,
    )
  })
}

// Missing bodies

t.test('each required field is reported when the body is missing', async (t) => {
  const check = checker(json({ type: 'object', required: ['a', 'b'] }))
  t.same(check({}), ['body a required', 'body b required'])
})

t.test('a missing body is reported beside other violations', async (t) => {
  const check = checker({
    ...json({ type: 'object', required: ['a'] }),
    ...place('query', { type: 'string' }, { required: true }),
  })
  t.same(check({}).toSorted(), ['body a required', 'query X required'])
})

t.test('a missing body is reported as a whole when it should be a list', async (t) => {
  t.same(checker(json({ type: 'array' }))({}), ['body  required'])
})

t.test('an optional body may be missing', async (t) => {
  t.same(checker(json({ type: 'object', required: ['a'] }, false))({}), [])
})

t.test('an optional body is checked when it is sent', async (t) => {
  const check = checker(json({ type: 'object', required: ['a'] }, false))
  t.same(check({ body: {} }), ['body a required'])
})

t.test('a body of null is not a missing body', async (t) => {
  t.same(checker(json({ type: 'object', required: ['a'] }))({ body: null }), ['body  required'])
})

t.test('a body may be null', async (t) => {
  t.same(checker(json({ type: ['object', 'null'] }))({ body: null }), [])
})

for (const schema of [{ type: 'object', properties: { a: {} } }, true]) {
  t.test(
    `a body of ${JSON.stringify(schema)} is reported as missing when it is required`,
    async (t) => {
      t.same(checker(json(schema))({}), ['body  required'])
    },
  )
}

t.test('a text body is reported as missing when it is required', async (t) => {
  const requestBody = {
    required: true,
    content: { 'text/plain': { schema: { type: 'string' } } },
  }
  t.same(checker({ requestBody })({}), ['body  required'])
})

t.test('a readOnly field is not required in a request', async (t) => {
  const schema = {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string', readOnly: true } },
  }
  t.same(checker(json(schema))({ body: {} }), [])
})

// Parameters

for (const where of ['query', 'header', 'path'] as const) {
  const parts = (value: string): Partial<RequestParts> => ({
    path: where === 'path' ? { X: value } : {},
    query: where === 'query' ? { X: value } : {},
    headers: where === 'header' ? { x: value } : {},
  })
  const name = where === 'header' ? 'x' : 'X'

  t.test(`a string in the ${where} is read as the type of its schema`, async (t) => {
    t.same(checker(place(where, { type: 'integer' }))(parts('5')), [])
    t.same(checker(place(where, { type: 'number', maximum: 1 }))(parts('0.5')), [])
    t.same(checker(place(where, { type: 'boolean' }))(parts('true')), [])
  })

  t.test(`a string in the ${where} is reported when it does not fit the type`, async (t) => {
    t.same(checker(place(where, { type: 'integer' }))(parts('five')), [
      `${where} ${name} type integer`,
    ])
    t.same(checker(place(where, { type: 'boolean' }))(parts('yes')), [
      `${where} ${name} type boolean`,
    ])
  })

  t.test(`a required parameter in the ${where} is reported when it is missing`, async (t) => {
    const check = checker(place(where, { type: 'string' }, { required: true }))
    t.same(check({}), [`${where} ${name} required`])
  })
}

t.test('a request is not changed when it is checked', async (t) => {
  const query = Object.freeze({ X: '5' })
  const path = Object.freeze({ X: '5' })
  checker(place('query', { type: 'integer' }))({ query })
  checker(place('path', { type: 'integer' }))({ path })
  t.same([query, path], [{ X: '5' }, { X: '5' }])
})

t.test('strings in a body are not read as numbers', async (t) => {
  t.same(field({ type: 'integer' }, '5'), ['body a type integer'])
})

t.test('unknown parameters are accepted', async (t) => {
  const check = checker(place('query', { type: 'integer' }))
  t.same(check({ query: { other: 'x', ['__proto__']: 'y' }, headers: { 'x-other': 'z' } }), [])
})

t.test('a single parameter is refused when it comes twice', async (t) => {
  const check = checker(place('query', { type: 'string' }))
  t.same(check({ query: { X: ['a', 'b'] } }), ['query X type string'])
})

const LIST = { type: 'array', items: { type: 'integer' } }

t.test('a list may have one value or many', async (t) => {
  const check = checker(place('query', LIST))
  t.same(check({ query: { X: '1' } }), [])
  t.same(check({ query: { X: ['1', '2'] } }), [])
})

t.test('an invalid item of a list is reported with its index', async (t) => {
  t.same(checker(place('query', LIST))({ query: { X: ['1', 'two'] } }), ['query X[1] type integer'])
})

t.test('a list may be described behind a reference', async (t) => {
  const check = checker(place('query', { $ref: '#/components/schemas/List' }), {
    schemas: { List: LIST },
  })
  t.same(check({ query: { X: '1' } }), [])
})

t.test('a list may be comma-separated when it is not exploded', async (t) => {
  t.same(checker(place('query', LIST, { explode: false }))({ query: { X: '1,2' } }), [])
})

t.test('a parameter may be JSON', async (t) => {
  const content = { 'application/json': { schema: { type: 'object' } } }
  const check = checker({ parameters: [{ name: 'X', in: 'query', content }] })
  t.same(check({ query: { X: '{}' } }), [])
})

t.test('a required cookie is found', async (t) => {
  const check = checker(place('cookie', { type: 'integer' }, { required: true }))
  t.same(check({ headers: { cookie: 'a=b; X=5' } }), [])
})

t.test('a header parameter is ignored when OpenAPI excludes it', async (t) => {
  const parameters = [{ name: 'Authorization', in: 'header', required: true, schema: {} }]
  t.same(checker({ parameters })({}), [])
})

t.test('an operation accepts anything when it describes neither parameters nor body', async (t) => {
  t.same(checker({})({ query: { a: 'b' }, body: { c: 1 } }), [])
})

// Schemas

const TREE = {
  schemas: {
    Tree: {
      type: 'object',
      required: ['value'],
      properties: {
        value: { type: 'integer' },
        children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
      },
    },
  },
}

t.test('a schema may contain itself', async (t) => {
  const check = checker(json({ $ref: '#/components/schemas/Tree' }), TREE)
  t.same(check({ body: { value: 1, children: [{ value: 2, children: [] }] } }), [])
  t.same(check({ body: { value: 1, children: [{ value: 2, children: [{}] }] } }), [
    'body children[0].children[0].value required',
  ])
})

t.test('a schema may be shared by bodies and parameters', async (t) => {
  const components = { schemas: { Count: { type: 'integer', minimum: 1 } } }
  const count = { $ref: '#/components/schemas/Count' }
  const check = checker(
    { ...json({ type: 'object', properties: { a: count } }), ...place('query', count) },
    components,
  )
  t.same(check({ body: { a: 1 }, query: { X: '1' } }), [])
  t.same(check({ body: { a: '1' }, query: { X: '0' } }).toSorted(), [
    'body a type integer',
    'query X range 1',
  ])
})

for (const format of ['binary', 'password', 'byte', 'float', 'double', 'int32', 'int64']) {
  t.test(`the format ${format} of OpenAPI is known`, async (t) => {
    const warnings = t.capture(console, 'warn', () => undefined)
    t.same(field({ format }, 'YQ=='), [])
    t.same(warnings(), [])
  })
}

t.test('an unknown format writes nothing to the console', async (t) => {
  const warnings = t.capture(console, 'warn', () => undefined)
  field({ type: 'string', format: 'odd' }, 'x')
  t.same(warnings(), [])
})

for (const schema of [{ type: 'string', pattern: '[' }, { type: 'text' }]) {
  t.test(`${JSON.stringify(schema)} is used without the keyword that cannot be used`, async (t) => {
    t.same(checker(json(schema))({ body: 'x' }), [])
    t.same(answers(content({ schema })).body('x'), [])
  })
}

// Responses

function answers(response: object, components: object = {}) {
  const paths = { '/codes': { get: { operationId: 'list', responses: { 200: response } } } }
  const contract = contractOfPaths(paths, { components })
  const spec = contract.operations.get('list')!.responses.get('200')!
  return {
    body: (body: Json | undefined) => contract.checkBody(spec, body),
    header: (value: string) => contract.checkHeader([...spec.headers.values()][0]!, value),
  }
}

const content = (media: object) => ({ content: { 'application/json': media } })

t.test('a valid response body has no violations', async (t) => {
  t.same(answers(content({ schema: { type: 'object' } })).body({ a: 1 }), [])
})

t.test('a violation is reported with its path, its keyword and in words', async (t) => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'integer' } } },
  }
  t.same(answers(content({ schema })).body({ a: [1, 'x'] }), [
    { path: '/a/1', keyword: 'type', message: '/a/1 must be integer' },
  ])
  t.same(answers(content({ schema })).body([]), [
    { path: '', keyword: 'type', message: 'the body must be object' },
  ])
})

t.test('all violations of a response body are reported', async (t) => {
  const schema = { type: 'object', required: ['a', 'b'] }
  t.equal(answers(content({ schema })).body({}).length, 2)
})

t.test('a response body is a violation when the contract has none', async (t) => {
  t.same(answers({}).body({}), [
    { path: '', keyword: 'content', message: 'the contract has no body for 200' },
  ])
})

t.test('a missing response body is never a violation', async (t) => {
  t.same(answers(content({ schema: { type: 'object' } })).body(undefined), [])
})

t.test('a response body may be anything when it has no schema', async (t) => {
  t.same(answers(content({})).body([1]), [])
})

t.test('a response body is a violation when its schema is false', async (t) => {
  t.match(answers(content({ schema: false })).body({}), [{ keyword: 'false schema' }])
})

const header = (schema: object | undefined) => ({ headers: { 'X-Left': { schema } } })

t.test('a header is read as the type of its schema', async (t) => {
  const { header: check } = answers(header({ type: 'integer', maximum: 9 }))
  t.same(check('5'), [])
  t.match(check('50'), [{ keyword: 'maximum' }])
  t.match(check('many'), [{ keyword: 'type' }])
})

t.test('a header may refer to a schema', async (t) => {
  const components = { schemas: { Count: { type: 'integer' } } }
  const { header: check } = answers(header({ $ref: '#/components/schemas/Count' }), components)
  t.same(check('5'), [])
  t.match(check('x'), [{ keyword: 'type' }])
})

t.test('a header may be anything when it has no schema', async (t) => {
  t.same(answers(header(undefined)).header('x'), [])
})
