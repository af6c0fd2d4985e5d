import t from 'tap'
import { DELIVERY_BOUNDS } from '../../src/webhook/deliveries.ts'
import { MOST_COPIES } from '../../src/webhook/delivery.ts'
import { ManualClock, makeDeliveries, notification, START } from '../fixtures/deliveries.ts'
import { startReceiver } from '../fixtures/receiver.ts'

t.test(
  'a notification is sent to the URL of its API, with its path, headers and body',
  async (t) => {
    const { origin, received } = await startReceiver(t)
    const deliveries = makeDeliveries(t, { targets: [`bank=${origin}/hooks/?key=1`] })
    deliveries.add(notification({ headers: { 'Call-Ref': 'x' } }))
    t.match(deliveries.list('s'), [{ id: 1, state: 'waiting', attempts: [] }])
    t.equal(received.length, 0, 'nothing is sent before the next turn of the event loop')
    await deliveries.idle('s')
    t.match(received, [
      {
        method: 'POST',
        url: '/hooks/done/watch?key=1',
        headers: { 'call-ref': 'x' },
        body: '{"id":"1"}',
      },
    ])
    const attempts = [{ at: START, status: 204, duration: 0 }]
    t.match(deliveries.list('s'), [
      { state: 'delivered', reason: undefined, url: `${origin}/hooks/done/watch?key=1`, attempts },
    ])
    t.equal(deliveries.waiting, 0)
  },
)

t.test('a notification is only recorded when no URL is set', async (t) => {
  const deliveries = makeDeliveries(t, { targets: ['other=http://127.0.0.1:9'] })
  deliveries.add(notification())
  t.match(deliveries.list('s'), [
    { state: 'recorded', url: null, reason: /no URL is set: use --webhook-url/, attempts: [] },
  ])
})

t.test('notifications of a session arrive in order, one at a time', async (t) => {
  const open: number[] = []
  const { origin, received } = await startReceiver(t, (response, count) => {
    open.push(count)
    t.equal(open.length, 1)
    setImmediate(() => {
      open.pop()
      response.end()
    })
  })
  const deliveries = makeDeliveries(t, { targets: [origin] })
  for (let body = 1; body <= 20; body++) deliveries.add(notification({ body: String(body) }))
  await deliveries.idle('s')
  t.same(
    received.map(({ body }) => Number(body)),
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
})

t.test('a session does not wait for the slow receiver of another one', async (t) => {
  const slow = await startReceiver(t, () => undefined)
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t, { targets: [origin], allow: [slow.origin], stopWithin: 1 })
  deliveries.add(notification({ session: 'slow' }), slow.origin)
  deliveries.add(notification())
  await deliveries.idle('s')
  t.equal(received.length, 1)
})

// Retries

t.test('retries run on a clock that is moved, each at the instant when it was due', async (t) => {
  const { origin, received } = await startReceiver(t, (response, count) =>
    response.writeHead(count < 4 ? 500 : 200).end(),
  )
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(notification())
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'waiting', reason: 'answered 500' }])
  deliveries.advance('s', START + 999)
  await deliveries.idle('s')
  t.equal(received.length, 1)
  deliveries.advance('s', START + 1_000)
  await deliveries.idle('s')
  t.equal(received.length, 2)
  deliveries.advance('s', START + 3_600_000)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [
    {
      state: 'delivered',
      attempts: [
        { at: START, status: 500 },
        { at: START + 1_000, status: 500 },
        { at: START + 6_000, status: 500 },
        { at: START + 31_000, status: 200 },
      ],
    },
  ])
  t.equal(deliveries.waiting, 0)
})

t.test('a clock that runs makes retries by itself', async (t) => {
  const { origin, received } = await startReceiver(t, (response) => response.writeHead(503).end())
  const clock = new ManualClock()
  const deliveries = makeDeliveries(t, {
    targets: [origin],
    clock,
    sessionNow: async () => clock.now(),
  })
  deliveries.add(notification({ retryAfter: [100] }))
  await deliveries.idle('s')
  t.equal(clock.timers, 1)
  clock.pass(99)
  t.equal(received.length, 1)
  clock.pass(1)
  const settled = new Promise(setImmediate)
  await settled
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [
    { state: 'failed', reason: '2 attempts failed, the last one: answered 503' },
  ])
})

t.test('a frozen clock lets retries wait, and goes on when it runs again', async (t) => {
  const { origin, received } = await startReceiver(t, (response, count) =>
    response.writeHead(count === 1 ? 500 : 200).end(),
  )
  const clock = new ManualClock()
  let frozen = true
  const sessionNow = () => (frozen ? undefined : clock.now())
  const deliveries = makeDeliveries(t, { targets: [origin], clock, sessionNow })
  deliveries.add(notification())
  await deliveries.idle('s')
  t.equal(clock.timers, 0)
  clock.pass(60_000)
  t.equal(received.length, 1)
  frozen = false
  deliveries.advance('s', clock.now())
  await deliveries.idle('s')
  t.equal(received.length, 2)
})

t.test('a timer that goes off while the clock stands still does not spin', async (t) => {
  const { origin, received } = await startReceiver(t, (response) => response.writeHead(500).end())
  const slept: number[] = []
  const clock = {
    now: () => START,
    monotonic: () => START,
    after: () => () => undefined,
    sleep: async (ms: number) => {
      slept.push(ms)
    },
  }
  const deliveries = makeDeliveries(t, { targets: [origin], clock, sessionNow: () => START })
  deliveries.add(notification())
  await deliveries.idle('s')
  await new Promise(setImmediate)
  t.same(slept, [1_000])
  deliveries.advance('s', START + 1_000)
  await deliveries.idle('s')
  t.equal(received.length, 2)
})

t.test('a delivery that waits for its retry does not hold up the next one', async (t) => {
  const { origin, received } = await startReceiver(t, (response, count) =>
    response.writeHead(count === 1 ? 500 : 200).end(),
  )
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(notification({ body: 'one' }))
  deliveries.add(notification({ body: 'two' }))
  await deliveries.idle('s')
  deliveries.advance('s', START + 1_000)
  await deliveries.idle('s')
  t.same(
    received.map(({ body }) => body),
    ['one', 'two', 'one'],
  )
})

// What a scenario makes go wrong

t.test('copies are deliveries of their own, and at most so many', async (t) => {
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(notification({ copies: 2 }))
  await deliveries.idle('s')
  t.equal(received.length, 2)
  t.same(
    deliveries.list('s').map(({ id }) => id),
    [1, 2],
  )
  deliveries.add(notification({ copies: 1e9 }))
  await deliveries.idle('s')
  t.equal(received.length, 2 + MOST_COPIES)
})

t.test('a notification that is lost is recorded and not sent', async (t) => {
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(notification({ copies: 0 }))
  await deliveries.idle('s')
  t.equal(received.length, 0)
  t.match(deliveries.list('s'), [{ state: 'recorded', reason: /lost on the way/ }])
})

t.test('a notification with a delay is sent when the clock gets there', async (t) => {
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(notification({ body: 'late', delay: 5_000 }))
  deliveries.add(notification({ body: 'early' }))
  await deliveries.idle('s')
  deliveries.advance('s', START + 5_000)
  await deliveries.idle('s')
  t.same(
    received.map(({ body }) => body),
    ['early', 'late'],
  )
  t.match(deliveries.list('s')[0], { at: START + 5_000, attempts: [{ at: START + 5_000 }] })
})

t.test('a notification with a delay that goes nowhere is recorded when it is due', async (t) => {
  const deliveries = makeDeliveries(t)
  deliveries.add(notification({ delay: 10 }))
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'waiting' }])
  deliveries.advance('s', START + 10)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'recorded', reason: /no URL is set/, attempts: [] }])
})

// Bounds

t.test('the deliveries of a session that wait are bounded', async (t) => {
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t, { targets: [origin], bounds: { session: 2, all: 3 } })
  const late = { delay: 1 }
  for (let count = 0; count < 3; count++) deliveries.add(notification(late))
  t.match(deliveries.list('s')[2], {
    state: 'refused',
    reason: '2 deliveries of this session are waiting already',
  })
  for (let count = 0; count < 2; count++) deliveries.add(notification({ ...late, session: 'b' }))
  t.match(deliveries.list('b')[1], {
    state: 'refused',
    reason: '3 deliveries are waiting already',
  })
  deliveries.advance('s', START + 1)
  await deliveries.idle('s')
  t.equal(received.length, 2)
  t.equal(deliveries.waiting, 1)
  deliveries.add(notification())
  t.match(deliveries.list('s').at(-1), { state: 'waiting' })
})

t.test('a thousand deliveries of a session are taken, and ten thousand of all', async (t) => {
  t.same(DELIVERY_BOUNDS, { session: 1_000, all: 10_000 })
  const deliveries = makeDeliveries(t, { history: { all: 20_000 } })
  const late = { delay: 1, body: '' }
  for (let session = 0; session < 11; session++) {
    for (let count = 0; count < 1_000; count++) {
      deliveries.add(notification({ ...late, session: `s${session}` }))
    }
  }
  t.equal(deliveries.waiting, 10_000)
  t.ok(deliveries.list('s9').every(({ state }) => state === 'waiting'))
  t.ok(deliveries.list('s10').every(({ state }) => state === 'refused'))
})

// The life of a session

t.test('next waits for the first attempt of a delivery that has not been seen', async (t) => {
  const { origin } = await startReceiver(t, (response) => response.writeHead(500).end())
  const deliveries = makeDeliveries(t, { targets: [origin] })
  const { signal } = new AbortController()
  const next = deliveries.next('s', 'done', 0, signal)
  deliveries.add(notification({ webhook: 'other' }))
  deliveries.add(notification())
  t.match(await next, { id: 2, webhook: 'done', state: 'waiting', attempts: [{ status: 500 }] })
  t.match(await deliveries.next('s', undefined, 0, signal), { id: 1 })
  const controller = new AbortController()
  const none = deliveries.next('s', 'done', 2, controller.signal)
  controller.abort()
  t.equal(await none, undefined)
})

t.test('a session that is forgotten has no deliveries, and what is under way is cut', async (t) => {
  let cut = () => {}
  const closed = new Promise<void>((resolve) => {
    cut = resolve
  })
  let came = () => {}
  const arrived = new Promise<void>((resolve) => {
    came = resolve
  })
  const { origin } = await startReceiver(t, (response) => {
    response.on('close', cut)
    came()
  })
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(notification())
  deliveries.add(notification({ delay: 5 }))
  await arrived
  deliveries.forget('s')
  await closed
  t.same(deliveries.list('s'), [])
  t.equal(deliveries.waiting, 0)
  deliveries.add(notification({ url: null }))
  t.match(deliveries.list('s'), [{ id: 3, state: 'recorded' }])
  t.equal(deliveries.waiting, 0)
})

t.test('a stop finishes what is due and gives up the rest', async (t) => {
  const { origin, received } = await startReceiver(t)
  const clock = new ManualClock()
  const deliveries = makeDeliveries(t, {
    targets: [origin],
    clock,
    sessionNow: () => clock.now(),
  })
  deliveries.add(notification())
  deliveries.add(notification({ delay: 60_000 }))
  await deliveries.stop()
  t.equal(received.length, 1)
  t.match(deliveries.list('s'), [{ state: 'delivered' }, { state: 'waiting' }])
  deliveries.add(notification())
  t.match(deliveries.list('s')[2], { state: 'refused', reason: 'the sandbox stops' })
})

t.test('a stop does not wait for ever for a receiver that hangs', async (t) => {
  const { origin } = await startReceiver(t, () => undefined)
  const deliveries = makeDeliveries(t, { targets: [origin], stopWithin: 20 })
  deliveries.add(notification())
  deliveries.add(notification())
  await deliveries.stop()
  t.match(deliveries.list('s'), [
    { state: 'failed', reason: 'the sandbox stopped' },
    { state: 'waiting', attempts: [] },
  ])
})

t.test('a session whose time is unknown lets its retries wait, and it is logged', async (t) => {
  const { origin, received } = await startReceiver(t, (response) => response.writeHead(500).end())
  const lines: unknown[] = []
  const logger = { info() {}, warn() {}, error: (line: unknown) => lines.push(line) } as never
  const sessionNow = async () => {
    throw new Error('no store')
  }
  const deliveries = makeDeliveries(t, { targets: [origin], sessionNow, logger })
  deliveries.add(notification())
  await deliveries.idle('s')
  t.match(lines, [{ err: { message: 'no store' }, session: 's' }])
  deliveries.advance('s', START + 1_000)
  await deliveries.idle('s')
  t.equal(received.length, 2)
})
