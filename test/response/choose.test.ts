import t from 'tap'
import { chooseMedia } from '../../src/response/choose.ts'
import { makeApp } from '../fixtures/app.ts'
import { contractOfPaths } from '../fixtures/files.ts'
import { answering, serving } from '../fixtures/responding.ts'

function specOf(...types: string[]) {
  const content = Object.fromEntries(types.map((type) => [type, {}]))
  const responses = { 200: { description: '', content } }
  const contract = contractOfPaths({ '/it': { get: { operationId: 'read', responses } } })
  return contract.operations.get('read')!.responses.get('200')!
}

const JSON_XML = ['application/xml', 'application/json', 'text/plain']

const ROWS: readonly [types: string[], accept: string | undefined, sent: string | undefined][] = [
  [JSON_XML, undefined, 'application/json'],
  [JSON_XML, '', 'application/json'],
  [JSON_XML, '*/*', 'application/json'],
  [JSON_XML, 'application/*', 'application/json'],
  [JSON_XML, 'text/*', 'text/plain'],
  [JSON_XML, 'application/xml', 'application/xml'],
  [JSON_XML, 'Application/XML', 'application/xml'],
  [JSON_XML, 'application/xml;charset=utf-8', 'application/xml'],
  [JSON_XML, 'application/xml; charset="UTF-8", application/json;q=0.1', 'application/xml'],
  [JSON_XML, 'application/json;q=0.5, application/xml', 'application/xml'],
  [JSON_XML, 'application/json;q=0.5, application/xml;q=0.4', 'application/json'],
  [JSON_XML, 'application/json;q=0, */*', 'application/xml'],
  [JSON_XML, 'application/json; indent=2', 'application/json'],
  [JSON_XML, 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/xml'],
  [JSON_XML, 'text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
  [JSON_XML, 'image/png', undefined],
  [JSON_XML, 'application/json;q=0', undefined],
  [JSON_XML, 'nonsense', undefined],
  [JSON_XML, ',;=,', undefined],
  [['application/json; charset=utf-8'], 'application/json', 'application/json; charset=utf-8'],
  [
    ['application/json; v=1', 'application/json; v=2'],
    'application/json; v=2',
    'application/json; v=2',
  ],
  [['application/json; v=1'], 'application/json; v=2', 'application/json; v=1'],
  [['application/problem+json'], 'application/json', 'application/problem+json'],
  [['application/problem+json'], 'application/json;charset=utf-8', 'application/problem+json'],
  [['application/hal+json', 'application/json'], 'application/json', 'application/json'],
  [['application/json'], 'application/vnd.github+json', 'application/json'],
  [['application/json'], 'application/vnd.github.v3+json;q=0.9', 'application/json'],
  [['application/json'], 'image/svg+xml', undefined],
  [['*/*'], 'text/csv', 'application/json'],
  [['text/*'], 'text/csv', 'text/plain'],
]

for (const [types, accept, sent] of ROWS) {
  t.test(
    `a client that accepts ${accept} gets ${sent} when there are ${types.join(', ')}`,
    async (t) => {
      t.equal(chooseMedia(specOf(...types), accept)?.type, sent)
    },
  )
}

const ITEM = {
  type: 'object',
  xml: { name: 'item' },
  properties: { id: { type: 'integer', xml: { attribute: true } }, name: { type: 'string' } },
}
const BOTH = {
  description: '',
  content: {
    'application/json': { schema: ITEM, example: { id: 1, name: 'a' } },
    'application/xml': { schema: ITEM, examples: { X: { value: { id: 2, name: '<b>' } } } },
  },
}

t.test('through the whole app', async (t) => {
  const error = { description: '', content: { 'text/plain': { example: 'gone' } } }
  const app = await answering(t, { 200: BOTH, 404: error })
  const ask = (headers: Record<string, string>) => app.ask('GET', '/it', { headers })

  t.test('the client gets the media type that it asks for', async (t) => {
    t.match(await ask({ accept: 'application/json' }), { text: '{"id":1,"name":"a"}' })
    const xml = await ask({ accept: 'application/xml' })
    t.equal(xml.headers['content-type'], 'application/xml')
    t.match(xml.text, '<item id="2"><name>&lt;b&gt;</name></item>')
  })

  t.test('a client gets 406 when it accepts none, and the journal has the reason', async (t) => {
    const answer = await ask({ accept: 'image/png' })
    t.match(answer, { status: 406, body: { code: 'not-acceptable' } })
    t.match(app.requests().at(-1)?.reasons, [/image\/png.*application\/json, application\/xml/])
  })

  t.test('an error is sent even when the client does not accept it', async (t) => {
    const answer = await ask({ accept: 'application/json', prefer: 'code=404' })
    t.match(answer, { status: 404, text: 'gone' })
  })

  t.test('an example is sent in the media type that has it', async (t) => {
    const answer = await ask({ prefer: 'example=X' })
    t.match(answer, { status: 200, headers: { 'content-type': 'application/xml' } })
  })
})

const SCENARIO = `scenario: default
summary: Counts.
operations:
  make:
    rules:
      - respond: { status: 200, body: { id: '\${ call }', name: x } }
`

t.test('a scripted answer', async (t) => {
  const folder = t.testdir({
    'doc.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Doc', version: '1' },
      paths: { '/it': { post: { operationId: 'make', responses: { 200: BOTH } } } },
    }),
    scenarios: { doc: { 'default.yaml': SCENARIO } },
  })
  const options = { specs: [`${folder}/doc.json`], scenarios: [`${folder}/scenarios`] }
  const app = await makeApp(t, options)
  const ask = (accept: string) => app.ask('POST', '/it', { headers: { accept } })
  t.match(await ask('application/json'), { status: 200, body: { id: 1 } })
  t.equal((await ask('text/html')).status, 406)
  const xml = await ask('application/xml')
  t.match(xml.text, /<item id="2"><name>x<\/name><\/item>/, '406 is not counted; XML is written')
})

t.test('a browser gets a response when it opens a path of the built-in documents', async (t) => {
  const app = await makeApp(t)
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const headers = { accept, 'api-key': 'k', authorization: 'Bearer u' }
  t.equal((await app.ask('GET', '/authentication_factors', { headers })).status, 200)
})

t.test('Accept is ignored when no body is sent', async (t) => {
  const app = await serving(t, { '/it': { delete: { responses: { 204: { description: '' } } } } })
  t.equal((await app.ask('DELETE', '/it', { headers: { accept: 'image/png' } })).status, 204)
})
