/** The journal as it happens, over sockets. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { MOST_LISTENERS, MOST_UNSENT } from '../../src/admin/events.ts'
import type { Clock } from '../../src/clock.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/index.ts'
import { inSession, problem, problemOf } from '../fixtures/admin-requests.ts'
import { makeApp, START } from '../fixtures/app.ts'
import { listening, overSockets, RIGHT, WeavrUser } from '../fixtures/calls.ts'
import { BANK } from '../fixtures/files.ts'

const EVENTS = '/__admin/events'

/** A clock whose sleepers sleep until they are woken, or told that all is over. */
class SleepyClock implements Clock {
  readonly sleepers: { ms: number; wake: () => void }[] = []

  now() {
    return START
  }

  monotonic() {
    return START
  }

  after(): () => void {
    return () => undefined
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.sleepers.push({ ms, wake: resolve })
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Wakes whoever wanted to sleep for so long. */
  wake(ms: number): void {
    for (const sleeper of this.sleepers) if (sleeper.ms === ms) sleeper.wake()
  }

  sleeping(ms: number): boolean {
    return this.sleepers.some((sleeper) => sleeper.ms === ms)
  }
}

const HEARTBEAT = 15_000
const FAREWELL = 5_000

/** Lets everything else run until something has happened. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve))
}

interface Event {
  readonly id: string | undefined
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events freely
  readonly data: any
}

function eventIn(block: string): Event[] {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]))
  const event = fields.get('event')
  const data = fields.get('data') ?? '{}'
  return event === undefined ? [] : [{ id: fields.get('id'), event, data: JSON.parse(data) }]
}

/** A stream of events as its client has it. */
class Listener {
  text = ''
  /** Those that are complete, without comments. */
  readonly events: Event[] = []
  /** Whether it ended as it should; undefined while it is open. */
  ended: boolean | undefined
  readonly response: IncomingMessage

  constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.once('close', () => {
      this.ended = response.complete
    })
    response.on('error', () => {})
  }

  get status() {
    return this.response.statusCode
  }

  read(): this {
    let rest = ''
    this.response.on('data', (chunk) => {
      this.text += chunk
      if (!chunk.includes('\n')) {
        rest += chunk
        return
      }
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      this.events.push(...blocks.flatMap(eventIn))
    })
    return this
  }

  get ids(): readonly string[] {
    return this.events.flatMap(({ id }) => (id === undefined ? [] : [id]))
  }

  async has(count: number): Promise<readonly Event[]> {
    await until(() => this.events.length >= count)
    return this.events
  }

  async close(): Promise<void> {
    this.response.destroy()
    await until(() => this.ended !== undefined)
  }
}

/** Opens a stream that is not read until it is told to. */
async function opened(
  t: Pick<Test, 'teardown'>,
  { url }: Sandbox,
  query = '',
  headers: Record<string, string> = {},
): Promise<Listener> {
  const request = get(`${url}${EVENTS}${query}`, { headers, agent: false })
  t.teardown(() => request.destroy())
  const [response] = await once(request, 'response')
  return new Listener(response)
}

const reading = async (...args: Parameters<typeof opened>) => (await opened(...args)).read()

/** As many streams as are let in. */
async function filled(t: Test, sandbox: Sandbox): Promise<Listener[]> {
  const all: Listener[] = []
  for (;;) {
    const listener = await reading(t, sandbox)
    if (listener.status !== 200) return all
    all.push(listener)
  }
}

/** Opens a stream as soon as there is a place for it. */
async function admitted(t: Test, sandbox: Sandbox): Promise<Listener> {
  for (let attempts = 0; attempts < 500; attempts++) {
    const listener = await reading(t, sandbox)
    if (listener.status === 200) return listener
    await listener.close()
  }
  throw new Error('no place becomes free')
}

/** A sandbox of the bank, which takes bodies of any size. */
function bank(t: Test, options: SandboxOptions = {}): Promise<Sandbox> {
  const path = t.testdir({ 'bank.yaml': BANK })
  return listening(t, { specs: [`${path}/bank.yaml`], ...options })
}

const call = async ({ url }: Sandbox, session = 'a') => {
  const response = await fetch(`${url}/@${session}/codes/7`)
  await response.text()
  return response.status
}

const SIZE = 900_000

/** A request that is large in the journal. */
const large = async ({ url }: Sandbox, session = 'a') => {
  const response = await fetch(`${url}/@${session}/codes/7:verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: 'x'.repeat(SIZE) }),
  })
  await response.text()
  return response.status
}

/** More than the system keeps for a client that does not read, and the sandbox besides. */
const MANY = 20

t.test('events', async (t) => {
  t.test('come as it happens, each with the number of its entry', async (t) => {
    const sandbox = await bank(t)
    const listener = await reading(t, sandbox)
    await call(sandbox)
    t.match(await listener.has(1), [
      { id: '1', event: 'request', data: { id: 1, session: 'a', operationId: 'getCode' } },
    ])
    await call(sandbox, 'b')
    t.match((await listener.has(2))[1], { id: '2', event: 'request', data: { session: 'b' } })
  })

  t.test('are sent as browsers and proxies expect', async (t) => {
    const { status, response } = await opened(t, await bank(t))
    t.equal(status, 200)
    t.match(response.headers, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
  })

  t.test('tell at once how long to wait before coming back', async (t) => {
    const listener = await reading(t, await bank(t))
    await until(() => listener.text !== '')
    t.equal(listener.text, 'retry: 1000\n\n')
  })

  t.test('are entries as the journal shows them', async (t) => {
    const sandbox = await bank(t)
    const listener = await reading(t, sandbox)
    await call(sandbox)
    const [event] = await listener.has(1)
    const response = await fetch(`${sandbox.url}/__admin/sessions/a/requests/${event?.id}`)
    t.same(event?.data, await response.json())
  })

  t.test('do not tell what was before', async (t) => {
    const sandbox = await bank(t)
    await call(sandbox)
    const listener = await reading(t, sandbox)
    await call(sandbox)
    await listener.has(1)
    t.same(listener.ids, ['2'])
  })

  t.test('do not tell of admin requests', async (t) => {
    const sandbox = await bank(t)
    const listener = await reading(t, sandbox)
    await (await fetch(`${sandbox.url}/__admin/sessions`)).text()
    await call(sandbox)
    await listener.has(1)
    t.match(listener.events, [{ data: { operationId: 'getCode' } }])
  })

  t.test('go to all who listen', async (t) => {
    const sandbox = await bank(t)
    const listeners = await Promise.all([1, 2, 3].map(() => reading(t, sandbox)))
    await call(sandbox)
    for (const listener of listeners) {
      await listener.has(1)
      t.same(listener.ids, ['1'])
    }
  })

  t.test('hide credentials, and codes that were sent', async (t) => {
    const sandbox = await listening(t)
    const listener = await reading(t, sandbox)
    const user = new WeavrUser(overSockets(sandbox.url), { 'api-key': 'k3y', token: 't0ken' })
    await user.confirm(['1'])
    await user.verify(RIGHT)
    const [sent] = await listener.has(2)
    t.match(sent?.data.request.headers['api-key'], /^\*{3}[\da-f]{8}$/)
    t.match(sent?.data.request.headers.authorization, /^Bearer \*{3}[\da-f]{8}$/)
    t.match(sent?.data.messages, [{ channel: 'SMS', code: '***' }])
    for (const secret of ['k3y', 't0ken', RIGHT]) t.notMatch(listener.text, secret)
  })
})

t.test('one session', async (t) => {
  t.test('can be listened to', async (t) => {
    const sandbox = await bank(t)
    const listener = await reading(t, sandbox, '?session=b')
    for (const session of ['a', 'b', 'a', 'b']) await call(sandbox, session)
    await listener.has(2)
    t.same(listener.ids, ['2', '4'])
  })

  t.test('can be resumed', async (t) => {
    const sandbox = await bank(t)
    for (const session of ['a', 'b', 'a', 'b']) await call(sandbox, session)
    const listener = await reading(t, sandbox, '?session=b&after=2')
    await call(sandbox, 'a')
    await call(sandbox, 'b')
    await listener.has(2)
    t.same(listener.ids, ['4', '6'])
  })
})

t.test('who comes back', async (t) => {
  for (const [what, query, headers, ids] of [
    ['with Last-Event-ID', '', { 'last-event-id': '1' }, ['2', '3', '4']],
    ['with ?after=', '?after=2', {}, ['3', '4']],
    ['with ?after=0', '?after=0', {}, ['1', '2', '3', '4']],
    ['with both, of which the header counts', '?after=0', { 'last-event-id': '2' }, ['3', '4']],
    ['with a Last-Event-ID that is empty', '', { 'last-event-id': '' }, ['4']],
    ['with an empty one and ?after=', '?after=2', { 'last-event-id': '' }, ['3', '4']],
    ['with the id of an entry that is still to come', '?after=99', {}, ['4']],
  ] as const) {
    t.test(`gets what it missed, then what happens: ${what}`, async (t) => {
      const sandbox = await bank(t)
      for (const session of ['a', 'b', 'a']) await call(sandbox, session)
      const listener = await reading(t, sandbox, query, headers)
      await call(sandbox)
      await listener.has(ids.length)
      t.same(listener.ids, ids)
    })
  }

  t.test('gets what the journal still has', async (t) => {
    const sandbox = await bank(t)
    await call(sandbox, 'a')
    await call(sandbox, 'b')
    await sandbox.client.session('a').reset()
    const listener = await reading(t, sandbox, '?after=0')
    await listener.has(1)
    t.same(listener.ids, ['2'])
  })

  t.test('gets all of it, in several goes where it is more than may wait', async (t) => {
    const sandbox = await bank(t)
    for (let sent = 0; sent < 4; sent++) await large(sandbox)
    const ids: string[] = []
    for (let last = '0'; last !== '4'; last = ids.at(-1) ?? '0') {
      const listener = await reading(t, sandbox, '', { 'last-event-id': last })
      await until(() => listener.ended !== undefined || listener.ids.at(-1) === '4')
      ids.push(...listener.ids)
      await listener.close()
    }
    t.same(ids, ['1', '2', '3', '4'])
  })

  for (const id of ['abc', '-1', '1.5', '0x1', '1'.repeat(16), '1, 2']) {
    t.test(`with "${id}" as Last-Event-ID is refused`, async (t) => {
      const sandbox = await bank(t)
      const headers = { 'last-event-id': id }
      const answer = await overSockets(sandbox.url).ask('GET', EVENTS, { headers })
      t.same(problem(answer), problemOf(400, 'bad-admin-request'))
      t.match(answer.body.detail, `Last-Event-ID: "${id}" is not the id of an entry`)
    })
  }

  for (const query of ['after=abc', 'after=-1', 'after=1.5', 'sesion=a']) {
    t.test(`with ?${query} is refused`, async (t) => {
      const sandbox = await bank(t)
      const answer = await overSockets(sandbox.url).ask('GET', `${EVENTS}?${query}`)
      t.same(problem(answer), problemOf(400, 'bad-admin-request'))
    })
  }
})

t.test('a heartbeat', async (t) => {
  t.test('is a comment, again and again while nothing happens', async (t) => {
    const clock = new SleepyClock()
    const listener = await reading(t, await bank(t, { clock }))
    for (const count of [1, 2, 3]) {
      await until(() => clock.sleepers.filter(({ ms }) => ms === HEARTBEAT).length === count)
      clock.wake(HEARTBEAT)
      await until(() => listener.text.split('\n\n: alive').length > count)
    }
    t.equal(listener.text, 'retry: 1000\n\n: alive\n\n: alive\n\n: alive\n\n')
    t.same(listener.events, [])
  })

  t.test('ends with its stream', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await bank(t, { clock })
    const listener = await reading(t, sandbox)
    await until(() => clock.sleeping(HEARTBEAT))
    await listener.close()
    await admitted(t, sandbox)
    clock.wake(HEARTBEAT)
    await call(sandbox)
    t.equal(clock.sleepers.length, 3, 'only the one that is open sleeps again')
  })
})

t.test('the number of streams', async (t) => {
  t.test('is bounded: of 300 attempts 100 are let in, and the sandbox serves on', async (t) => {
    const sandbox = await bank(t)
    const attempts = await Promise.all(Array.from({ length: 300 }, () => reading(t, sandbox)))
    const open = attempts.filter(({ status }) => status === 200)
    t.equal(open.length, MOST_LISTENERS)
    t.equal(attempts.filter(({ status }) => status === 503).length, 200)
    t.equal(await call(sandbox), 200)
    for (const listener of open) await listener.has(1)
    t.equal(await sandbox.client.session('a').count(), 1)
  })

  t.test('makes a further one a problem', async (t) => {
    const sandbox = await bank(t)
    t.equal((await filled(t, sandbox)).length, MOST_LISTENERS)
    const answer = await overSockets(sandbox.url).ask('GET', EVENTS)
    t.same(problem(answer), problemOf(503, 'too-many-listeners'))
    t.match(answer.body.detail, '100 event streams are already open')
  })

  t.test('gives a place back when one closes', async (t) => {
    const sandbox = await bank(t)
    const [first] = await filled(t, sandbox)
    await first?.close()
    const next = await admitted(t, sandbox)
    t.equal((await reading(t, sandbox)).status, 503)
    await call(sandbox)
    await next.has(1)
    t.same(next.ids, ['1'])
  })

  t.test('gives all places back when all close', async (t) => {
    const sandbox = await bank(t)
    for (const listener of await filled(t, sandbox)) await listener.close()
    const others = await Promise.all(
      Array.from({ length: MOST_LISTENERS }, () => admitted(t, sandbox)),
    )
    t.ok(others.every(({ status }) => status === 200))
  })

  t.test('does not grow by streams behind each other in one connection', async (t) => {
    const sandbox = await bank(t)
    const socket = connect(sandbox.port, '127.0.0.1')
    socket.write(`GET ${EVENTS} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(20))
    await once(socket, 'data')
    t.equal((await filled(t, sandbox)).length, MOST_LISTENERS - 1)
    socket.destroy()
    await admitted(t, sandbox)
    t.equal((await reading(t, sandbox)).status, 503)
  })

  t.test('does not grow by clients that are gone before they are let in', async (t) => {
    const sandbox = await bank(t)
    for (let gone = 0; gone < 20; gone++) {
      const socket = connect(sandbox.port, '127.0.0.1')
      socket.write(`GET ${EVENTS} HTTP/1.1\r\nhost: localhost\r\n\r\n`, () => socket.destroy())
      await once(socket, 'close')
    }
    const listeners: Listener[] = []
    while (listeners.length < MOST_LISTENERS) listeners.push(await admitted(t, sandbox))
    t.equal((await reading(t, sandbox)).status, 503)
  })

  t.test('leads to no warning of the runtime', async (t) => {
    const warnings: string[] = []
    const noted = ({ message }: Error) => warnings.push(message)
    process.on('warning', noted)
    t.teardown(() => process.off('warning', noted))
    const sandbox = await bank(t)
    await filled(t, sandbox)
    await call(sandbox)
    t.same(warnings, [])
  })
})

t.test('a listener that does not read', async (t) => {
  t.test('is dropped and told so, while all others are served', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await bank(t, { clock })
    const lazy = await opened(t, sandbox)
    const eager = await reading(t, sandbox)
    for (let sent = 0; sent < MANY; sent++) t.equal(await large(sandbox), 204)
    await eager.has(MANY)
    t.equal(eager.ids.length, MANY)
    t.equal(eager.ended, undefined)
    t.ok(clock.sleeping(FAREWELL), 'it has some time to read what waits')
    lazy.read()
    await until(() => lazy.ended !== undefined)
    t.equal(lazy.ended, true)
    const last = lazy.events.at(-1)
    t.match(last, { event: 'dropped', data: { lastEventId: Number(lazy.ids.at(-1)) } })
    t.match(last?.data.reason, `more than ${MOST_UNSENT} bytes waited to be read`)
    t.same(
      lazy.ids,
      lazy.ids.map((_, index) => String(index + 1)),
    )
    t.ok(lazy.ids.length < MANY)
  })

  t.test('can come back and go on where it was dropped', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await bank(t, { clock })
    const lazy = await opened(t, sandbox, '?session=a')
    while (!clock.sleeping(FAREWELL)) await large(sandbox)
    await call(sandbox)
    lazy.read()
    await until(() => lazy.ended !== undefined)
    const { lastEventId } = lazy.events.at(-1)?.data ?? {}
    const again = await reading(t, sandbox, '', { 'last-event-id': String(lastEventId) })
    await again.has(1)
    t.same(again.ids, [String(lastEventId + 1)])
    t.equal(again.events[0]?.data.operationId, 'getCode')
  })

  t.test('is cut if it does not even read the farewell', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await bank(t, { clock })
    const lazy = await opened(t, sandbox)
    while (!clock.sleeping(FAREWELL)) await large(sandbox)
    clock.wake(FAREWELL)
    lazy.read()
    await until(() => lazy.ended !== undefined)
    t.equal(lazy.ended, false)
    t.notMatch(lazy.text, 'event: dropped')
  })

  t.test('keeps its place until it is gone', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await bank(t, { clock })
    const lazy = await opened(t, sandbox)
    while (!clock.sleeping(FAREWELL)) await large(sandbox)
    t.equal((await filled(t, sandbox)).length, MOST_LISTENERS - 1)
    lazy.read()
    await admitted(t, sandbox)
    t.equal((await reading(t, sandbox)).status, 503)
  })
})

t.test('stopping', async (t) => {
  t.test('ends all streams, those that are not read, too, in less than 2 s', async (t) => {
    const sandbox = await createSandbox({
      specs: [`${t.testdir({ 'bank.yaml': BANK })}/bank.yaml`],
    })
    const listeners = await Promise.all([1, 2, 3].map(() => reading(t, sandbox)))
    await opened(t, sandbox)
    for (let sent = 0; sent < MANY; sent++) await large(sandbox)
    for (const listener of listeners) await listener.has(MANY)
    const before = performance.now()
    await sandbox.stop()
    t.ok(performance.now() - before < 2_000)
    await until(() => listeners.every(({ ended }) => ended !== undefined))
    t.same(
      listeners.map(({ ended }) => ended),
      [true, true, true],
    )
  })

  t.test('does not wait where all streams are read', async (t) => {
    const clock = new SleepyClock()
    const sandbox = await bank(t, { clock })
    const listeners = await filled(t, sandbox)
    await sandbox.stop()
    await until(() => listeners.every(({ ended }) => ended))
    t.equal(listeners.length, MOST_LISTENERS)
  })
})

t.test('who may listen', async (t) => {
  t.test('is asked for the token', async (t) => {
    const sandbox = await bank(t, { adminToken: 'secret' })
    t.equal((await opened(t, sandbox)).status, 401)
    t.equal((await opened(t, sandbox, '', { authorization: 'Bearer secret' })).status, 200)
  })

  t.test('is nobody where there is no journal', async (t) => {
    const app = await makeApp(t, { journal: false })
    t.same(problem(await app.ask('GET', EVENTS)), problemOf(409, 'journal-off'))
  })

  t.test('may listen to a session that is not there yet', async (t) => {
    const sandbox = await bank(t)
    const listener = await reading(t, sandbox, '?session=later')
    await new WeavrUser(overSockets(sandbox.url), inSession('later')).factors()
    await listener.has(1)
    t.match(listener.events, [{ data: { session: 'later', unmatched: true } }])
  })
})
