/** HTTPS: with which pair it is served, what is said of one that cannot be, and how it breaks. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:https'
import { connect as connectInPlain } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { type Clock, systemClock } from '../../src/clock.ts'
import { createSandbox, type SandboxOptions, StartError, UsageError } from '../../src/index.ts'
import { makeCertificate } from '../../src/server/certificate.ts'
import { loadTlsPair } from '../../src/server/tls.ts'
import { TestClock } from '../fixtures/app.ts'
import { bodyOf, FACTORS, listening, playing, statusOf, written } from '../fixtures/calls.ts'

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

/** Asks with any trust; `ca` asks for the trust that clients ask for. */
function asked(url: string, ca?: string): Promise<Answer> {
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca }
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, ...trust }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    request.on('error', reject)
  })
}

const secured = (t: Test, options: SandboxOptions = {}) =>
  listening(t, { tls: 'self-signed', ...options })

/** A connection whose handshake is done. */
async function connected(t: Test, port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** A pair for localhost, as files. */
async function pairIn(t: Test, files: Readonly<Record<string, string>> = {}) {
  const { cert, key } = makeCertificate(systemClock.now())
  const folder = t.testdir({ 'cert.pem': cert, 'key.pem': key, ...files })
  return { cert, key, tlsCert: `${folder}/cert.pem`, tlsKey: `${folder}/key.pem`, folder }
}

t.test('a self-signed pair', async (t) => {
  t.test('serves HTTPS at a URL that says so', async (t) => {
    const { url, port } = await secured(t)
    t.equal(url, `https://127.0.0.1:${port}`)
    t.match(await asked(`${url}/__admin/health`), { status: 200, text: '{"status":"ok"}' })
  })

  t.test('serves the mocked APIs and the rest of the admin API', async (t) => {
    const { url, requests } = await secured(t)
    t.equal((await asked(`${url}${FACTORS}`)).status, 401)
    t.equal(requests().length, 1)
    t.match(JSON.parse((await asked(`${url}/__admin/sessions`)).text), { sessions: [{}] })
  })

  t.test('names this machine and its addresses', async (t) => {
    const { port } = await secured(t)
    const { subject, subjectaltname } = (await connected(t, port)).getPeerCertificate()
    t.equal(subject.CN, 'localhost')
    t.same(subjectaltname?.split(', ').toSorted(), [
      'DNS:localhost',
      'IP Address:0:0:0:0:0:0:0:1',
      'IP Address:127.0.0.1',
    ])
  })

  t.test('is valid now', async (t) => {
    const { port } = await secured(t)
    const { valid_from, valid_to } = (await connected(t, port)).getPeerCertificate()
    t.ok(Date.parse(valid_from) <= Date.now())
    t.ok(Date.parse(valid_to) > Date.now() + 86_400_000)
  })

  t.test('is trusted by nobody', async (t) => {
    const { url } = await secured(t)
    await t.rejects(fetch(`${url}/__admin/health`), {
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    })
  })

  t.test('is trusted by those who are given it', async (t) => {
    const { url, port } = await secured(t)
    const { raw } = (await connected(t, port)).getPeerCertificate()
    const pem = `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----`
    t.equal((await asked(`${url}/__admin/health`, pem)).status, 200)
    const byName = `https://localhost:${port}/__admin/health`
    t.equal((await asked(byName, pem)).status, 200)
  })

  t.test('is another one at each start', async (t) => {
    const [one, other] = await Promise.all([
      loadTlsPair({ tls: 'self-signed' }),
      loadTlsPair({ tls: 'self-signed' }),
    ])
    t.not(one?.key, other?.key)
    t.not(one?.cert, other?.cert)
  })
})

t.test('nothing said of TLS serves HTTP', async (t) => {
  t.equal(await loadTlsPair({}), undefined)
  const { url } = await listening(t)
  t.match(url, /^http:/)
})

t.test('a pair from files', async (t) => {
  t.test('is what HTTPS is served with', async (t) => {
    const { cert, tlsCert, tlsKey } = await pairIn(t)
    const { url } = await listening(t, { tlsCert, tlsKey })
    t.match(url, /^https:/)
    t.match(await asked(`${url}/__admin/health`, cert), { status: 200, text: '{"status":"ok"}' })
  })

  t.test('that does not belong together is told in one line', async (t) => {
    const { key } = makeCertificate(systemClock.now())
    const { tlsCert, folder } = await pairIn(t, { 'other.pem': key })
    const tlsKey = `${folder}/other.pem`
    await t.rejects(createSandbox({ tlsCert, tlsKey }), {
      constructor: StartError,
      message: `--tls-cert ${tlsCert} and --tls-key ${tlsKey}: the certificate does not belong to this key`,
    })
  })

  t.test('of different kinds is told in one line', async (t) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const { tlsCert, folder } = await pairIn(t, { 'rsa.pem': key })
    await t.rejects(loadTlsPair({ tlsCert, tlsKey: `${folder}/rsa.pem` }), {
      constructor: StartError,
      message: /rsa\.pem: the certificate does not belong to this key$/,
    })
  })

  for (const broken of ['tlsCert', 'tlsKey'] as const) {
    t.test(`of which ${broken} is not PEM is told in one line`, async (t) => {
      const { tlsCert, tlsKey, folder } = await pairIn(t, { 'text.pem': 'hello' })
      const files = { tlsCert, tlsKey, [broken]: `${folder}/text.pem` }
      await t.rejects(createSandbox(files), {
        constructor: StartError,
        message:
          /^--tls-cert \S+ and --tls-key \S+: they are not a certificate and key in PEM: .+$/,
      })
    })

    t.test(`of which ${broken} is missing is told in one line`, async (t) => {
      const { tlsCert, tlsKey, folder } = await pairIn(t)
      const files = { tlsCert, tlsKey, [broken]: `${folder}/none.pem` }
      await t.rejects(createSandbox(files), {
        constructor: StartError,
        message: `cannot read ${folder}/none.pem: no such file or folder`,
      })
    })

    t.test(`of which only ${broken} is named does not serve HTTP instead`, async (t) => {
      const files = await pairIn(t)
      await t.rejects(createSandbox({ [broken]: files[broken] }), {
        constructor: UsageError,
        message: /^a certificate and its key belong together: --tls-(cert|key) is missing$/,
      })
    })
  }

  t.test('with its two files swapped is told in one line', async (t) => {
    const { tlsCert, tlsKey } = await pairIn(t)
    await t.rejects(loadTlsPair({ tlsCert: tlsKey, tlsKey: tlsCert }), {
      constructor: StartError,
      message: /: they are not a certificate and key in PEM: [^\n]+$/,
    })
  })

  t.test('that is a folder is told in one line', async (t) => {
    const { tlsKey, folder } = await pairIn(t)
    await t.rejects(loadTlsPair({ tlsCert: folder, tlsKey }), {
      constructor: StartError,
      message: `cannot read ${folder}: it is a folder`,
    })
  })

  t.test('beside a self-signed one is one too many', async (t) => {
    const { tlsCert, tlsKey } = await pairIn(t)
    await t.rejects(createSandbox({ tls: 'self-signed', tlsCert, tlsKey }), {
      constructor: UsageError,
      message: /^--tls self-signed makes its own certificate/,
    })
  })
})

t.test('what is no TLS on the port of HTTPS', async (t) => {
  const attempts = {
    'a request in plain HTTP': written(`GET ${FACTORS}`),
    'bytes of no kind': '\x00\xff hello\r\n\r\n',
    'half a handshake': '\x16\x03\x01\x02\x00',
  }
  for (const [what, bytes] of Object.entries(attempts)) {
    t.test(`${what} is no request, and the next client is served`, async (t) => {
      const { url, requests, port } = await secured(t)
      const socket = connectInPlain(port, '127.0.0.1')
      socket.on('error', ({ code }: NodeJS.ErrnoException) => t.equal(code, 'ECONNRESET'))
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.resume().end(bytes)
      await closed
      t.same(requests(), [])
      t.equal((await asked(`${url}/__admin/health`)).status, 200)
    })
  }

  t.test('a client of plain HTTP is told at once', async (t) => {
    const { port } = await secured(t)
    await t.rejects(fetch(`http://127.0.0.1:${port}${FACTORS}`))
  })
})

t.test('bytes within TLS that are no HTTP get 400 as a problem', async (t) => {
  const { port, url } = await secured(t)
  const response = await exchanged(t, port, 'hello\r\n\r\n')
  t.equal(statusOf(response), 400)
  t.equal(bodyOf(response).code, 'bad-http')
  t.equal((await asked(`${url}/__admin/health`)).status, 200)
})

/** What comes back over TLS until the connection is closed. */
async function exchanged(t: Test, port: number, bytes: string): Promise<string> {
  const socket = await connected(t, port)
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(received).toString()
}

const FAULTS = ['reset', 'empty', 'garbage', 'timeout']

const breaking = (t: Test, clock: Clock = systemClock) =>
  secured(t, {
    clock,
    scenarios: [
      t.testdir({
        'weavr-multi': Object.fromEntries(
          FAULTS.map((fault) => [
            `${fault}.yaml`,
            `scenario: ${fault}\nsummary: It breaks.\noperations: { '*': { calls: [{ fault: ${fault} }] } }\n`,
          ]),
        ),
      }),
    ],
  })

const broken = (fault: string) => written(`GET ${FACTORS}`, playing(fault))

t.test('a connection over TLS that a scenario breaks', async (t) => {
  t.test('reset is seen as a reset', async (t) => {
    const { port, requests } = await breaking(t)
    await t.rejects(exchanged(t, port, broken('reset')), { code: 'ECONNRESET' })
    t.match(requests(), [{ fault: 'reset' }])
  })

  t.test('empty is seen as an end without an answer', async (t) => {
    const { port } = await breaking(t)
    t.equal(await exchanged(t, port, broken('empty')), '')
  })

  t.test('garbage is seen as an answer that is no HTTP', async (t) => {
    const { port } = await breaking(t)
    t.match(await exchanged(t, port, broken('garbage')), /garbage/)
    t.notMatch(await exchanged(t, port, broken('garbage')), /^HTTP/)
  })

  t.test('timeout is seen as no answer, until the sandbox stops', async (t) => {
    const clock = new TestClock()
    // What is still open when its time is over would be cut then: here it is never over.
    clock.sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
    const { port, requests, stop } = await breaking(t, clock)
    const socket = await connected(t, port)
    socket.on('data', () => t.fail('something was sent'))
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(broken('timeout'))
    while (requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
    t.equal(requests()[0]?.fault, 'timeout')
    t.equal(socket.destroyed, false)
    await stop()
    await closed
  })

  for (const fault of FAULTS.slice(0, 3)) {
    t.test(`${fault} lets the next client be served`, async (t) => {
      const { port, url } = await breaking(t)
      await exchanged(t, port, broken(fault)).catch(() => undefined)
      t.equal((await asked(`${url}/__admin/health`)).status, 200)
    })
  }
})

t.test('a sandbox that serves HTTPS stops', async (t) => {
  const { port, url, stop } = await secured(t)
  const socket = await connected(t, port)
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await stop()
  await closed
  await t.rejects(asked(`${url}/__admin/health`), { code: 'ECONNREFUSED' })
})
