/** Who may use the admin API: by which name, from which page, with which token. */
import pino from 'pino'
import t, { type Test } from 'tap'
import { checkAccess } from '../../src/admin/auth.ts'
import { createSandbox, type SandboxOptions } from '../../src/index.ts'
import { type Answer, makeApp } from '../fixtures/app.ts'
import {
  bodyOf,
  exchanged,
  type Headers,
  listening,
  STEP_UP,
  statusOf,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'

const SESSIONS = '/__admin/sessions'
const EMPTY = '200 {"sessions":[],"total":0}'

const corsHeaders = ({ headers }: Answer) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'vary')

t.test('the admin API is called by', async (t) => {
  const names = [
    '127.0.0.1',
    '127.0.0.1:4010',
    '10.0.0.7:80',
    '127.0.0.1.:4010',
    '[::1]',
    '[::1]:4010',
    '[FE80::1]:4010',
    '::1',
    'localhost',
    'localhost:4010',
    'LOCALHOST:4010',
    'localhost.:4010',
    'shop.localhost',
    'a.b.localhost:4010',
    'sandbox',
    'sandbox:4010',
    'SCA-Sandbox_1',
  ]
  for (const host of names) {
    t.test(host, async (t) => {
      const app = await makeApp(t)
      t.equal(told(await app.ask('GET', SESSIONS, { headers: { host } })), EMPTY)
    })
  }
})

t.test('the admin API is not called by', async (t) => {
  const names: [host: string, name: string][] = [
    ['example.com', 'example.com'],
    ['example.com:4010', 'example.com'],
    ['EXAMPLE.com.:4010', 'example.com'],
    ['127.0.0.1.example.com', '127.0.0.1.example.com'],
    ['localhost.example.com', 'localhost.example.com'],
    ['notlocalhost.com', 'notlocalhost.com'],
    ['evil-localhost.net:80', 'evil-localhost.net'],
    ['127.0.0.256', '127.0.0.256'],
    ['1.2.3', '1.2.3'],
    ['[example.com]:4010', 'example.com'],
    ['[::1', '[::1'],
    ['::1]:80', '::1]:80'],
    ['user@localhost', 'user@localhost'],
    ['localhost:evil.com', 'localhost:evil.com'],
    ['a b', 'a b'],
    ['..', '.'],
    ['tést', 'tést'],
  ]
  for (const [host, name] of names) {
    t.test(`${host}, and the refusal says how it could be`, async (t) => {
      const app = await makeApp(t)
      const answer = await app.ask('GET', SESSIONS, { headers: { host } })
      t.equal(answer.status, 403)
      t.match(answer.headers['content-type'], 'application/problem+json')
      t.equal(answer.body.code, 'admin-host-refused')
      const remedy = `start with --admin-host ${name} to allow it`
      t.equal(answer.body.detail, `the admin API does not allow the host name "${name}"; ${remedy}`)
    })
  }

  t.test('an unknown name, whatever is asked for', async (t) => {
    const app = await makeApp(t)
    const headers = { host: 'example.com' }
    for (const path of ['/__admin', '/__admin/docs', '/__admin/openapi.json', '/__admin/nowhere']) {
      t.equal((await app.ask('GET', path, { headers })).body.code, 'admin-host-refused', path)
    }
    const put = await app.ask('DELETE', SESSIONS, { headers })
    t.equal(put.body.code, 'admin-host-refused')
  })

  t.test('a name that another one merely ends with', async (t) => {
    const app = await makeApp(t, { adminHost: ['example.com'] })
    const headers = { host: 'evil.example.com' }
    t.equal((await app.ask('GET', SESSIONS, { headers })).body.code, 'admin-host-refused')
  })
})

t.test('a name that --admin-host allows', async (t) => {
  for (const host of ['sca.example.com', 'SCA.Example.Com:4010', 'sca.example.com.', 'two.test']) {
    t.test(`lets ${host} in`, async (t) => {
      const app = await makeApp(t, { adminHost: ['Sca.Example.com', 'two.test'] })
      t.equal(told(await app.ask('GET', SESSIONS, { headers: { host } })), EMPTY)
    })
  }

  t.test('is asked for the token all the same', async (t) => {
    const app = await makeApp(t, { adminHost: ['sca.example.com'], adminToken: 'secret' })
    const headers = { host: 'sca.example.com' }
    t.equal((await app.ask('GET', SESSIONS, { headers })).body.code, 'admin-unauthorized')
  })
})

t.test('the mocked APIs are called by any name', async (t) => {
  const user = new WeavrUser(await makeApp(t, { adminToken: 'secret' }))
  t.equal(told(await user.stepUp({ host: 'example.com', origin: 'https://shop.test' })), '204')
})

t.test('a request without a Host, as HTTP/1.0 has it, comes in', async (t) => {
  const sandbox = await listening(t)
  const response = await exchanged(sandbox, `GET ${SESSIONS} HTTP/1.0\r\n\r\n`)
  t.equal(statusOf(response), 200)
  t.same(bodyOf(response), { sessions: [], total: 0 })
})

const PAGE = 'https://evil.test'

/** Each would change something. */
const CHANGES: [method: string, path: string, body?: object][] = [
  ['POST', `${SESSIONS}/a/clock`, { advance: '5m' }],
  ['PUT', '/__admin/bindings/a', { match: { token: 'user' }, session: 'a' }],
  ['PATCH', `${SESSIONS}/a`, { scenario: 'slow' }],
  ['DELETE', SESSIONS],
]

t.test('a web page of another origin', async (t) => {
  for (const [method, path, body] of CHANGES) {
    t.test(`changes nothing with ${method}`, async (t) => {
      const app = await makeApp(t)
      await app.ask('PATCH', `${SESSIONS}/kept`, { body: {} })
      const answer = await app.ask(method, path, { headers: { origin: PAGE }, body })
      t.equal(answer.status, 403)
      t.equal(answer.body.code, 'admin-origin-refused')
      t.match(answer.body.detail, PAGE)
      t.same(corsHeaders(answer), [])
      const { sessions } = (await app.ask('GET', SESSIONS)).body
      t.same(
        sessions.map(({ id }: { id: string }) => id),
        ['kept'],
      )
      t.same((await app.ask('GET', '/__admin/bindings')).body.bindings, [])
    })
  }

  t.test('is refused a form, which browsers send without asking', async (t) => {
    const app = await makeApp(t)
    const headers = { origin: PAGE, 'content-type': 'text/plain' }
    const answer = await app.ask('POST', `${SESSIONS}/a/clock`, { headers, body: '{}' })
    t.equal(answer.body.code, 'admin-origin-refused')
  })

  const others = ['null', '', 'http://localhost:81', 'http://localhost.evil.test', 'localhost:8']
  for (const origin of others) {
    t.test(`is another one as "${origin}"`, async (t) => {
      const app = await makeApp(t)
      const headers = { host: 'localhost:80', origin }
      const answer = await app.ask('DELETE', SESSIONS, { headers })
      t.equal(answer.body.code, 'admin-origin-refused')
    })
  }

  for (const method of ['GET', 'HEAD']) {
    t.test(`sends ${method} in vain: it is not allowed to read the answer`, async (t) => {
      const app = await makeApp(t)
      const answer = await app.ask(method, SESSIONS, { headers: { origin: PAGE } })
      t.equal(answer.status, 200)
      t.same(corsHeaders(answer), [])
    })
  }

  t.test('is allowed nothing when it asks first', async (t) => {
    const app = await makeApp(t)
    for (const [method, path] of CHANGES) {
      const headers = { origin: PAGE, 'access-control-request-method': method }
      const answer = await app.ask('OPTIONS', path, { headers })
      t.equal(answer.body.code, 'admin-origin-refused')
      t.same(corsHeaders(answer), [])
    }
  })
})

t.test("the admin API's own page", async (t) => {
  const own = [
    { host: 'localhost:4010', origin: 'http://localhost:4010' },
    { host: 'LocalHost:4010', origin: 'HTTP://localhost:4010' },
    { host: '[::1]:4010', origin: 'http://[::1]:4010' },
    { host: 'sandbox', origin: 'https://sandbox' },
  ]
  for (const headers of own) {
    t.test(`at ${headers.origin} changes what it likes`, async (t) => {
      const app = await makeApp(t)
      const statuses = []
      for (const [method, path, body] of CHANGES) {
        const answer = await app.ask(method, path, { headers, body })
        statuses.push(answer.status)
        t.same(corsHeaders(answer), [])
      }
      t.same(statuses, [200, 200, 200, 204])
    })
  }
})

const TOKEN = 's3cret-Token'
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

t.test('a token', async (t) => {
  const right = [
    `Bearer ${TOKEN}`,
    `bearer ${TOKEN}`,
    `BEARER   ${TOKEN}  `,
    basic(`anybody:${TOKEN}`),
    basic(`:${TOKEN}`),
    basic(`anybody:${TOKEN}`).replace('Basic', 'basic'),
  ]
  for (const authorization of right) {
    t.test(`lets in as "${authorization}"`, async (t) => {
      const app = await makeApp(t, { adminToken: TOKEN })
      t.equal(told(await app.ask('GET', SESSIONS, { headers: { authorization } })), EMPTY)
    })
  }

  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.toLowerCase()}`,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Bearer x,Bearer ${TOKEN}`,
    `Bearer${TOKEN}`,
    TOKEN,
    `Digest ${TOKEN}`,
    `Token ${TOKEN}`,
    `Basic ${TOKEN}`,
    basic(`${TOKEN}:`),
    basic(`anybody:wrong`),
    basic(`a:b:${TOKEN}`),
    basic(''),
    'Basic !!!',
  ]
  for (const authorization of wrong) {
    t.test(`does not let in as "${authorization}"`, async (t) => {
      const app = await makeApp(t, { adminToken: TOKEN })
      const headers: Headers = authorization === undefined ? {} : { authorization }
      const answer = await app.ask('GET', SESSIONS, { headers })
      t.equal(answer.status, 401)
      t.equal(answer.body.code, 'admin-unauthorized')
      t.match(answer.headers['content-type'], 'application/problem+json')
      t.match(answer.headers['www-authenticate'], /^Bearer realm="[^"]+", Basic realm="[^"]+"$/)
      t.notMatch(answer.text, TOKEN)
    })
  }

  /** Asks with a token that settings refuse. */
  const asking = (token: string, authorization?: string) => () =>
    checkAccess(
      { token, hosts: [] },
      { method: 'GET', headers: { host: 'localhost', authorization } },
    )

  t.test('with a colon is a password, too', async (t) => {
    t.doesNotThrow(asking('a:b', basic('user:a:b')))
    t.throws(asking('a:b', basic('a:b')), { code: 'admin-unauthorized' })
  })

  t.test('of no letters lets nobody in', async (t) => {
    for (const authorization of ['', 'Bearer ', 'Bearer x', basic('user:x')]) {
      t.throws(asking('', authorization), { code: 'admin-unauthorized' })
    }
    t.throws(asking(''), { code: 'admin-unauthorized' })
  })

  t.test('is asked for wherever there is something to see or to change', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    const asked: [method: string, path: string][] = [
      ['GET', '/__admin'],
      ['GET', '/__admin/docs'],
      ['GET', '/__admin/docs/static/swagger-ui.css'],
      ['GET', '/__admin/docs/json'],
      ['GET', '/__admin/openapi.json'],
      ['GET', '/__admin/metrics'],
      ['GET', '/__admin/events'],
      ['GET', '/__admin/nowhere'],
      ['DELETE', '/__admin/health'],
      ['OPTIONS', SESSIONS],
      ['PROPFIND', SESSIONS],
      ...CHANGES.map(([method, path]) => [method, path] as [string, string]),
    ]
    for (const [method, path] of asked) {
      const answer = await app.ask(method, path)
      t.equal(answer.body.code, 'admin-unauthorized', `${method} ${path}`)
      t.ok(answer.headers['www-authenticate'], `${method} ${path}`)
    }
  })

  t.test('is asked for before a body is read', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    for (const type of ['application/json', 'text/plain', 'x']) {
      const headers = { 'content-type': type }
      const answer = await app.ask('POST', `${SESSIONS}/a/clock`, { headers, body: '{' })
      t.equal(answer.status, 401, type)
    }
  })

  t.test('opens docs and document', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    const headers = { authorization: basic(`me:${TOKEN}`) }
    t.equal((await app.ask('GET', '/__admin/docs', { headers })).status, 200)
    const { body } = await app.ask('GET', '/__admin/openapi.json', { headers })
    t.same(body.security, [{ adminToken: [] }])
  })

  t.test('is not asked for by probes', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    for (const path of ['/__admin/health', '/__admin/ready']) {
      t.equal((await app.ask('GET', path)).status, 200, `GET ${path}`)
      t.equal((await app.ask('GET', `${path}?probe=1`)).status, 200, `GET ${path}?probe=1`)
      t.equal(told(await app.ask('HEAD', path)), '200', `HEAD ${path}`)
    }
  })

  t.test('that is wrong is no challenge where the name is refused', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    const answer = await app.ask('GET', SESSIONS, { headers: { host: 'example.com' } })
    t.equal(answer.status, 403)
    t.notOk('www-authenticate' in answer.headers)
  })

  t.test('does not open the door to other pages', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    const headers = { authorization: `Bearer ${TOKEN}`, origin: PAGE }
    t.equal((await app.ask('DELETE', SESSIONS, { headers })).body.code, 'admin-origin-refused')
  })

  t.test('is none of the mocked APIs', async (t) => {
    const app = await makeApp(t, { adminToken: TOKEN })
    t.equal(told(await new WeavrUser(app).call('POST', STEP_UP)), '204')
  })

  t.test('is no part of the document where none is set', async (t) => {
    const { body } = await (await makeApp(t)).ask('GET', '/__admin/openapi.json')
    t.same(body.security, [{}, { adminToken: [] }])
  })
})

/** The warnings of a sandbox that is started and stopped again. */
async function warnings(options: SandboxOptions): Promise<{ msg: string; host: string }[]> {
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const sandbox = await createSandbox({ ...options, logger })
  await sandbox.stop()
  return lines.map((line) => JSON.parse(line))
}

t.test('a sandbox that others can reach', async (t: Test) => {
  t.test('warns that its admin API is open, and says what to do', async (t) => {
    const [warning, ...more] = await warnings({ host: '0.0.0.0' })
    t.same(more, [])
    t.equal(warning?.host, '0.0.0.0')
    t.match(warning?.msg, 'everybody who can reach 0.0.0.0 can use the admin API')
    t.match(warning?.msg, '--admin-token or SANDBOX_ADMIN_TOKEN')
  })

  t.test('does not warn where a token is asked for', async (t) => {
    t.same(await warnings({ host: '0.0.0.0', adminToken: TOKEN }), [])
  })

  for (const host of [undefined, '127.0.0.1', 'localhost', '127.0.0.2']) {
    t.test(`is none at ${host ?? 'its default'}`, async (t) => {
      t.same(await warnings(host === undefined ? {} : { host }), [])
    })
  }
})
