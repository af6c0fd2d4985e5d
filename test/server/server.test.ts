/** HTTP in, HTTP out: sockets, methods, origins; how connections break and how the server stops. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { Clock } from '../../src/clock.ts'
import { createSandbox } from '../../src/index.ts'
import { type Answer, makeApp, START } from '../fixtures/app.ts'
import {
  bodyOf,
  CREDENTIALS,
  conflict,
  exchanged,
  FACTORS,
  JSON_BODY,
  listening,
  overSockets,
  PlumeryUser,
  playing,
  STEP_UP,
  statusOf,
  told,
  VERIFY,
  WeavrUser,
  written,
} from '../fixtures/calls.ts'

t.test('HEAD', async (t) => {
  t.test('is answered as GET, without a body', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const get = await user.factors()
    const head = await user.call('HEAD', FACTORS)
    t.equal(told(head), '200')
    for (const name of ['content-type', 'content-length', 'x-sandbox-rule', 'x-sandbox-session']) {
      t.equal(head.headers[name], get.headers[name], name)
    }
  })

  t.test('of a path that has no GET is refused', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const { status, text, headers } = await user.call('HEAD', STEP_UP)
    t.equal(status, 405)
    t.equal(text, '')
    t.match(headers.allow, /POST/)
  })

  t.test('plays scenarios and refuses credentials', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal((await user.call('HEAD', FACTORS, undefined, playing('flaky'))).status, 503)
    t.equal((await user.call('HEAD', FACTORS, undefined, { 'api-key': 'invalid' })).status, 401)
  })
})

t.test('a path or method that there is not', async (t) => {
  t.test('an unknown path gets 404 in the shape of the API it is nearest to', async (t) => {
    const app = await makeApp(t)
    const weavr = await app.ask('GET', '/multi/nowhere')
    t.equal(weavr.status, 404)
    t.same(Object.keys(weavr.body), ['code', 'message'])
    t.same((await app.ask('GET', '/nowhere')).body.code, 'NOT_FOUND', 'near to none: the largest')
    const plumery = await app.ask('GET', '/internal/v1/mfa/nowhere')
    t.equal(plumery.status, 404)
    t.equal(plumery.body.code, 'urn:plmr:mfa-totp:api:RESOURCE_UNKNOWN')
    for (const path of ['/stepup', '/stepup/challenges/nowhere', '/challenges/otp/SMS/verify']) {
      t.equal((await app.ask('POST', path)).body.code, 'NOT_FOUND', path)
    }
  })

  t.test('a wrong method gets 405 with those that there are', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH']) {
      const { status, headers, body } = await user.call(method, STEP_UP)
      t.equal(status, 405, method)
      t.match(headers.allow, /\bPOST\b/, method)
      t.equal(body.code, 'METHOD_NOT_ALLOWED', method)
    }
    const { headers } = await user.call('POST', FACTORS)
    t.match(headers.allow, /\bGET\b/)
    t.match(headers.allow, /\bHEAD\b/)
    t.notMatch(headers.allow, /\bPOST\b/)
  })

  t.test('OPTIONS tells the methods of a path, to anybody', async (t) => {
    const app = await makeApp(t)
    for (const [path, allow] of Object.entries({
      [STEP_UP]: 'OPTIONS, POST',
      [FACTORS]: 'GET, HEAD, OPTIONS',
    })) {
      const answer = await app.ask('OPTIONS', path)
      t.equal(told(answer), '204')
      t.equal(answer.headers.allow, allow)
    }
    t.equal((await app.ask('OPTIONS', '/nowhere')).status, 404)
  })

  t.test('what a 405 allows is not refused', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    for (const path of [STEP_UP, FACTORS]) {
      const { headers } = await user.call('PUT', path)
      for (const method of headers.allow?.split(', ') ?? []) {
        t.not((await user.call(method, path)).status, 405, `${method} ${path}`)
      }
    }
  })

  t.test('a path that is not properly percent-encoded gets 400', async (t) => {
    const app = await makeApp(t)
    const headers = CREDENTIALS
    t.same((await app.ask('POST', '/stepup/challenges/otp/%E0%A4%A', { headers })).status, 400)
    t.equal((await app.ask('POST', '/%', { headers })).status, 400)
    t.equal((await app.ask('GET', `/%GG${FACTORS}`, { headers })).status, 400)
  })

  t.test('a query that is not properly percent-encoded does no harm', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal((await user.call('GET', `${FACTORS}?%E0%A4%A=%&&=&a=1&a=2&__proto__=x`)).status, 200)
    t.equal((await user.call('GET', `${FACTORS}?`)).status, 200)
  })

  t.test('an encoded path is the path', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal((await user.call('POST', '/stepup/challenges/otp/%53%4D%53')).status, 204)
    t.equal((await user.call('GET', `${FACTORS}/`)).status, 200, 'a slash at the end is none')
    t.equal((await user.call('GET', `/${FACTORS}`)).status, 404, 'one too many at the front is')
  })
})

t.test('bytes that are no HTTP get 400 as a problem, and the next client is served', async (t) => {
  const sandbox = await listening(t)
  const attempts = [
    'hello\r\n\r\n',
    'GET\r\n\r\n',
    written(`FETCH ${FACTORS}`),
    '\x16\x03\x01\x02\x00',
  ]
  for (const bytes of attempts) {
    const response = await exchanged(sandbox, bytes)
    t.equal(statusOf(response), 400)
    t.match(response, /^content-type: application\/problem\+json\r$/im)
    t.equal(bodyOf(response).code, 'bad-http')
  }
  t.equal((await new WeavrUser(overSockets(sandbox.url)).factors()).status, 200)
})

t.test('a request in the form that proxies use is served', async (t) => {
  const sandbox = await listening(t)
  for (const path of [FACTORS, `/@a:default/multi${FACTORS}?a=b`]) {
    const response = await exchanged(sandbox, written(`GET http://localhost${path}`))
    t.equal(statusOf(response), 200, path)
  }
})

t.test('web pages of other origins', async (t) => {
  const origin = { origin: 'https://app.example' }
  const asking = {
    ...origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers':
      'api-key, authorization, content-type, idempotency-ref, prefer, x-sandbox-session, x-sandbox-scenario, x-sandbox-advance',
  }

  t.test('may ask first, without credentials, and are told what is allowed', async (t) => {
    const app = await makeApp(t)
    const { status, text, headers } = await app.ask('OPTIONS', STEP_UP, { headers: asking })
    t.equal(status, 204)
    t.equal(text, '')
    t.equal(headers['access-control-allow-origin'], origin.origin)
    t.equal(headers['access-control-allow-credentials'], 'true')
    t.equal(headers['access-control-allow-headers'], asking['access-control-request-headers'])
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
      t.match(headers['access-control-allow-methods'], method)
    }
    t.match(headers['access-control-max-age'], /^\d+$/)
    t.match(headers.vary, /origin/i)
  })

  t.test('may ask first below a session’s base URL and for paths there are not', async (t) => {
    const app = await makeApp(t)
    for (const path of [`/@a:flaky${STEP_UP}`, '/nowhere', '/@a b/']) {
      const { status, headers } = await app.ask('OPTIONS', path, { headers: asking })
      t.equal(status, 204, path)
      t.equal(headers['access-control-allow-origin'], origin.origin, path)
    }
  })

  t.test('asking first is no call: nothing is played and nothing written down', async (t) => {
    const app = await makeApp(t)
    await app.ask('OPTIONS', STEP_UP, { headers: { ...asking, ...playing('flaky') } })
    t.same(app.requests(), [])
    t.equal((await new WeavrUser(app, playing('flaky')).stepUp()).status, 503)
  })

  t.test('can read every answer and the headers that matter', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, origin)
    const answers: Record<string, Answer> = {
      success: await user.factors(),
      'refused by state': await user.verify(),
      'refused by the contract': await user.verify('x'),
      'refused credentials': await user.factors({ 'api-key': '' }),
      'unknown path': await user.call('GET', '/nowhere'),
      'wrong method': await user.call('PUT', FACTORS),
      'no JSON': await user.call('POST', VERIFY, '{', JSON_BODY),
      'unknown scenario': await user.factors(playing('nope')),
      'too large': await user.call('POST', VERIFY, 'x'.repeat(1_048_577), JSON_BODY),
      'no media type': await user.call('POST', VERIFY, 'x', { 'content-type': 'nonsense' }),
    }
    for (const [what, { headers }] of Object.entries(answers)) {
      t.equal(headers['access-control-allow-origin'], origin.origin, what)
      const exposed = headers['access-control-expose-headers']?.toLowerCase().split(', ') ?? []
      for (const name of [
        'x-sandbox-scenario',
        'x-sandbox-session',
        'x-sandbox-rule',
        'x-sandbox-reason',
        'preference-applied',
        'allow',
        'retry-after',
        'request-ref',
        'x-ratelimit-limit',
        'x-ratelimit-reset',
      ]) {
        t.ok(exposed.includes(name), `${what}: ${name}`)
      }
    }
  })

  t.test('get nothing where CORS is off', async (t) => {
    const app = await makeApp(t, { cors: false })
    const preflight = await app.ask('OPTIONS', STEP_UP, { headers: asking })
    const call = await new WeavrUser(app, origin).factors()
    t.same(corsHeaders(preflight), [])
    t.same(corsHeaders(call), [])
    t.equal(call.status, 200, 'the browser refuses, not the sandbox')
  })

  t.test('can read nothing of the admin API', async (t) => {
    const app = await makeApp(t)
    const call = await app.ask('GET', '/__admin/health', { headers: origin })
    t.same(corsHeaders(call), [])
  })

  t.test('are allowed nothing of the admin API when they ask first', async (t) => {
    const app = await makeApp(t)
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const headers = { ...asking, 'access-control-request-method': method }
      t.same(corsHeaders(await app.ask('OPTIONS', '/__admin/health', { headers })), [])
    }
  })
})

const corsHeaders = ({ headers }: Answer) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

t.test('the admin API', async (t) => {
  t.test('tells that the process is alive', async (t) => {
    const app = await makeApp(t, { scenario: 'unauthorized' })
    const answer = await app.ask('GET', '/__admin/health')
    t.equal(told(answer), '200 {"status":"ok"}')
    t.same(app.requests(), [], 'which is nothing that happened')
  })

  const problems: [method: string, path: string][] = [
    ['GET', '/__admin'],
    ['GET', '/__admin/'],
    ['GET', '/__admin/nowhere'],
    ['DELETE', '/__admin/health'],
    ['PROPFIND', '/__admin/health'],
    ['GET', '/__admin?a=b'],
    ['GET', '/__admin/%E0%A4%A'],
  ]
  for (const [method, path] of problems) {
    t.test(`answers ${method} ${path} with a problem`, async (t) => {
      const app = await makeApp(t)
      const { status, headers, body } = await app.ask(method, path)
      t.ok(status >= 400 && status < 500)
      t.match(headers['content-type'], 'application/problem+json')
      t.equal(body.status, status)
      t.same(app.requests(), [])
    })
  }

  t.test('answers a body that cannot be read with a problem', async (t) => {
    const app = await makeApp(t)
    const { headers } = await app.ask('POST', '/__admin/health', { headers: JSON_BODY, body: '{' })
    t.match(headers['content-type'], 'application/problem+json')
    t.same(app.requests(), [])
  })
})

t.test('a header that a scenario makes of a request', async (t) => {
  /** A user whose code comes back in a header. */
  async function userOf(t: Test) {
    const scenarios = t.testdir({
      'plumery-mfa': {
        'echo.yaml': `
scenario: echo
summary: The code comes back in a header.
operations:
  verifySms:
    rules:
      - respond: { status: 204, headers: { x-echo: '\${request.body.totp}' } }
`,
      },
    })
    const app = await makeApp(t, { scenarios: [scenarios] })
    return { app, user: new PlumeryUser(app, playing('echo')) }
  }

  t.test('is sent as it is', async (t) => {
    const { user } = await userOf(t)
    t.equal((await user.verify('a: b')).headers['x-echo'], 'a: b')
  })

  t.test('is a mistake of the scenario where HTTP cannot carry it', async (t) => {
    for (const otp of ['a\r\nx-evil: 1', '✓', 'a\0']) {
      const { app, user } = await userOf(t)
      const { status, headers } = await user.verify(otp)
      t.equal(status, 501)
      t.match(headers['content-type'], 'application/problem+json')
      t.notOk('x-evil' in headers)
      t.equal(app.requests().length, 1)
    }
  })
})

const faults = ['reset', 'empty', 'garbage', 'timeout']

/** A sandbox with a scenario for each way to break a connection. */
const breaking = (t: Test) =>
  listening(t, {
    scenarios: [
      t.testdir({
        'weavr-multi': Object.fromEntries(
          faults.map((fault) => [
            `${fault}.yaml`,
            `scenario: ${fault}\nsummary: It breaks.\noperations: { '*': { calls: [{ fault: ${fault} }] } }\n`,
          ]),
        ),
      }),
    ],
  })

const broken = (fault: string) => written(`GET ${FACTORS}`, playing(fault))

t.test('a connection that a scenario breaks', async (t) => {
  t.test('reset is seen as a reset', async (t) => {
    const sandbox = await breaking(t)
    await t.rejects(exchanged(sandbox, broken('reset')), { code: 'ECONNRESET' })
    const user = new WeavrUser(overSockets(sandbox.url), playing('reset'))
    await t.rejects(user.factors(), { cause: { code: 'ECONNRESET' } })
  })

  t.test('empty is seen as an end without an answer', async (t) => {
    const sandbox = await breaking(t)
    t.equal(await exchanged(sandbox, broken('empty')), '')
    const user = new WeavrUser(overSockets(sandbox.url), playing('empty'))
    await t.rejects(user.factors(), { cause: { code: 'UND_ERR_SOCKET' } })
  })

  t.test('garbage is seen as an answer that is no HTTP', async (t) => {
    const sandbox = await breaking(t)
    const bytes = await exchanged(sandbox, broken('garbage'))
    t.not(bytes, '')
    t.notMatch(bytes, /^HTTP/)
    const user = new WeavrUser(overSockets(sandbox.url), playing('garbage'))
    await t.rejects(user.factors(), { cause: { message: /does not match the HTTP/ } })
  })

  t.test('timeout is seen as no answer until the client gives up', async (t) => {
    const sandbox = await breaking(t)
    const socket = connect(sandbox.port, '127.0.0.1')
    socket.on('data', () => t.fail('something was sent'))
    socket.write(broken('timeout'))
    await until(() => sandbox.requests().length > 0)
    t.equal(sandbox.requests()[0]?.fault, 'timeout')
    socket.destroy()
    t.equal((await new WeavrUser(overSockets(sandbox.url)).factors()).status, 200)
  })

  t.test('is in the journal as no answer at all', async (t) => {
    const sandbox = await breaking(t)
    await exchanged(sandbox, broken('empty'))
    const [entry] = sandbox.requests()
    t.match(entry, { fault: 'empty', scenario: 'empty', operation: 'authFactorsGet' })
    t.equal(entry?.response.status, 0)
    t.match(entry?.rule, /empty\.yaml:\d+$/)
  })

  t.test('hurts no other on the same server', async (t) => {
    const sandbox = await breaking(t)
    const user = new WeavrUser(overSockets(sandbox.url))
    const calls = faults
      .filter((fault) => fault !== 'timeout')
      .flatMap((fault) => [user.factors(playing(fault)), user.factors()])
    const settled = await Promise.allSettled(calls)
    t.same(
      settled.map((result) => (result.status === 'fulfilled' ? result.value.status : 0)),
      [0, 200, 0, 200, 0, 200],
    )
  })
})

/** A clock whose sleepers sleep until they are woken, or told that all is over. */
class SleepyClock implements Clock {
  readonly wake: (() => void)[] = []

  now() {
    return START
  }

  monotonic() {
    return START
  }

  after(): () => void {
    return () => undefined
  }

  sleep(_: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.wake.push(resolve)
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

/** Lets everything else run until something has happened. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve))
}

t.test('a delay', async (t) => {
  t.test('holds the answer back until it is over, and no other answer', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await listening(t, { clock })
    const user = new WeavrUser(overSockets(sandbox.url))
    let answered = false
    const slow = user.factors(playing('slow')).then((answer) => {
      answered = true
      return answer
    })
    await until(() => clock.wake.length > 0)
    t.equal((await user.factors()).status, 200)
    t.equal(answered, false)
    clock.wake[0]?.()
    t.equal((await slow).status, 200)
  })

  t.test('of a client that gives up does no harm', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await listening(t, { clock })
    const socket = connect(sandbox.port, '127.0.0.1')
    socket.write(written(`GET ${FACTORS}`, playing('slow')))
    await until(() => clock.wake.length > 0)
    socket.destroy()
    await once(socket, 'close')
    clock.wake[0]?.()
    t.equal((await new WeavrUser(overSockets(sandbox.url)).factors()).status, 200)
  })
})

t.test('stopping', async (t) => {
  t.test('answers an open delayed request and takes less than 2 s', async (t) => {
    const sandbox = await createSandbox()
    const user = new WeavrUser(overSockets(sandbox.url))
    const slow = user.stepUp(playing('slow'))
    await until(() => sandbox.requests().length > 0)
    const before = performance.now()
    const [answer] = await Promise.all([slow, sandbox.stop()])
    t.equal(told(answer), '204')
    t.ok(performance.now() - before < 2_000)
    await t.rejects(user.factors(), 'nobody listens any more')
  })

  t.test('cuts what is idle, half sent, or left without an answer by a scenario', async (t) => {
    const sandbox = await breaking(t)
    const sockets = ['', broken('timeout'), written(`POST ${VERIFY}`, { 'content-length': '10' })]
    const closed = sockets.map((bytes) => {
      const socket = connect(sandbox.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(bytes)
      return once(socket, 'close')
    })
    await until(() => sandbox.requests().length > 0)
    const before = performance.now()
    await sandbox.stop()
    t.ok(performance.now() - before < 2_000)
    await Promise.all(closed)
  })

  t.test('twice is stopping once', async (t) => {
    const sandbox = await createSandbox()
    await sandbox.stop()
    await t.resolves(sandbox.stop())
  })
})

t.test('X-Sandbox-Reason', async (t) => {
  const reasonOf = async (app: Parameters<typeof refusals>[0], what: keyof Refusals) =>
    (await refusals(app)[what]()).headers['x-sandbox-reason']

  t.test('says why a request was refused, as the journal does', async (t) => {
    const app = await makeApp(t)
    for (const what of Object.keys(refusals(app)) as (keyof Refusals)[]) {
      const reason = await reasonOf(app, what)
      t.ok(reason, what)
      t.equal(reason, app.requests().at(-1)?.reasons.join('; '), what)
    }
  })

  t.test('names every credential that is missing', async (t) => {
    const reason = await reasonOf(await makeApp(t), 'no credentials')
    t.match(reason, /header "api-key" is missing.*; the Authorization header is missing/)
  })

  t.test('names the operation nearest to an unknown path', async (t) => {
    const reason = await reasonOf(await makeApp(t), 'an unknown path')
    t.equal(
      reason,
      'no operation has the path /multi/stepup/chalenges/otp/SMS; nearest: POST /multi/stepup/challenges/otp/{channel}',
    )
  })

  t.test('names no operation when none is near', async (t) => {
    const app = await makeApp(t)
    const { headers } = await app.ask('GET', '/nowhere')
    t.equal(headers['x-sandbox-reason'], 'no operation has the path /nowhere')
  })

  t.test('is not sent when nothing was refused', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.notOk('x-sandbox-reason' in (await user.stepUp()).headers)
    const refused = await user.stepUp()
    t.equal(told(refused), conflict('RETRY_IN_15SEC'))
    t.notOk('x-sandbox-reason' in refused.headers, 'a scenario refused: its rule says why')
  })

  t.test('is printable and at most 500 characters long, whatever the client sends', async (t) => {
    const { ask } = await makeApp(t)
    const long = await ask('GET', `/${'x'.repeat(2_000)}`)
    const reason = long.headers['x-sandbox-reason'] ?? ''
    t.equal(reason.length, 500)
    t.match(reason, /x\.\.\.$/)
    const { headers } = await ask('GET', FACTORS, { headers: playing(`${'é'.repeat(90)}`) })
    t.match(headers['x-sandbox-reason'], /^there is no scenario "\?{80,}\.\.\."/)
  })

  t.test('hides the codes that were sent, as the journal does', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).stepUp()
    const { headers } = await app.ask('GET', '/nowhere/123456')
    t.equal(headers['x-sandbox-reason'], 'no operation has the path /nowhere/***')
  })
})

type Refusals = ReturnType<typeof refusals>

/** Requests that are refused before a scenario is asked. */
function refusals(app: Awaited<ReturnType<typeof makeApp>>) {
  const user = new WeavrUser(app)
  return {
    'an unknown path': () => user.call('POST', '/multi/stepup/chalenges/otp/SMS'),
    'another method': () => user.call('PUT', FACTORS),
    'no credentials': () => app.ask('GET', FACTORS),
    'a magic credential': () => user.factors({ authorization: 'Bearer expired' }),
    'a broken body': () => user.call('POST', VERIFY, '{', JSON_BODY),
    'a missing field': () => user.call('POST', VERIFY, {}),
    'an unknown scenario': () => user.factors(playing('nope')),
    'an unknown preference': () => user.factors({ prefer: 'code=302' }),
  }
}
