import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { listening } from '../fixtures/calls.ts'
import { BANK } from '../fixtures/files.ts'
import { run } from '../fixtures/run.ts'

const health = (args: readonly string[], environment: Record<string, string> = {}) =>
  run(['health', ...args], environment)

/** The flags of a sandbox of the bank, on a free port. */
const bank = (t: Test) => ['--port', '0', '--spec', `${t.testdir({ 'bank.yaml': BANK })}/bank.yaml`]

const portOf = (url: string) => new URL(url).port

/** Another server than a sandbox. */
async function other(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const REMEDY = 'is a sandbox running there? pass --url if it is elsewhere'

t.test('a sandbox that lives answers', async (t) => {
  const { url } = await listening(t, {})
  t.same(await health(['--url', url]), { code: 0, out: `${url} answers`, error: '' })
})

t.test('a sandbox with an admin token answers without it', async (t) => {
  const { url } = await listening(t, { adminToken: 's3cret' })
  t.match(await health(['--url', url]), { code: 0 })
})

t.test('the base URL may be that of a session, and in capitals', async (t) => {
  const { url } = await listening(t, {})
  t.match(await health(['--url', `${url}/@a:default/multi`]), { code: 0 })
  t.match(await health(['--url', url.replace('http', 'HTTP')]), { code: 0 })
})

t.test('a sandbox with a certificate of its own answers', async (t) => {
  t.plan(1)
  await run([...bank(t), '--tls', 'self-signed'], {}, async (url) => {
    t.same(await health(['--url', url]), { code: 0, out: `${url} answers`, error: '' })
  })
})

t.test('without --url the port is that of PORT', async (t) => {
  const { url } = await listening(t, {})
  t.match(await health([], { PORT: portOf(url) }), { code: 0, out: `${url} answers` })
})

t.test('--url goes before PORT', async (t) => {
  const { url } = await listening(t, {})
  t.match(await health(['--url', url], { PORT: 'http' }), { code: 0 })
})

t.test('a sandbox with SANDBOX_TLS is asked over HTTPS', async (t) => {
  t.plan(1)
  const environment = { SANDBOX_TLS: 'self-signed' }
  await run(bank(t), environment, async (url) => {
    t.same(await health([], { ...environment, PORT: portOf(url) }), {
      code: 0,
      out: `${url} answers`,
      error: '',
    })
  })
})

t.test('with SANDBOX_TLS_CERT, too, HTTPS is asked', async (t) => {
  const url = await other(t, (_, response) => response.end())
  const { code, error } = await health([], { SANDBOX_TLS_CERT: 'a.pem', PORT: portOf(url) })
  t.equal(code, 1)
  t.match(error, `sca-sandbox: ${url.replace('http', 'https')} does not answer: `)
})

t.test(
  'a file of settings says where it is, the environment before it, a flag first',
  async (t) => {
    const { url } = await listening(t, {})
    const { url: second } = await listening(t, {})
    const folder = t.testdir({ 'my.yaml': `port: ${portOf(url)}`, 'other.yaml': 'port: 1' })
    const file = { SANDBOX_CONFIG: `${folder}/my.yaml` }
    t.match(await health(['--config', `${folder}/my.yaml`]), { code: 0, out: `${url} answers` })
    t.match(await health([], file), { code: 0, out: `${url} answers` })
    t.match(await health([], { ...file, PORT: portOf(second) }), { out: `${second} answers` })
    const other = { SANDBOX_CONFIG: `${folder}/other.yaml`, PORT: '2' }
    t.match(await health(['--port', portOf(url)], other), { out: `${url} answers` })
  },
)

t.test('a file of settings says whether HTTPS is spoken', async (t) => {
  t.plan(1)
  const folder = t.testdir({ 'bank.yaml': BANK, 'my.yaml': 'tls: self-signed\nspec: bank.yaml' })
  const args = ['--config', `${folder}/my.yaml`]
  await run([...args, '--port', '0'], {}, async (url) => {
    t.match(await health([...args, '--port', portOf(url)]), { code: 0, out: `${url} answers` })
  })
})

for (const [host, address] of [
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['::1', '[::1]'],
  ['localhost', 'localhost'],
] as const) {
  t.test(`what listens on ${host} is asked at ${address}`, async (t) => {
    const { error } = await health(['--port', '1'], { HOST: host })
    t.match(error, `sca-sandbox: http://${address}:1 does not answer: `)
  })
}

t.test('settings that do not say where it is need not be right', async (t) => {
  const { url } = await listening(t, {})
  const environment = { PORT: portOf(url), SANDBOX_SEED: 'x', SANDBOX_LOG_LEVEL: 'x' }
  t.match(await health([], environment), { code: 0 })
})

t.test('port 0 says nothing of where it is', async (t) => {
  t.same(await health(['--port', '0']), {
    code: 2,
    out: '',
    error: 'sca-sandbox: --port 0 picks a random port: pass --url',
  })
})

// Where none is

t.test('where nothing listens it ends with code 1 and one line', async (t) => {
  const server = createPlainServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  const url = `http://127.0.0.1:${port}`
  for (const { code, out, error } of [
    await health(['--url', url]),
    await health([], { PORT: String(port) }),
  ]) {
    t.equal(code, 1)
    t.equal(out, '')
    t.match(error, `sca-sandbox: ${url} does not answer: `)
    t.ok(error.endsWith(REMEDY))
    t.notMatch(error, '\n')
  }
})

for (const status of [404, 302, 503]) {
  t.test(`a server that answers ${status} is none, and its status is told`, async (t) => {
    const url = await other(t, (_, response) => response.writeHead(status).end('<p>x</p>'))
    t.same(await health(['--url', url]), {
      code: 1,
      out: '',
      error: `sca-sandbox: ${url} answers ${status}; ${REMEDY}`,
    })
  })
}

t.test('a server that never answers is given up', async (t) => {
  const url = await other(t, () => undefined)
  t.same(await health(['--url', url]), {
    code: 1,
    out: '',
    error: `sca-sandbox: ${url} does not answer: not within 3 s; ${REMEDY}`,
  })
})

t.test('a server that hangs up, or speaks no HTTP, is none', async (t) => {
  for (const answer of [
    (socket: Socket) => socket.destroy(),
    (socket: Socket) => socket.end('220 smtp ready\r\n'),
  ]) {
    const server = createPlainServer((socket) => {
      socket.on('error', () => undefined)
      answer(socket)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { code, out, error } = await health(['--url', url])
    t.equal(code, 1)
    t.equal(out, '')
    t.match(error, `sca-sandbox: ${url} does not answer: `)
    t.notMatch(error, '\n')
  }
})

t.test('a sandbox over HTTPS that is asked over HTTP does not answer', async (t) => {
  t.plan(2)
  await run([...bank(t), '--tls', 'self-signed'], {}, async (url) => {
    const { code, error } = await health(['--url', url.replace('https', 'http')])
    t.equal(code, 1)
    t.ok(error.endsWith(REMEDY))
  })
})

// What was asked wrongly

for (const url of [
  '',
  'nowhere',
  'localhost:4010',
  'http:4010',
  'http://',
  'ftp://a.test',
  'http://a:99999',
]) {
  t.test(`--url=${url} ends with code 2 and says what a URL is`, async (t) => {
    t.same(await health([`--url=${url}`]), {
      code: 2,
      out: '',
      error: `sca-sandbox: --url: "${url}" is not a URL, such as http://127.0.0.1:4010`,
    })
  })
}

t.test('a misspelt flag ends with code 2 and the nearest', async (t) => {
  t.match(await health(['--urll', 'x']), { code: 2, error: /--urll' \(Did you mean --url\?\)$/ })
})
