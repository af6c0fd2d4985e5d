/** Broken documents: their errors are reported, or their sound parts are served. */
import t, { type Test } from 'tap'
import { formatDiagnostic, LoadError } from '../../src/errors.ts'
import { loadApis } from '../../src/sandbox/load.ts'
import { makeApp } from '../fixtures/app.ts'
import { broken } from './corpus.ts'

/** Returns what is reported of a document that cannot be served, with file names only. */
function refusal(name: string): string[] {
  try {
    loadApis({ specs: [broken(name)], scenarios: [] })
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    return error.diagnostics.map(
      (diagnostic) => formatDiagnostic(diagnostic).split('/broken/').at(-1) ?? '',
    )
  }
  return []
}

const REFUSED = [
  ['not-openapi', /^not-openapi\.yaml:1:1: .*no "openapi" key/],
  ['swagger-2.0', /^swagger-2\.0\.yaml:1:\d+: .*2\.0 is not supported/],
  ['reference', /Thin" points to nothing/],
  ['duplicate-ids', /^duplicate-ids\.yaml:8:\d+: .*"things" is used twice/],
] as const

for (const [name, message] of REFUSED) {
  t.test(`${name} is refused with the place of its error`, async (t) => {
    const [fault = '', ...others] = refusal(name)
    t.match(fault, message)
    t.same(others, [])
  })
}

t.test('a broken reference is reported with its line', async (t) => {
  t.match(refusal('reference')[0], /^reference\.yaml:12:\d+: /)
})

const served = (t: Test, name: string) => makeApp(t, { specs: [broken(name)] })

/** Documents of which one part is broken; the rest is served. */
const PARTLY = ['endless', 'patterns', 'example', 'paths', 'security']

for (const name of PARTLY) {
  t.test(`${name} is served except for its broken part`, async (t) => {
    const { ask } = await served(t, name)
    t.equal((await ask('GET', '/sound')).status, 204)
  })
}

t.test('references that lead to each other are each reported with their place', async (t) => {
  const faults = refusal('circular-references')
  t.match(faults[0], /^circular-references\.yaml:9:\d+: .*leads back to itself/)
  t.ok(faults.every((fault) => /leads back to itself/.test(fault)))
})

t.test('a response is refused as impossible when its value would never end', async (t) => {
  const { ask } = await served(t, 'endless')
  const { status, body } = await ask('GET', '/endless')
  t.equal(status, 501)
  t.match(body, { code: 'no-answer' })
})

t.test('an operation is served when it has a pattern that cannot be read', async (t) => {
  const { ask } = await served(t, 'patterns')
  t.equal((await ask('POST', '/atomic', { body: { a: 'b' } })).status, 200)
  t.equal((await ask('GET', '/lenient/a.b')).status, 204)
  t.equal((await ask('GET', '/lenient/a$b')).status, 400)
})

t.test('an example is sent as it is even when it breaks its schema', async (t) => {
  const { ask } = await served(t, 'example')
  const { status, body } = await ask('GET', '/things')
  t.equal(status, 200)
  t.same(body, { name: 'without an id' })
})

t.test('paths with errors are served as far as they can be understood', async (t) => {
  const { ask } = await served(t, 'paths')
  t.equal((await ask('GET', '/undeclared/1')).status, 204)
  t.equal((await ask('GET', '/declared')).status, 204)
  t.equal((await ask('GET', '/twins/1')).status, 200)
  t.equal((await ask('POST', '/twins/1')).status, 201)
  t.equal((await ask('GET', '/unnamed/1')).status, 204)
  t.equal((await ask('GET', '/unnamed-1')).status, 204)
})

t.test('an undefined security scheme needs no credentials', async (t) => {
  const { ask } = await served(t, 'security')
  t.equal((await ask('GET', '/secret')).status, 204)
})

t.test('a document without paths is served and has no operation', async (t) => {
  const { ask } = await served(t, 'no-paths')
  t.equal((await ask('GET', '/anything')).status, 404)
})
