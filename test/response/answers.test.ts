/** Responses of documents without a scenario: statuses, headers, bodies and preferences. */
import t from 'tap'
import { answering, json, serving } from '../fixtures/responding.ts'

const described = { description: '' }

const STATUSES: readonly [responses: object, status: number, body?: string][] = [
  [{ 201: json({ example: 1 }), 200: json({ example: 2 }), 404: described }, 200, '2'],
  [{ '2XX': json({ example: 1 }), 201: json({ example: 2 }) }, 201, '2'],
  [{ '2XX': json({ example: 1 }), '4XX': described }, 200, '1'],
  [{ default: json({ example: 1 }) }, 200, '1'],
  [{ default: json({ example: 1 }), 404: described }, 200, '1'],
  [{ 204: described, 400: described }, 204, ''],
  [{ 302: { description: '', headers: { Location: { example: '/x' } } } }, 302, ''],
  [{ 404: json({ example: 1 }) }, 404, '1'],
  [{ '4XX': json({ example: 1 }) }, 400, '1'],
  [{ 101: described }, 200, ''],
  [{ 101: described, 304: described }, 304, ''],
  [{}, 200, ''],
]

for (const [responses, status, text] of STATUSES) {
  t.test(`the responses ${Object.keys(responses).join(', ')} lead to ${status}`, async (t) => {
    const app = await answering(t, { ...responses })
    t.match(await app.ask('GET', '/it'), { status, text })
  })
}

t.test('HEAD is answered like GET, without the body', async (t) => {
  const app = await answering(t, { 200: json({ example: { a: 1 } }) })
  const get = await app.ask('GET', '/it')
  const head = await app.ask('HEAD', '/it')
  t.match(head, { status: 200, text: '' })
  for (const name of ['content-type', 'content-length']) {
    t.equal(head.headers[name], get.headers[name], name)
    t.ok(head.headers[name], name)
  }
})

t.test('OPTIONS lists the methods of the path', async (t) => {
  const app = await answering(t, { 200: described })
  const answer = await app.ask('OPTIONS', '/it')
  t.match(answer, { status: 204, headers: { allow: /GET.*HEAD/ } })
})

// Headers

const HEADERS: readonly [what: string, header: object, sent: string | RegExp | undefined][] = [
  ['an example', { schema: { type: 'string' }, example: 'e' }, 'e'],
  ['an example of the schema', { schema: { type: 'integer', example: 4 } }, '4'],
  ['examples', { examples: { A: { value: 'a' } } }, 'a'],
  ['a list', { example: [1, 'b'] }, '1,b'],
  ['an object', { example: { a: 1, b: 2 } }, 'a,1,b,2'],
  ['an object in pairs', { explode: true, example: { a: 1, b: 2 } }, 'a=1,b=2'],
  ['what must be made', { schema: { type: 'integer', minimum: 3, maximum: 3 } }, '3'],
  ['a list that must be made', { schema: { type: 'array', items: { const: 'x' } } }, 'x'],
  ['letters that no header has', { example: '漢字' }, undefined],
  ['a line and another', { example: 'a\r\nb: c' }, undefined],
  ['null', { example: null }, undefined],
  ['nothing of which anything is known', {}, undefined],
  ['what cannot be made', { schema: false }, undefined],
]

for (const [what, header, sent] of HEADERS) {
  t.test(`a header with ${what} is ${sent === undefined ? 'left out' : 'sent'}`, async (t) => {
    const app = await answering(t, { 200: { description: '', headers: { 'X-It': header } } })
    const { status, headers } = await app.ask('GET', '/it')
    t.equal(status, 200)
    t.equal(headers['x-it'], sent)
  })
}

t.test(
  'headers that HTTP makes itself, or that are none, are not taken from documents',
  async (t) => {
    const headers = {
      'Content-Length': { example: 5 },
      'Transfer-Encoding': { example: 'chunked' },
      'Content-Encoding': { example: 'gzip' },
      Connection: { schema: { const: 'close' } },
      'X Y': { example: 'z' },
    }
    const app = await answering(t, { 200: json({ example: { a: 1 } }, { headers }) })
    const answer = await app.ask('GET', '/it')
    t.match(answer, { status: 200, text: '{"a":1}', headers: { 'content-length': '7' } })
    t.notOk(answer.headers['content-encoding'])
    t.notOk(answer.headers['transfer-encoding'])
  },
)

t.test('a deprecated operation has a Deprecation header', async (t) => {
  const app = await answering(t, { 200: described }, { deprecated: true })
  t.equal((await app.ask('GET', '/it')).headers.deprecation, 'true')
})

// Bodies

const object = { type: 'object' }
const XML = {
  type: 'object',
  xml: { name: 'pet' },
  properties: {
    id: { type: 'integer', xml: { attribute: true } },
    tags: {
      type: 'array',
      xml: { wrapped: true },
      items: { type: 'string', xml: { name: 'tag' } },
    },
  },
}

const BODIES: readonly [what: string, content: object, text: string][] = [
  [
    'an example as it is written',
    { 'application/json': { example: { z: 1, a: [2.5, null] } } },
    '{"z":1,"a":[2.5,null]}',
  ],
  [
    'an example of JSON text',
    { 'application/json': { schema: object, example: '{ "a":  1 }' } },
    '{ "a":  1 }',
  ],
  [
    'a text of a schema of texts',
    { 'application/json': { schema: { type: 'string' }, example: '{}' } },
    '"{}"',
  ],
  ['plain text', { 'text/plain': { example: 'a\n"b"' } }, 'a\n"b"'],
  [
    'a form',
    { 'application/x-www-form-urlencoded': { example: { a: 'b c', d: ['1', '2'] } } },
    'a=b%20c&d=1&d=2',
  ],
  ['an image without a schema', { 'image/png': {} }, ''],
  [
    'XML',
    { 'application/xml': { schema: XML, example: { id: 1, tags: ['a', 'b'] } } },
    '<?xml version="1.0" encoding="UTF-8"?><pet id="1"><tags><tag>a</tag><tag>b</tag></tags></pet>',
  ],
]

for (const [what, content, text] of BODIES) {
  t.test(`${what} is sent byte for byte`, async (t) => {
    const app = await answering(t, { 200: { description: '', content } })
    const answer = await app.ask('GET', '/it')
    t.equal(answer.text, text)
    t.equal(answer.headers['content-type'], Object.keys(content)[0])
  })
}

// Preferences

const SCHEMA = {
  type: 'object',
  required: ['t'],
  properties: { t: { type: 'string', minLength: 9 } },
}
const EXAMPLES = {
  A: { value: { t: 'aaaaaaaaa' } },
  'B b, "c"': { value: { t: 'bbbbbbbbb' } },
  例: { value: { t: 'ccccccccc' } },
}
const RICH = {
  200: json({ schema: SCHEMA, examples: EXAMPLES }),
  404: json({ example: { no: 1 } }),
}

t.test('preferences', async (t) => {
  const app = await answering(t, RICH)
  const prefer = (prefer: string, query = '') =>
    app.ask('GET', `/it${query}`, { headers: { prefer } })
  const ROWS: readonly [prefer: string, query: string, answer: object, applied: string][] = [
    ['code=404', '', { status: 404, text: '{"no":1}' }, 'code=404'],
    ['', '?__code=404', { status: 404 }, 'code=404'],
    ['code=200', '?__code=404', { status: 200 }, 'code=200'],
    ['example=A', '', { text: '{"t":"aaaaaaaaa"}' }, 'example=A'],
    ['', '?__example=B%20b,%20%22c%22', { text: '{"t":"bbbbbbbbb"}' }, 'example="B b, c"'],
    ['', '?__example=%E4%BE%8B', { text: '{"t":"ccccccccc"}' }, 'example="%E4%BE%8B"'],
    ['dynamic, seed=3', '', { status: 200 }, 'dynamic=true, seed=3'],
    ['', '?__dynamic=true&__seed=3', { status: 200 }, 'dynamic=true, seed=3'],
    ['dynamic', '?__code=404', { status: 404 }, 'code=404, dynamic=true'],
  ]
  for (const [header, query, answer, applied] of ROWS) {
    const got = await prefer(header, query)
    t.match(got, answer, `${header}${query}`)
    t.equal(got.headers['preference-applied'], applied)
  }

  t.test('that are misspelled are refused with a suggestion', async (t) => {
    t.match(await prefer('cod=404'), {
      status: 400,
      body: { code: 'bad-prefer', nearest: ['code'] },
    })
    t.match(await prefer('', '?__exampel=A'), { status: 400, body: { nearest: ['example'] } })
    t.match(await prefer('code=418'), { status: 400, body: { code: 'unknown-preference' } })
    t.match(await prefer('', '?__code=x'), { status: 400, body: { code: 'bad-prefer' } })
  })

  t.test('that are parameters of the API itself are ignored', async (t) => {
    t.match(await prefer('', '?__typename=x&__=1'), { status: 200 })
  })

  t.test('with a seed get the same response, whatever is asked at the same time', async (t) => {
    const alone = await prefer('dynamic, seed=1')
    const seeds = [1, 2, 1, 3, 1, 2]
    const all = await Promise.all(seeds.map((seed) => prefer(`dynamic, seed=${seed}`)))
    for (const [index, { text }] of all.entries()) {
      t.equal(text, all[seeds.indexOf(seeds[index]!)]!.text)
    }
    t.equal(all[0]!.text, alone.text)
    t.equal(new Set(all.map(({ text }) => text)).size, 3)
  })
})

t.test('an example of an informational response cannot be preferred', async (t) => {
  const app = await serving(t, {
    '/it': { get: { responses: { 101: json({ examples: { A: { value: 1 } } }), 200: described } } },
  })
  t.equal((await app.ask('GET', '/it', { headers: { prefer: 'example=A' } })).status, 400)
})
