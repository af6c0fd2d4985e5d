/** Where operations are served, and by which methods. */
import t, { type Test } from 'tap'
import { makeApp } from '../fixtures/app.ts'
import { documentOf } from '../fixtures/files.ts'

const answering = (text: string) => ({
  responses: { 200: { description: '', content: { 'application/json': { example: text } } } },
})

async function app(t: Test, paths: Readonly<Record<string, unknown>>, more: object = {}) {
  const folder = t.testdir({ 'api.json': documentOf(paths, { ...more }) })
  return makeApp(t, { specs: [`${folder}/api.json`] })
}

const SERVERS = [
  { url: '{base}/v1', variables: { base: { default: '/eu', enum: ['/eu', '/us'] } } },
  { url: './rel/' },
]

t.test(
  "an operation is served at its own servers, else its path's, else the document's",
  async (t) => {
    const { ask } = await app(
      t,
      {
        '/all': { get: answering('all') },
        '/path': { servers: [{ url: '/p' }], get: answering('path') },
        '/own': {
          servers: [{ url: '/p' }],
          get: { ...answering('own'), servers: [{ url: 'https://a.test/o' }] },
          put: answering('put'),
        },
      },
      { servers: SERVERS },
    )
    const served = ['/eu/v1/all', '/us/v1/all', '/rel/all', '/p/path', '/o/own']
    for (const path of served) t.equal((await ask('GET', path)).status, 200, path)
    t.equal((await ask('PUT', '/p/own')).status, 200)
    for (const path of ['/all', '/eu/v1/path', '/path', '/p/own', '/rel/own']) {
      t.not((await ask('GET', path)).status, 200, path)
    }
  },
)

t.test('HEAD gets the response of GET without a body', async (t) => {
  const { ask } = await app(t, { '/x': { get: answering('x') } })
  const [get, head] = [await ask('GET', '/x'), await ask('HEAD', '/x')]
  t.match([get.status, get.text], [200, '"x"'])
  t.match([head.status, head.text], [200, ''])
  t.equal(head.headers['content-type'], get.headers['content-type'])
})

t.test('an unknown method is refused with the methods of the path', async (t) => {
  const { ask } = await app(t, {
    '/x/{a}': { get: answering('x') },
    '/x/{b}': { put: answering('y') },
  })
  const { status, headers } = await ask('DELETE', '/x/1')
  t.equal(status, 405)
  t.equal(headers.allow, 'GET, HEAD, OPTIONS, PUT')
})

t.test('thousands of parameters and malformed percent signs do no harm', async (t) => {
  const parameters = [
    { name: 'f', in: 'query', style: 'deepObject', schema: { type: 'object' } },
    { name: 'id', in: 'path', required: true, schema: { type: 'array', items: {} } },
  ]
  const { ask } = await app(t, { '/x/{id}': { get: { parameters, ...answering('x') } } })
  for (const query of ['f[a]=%', `f${'[a]'.repeat(3_000)}=1`, 'a=1&'.repeat(3_000), '%', '[[]]=']) {
    t.equal((await ask('GET', `/x/1?${query}`)).status, 200)
  }
  t.equal((await ask('GET', '/x/%zz')).status, 400)
})

t.test('an extremely nested body is refused', async (t) => {
  const tree = { type: 'array', items: { $ref: '#/components/schemas/Tree' } }
  const requestBody = { content: { 'application/json': { schema: tree } } }
  const components = { schemas: { Tree: tree } }
  const { ask } = await app(
    t,
    { '/x': { post: { requestBody, ...answering('x') } } },
    { components },
  )
  const body = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const { status } = await ask('POST', '/x', {
    headers: { 'content-type': 'application/json' },
    body,
  })
  t.equal(status, 400)
})
