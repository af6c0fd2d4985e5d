import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import {
  createSandbox,
  LoadError,
  type SandboxOptions,
  STOP_WITHIN,
  StartError,
  UsageError,
} from '../src/index.ts'
import { loadApis } from '../src/sandbox/load.ts'
import { BOUNDS } from '../src/store/store.ts'
import { makeParts, TestClock } from './fixtures/app.ts'
import { BANK } from './fixtures/files.ts'

/** A sandbox of the bank that stops when the test is over. */
async function started(t: Test, options: SandboxOptions = {}) {
  const { specs = [`${t.testdir({ 'bank.yaml': BANK })}/bank.yaml`] } = options
  const sandbox = await createSandbox({ ...options, specs })
  t.teardown(() => sandbox.stop())
  return sandbox
}

/** A server that has taken a free port. */
async function taken(t: Test): Promise<number> {
  const server: Server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as { port: number }).port
}

t.test('a sandbox listens on a free port of this machine', async (t) => {
  const { url, port } = await started(t)
  t.equal(url, `http://127.0.0.1:${port}`)
  const response = await fetch(`${url}/codes/7`)
  t.equal(response.status, 200)
  t.match(await response.json(), { id: String })
})

const noIpv6 = !Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1')

t.test('an address of IPv6 stands in brackets', { skip: noIpv6 && 'no IPv6' }, async (t) => {
  const { url, port } = await started(t, { host: '::1' })
  t.equal(url, `http://[::1]:${port}`)
  t.equal((await fetch(`${url}/codes/7`)).status, 200)
})

t.test('two sandboxes know nothing of each other', async (t) => {
  const [one, other] = [await started(t), await started(t)]
  t.not(one.port, other.port)
  await fetch(`${one.url}/codes/7`)
  t.equal(one.requests().length, 1)
  t.equal(other.requests().length, 0)
})

t.test('a sandbox tells what was asked of a session', async (t) => {
  const { url, requests } = await started(t)
  await fetch(`${url}/@mine/codes/7`)
  await fetch(`${url}/codes/8`, { method: 'POST' })
  t.same([requests('mine').length, requests().length, requests('other').length], [1, 1, 0])
  t.match(requests('mine'), [{ operation: 'getCode', request: { url: '/@mine/codes/7' } }])
  t.match(requests(), [{ operation: 'sendCode', request: { method: 'POST' } }])
})

t.test('the same seed makes the same bytes, another one others', async (t) => {
  const texts = await Promise.all(
    [5, 5, 6].map(async (seed) => {
      const { url } = await started(t, { seed })
      return (await fetch(`${url}/codes/7`)).text()
    }),
  )
  t.equal(texts[0], texts[1])
  t.not(texts[0], texts[2])
})

t.test('a sandbox plays the scenario that it was started with', async (t) => {
  const summary = 'scenario: down\nsummary: x\noperations:\n  getCode:\n    calls: [fault: empty]'
  const path = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: { 'down.yaml': summary } } })
  const { url, requests } = await started(t, {
    specs: [`${path}/bank.yaml`],
    scenarios: [`${path}/scenarios`],
    scenario: 'down',
  })
  await t.rejects(fetch(`${url}/codes/7`))
  t.match(requests(), [{ scenario: 'down', fault: 'empty' }])
})

for (const cors of [true, false]) {
  t.test(
    `web pages of other origins ${cors ? 'may' : 'may not'} call with cors: ${cors}`,
    async (t) => {
      const { url } = await started(t, { cors })
      const { headers } = await fetch(`${url}/codes/7`, { headers: { origin: 'http://app.test' } })
      t.equal(headers.get('access-control-allow-origin'), cors ? 'http://app.test' : null)
    },
  )
}

t.test('a sandbox that was stopped takes no more requests', async (t) => {
  const { url, stop } = await started(t)
  await stop()
  await t.rejects(fetch(`${url}/codes/7`))
})

t.test('a sandbox can be stopped twice', async (t) => {
  const { stop } = await started(t)
  await stop()
  await t.resolves(stop())
})

const REQUEST =
  'POST /codes/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n'

for (const [what, sent] of [
  ['a connection on which nothing was sent', ''],
  ['a request that is half sent', REQUEST],
] as const) {
  t.test(`${what} is cut when the time to stop is over`, async (t) => {
    const clock = new TestClock()
    const { port, stop } = await started(t, { clock })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const closed = once(socket, 'close')
    if (sent) {
      socket.write(sent)
      await once(socket, 'data')
    }
    await stop()
    await closed
    t.same(clock.slept, [STOP_WITHIN])
  })
}

// What stops it from starting

t.test('a port in use is told with what to do', async (t) => {
  const port = await taken(t)
  await t.rejects(started(t, { port }), {
    constructor: StartError,
    message: `port ${port} of 127.0.0.1 is already in use; choose another with --port, or --port 0 for a free one`,
  })
})

t.test('an address of another machine is told with what to do', async (t) => {
  await t.rejects(started(t, { host: '192.0.2.1' }), {
    constructor: StartError,
    message: '192.0.2.1 is not an address of this machine; try 127.0.0.1 or 0.0.0.0',
  })
})

t.test('what the operating system says in no known words is told as it is', async (t) => {
  await t.rejects(started(t, { host: 'x'.repeat(300) }), {
    constructor: StartError,
    message: /^cannot listen on x+:0: getaddrinfo EINVAL/,
  })
})

t.test('an option that is wrong is an error, with the nearest name', async (t) => {
  await t.rejects(createSandbox({ spec: ['bank.yaml'] } as SandboxOptions), {
    constructor: UsageError,
    message: 'unknown option "spec"; did you mean "specs"?',
  })
  await t.rejects(createSandbox({ port: 70_000 }), {
    constructor: UsageError,
    message: 'port: "70000" is not a whole number from 0 to 65535',
  })
})

t.test('an unknown scenario is told with those nearest to it', async (t) => {
  await t.rejects(started(t, { scenario: 'defalt' }), {
    constructor: UsageError,
    message: 'there is no scenario "defalt"; nearest: default; "sca-sandbox scenarios" lists all',
  })
})

t.test('a scenario like none is told with all there are', async (t) => {
  await t.rejects(started(t, { scenario: 'xylophone' }), {
    message: 'there is no scenario "xylophone"; "sca-sandbox scenarios" lists all',
  })
})

t.test('a document with mistakes is told with all of them', async (t) => {
  const path = t.testdir({ 'bad.yaml': 'openapi: 3.1.0\npaths: {}' })
  await t.rejects(createSandbox({ specs: [`${path}/bad.yaml`] }), {
    constructor: LoadError,
    message: /bad\.yaml:2:1: the document has no operation$/,
  })
})

t.test('a document that is not there is told', async (t) => {
  await t.rejects(createSandbox({ specs: ['no/such.yaml'] }), {
    constructor: StartError,
    message: 'cannot read no/such.yaml: no such file or folder',
  })
})

// Bounds

/** A sandbox's parts, the time of its clock, and what it logs. */
function parts() {
  const clock = new TestClock()
  const lines: string[] = []
  const write = (chunk: Buffer, _: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()).msg)
    done()
  }
  const logger = pino({}, new Writable({ write }))
  const apis = loadApis({ specs: [], scenarios: [] })
  return { ...makeParts(apis, { clock, logger }), clock, lines }
}

t.test('what happened in a session that goes is forgotten', async (t) => {
  const { clock, store, journal } = parts()
  await store.session('old')
  journal.write({
    session: 'old',
    incoming: { target: '', headers: {} },
    outcome: { messages: [] },
  } as never)
  clock.time += BOUNDS.idle
  await store.session('new')
  t.same(journal.recorded('old'), [])
})

t.test('that a bound was passed is logged once', async (t) => {
  const { store, lines } = parts()
  const reference = (n: number) =>
    store.once('s', `${n}`, 0, async () => ({ value: {} as never, until: 1 }))
  for (let n = 0; n < BOUNDS.references + 3; n++) await reference(n)
  t.match(lines, [/references/])
  t.equal(lines.length, 1)
})

t.test('without a logger nothing is logged', async (t) => {
  const { log } = makeParts(loadApis({ specs: [], scenarios: [] }))
  t.doesNotThrow(() => log({} as never, undefined))
})
