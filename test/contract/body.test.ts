/** Bodies of requests, by media type: what is read, and what is refused. */
import t, { type Test } from 'tap'
import type { Json } from '../../src/contract/model.ts'
import { makeApp } from '../fixtures/app.ts'
import { contractOfPaths, documentOf } from '../fixtures/files.ts'

const TEXT = { type: 'string' }
const COUNT = { type: 'integer' }
const NUMBERS = { type: 'array', items: COUNT }
const LIST = { type: 'array', items: TEXT }

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })

/** Reads a body as the declared media type; returns the error if it is refused. */
async function read(
  type: string,
  media: object,
  body: Buffer | string,
  sent = type,
): Promise<{ value: Json; faults: string[] }> {
  const operation = { operationId: 'send', requestBody: { content: { [type]: media } } }
  const contract = contractOfPaths({ '/x': { post: { responses: {}, ...operation } } })
  const known = contract.operations.get('send')!
  const [declared] = known.body!.media
  const value = await contract.readBody(declared!, body, sent)
  const parts = { path: {}, query: {}, headers: {}, body: value, media: declared }
  const faults = contract.checkRequest(known, parts).map(({ field, rule }) => `${field} ${rule}`)
  return { value, faults }
}

const FORM = 'application/x-www-form-urlencoded'

const FORMS: readonly [what: string, schema: object, encoding: object, text: string, Json][] = [
  ['fields', object({ a: TEXT, b: COUNT }), {}, 'a=x+y%2B&b=5', { a: 'x y+', b: 5 }],
  ['an empty field', object({ a: TEXT }), {}, 'a=', { a: '' }],
  ['a field without an equals sign', object({ a: TEXT }), {}, 'a', { a: '' }],
  ['a list of one', object({ a: NUMBERS }), {}, 'a=1', { a: [1] }],
  ['a repeated field', object({ a: NUMBERS }), {}, 'a=1&a=2', { a: [1, 2] }],
  ['a list with brackets', object({ a: NUMBERS }), {}, 'a[]=1&a[]=2', { a: [1, 2] }],
  ['a list with indices', object({ a: NUMBERS }), {}, 'a[0]=1&a[1]=2', { a: [1, 2] }],
  ['a tree', object({ a: object({ b: COUNT }) }), {}, 'a[b]=1', { a: { b: 1 } }],
  ['encoded brackets', object({ a: object({ b: COUNT }) }), {}, 'a%5Bb%5D=1', { a: { b: 1 } }],
  [
    'a list of objects',
    object({ a: { type: 'array', items: object({ b: COUNT }) } }),
    {},
    'a[0][b]=1&a[1][b]=2',
    { a: [{ b: 1 }, { b: 2 }] },
  ],
  ['an object as JSON', object({ a: object({ b: COUNT }) }), {}, 'a={"b":1}', { a: { b: 1 } }],
  [
    'a field declared as JSON',
    object({ a: {} }),
    { a: { contentType: 'application/json' } },
    'a=[1,{"b":2}]',
    { a: [1, { b: 2 }] },
  ],
  [
    'a list declared as JSON',
    object({ a: NUMBERS }),
    { a: { contentType: 'application/json' } },
    'a=[1,2]',
    { a: [1, 2] },
  ],
  ['commas', object({ a: NUMBERS }), { a: { explode: false } }, 'a=1,2', { a: [1, 2] }],
  [
    'an encoded comma',
    object({ a: LIST }),
    { a: { style: 'form', explode: false } },
    'a=x%2Cy,z',
    { a: ['x,y', 'z'] },
  ],
  ['pipes', object({ a: NUMBERS }), { a: { style: 'pipeDelimited' } }, 'a=1|2', { a: [1, 2] }],
  ['spaces', object({ a: NUMBERS }), { a: { style: 'spaceDelimited' } }, 'a=1+2', { a: [1, 2] }],
  [
    'an object with commas',
    object({ a: object({ R: COUNT, G: COUNT }) }),
    { a: { style: 'form', explode: false } },
    'a=R,100,G,200',
    { a: { R: 100, G: 200 } },
  ],
  [
    'a deep object',
    object({ a: object({ R: COUNT }) }),
    { a: { style: 'deepObject', explode: true } },
    'a[R]=100',
    { a: { R: 100 } },
  ],
  ['prototype names', object({ constructor: TEXT }), {}, 'constructor=x', { constructor: 'x' }],
  ['nothing', object({ a: TEXT }), {}, '&&', {}],
  [
    'a missing field with pipes',
    object({ a: NUMBERS }),
    { a: { style: 'pipeDelimited' } },
    'b=1',
    { b: '1' },
  ],
  ['malformed percent signs', object({ a: TEXT }), {}, 'a=%&b=%zz', { a: '%', b: '%zz' }],
]

for (const [what, schema, encoding, text, value] of FORMS) {
  t.test(`a form may have ${what}`, async (t) => {
    t.same(await read(FORM, { schema, encoding }, text), { value, faults: [] })
  })
}

t.test('a form field that breaks its schema is reported', async (t) => {
  const { faults } = await read(FORM, { schema: object({ a: COUNT }, { required: ['b'] }) }, 'a=x')
  t.same(faults.toSorted(), ['a type', 'b required'])
})

t.test('a form may have a long list', async (t) => {
  const text = Array.from({ length: 900 }, (_, at) => `a=${at}`).join('&')
  const { value, faults } = await read(FORM, { schema: object({ a: NUMBERS }) }, text)
  t.equal((value as { a: number[] }).a.length, 900)
  t.same(faults, [])
})

t.test('a form with too many fields is refused instead of truncated', async (t) => {
  const text = Array.from({ length: 20_000 }, (_, at) => `p${at}=1`).join('&')
  await t.rejects(read(FORM, { schema: object({}) }, text), {
    message: /^the form cannot be read: Parameter limit exceeded/,
  })
})

t.test('a form with deep brackets or prototype names does no harm', async (t) => {
  for (const text of [`a${'[b]'.repeat(5_000)}=1`, '__proto__[x]=1&a[__proto__][x]=1&[=&]=']) {
    await read(FORM, { schema: object({}) }, text)
  }
  t.same(({} as Record<string, unknown>).x, undefined)
})

// Multipart

const BOUNDARY = 'xxBOUNDARYxx'
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`

interface Part {
  readonly name: string
  readonly value: string | Buffer
  readonly file?: string
  readonly type?: string
}

function multipart(parts: readonly Part[]): Buffer {
  const written = parts.flatMap(({ name, value, file, type }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    file === undefined ? '' : `; filename="${file}"`,
    type === undefined ? '' : `\r\nContent-Type: ${type}`,
    '\r\n\r\n',
    value,
    '\r\n',
  ])
  return Buffer.concat([...written, `--${BOUNDARY}--\r\n`].map((each) => Buffer.from(each)))
}

const FILE = { type: 'string', format: 'binary' }
const ITEMS = { type: 'array', items: object({ b: COUNT }) }

const MULTIPARTS: readonly [what: string, media: object, parts: readonly Part[], value: Json][] = [
  [
    'fields',
    { schema: object({ a: TEXT, b: COUNT }) },
    [
      { name: 'a', value: 'x + y%' },
      { name: 'b', value: '5' },
    ],
    { a: 'x + y%', b: 5 },
  ],
  [
    'a file',
    { schema: object({ file: FILE }, { required: ['file'] }) },
    [{ name: 'file', value: 'hello', file: 'a.txt', type: 'text/plain' }],
    { file: 'hello' },
  ],
  [
    'several files',
    { schema: object({ files: { type: 'array', items: FILE } }) },
    [
      { name: 'files', value: 'a', file: 'a.txt' },
      { name: 'files', value: 'b', file: 'b.txt' },
    ],
    { files: ['a', 'b'] },
  ],
  ['a list of one', { schema: object({ a: NUMBERS }) }, [{ name: 'a', value: '1' }], { a: [1] }],
  [
    'a repeated field',
    { schema: object({ a: NUMBERS }) },
    ['1', '2', '3'].map((value) => ({ name: 'a', value })),
    { a: [1, 2, 3] },
  ],
  [
    'an object as JSON',
    { schema: object({ a: object({ b: COUNT }) }) },
    [{ name: 'a', value: '{"b":1}', type: 'application/json' }],
    { a: { b: 1 } },
  ],
  [
    'an object as a JSON file',
    { schema: object({ a: object({ b: COUNT }) }) },
    [{ name: 'a', value: '{"b":1}', file: 'blob', type: 'application/json' }],
    { a: { b: 1 } },
  ],
  [
    'several objects as JSON',
    { schema: object({ a: ITEMS }) },
    ['{"b":1}', '{"b":2}'].map((value) => ({ name: 'a', value, type: 'application/json' })),
    { a: [{ b: 1 }, { b: 2 }] },
  ],
  [
    'one object of a list as JSON',
    { schema: object({ a: ITEMS }) },
    [{ name: 'a', value: '{"b":1}' }],
    { a: [{ b: 1 }] },
  ],
  [
    'a list of objects as JSON',
    { schema: object({ a: ITEMS }) },
    [{ name: 'a', value: '[{"b":1},{"b":2}]' }],
    { a: [{ b: 1 }, { b: 2 }] },
  ],
  [
    'a field declared as JSON',
    { schema: object({ a: {} }), encoding: { a: { contentType: 'application/vnd.a+json' } } },
    [{ name: 'a', value: '[1]' }],
    { a: [1] },
  ],
  [
    'prototype names',
    { schema: object({ constructor: TEXT }) },
    [{ name: 'constructor', value: 'x' }],
    { constructor: 'x' },
  ],
  ['no schema', {}, [{ name: 'a', value: '1' }], { a: '1' }],
]

for (const [what, media, parts, value] of MULTIPARTS) {
  t.test(`a multipart body may have ${what}`, async (t) => {
    const found = await read('multipart/form-data', media, multipart(parts), MULTIPART)
    t.same(found, { value, faults: [] })
  })
}

t.test('a required file is reported when it is missing', async (t) => {
  const schema = object({ file: FILE }, { required: ['file'] })
  const body = multipart([{ name: 'a', value: '1' }])
  t.same((await read('multipart/form-data', { schema }, body, MULTIPART)).faults, ['file required'])
})

t.test('a multipart body is read as bytes unless it is form data', async (t) => {
  const found = await read('multipart/mixed', {}, 'abc', 'multipart/mixed; boundary=x')
  t.same(found.value, 'abc')
})

const BROKEN: readonly [what: string, sent: string, body: string, message: RegExp][] = [
  ['no boundary', 'multipart/form-data', 'abc', /must have a boundary/],
  ['no part', MULTIPART, 'abc', /not a well-formed multipart body/],
  ['a missing end', MULTIPART, `--${BOUNDARY}\r\n`, /not a well-formed multipart body/],
  ['another boundary', MULTIPART, '--other\r\n\r\n--other--', /not a well-formed multipart body/],
]

for (const [what, sent, body, message] of BROKEN) {
  t.test(`a multipart body with ${what} is refused`, async (t) => {
    await t.rejects(read('multipart/form-data', {}, body, sent), { message })
  })
}

// Text, bytes and wildcards

const LATIN = Buffer.from([0xe9])

const PLAIN: readonly [type: string, sent: string, body: Buffer | string, value: Json][] = [
  ['application/json', 'application/json', '{"a":1}', { a: 1 }],
  ['application/json', 'application/json; charset=utf-8', '{"a":1}', { a: 1 }],
  ['application/json', 'application/json; charset="UTF-8"', Buffer.from('"é"'), 'é'],
  ['application/vnd.a+json', 'application/vnd.a+json', Buffer.from('[1]'), [1]],
  ['text/plain', 'text/plain', Buffer.from('é'), 'é'],
  ['text/plain', 'text/plain; charset=iso-8859-1', LATIN, 'é'],
  ['text/csv', 'text/csv', Buffer.from('a,b'), 'a,b'],
  ['application/yaml', 'application/yaml', Buffer.from('a: 1'), 'a: 1'],
  ['application/octet-stream', 'application/octet-stream', Buffer.from([0, 255]), '\u0000ÿ'],
  ['image/png', 'image/png', Buffer.from([137]), '\u0089'],
  ['*/*', 'application/json', '{"a":1}', { a: 1 }],
  ['*/*', 'text/plain', Buffer.from('{'), '{'],
  ['*/*', FORM, Buffer.from('a=1'), { a: '1' }],
  ['application/*', 'application/problem+json', '[]', []],
  ['application/*', 'application/pdf', Buffer.from('x'), 'x'],
  ['text/*', 'text/html', Buffer.from('<p>'), '<p>'],
]

for (const [type, sent, body, value] of PLAIN) {
  t.test(`${sent} for ${type} is read as ${JSON.stringify(value)}`, async (t) => {
    t.same(await read(type, {}, body, sent), { value, faults: [] })
  })
}

t.test('XML is read by its schema', async (t) => {
  const schema = object({ a: COUNT, b: LIST }, { xml: { name: 'x' } })
  const body = Buffer.from('<x><a>5</a><b>y</b><b>z</b></x>')
  const found = await read('application/xml', { schema }, body)
  t.same(found, { value: { a: 5, b: ['y', 'z'] }, faults: [] })
})

for (const [type, body, message] of [
  ['application/json', '{', /^the body is not JSON: there is an error at /],
  ['application/json', ' ', /^the body is not JSON/],
  ['application/vnd.a+json', Buffer.from('{a'), /^the body is not JSON/],
  ['application/xml', '<a>', /^the body is not XML/],
] as const) {
  t.test(`${type} of ${JSON.stringify(String(body))} is refused`, async (t) => {
    await t.rejects(read(type, {}, body), { message, unsupported: false })
  })
}

for (const charset of ['utf-16', 'klingon']) {
  t.test(`JSON in the charset ${charset} is refused as an unsupported type`, async (t) => {
    const sent = `application/json; charset=${charset}`
    await t.rejects(read('application/json', {}, '{}', sent), {
      message: /charset/,
      unsupported: true,
    })
  })
}

t.test('an error in JSON is reported without quoting the body', async (t) => {
  await t.rejects(read('application/json', {}, '{"code": secret}'), { message: /^(?!.*secret)/ })
})

// Through a sandbox

const ANSWER = { responses: { 200: { description: '' } } }

/** Starts a sandbox whose operation accepts these media types. */
async function asking(test: Test, content: object, required = true) {
  const paths = { '/x': { post: { requestBody: { required, content }, ...ANSWER } } }
  const folder = test.testdir({ 'api.json': documentOf(paths) })
  const app = await makeApp(test, { specs: [`${folder}/api.json`] })
  return async (type: string | undefined, body?: string) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    const { status } = await app.ask('POST', '/x', { headers, ...(body !== undefined && { body }) })
    return status
  }
}

const NEEDS_A = object({ a: TEXT }, { required: ['a'] })

const TYPES: Readonly<
  Record<string, [right: string, wrong: string, malformed: string | undefined]>
> = {
  'application/json': ['{"a":"x"}', '{}', '{'],
  'application/hal+json': ['{"a":"x"}', '{}', '{'],
  [FORM]: ['a=x', 'b=x', undefined],
  [MULTIPART]: [
    String(multipart([{ name: 'a', value: 'x' }])),
    String(multipart([{ name: 'b', value: 'x' }])),
    'abc',
  ],
  'application/xml': ['<x><a>x</a></x>', '<x><b>x</b></x>', '<x>'],
}

for (const [type, [right, wrong, malformed]] of Object.entries(TYPES)) {
  const name = type.split(';')[0]!

  t.test(`${name} is read, checked and reported as missing when it is required`, async (t) => {
    const ask = await asking(t, { [name]: { schema: NEEDS_A } })
    t.equal(await ask(type, right), 200)
    t.equal(await ask(type, wrong), 400)
    if (malformed !== undefined) t.equal(await ask(type, malformed), 400)
    t.equal(await ask(undefined), 400)
    t.equal(await ask(type), 400)
    t.equal(await ask('application/x-other', right), 415)
    t.equal(await ask(undefined, right), 415)
  })

  t.test(`${name} may be left out when it is optional`, async (t) => {
    const ask = await asking(t, { [name]: { schema: NEEDS_A } }, false)
    t.equal(await ask(undefined), 200)
    t.equal(await ask(type, wrong), 400)
  })
}

for (const type of ['text/plain', 'application/octet-stream', 'image/png']) {
  t.test(`${type} is reported as missing when it is required`, async (t) => {
    const ask = await asking(t, { [type]: { schema: { type: 'string', maxLength: 3 } } })
    t.equal(await ask(type, 'abc'), 200)
    t.equal(await ask(type, 'abcd'), 400)
    t.equal(await ask(type), 400)
    t.equal(await ask('application/json', '"abc"'), 415)
  })
}

t.test('a body is checked by the media type that was sent', async (t) => {
  const ask = await asking(t, {
    'application/json': { schema: NEEDS_A },
    'text/plain': { schema: { maxLength: 3 } },
    'image/*': {},
  })
  t.equal(await ask('application/json', '{}'), 400)
  t.equal(await ask('text/plain', '{}'), 200)
  t.equal(await ask('text/plain', 'abcd'), 400)
  t.equal(await ask('image/png', 'abcd'), 200)
  t.equal(await ask('video/mp4', 'abcd'), 415)
})

for (const content of [{}, { '*/*': {} }]) {
  t.test(`a body of ${JSON.stringify(content)} may be anything but must be there`, async (t) => {
    const ask = await asking(t, content)
    for (const type of ['application/json', 'text/plain', 'x/y', undefined]) {
      t.equal(await ask(type, '{}'), 200, type ?? 'no type')
    }
    t.equal(await ask('application/json', '{'), 400)
    t.equal(await ask(undefined), 400)
  })
}

t.test('a body without a Content-Type is read as bytes', async (t) => {
  const ask = await asking(t, { 'application/octet-stream': {} })
  t.equal(await ask(undefined, 'abc'), 200)
})

t.test('a body may be anything when the contract describes none', async (t) => {
  const folder = t.testdir({ 'api.json': documentOf({ '/x': { post: ANSWER } }) })
  const app = await makeApp(t, { specs: [`${folder}/api.json`] })
  for (const [type, body] of [
    ['application/json', '{'],
    ['multipart/form-data', 'x'],
    ['odd', 'y'],
  ] as const) {
    const { status } = await app.ask('POST', '/x', { headers: { 'content-type': type }, body })
    t.equal(status, 200, type)
  }
})
