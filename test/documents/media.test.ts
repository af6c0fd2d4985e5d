/** What the loops over all documents do not check in bodies. */
import t from 'tap'
import { makeApp } from '../fixtures/app.ts'
import { own } from './corpus.ts'

const { file = '' } = own().find(({ name }) => name === 'media') ?? {}

t.test('a client gets the media type that it prefers', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const liking = async (accept: string) => {
    const { status, headers } = await ask('POST', '/several', { headers: { accept } })
    return `${status} ${headers['content-type']}`
  }
  t.equal(await liking('application/json'), '200 application/json')
  t.equal(await liking('text/plain'), '200 text/plain')
  t.equal(await liking('application/xml'), '200 application/xml')
  t.equal(await liking('text/*;q=0.5, application/json;q=0.1'), '200 text/plain')
  t.equal(await liking('application/xml;q=0, application/json;q=0.2'), '200 application/json')
})

t.test('a client gets the example of the media type that it prefers', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const { text } = await ask('POST', '/several', { headers: { accept: 'text/plain' } })
  t.equal(text, 'plain')
  const { body } = await ask('POST', '/several', { headers: { accept: 'application/json' } })
  t.same(body, { name: 'json' })
})

t.test('a body is written as XML by its schema', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const headers = { 'content-type': 'application/xml' }
  const body =
    '<b:book xmlns:b="https://example.com/books" id="1"><b:caption>A</b:caption>' +
    '<writers><author>B</author></writers><tags>c</tags></b:book>'
  const { status, text } = await ask('POST', '/xml', { headers, body })
  t.equal(status, 200)
  t.match(text, /<b:book\b[^>]*xmlns:b="https:\/\/example\.com\/books"/)
  t.match(text, /<b:book\b[^>]* id="-?\d+"/)
  t.match(text, /<b:caption\b[^>]*>[^<]*<\/b:caption>/)
  t.match(text, /<writers>\s*<author>[^<]*<\/author>/)
  t.match(text, /<tags>[^<]*<\/tags>/)
  t.equal(fault(text), undefined)
})

t.test('XML is refused when it breaks its schema', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const headers = { 'content-type': 'application/xml' }
  t.equal((await ask('POST', '/xml', { headers, body: '<book>' })).status, 400)
})

t.test('a string example is sent unchanged as text', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  t.equal((await ask('GET', '/csv')).text, 'a,b\n1,2\n')
  t.equal((await ask('GET', '/html')).text, '<p>Hello</p>')
  t.equal((await ask('GET', '/xml-example')).text, '<book id="1"/>')
})

t.test('a media type is sent as the document writes it', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const { headers } = await ask('GET', '/charset')
  t.equal(headers['content-type'], 'application/json;charset=utf-8')
})

t.test('a form is sent as a form', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { status, text } = await ask('POST', '/form', { headers, body: 'name=a&age=1' })
  t.equal(status, 200)
  t.match(text, /^ok=(true|false)$/)
})

t.test('the fields of a form are read by their encoding', async (t) => {
  const { ask } = await makeApp(t, { specs: [file] })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const statusOf = async (more: string) => {
    const { status } = await ask('POST', '/form', { headers, body: `name=a&age=1&${more}` })
    return status
  }
  t.equal(await statusOf('colours=red&colours=green'), 200)
  t.equal(await statusOf('words=one%7Ctwo'), 200)
  t.equal(await statusOf('address[street]=A&address[number]=1'), 200)
  t.equal(await statusOf('address[number]=one'), 400)
  t.equal(await statusOf('more=%7B%22deep%22%3Atrue%7D'), 200)
  t.equal(await statusOf('more=%7B%22deep%22%3A1%7D'), 400)
})

/** Returns the first tag that is not closed properly. */
function fault(xml: string): string | undefined {
  const open: string[] = []
  for (const [, end, name = '', empty] of xml.matchAll(/<(\/?)([\w:.-]+)[^>]*?(\/?)>/g)) {
    if (end ? open.pop() !== name : false) return name
    if (!end && !empty) open.push(name)
  }
  return open.at(-1)
}
