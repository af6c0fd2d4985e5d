/** How documents without an API's file refuse: in their own shape where they have one. */
import t from 'tap'
import { answering, json, serving } from '../fixtures/responding.ts'

const text = { type: 'string' }
const whole = { type: 'integer' }

/** A call that the contract refuses for its query, and for a field of its body. */
const POST = {
  parameters: [
    { name: 'size', in: 'query', schema: { type: 'integer', maximum: 9 } },
    { name: 'code', in: 'query', schema: whole },
  ],
  requestBody: {
    content: {
      'application/json': {
        schema: { type: 'object', required: ['name'], properties: { name: text, age: whole } },
      },
    },
  },
}

const REASON = /query size: must be <= 9; body name: must have required property 'name'/

const posting = (t: Parameters<typeof serving>[0], responses: object) =>
  serving(t, { '/it': { post: { operationId: 'make', ...POST, responses } } })

const refusedBy = async (t: Parameters<typeof serving>[0], responses: object) => {
  const app = await posting(t, responses)
  const answer = await app.ask('POST', '/it?size=12', { body: {} })
  t.match(app.requests().at(-1)?.reasons, [REASON])
  return answer
}

const ok = { 200: { description: '' } }

// Which status

const STATUSES: readonly [documented: string[], invalid: number, malformed: number][] = [
  [['422', '400'], 422, 400],
  [['400'], 400, 400],
  [['422'], 422, 422],
  [['4XX'], 422, 400],
  [['default'], 422, 400],
  [['404'], 400, 400],
  [['422', 'default'], 422, 422],
]

for (const [documented, invalid, malformed] of STATUSES) {
  t.test(
    `where ${documented} are documented ${invalid} says that a request is wrong`,
    async (t) => {
      const responses = Object.fromEntries(documented.map((key) => [key, json({ example: {} })]))
      const app = await posting(t, { ...ok, ...responses })
      t.equal((await app.ask('POST', '/it?size=12', { body: {} })).status, invalid)
      const headers = { 'content-type': 'application/json' }
      t.equal((await app.ask('POST', '/it', { headers, body: '{' })).status, malformed)
    },
  )
}

t.test('a compressed body is refused with what to do', async (t) => {
  const app = await posting(t, ok)
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  t.equal((await app.ask('POST', '/it', { headers, body: '{}' })).status, 415)
  t.match(app.requests().at(-1)?.reasons, [
    /Content-Encoding gzip is not supported; send the body uncompressed/,
  ])
})

// Where the reasons stand

const item = {
  type: 'object',
  required: ['field', 'message'],
  properties: { field: text, message: text },
}
const FASTAPI = {
  type: 'object',
  properties: {
    detail: {
      type: 'array',
      items: {
        type: 'object',
        required: ['loc', 'msg', 'type'],
        properties: {
          loc: { type: 'array', items: { anyOf: [text, whole] } },
          msg: text,
          type: text,
        },
      },
    },
  },
}

const SHAPES: readonly [what: string, media: object, body: object][] = [
  ['a message', { example: { message: 'm', code: 7 } }, { message: REASON, code: 7 }],
  ['a detail', { schema: { type: 'object', properties: { detail: text } } }, { detail: REASON }],
  [
    'a list of texts',
    { example: { errors: ['e'] } },
    { errors: ['query size: must be <= 9', /^body name: /] },
  ],
  [
    'a list of objects',
    { schema: { type: 'object', properties: { errors: { type: 'array', items: item } } } },
    { errors: [{ field: 'size', message: 'must be <= 9' }, { field: 'name' }] },
  ],
  [
    "FastAPI's detail",
    { schema: FASTAPI },
    { detail: [{ loc: ['query', 'size'], msg: 'must be <= 9' }, { loc: ['body', 'name'] }] },
  ],
  [
    "GitHub's errors",
    {
      example: {
        message: 'Validation Failed',
        errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }],
      },
    },
    {
      message: REASON,
      errors: [{ resource: 'Issue', field: 'size', code: 'missing_field' }, { field: 'name' }],
    },
  ],
  [
    "Stripe's error",
    { example: { error: { message: 'm', type: 'invalid_request_error', param: 'p' } } },
    { error: { message: REASON, type: 'invalid_request_error' } },
  ],
  [
    'an error in a word',
    { example: { error: 'e', meta: { id: 1 } } },
    { error: REASON, meta: { id: 1 } },
  ],
  [
    'a list alone',
    { example: [{ path: 'p', message: 'm' }] },
    [{ path: 'size', message: 'must be <= 9' }, { path: 'name' }],
  ],
  ['no room', { example: { code: 'BAD' } }, { code: 'BAD' }],
  [
    'a message of one value',
    { schema: { properties: { message: { enum: ['BAD'] } } } },
    { message: 'BAD' },
  ],
  [
    'a message that is too short',
    {
      schema: {
        type: 'object',
        required: ['message'],
        properties: { message: { type: 'string', maxLength: 5 } },
      },
    },
    { message: /^.{1,5}$/ },
  ],
]

for (const [what, media, body] of SHAPES) {
  t.test(`an answer with ${what} says as much as it has room for`, async (t) => {
    const answer = await refusedBy(t, { ...ok, 400: json(media) })
    t.equal(answer.status, 400)
    t.match(answer.body, body)
  })
}

t.test('a problem body of the document says what is wrong, in its own media type', async (t) => {
  const properties = {
    type: { type: 'string', format: 'uri' },
    title: text,
    status: whole,
    detail: text,
  }
  const content = {
    'application/problem+json': { schema: { type: 'object', required: ['detail'], properties } },
  }
  const answer = await refusedBy(t, { ...ok, default: { description: '', content } })
  t.match(answer, {
    status: 422,
    headers: { 'content-type': 'application/problem+json' },
    body: { detail: REASON },
  })
})

t.test('an answer of which nothing can be made is replaced by a problem', async (t) => {
  t.match(await refusedBy(t, { ...ok, 400: json({ schema: false }) }), {
    status: 400,
    body: { code: 'bad-request' },
  })
})

t.test('where nothing is declared a problem names every fault', async (t) => {
  const { status, headers, body } = await refusedBy(t, ok)
  t.equal(status, 400)
  t.equal(headers['content-type'], 'application/problem+json')
  t.match(body.detail, REASON)
  t.same(body.faults, [
    {
      place: 'query',
      field: 'size',
      rule: 'range',
      params: ['9'],
      message: 'must be <= 9',
      value: '12',
    },
    {
      place: 'body',
      field: 'name',
      rule: 'required',
      params: [],
      message: "must have required property 'name'",
    },
  ])
})

t.test('a problem does not repeat what may be secret', async (t) => {
  const app = await posting(t, ok)
  const answer = await app.ask('POST', '/it?code=hush', { body: { name: 5, age: 'quiet' } })
  t.equal(answer.body.faults.length, 3)
  t.notMatch(answer.text, /hush|quiet/)
})

// Credentials

const SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer' },
  basic: { type: 'http', scheme: 'basic' },
  header: { type: 'apiKey', in: 'header', name: 'X-Key' },
  query: { type: 'apiKey', in: 'query', name: 'key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
  oauth: { type: 'oauth2', flows: {} },
  openid: { type: 'openIdConnect', openIdConnectUrl: 'https://example.com/' },
}

interface Security {
  readonly security: readonly object[]
  readonly challenge: string | undefined
  readonly enters: { readonly headers?: Readonly<Record<string, string>>; readonly query?: string }
}

const bearer = { headers: { authorization: 'Bearer t' } }

const SECURITY: readonly Security[] = [
  { security: [{ bearer: [] }], challenge: 'Bearer realm="doc"', enters: bearer },
  {
    security: [{ basic: [] }],
    challenge: 'Basic realm="doc"',
    enters: { headers: { authorization: 'Basic dTpw' } },
  },
  {
    security: [{ header: [] }],
    challenge: 'ApiKey realm="doc", in="header", name="X-Key"',
    enters: { headers: { 'x-key': 'k' } },
  },
  {
    security: [{ query: [] }],
    challenge: 'ApiKey realm="doc", in="query", name="key"',
    enters: { query: '?key=k' },
  },
  {
    security: [{ cookie: [] }],
    challenge: 'ApiKey realm="doc", in="cookie", name="sid"',
    enters: { headers: { cookie: 'sid=k' } },
  },
  { security: [{ oauth: ['read'] }], challenge: 'Bearer realm="doc"', enters: bearer },
  { security: [{ openid: [] }], challenge: 'Bearer realm="doc"', enters: bearer },
  {
    security: [{ bearer: [] }, { header: [] }],
    challenge: 'Bearer realm="doc", ApiKey realm="doc", in="header", name="X-Key"',
    enters: { headers: { 'x-key': 'k' } },
  },
  {
    security: [{ bearer: [], header: [] }],
    challenge: 'Bearer realm="doc", ApiKey realm="doc", in="header", name="X-Key"',
    enters: { headers: { ...bearer.headers, 'x-key': 'k' } },
  },
  { security: [{ bearer: [] }, {}], challenge: undefined, enters: {} },
  { security: [], challenge: undefined, enters: {} },
]

for (const { security, challenge, enters } of SECURITY) {
  t.test(`${JSON.stringify(security)} lets in who shows it`, async (t) => {
    const root = { security: [{ basic: [] }], components: { securitySchemes: SCHEMES } }
    const app = await answering(t, ok, { security }, root)
    const nobody = await app.ask('GET', '/it')
    t.equal(nobody.status, challenge === undefined ? 200 : 401)
    t.equal(nobody.headers['www-authenticate'], challenge)
    if (challenge !== undefined) t.equal(app.requests().at(-1)?.reasons.length, 1)
    const { query = '', headers = {} } = enters
    t.equal((await app.ask('GET', `/it${query}`, { headers })).status, 200)
  })
}

t.test('a 401 of the document is sent, with the challenge', async (t) => {
  const root = { components: { securitySchemes: SCHEMES } }
  const responses = { ...ok, 401: json({ example: { message: 'm' } }) }
  const app = await answering(t, responses, { security: [{ bearer: [] }] }, root)
  const answer = await app.ask('GET', '/it')
  t.match(answer, { status: 401, body: { message: /Authorization header is missing/ } })
  t.equal(answer.headers['www-authenticate'], 'Bearer realm="doc"')
})

t.test('a document may have a name, and a key, that no header can hold', async (t) => {
  const scheme = { type: 'apiKey', in: 'query', name: 'schlüssel "銀"' }
  const root = { components: { securitySchemes: { scheme } } }
  const app = await serving(
    t,
    { '/it': { get: { security: [{ scheme: [] }], responses: ok } } },
    root,
    '銀行',
  )
  const answer = await app.ask('GET', '/it')
  t.equal(answer.status, 401)
  t.match(
    answer.headers['www-authenticate'],
    /^ApiKey realm="%E9%8A%80%E8%A1%8C", in="query", name="/,
  )
})

// Everything else

t.test(
  'what is not there, not allowed, too large or of another type is told as a problem',
  async (t) => {
    const app = await posting(t, ok)
    const type = (type: string) => ({ headers: { 'content-type': type }, body: 'x' })
    const ROWS: readonly [
      method: string,
      path: string,
      ask: object,
      status: number,
      code: string,
    ][] = [
      ['GET', '/nowhere', {}, 404, 'no-operation'],
      ['GET', '/it', {}, 405, 'no-method'],
      ['POST', '/%', {}, 400, 'bad-request'],
      ['POST', '/it', type('application/xml'), 415, 'unsupported-media-type'],
      [
        'POST',
        '/it',
        { ...type('application/json'), body: 'x'.repeat(2 ** 20 + 1) },
        413,
        'body-too-large',
      ],
      ['POST', '/it', type('application/json'), 400, 'bad-request'],
    ]
    for (const [method, path, ask, status, code] of ROWS) {
      const answer = await app.ask(method, path, ask)
      t.match(answer, { status, body: { status, code } }, `${method} ${path}`)
      t.equal(app.requests().at(-1)?.reasons.length, 1, code)
      if (status === 405) t.match(answer.headers.allow, /POST/)
    }
  },
)

t.test('what the document says of such requests goes before the problem', async (t) => {
  const own = Object.fromEntries(
    ['406', '413', '415'].map((key) => [key, json({ example: { message: key } })]),
  )
  const responses = { 200: json({ example: 1 }), ...own }
  const app = await posting(t, responses)
  const type = { 'content-type': 'application/xml' }
  t.match(await app.ask('POST', '/it', { headers: type, body: 'x' }), {
    status: 415,
    body: { message: /application\/xml/ },
  })
  const large = { headers: { 'content-type': 'application/json' }, body: 'x'.repeat(2 ** 20 + 1) }
  t.match(await app.ask('POST', '/it', large), { status: 413, body: { message: /larger/ } })
  const picky = { headers: { accept: 'image/png' }, body: { name: 'n' } }
  t.match(await app.ask('POST', '/it', picky), { status: 406, body: { message: /image\/png/ } })
})
