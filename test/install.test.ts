/** What `npm install` brings: lock files, and packages in other versions than their users ask for. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Fastify from 'fastify'
import { OpenAPIBackend } from 'openapi-backend'
import t from 'tap'

const require = createRequire(import.meta.url)
/** A package as another one finds it. */
const packageOf = (user: string, name: string) => createRequire(require.resolve(user))(name)

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

const { engines, overrides } = JSON.parse(read('package.json'))

interface Locked {
  readonly engines?: { readonly node?: string }
  readonly deprecated?: string
}

const { minVersion, satisfies } = packageOf('fastify', 'semver')
const VERSIONS = [minVersion(engines.node), process.version]

/** What npm would warn of. */
const warnings = ([path, { engines, deprecated }]: [string, Locked]) => [
  ...VERSIONS.filter((version) => engines?.node && !satisfies(version, engines.node)).map(
    (version) => `${path} needs Node ${engines?.node}, and not ${version}`,
  ),
  ...(deprecated ? [`${path} is deprecated: ${deprecated}`] : []),
]

const FOLDERS = ['', '.ci/package-checks/', '.ci/test-runners/', '.ci/client-types/', 'bench/']

for (const folder of FOLDERS) {
  const lock = read(`${folder}package-lock.json`)
  const packages: Readonly<Record<string, Locked>> = JSON.parse(lock).packages

  t.test(`${folder}package-lock.json names no host`, async (t) => {
    t.ok(Object.keys(packages).length > 30)
    t.notMatch(lock, '"resolved"')
  })

  t.test(`npm warns of no package in ${folder}package-lock.json`, async (t) => {
    t.same(Object.entries(packages).flatMap(warnings), [])
  })
}

t.test('these tests know every override', async (t) => {
  t.same(Object.keys(overrides), [
    '@apidevtools/json-schema-ref-parser',
    'content-disposition',
    'cookie',
    // Its own TypeScript is older than ours; the tests themselves are compiled with it.
    'tap',
  ])
})

t.test('openapi-backend reads and dereferences a document', async (t) => {
  const path = `${t.testdir({
    'api.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Cats', version: '1' },
      paths: { '/cats': { get: { responses: { 200: { $ref: '#/components/responses/Cat' } } } } },
      components: { responses: { Cat: { description: 'A cat.' } } },
    }),
  })}/api.json`
  const backend = await new OpenAPIBackend({ definition: path }).init()
  t.match(backend.definition.paths?.['/cats']?.get?.responses, { 200: { description: 'A cat.' } })
})

t.test('a file that @fastify/static offers for download has its name in the header', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const root = t.testdir({ 'naïve.txt': 'hello' })
  await app.register(packageOf('@fastify/swagger-ui', '@fastify/static'), { root, serve: false })
  app.get('/', (_, reply) => (reply as { download?(name: string): void }).download?.('naïve.txt'))
  const { body, headers } = await app.inject('/')
  t.equal(body, 'hello')
  t.equal(
    headers['content-disposition'],
    'attachment; filename="na?ve.txt"; filename*=UTF-8\'\'na%C3%AFve.txt',
  )
})

t.test('a request that light-my-request injects has the cookies that it is given', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get('/', async ({ headers }) => headers.cookie)
  const { body } = await app.inject({ url: '/', cookies: { a: 'b; c', d: 'é' } })
  t.equal(body, 'a=b%3B%20c; d=%C3%A9')
})
