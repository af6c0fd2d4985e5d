/** `init --spec`: what is written for a document of one's own fits it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { BUILT_IN } from '../../src/sandbox/load.ts'
import { listening, overSockets, told } from '../fixtures/calls.ts'
import { BANK, contractOf, documentOf, loadFiles } from '../fixtures/files.ts'
import { CLASSIC, LABELS, STATELESS, USERS } from '../fixtures/petstores.ts'
import { run, STACK } from '../fixtures/run.ts'

/** Writes the files for a document, checks them, and tells where they are. */
async function begun(t: Test, spec: string, folder = join(dirname(spec), 'project')) {
  const { code, error } = await run(['init', folder, '--spec', spec])
  t.same([code, error], [0, ''])
  const scenarios = `${folder}/scenarios`
  const checked = await run(['check', '--no-notes', '--spec', spec, '--scenarios', scenarios])
  t.match(checked, { code: 0, error: '', out: / sound$/ })
  const [api = ''] = readdirSync(scenarios)
  const read = (name: string) => readFileSync(join(scenarios, api, name), 'utf8')
  return { names: readdirSync(join(scenarios, api)), read, scenarios }
}

/** Writes the files for a document, and serves it with them. */
async function served(t: Test, document: string) {
  const spec = join(t.testdir({ 'own.json': document }), 'own.json')
  const { names, read, scenarios } = await begun(t, spec)
  const { url } = await listening(t, { specs: [spec], scenarios: [scenarios] })
  const calls = overSockets(url)
  const ask = async (method: string, path: string, body?: unknown, headers = {}) => {
    const given = { authorization: 'Bearer ann', api_key: 'key', ...headers }
    return told(await calls.ask(method, path, { headers: given, body }))
  }
  return { names, read, ask }
}

for (const [what, text] of Object.entries({ BANK, CLASSIC, USERS, LABELS, ...STATELESS })) {
  for (const version of ['3.0.3', '3.1.0']) {
    t.test(`${what} in ${version}: what is written is sound`, async (t) => {
      const document = text.replace(/(openapi"?: "?)3\.\d\.\d/, `$1${version}`)
      await begun(t, join(t.testdir({ 'own.yaml': document }), 'own.yaml'))
    })
  }
}

/** The simulator shares the state of another document, and is not served without it. */
for (const name of readdirSync(BUILT_IN.spec).filter((each) => !each.includes('simulator'))) {
  t.test(`${name}, whose scenarios are built in, gets one more`, async (t) => {
    const { names } = await begun(t, join(BUILT_IN.spec, name), t.testdir())
    t.same(names, ['first-call-fails.yaml'])
  })
}

t.test('what is created is read back until it is deleted', async (t) => {
  const { ask, names, read } = await served(t, CLASSIC)
  t.same(names, ['api.yaml', 'default.yaml'])
  // A token alone would not do: some operations know an api-key only.
  t.match(read('api.yaml'), `\nsubject: '"everyone"'\n`)
  const rex = { name: 'Rex', photoUrls: [] }
  t.equal(await ask('GET', '/v2/pet/1'), '404')
  t.equal(await ask('POST', '/v2/pet', rex), '200 {"name":"Rex","photoUrls":[],"id":1}')
  const own = '200 {"name":"Rex","photoUrls":[],"id":77}'
  t.equal(await ask('POST', '/v2/pet', { ...rex, id: 77 }), own)
  t.equal(await ask('GET', '/v2/pet/77'), own)
  t.equal(await ask('DELETE', '/v2/pet/77'), '204')
  t.equal(await ask('GET', '/v2/pet/77'), '404')
  t.equal(await ask('DELETE', '/v2/pet/77'), '404')
  t.equal(await ask('GET', '/v2/pet/1'), '200 {"name":"Rex","photoUrls":[],"id":1}')
})

t.test('each side sends what it may, and a token has a world of its own', async (t) => {
  const { ask, read } = await served(t, USERS)
  t.match(read('api.yaml'), '\nsubject: token\n')
  const made = await ask('POST', '/users', { email: 'a@b.example', password: 'secret' })
  const [, id] = /^201 \{"id":"([\d-]{36})"\}$/.exec(made) ?? []
  t.ok(id)
  const found = await ask('GET', `/users/${id}`)
  t.match(found, '"email":"a@b.example"')
  t.match(found, /"createdAt":"2\d{3}-/)
  t.notMatch(found, 'password')
  t.match(await ask('PATCH', `/users/${id}`, { name: 'Ann' }), /^200 .*"name":"Ann"/)
  t.match(await ask('GET', `/users/${id}`), /^200 .*"name":"Ann"/)
  t.equal(await ask('GET', `/users/${id}`, undefined, { authorization: 'Bearer bob' }), '404')
  t.equal(await ask('DELETE', `/users/${id}`), '200')
  t.equal(await ask('GET', `/users/${id}`), '404')
})

t.test('where clients name what they create, it is listed and replaced by name', async (t) => {
  const { ask } = await served(t, LABELS)
  t.equal(await ask('GET', '/in'), '200 []')
  t.equal(await ask('POST', '/in', { name: 'red' }), '201')
  t.equal(await ask('PUT', '/in/red', { name: 'red', shade: 'dark' }), '204')
  t.equal(await ask('GET', '/in/red'), '200 {"name":"red","shade":"dark"}')
  t.equal(await ask('GET', '/in'), '200 [{"name":"red","shade":"dark"}]')
  t.equal(await ask('GET', '/in/blue'), '404')
})

for (const [what, [wanted, path]] of Object.entries({
  'ranges of errors': ['400', '/a'],
  'a default error': ['500', '/a'],
})) {
  t.test(`${what}: the first call fails, the next one does not`, async (t) => {
    const { ask, names } = await served(t, STATELESS[what] ?? '')
    t.same(names, ['api.yaml', 'first-call-fails.yaml'])
    const playing = { 'x-sandbox-scenario': 'first-call-fails' }
    t.equal(await ask('GET', path ?? '', undefined, playing), wanted)
    t.equal(await ask('GET', path ?? '', undefined, playing), '200')
  })
}

t.test('where the document has no error the first connection breaks', async (t) => {
  const { ask } = await served(t, STATELESS['nothing to read back'] ?? '')
  const playing = { 'x-sandbox-scenario': 'first-call-fails' }
  await t.rejects(ask('POST', '/a', undefined, playing))
  t.equal(await ask('POST', '/a', undefined, playing), '204')
})

t.test('what stands in comments is sound, too', async (t) => {
  const spec = join(t.testdir({ 'own.json': CLASSIC }), 'own.json')
  const { read } = await begun(t, spec)
  const off = read('api.yaml').replace(/^# (?=\w+:| {2})/gm, '')
  t.match(off, /^constants:.*\n.*\n.*\ncredentials:\n {2}- \{ when/m)
  // Which status refuses credentials is the document's to say.
  const api = off.replace('respond: 401', 'respond: 404')
  t.same(loadFiles({ contract: contractOf(CLASSIC), api }).faults, [])
})

t.test('a document of webhooks alone has nothing to write a scenario for', async (t) => {
  const document = documentOf({}, { paths: undefined, webhooks: { news: {} } })
  const folder = t.testdir({ 'own.json': document })
  const { code, error } = await run(['init', folder, '--spec', `${folder}/own.json`])
  t.equal(code, 2)
  t.match(error, /own\.json has no operation to write a scenario for$/)
  t.same(readdirSync(folder), ['own.json'])
})

for (const [what, text] of Object.entries({
  missing: undefined,
  broken: 'openapi: 3.1.0\npaths: [',
})) {
  t.test(`a ${what} document ends with code 1, and nothing is written`, async (t) => {
    const folder = t.testdir(text === undefined ? {} : { 'own.yaml': text })
    const { code, out, error } = await run(['init', folder, '--spec', `${folder}/own.yaml`])
    t.same([code, out], [1, ''])
    t.match(error, /own\.yaml/)
    t.notMatch(error, STACK)
    t.same(readdirSync(folder), text === undefined ? [] : ['own.yaml'])
  })
}

t.test('what is there already is not overwritten, and nothing else is written', async (t) => {
  const folder = t.testdir({ 'own.json': CLASSIC, scenarios: { own: { 'api.yaml': 'mine' } } })
  const { code, error } = await run(['init', folder, '--spec', `${folder}/own.json`])
  t.equal(code, 1)
  t.match(error, 'scenarios/own/api.yaml: already there')
  t.same(readdirSync(join(folder, 'scenarios/own')), ['api.yaml'])
})
