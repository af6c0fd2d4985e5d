/** Whatever a client sends to a document that nobody wrote scenarios for, it is no mistake of ours. */
import fc from 'fast-check'
import t from 'tap'
import { ref } from '../fixtures/generating.ts'
import { runs } from '../fixtures/properties.ts'
import { json, serving } from '../fixtures/responding.ts'

const text = { type: 'string' }
const whole = { type: 'integer' }

const Node = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string', format: 'uuid', readOnly: true },
    secret: { type: 'string', writeOnly: true },
    at: { type: ['string', 'null'], format: 'date-time' },
    next: ref('Node'),
    all: { type: 'array', items: ref('Node') },
    map: { type: 'object', additionalProperties: ref('Node') },
  },
}

const ERROR = {
  type: 'object',
  required: ['message'],
  properties: {
    message: text,
    errors: { type: 'array', items: { type: 'object', properties: { field: text, code: text } } },
  },
}

const content = (types: readonly string[], schema: object) => ({
  description: '',
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
})

const query = (name: string, schema: object, more: object = {}) => ({
  name,
  in: 'query',
  schema,
  ...more,
})

const PATHS = {
  '/nodes': {
    get: {
      parameters: [
        query('limit', { type: 'integer', minimum: 1, maximum: 9 }),
        query('filter', { type: 'object', properties: { a: whole } }, { style: 'deepObject' }),
        query('ids', { type: 'array', items: whole }, { explode: false }),
        query('raw', {}, { content: { 'application/json': { schema: Node } }, schema: undefined }),
        { name: 'X-Trace', in: 'header', schema: { type: 'string', format: 'uuid' } },
        { name: 'sid', in: 'cookie', schema: whole },
      ],
      responses: {
        200: content(['application/json', 'application/xml', 'text/csv'], {
          type: 'array',
          items: ref('Node'),
        }),
        default: content(['application/problem+json'], ERROR),
      },
    },
    post: {
      security: [{ bearer: [] }, { key: [] }],
      requestBody: {
        required: true,
        ...content(
          [
            'application/json',
            'application/xml',
            'multipart/form-data',
            'application/x-www-form-urlencoded',
            'text/plain',
          ],
          ref('Node'),
        ),
      },
      responses: {
        201: content(['application/json'], ref('Node')),
        401: json({ schema: ERROR }),
        '4XX': json({ schema: ERROR }),
      },
    },
  },
  '/nodes/{id}': {
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
    get: {
      responses: {
        200: json(
          { examples: { A: { value: { id: 'a' } }, 'B b': { value: { id: 'b' } } } },
          { headers: { 'X-Left': { schema: whole }, 'X-List': { example: ['é', '漢'] } } },
        ),
        302: {
          description: '',
          headers: { Location: { schema: { type: 'string', format: 'uri' } } },
        },
        404: json({ schema: ERROR }),
      },
    },
    delete: { deprecated: true, responses: { 204: { description: '' } } },
  },
  '/image': { get: { responses: { 200: { description: '', content: { 'image/png': {} } } } } },
  '/socket': { get: { responses: { 101: { description: '' } } } },
}

const ROOT = {
  components: {
    schemas: { Node },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'query', name: 'key' },
    },
  },
}

const odd = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 24,
})

const word = fc.oneof(
  fc.constantFrom(
    '1',
    'a',
    '__proto__',
    'constructor',
    '%',
    '%00',
    '%FF',
    '漢',
    '{"id":1}',
    '1,2',
    '',
  ),
  odd,
)

const name = fc.constantFrom(
  ...['limit', 'filter[a]', 'filter[__proto__]', 'filter', 'ids', 'raw', 'key', 'x'],
  ...['__code', '__example', '__dynamic', '__seed', '__cod', '__', '__proto__', '__typename'],
)

const value = fc.oneof(word, fc.constantFrom('200', '404', '418', 'true', 'A', 'B b', '-1', '9'))

const search = fc
  .array(fc.tuple(name, value), { maxLength: 3 })
  .map((pairs) => pairs.map(([key, of]) => `${key}=${encodeURIComponent(of)}`).join('&'))

const path = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('/nodes', '/nodes', '/nodes/1', '/nodes/x', '/image', '/socket'),
  },
  { weight: 1, arbitrary: word.map((each) => `/nodes/${encodeURIComponent(each)}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('/', '//', '/%', '/nodes/', '/nodes/1/2', '/@s/nodes', '/@/x'),
  },
)

const accept = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/xml;q=0.5, */*;q=0.1',
    'text/csv',
    'image/*',
    ';q=1',
    '*',
    'a/b;q=2',
  ),
  odd,
)

const prefer = fc.oneof(
  fc.constantFrom(
    'code=404',
    'code=302',
    'dynamic, seed=1',
    'example="B b"',
    'code=200; example=A',
    'code=101',
    'x',
  ),
  odd,
)

const type = fc.oneof(
  fc.constantFrom(
    ...[
      'application/json',
      'application/xml',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
    ],
    ...[
      'application/x-www-form-urlencoded',
      'text/plain; charset=utf-16',
      'text/plain; charset=none',
      'image/png',
    ],
  ),
  odd,
)

const headers = fc.record(
  {
    accept,
    prefer,
    'content-type': type,
    authorization: fc.oneof(fc.constant('Bearer t'), odd),
    cookie: odd,
    'x-trace': odd,
  },
  { requiredKeys: [] },
)

const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '',
    '{',
    '<a',
    '<a><b>1</b></a>',
    '--x\r\n\r\n--x--',
    'a[b][c]=1&__proto__[x]=1',
    '{"__proto__":{}}',
  ),
  fc.record({ secret: fc.string(), next: fc.jsonValue() }),
)

const method = fc.constantFrom('GET', 'GET', 'POST', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT')

t.test('no client causes an error that nobody wrote', async (t) => {
  const app = await serving(t, PATHS, ROOT)
  const seen = new Map<number, number>()
  const request = fc.record({ method, path, search, headers, body })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, search, headers, body }) => {
      const sent = method === 'GET' || method === 'HEAD' ? {} : { body }
      const answer = await app.ask(method, `${path}?${search}`, { headers, ...sent })
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text}`)
    }),
    runs(1_500),
  )
  // A fuzz that only knocks at the door proves nothing.
  for (const status of [200, 204, 400, 401, 404, 405, 406, 422]) t.ok(seen.has(status), `${status}`)
})
