import t from 'tap'
import { prefersHtml, writeLandingPage } from '../../src/admin/landing-page.ts'
import { builtInApis } from '../../src/sandbox/load.ts'
import { makeApp, makeParts } from '../fixtures/app.ts'
import { documentOf } from '../fixtures/files.ts'

/** What browsers send when somebody types an address. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

for (const url of ['/', '/?from=mail', '/__admin', '/__admin/']) {
  t.test(`a browser that opens ${url} gets a page`, async (t) => {
    const app = await makeApp(t)
    const { status, headers, text } = await app.ask('GET', url, { headers: BROWSER })
    t.equal(status, 200)
    t.equal(headers['content-type'], 'text/html; charset=utf-8')
    t.equal(headers.vary, 'accept')
    t.match(text, /<title>sca-sandbox<\/title>/)
    t.same(app.requests(), [], 'it is no request of a mocked API')
  })

  t.test(`a client that asks ${url} for JSON gets what it gets without the page`, async (t) => {
    const app = await makeApp(t)
    for (const accept of ['application/json', '*/*', 'application/json, text/html;q=0.9']) {
      const { status, headers } = await app.ask('GET', url, { headers: { accept } })
      t.equal(status, 404, accept)
      t.match(headers['content-type'], /json/, accept)
    }
    t.equal((await app.ask('POST', url, { headers: BROWSER })).status, 404, 'POST')
  })
}

t.test('the page links to pages that are there', async (t) => {
  const app = await makeApp(t)
  const { text } = await app.ask('GET', '/', { headers: BROWSER })
  const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link)
  t.ok(links.length > 5)
  for (const link of links) t.equal((await app.ask('GET', link)).status, 200, link)
})

t.test('the page lists each API with its base path', async (t) => {
  const app = await makeApp(t)
  const { text } = await app.ask('GET', '/', { headers: BROWSER })
  for (const { contract } of builtInApis().byName.values()) {
    t.ok(text.includes(contract.title), contract.title)
    for (const path of contract.basePaths) t.ok(text.includes(`<code>${path || '/'}</code>`), path)
  }
})

t.test('the page runs no script of a document', async (t) => {
  const [weavr] = builtInApis().byName.values()
  const contract = { ...weavr!.contract, title: '<script>alert("hi")</script>' }
  const parts = makeParts({ ...builtInApis(), byName: new Map([['x', { ...weavr!, contract }]]) })
  const page = writeLandingPage(parts)
  t.notMatch(page, /<script/)
  t.match(page, '&lt;script&gt;alert(&quot;hi&quot;)')
})

t.test('an API that has something at / answers a browser itself', async (t) => {
  const paths = { '/': { get: { responses: { 204: { description: 'Here.' } } } } }
  const specs = [`${t.testdir({ 'root.json': documentOf(paths) })}/root.json`]
  const app = await makeApp(t, { specs })
  t.equal((await app.ask('GET', '/', { headers: BROWSER })).status, 204)
  t.equal((await app.ask('GET', '/__admin', { headers: BROWSER })).status, 200)
})

t.test('the page of the admin API requires its token', async (t) => {
  const app = await makeApp(t, { adminToken: 'secret' })
  t.equal((await app.ask('GET', '/', { headers: BROWSER })).status, 200)
  const refused = await app.ask('GET', '/__admin', { headers: BROWSER })
  t.equal(refused.status, 401)
  t.match(refused.headers['www-authenticate'], 'Basic', 'so that a browser asks for it')
})

t.test('a client without Accept does not prefer HTML', async (t) => {
  t.equal(prefersHtml('GET', {}), false)
  t.equal(prefersHtml(undefined, BROWSER), false)
})
