/** Receivers that misbehave, and addresses that are not what they seem. */
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { systemClock } from '../../src/clock.ts'
import { makeCertificate } from '../../src/server/certificate.ts'
import { describeFailure } from '../../src/webhook/send.ts'
import { makeDeliveries, notification } from '../fixtures/deliveries.ts'
import { startReceiver } from '../fixtures/receiver.ts'

const ONCE = notification({ retryAfter: [] })

t.test('a receiver that cannot be reached is a failed attempt', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const deliveries = makeDeliveries(t, { targets: [`http://127.0.0.1:${port}`] })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [
    { state: 'failed', reason: /ECONNREFUSED/, attempts: [{ error: /ECONNREFUSED/ }] },
  ])
})

t.test('a receiver that does not answer in time is a failed attempt', async (t) => {
  const { origin } = await startReceiver(t, () => undefined)
  const deliveries = makeDeliveries(t, { targets: [origin], attemptWithin: 50 })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'failed', reason: 'no complete response within 50 ms' }])
})

t.test('a response that never ends is a failed attempt', async (t) => {
  const { origin } = await startReceiver(t, (response) => response.writeHead(200).write('a'))
  const deliveries = makeDeliveries(t, { targets: [origin], attemptWithin: 100 })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'failed', reason: /no complete response/ }])
})

t.test('a connection that breaks off is a failed attempt', async (t) => {
  const { origin } = await startReceiver(t, (response) => response.destroy())
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'failed', attempts: [{ error: /.+/ }] }])
})

for (const status of [400, 404, 500]) {
  t.test(`an answer of ${status} is a failed attempt`, async (t) => {
    const { origin } = await startReceiver(t, (response) => response.writeHead(status).end('no'))
    const deliveries = makeDeliveries(t, { targets: [origin] })
    deliveries.add(ONCE)
    await deliveries.idle('s')
    t.match(deliveries.list('s'), [
      { state: 'failed', reason: `answered ${status}`, attempts: [{ status }] },
    ])
  })
}

t.test('redirects are not followed', async (t) => {
  const other = await startReceiver(t)
  const { origin, received } = await startReceiver(t, (response) =>
    response.writeHead(307, { location: `${other.origin}/` }).end(),
  )
  const deliveries = makeDeliveries(t, { targets: [origin, `other=${other.origin}`] })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.equal(received.length, 1)
  t.equal(other.received.length, 0)
  t.match(deliveries.list('s'), [
    { state: 'failed', reason: '307: redirects are not followed', attempts: [{ status: 307 }] },
  ])
})

t.test('of a response that is a gigabyte only the beginning is read', async (t) => {
  let written = 0
  let ended = () => {}
  const closed = new Promise<void>((resolve) => {
    ended = resolve
  })
  const piece = Buffer.alloc(64 * 2 ** 10)
  const { origin } = await startReceiver(t, (response) => {
    response.on('close', ended)
    response.on('error', () => undefined)
    const more = () => {
      while (written < 2 ** 30 && !response.destroyed) {
        written += piece.length
        if (!response.write(piece)) return response.once('drain', more)
      }
      return response.end()
    }
    more()
  })
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  await closed
  t.match(deliveries.list('s'), [{ state: 'delivered', attempts: [{ status: 200 }] }])
  t.ok(written < 2 ** 26, `${written} bytes were taken`)
})

t.test('a header that HTTP does not allow is a failed attempt', async (t) => {
  const { origin, received } = await startReceiver(t)
  const deliveries = makeDeliveries(t, { targets: [origin] })
  deliveries.add({ ...ONCE, headers: { 'x-a': 'a\nb' } })
  deliveries.add({ ...ONCE, headers: { 'transfer-encoding': 'chunked' } })
  await deliveries.idle('s')
  t.equal(received.length, 0)
  t.match(deliveries.list('s'), [{ state: 'failed' }, { state: 'failed' }])
})

// Addresses

t.test('a name is resolved once for each delivery, and its address is kept', async (t) => {
  const { port, received } = await startReceiver(t, (response, count) =>
    response.writeHead(count === 2 ? 200 : 500).end(),
  )
  const asked: string[] = []
  const resolve = async (hostname: string) => {
    asked.push(hostname)
    // From the second time on it names an address where nobody must be called.
    return [{ address: asked.length === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }]
  }
  const deliveries = makeDeliveries(t, { targets: [`http://app.test:${port}`], resolve })
  deliveries.add(notification({ retryAfter: [1] }))
  await deliveries.idle('s')
  deliveries.advance('s', notification().at + 1)
  await deliveries.idle('s')
  t.same(asked, ['app.test'])
  t.equal(received[1]?.headers.host, `app.test:${port}`)
  t.match(deliveries.list('s'), [{ state: 'delivered', attempts: [{ status: 500 }, {}] }])
})

t.test('a name that cannot be resolved is a failed attempt, and is asked for again', async (t) => {
  const { port, received } = await startReceiver(t)
  let asked = 0
  const resolve = async () => {
    if (asked++ === 0) throw new Error('getaddrinfo ENOTFOUND app.test')
    return [{ address: '127.0.0.1', family: 4 }]
  }
  const deliveries = makeDeliveries(t, { targets: [`http://app.test:${port}`], resolve })
  deliveries.add(notification({ retryAfter: [1] }))
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'waiting', reason: /ENOTFOUND/ }])
  deliveries.advance('s', notification().at + 1)
  await deliveries.idle('s')
  t.equal(received.length, 1)
})

t.test('a name without an address, or one whose lookup hangs, is a failed attempt', async (t) => {
  const resolve = (hostname: string) =>
    hostname === 'none.test' ? Promise.resolve([]) : new Promise<never>(() => undefined)
  const targets = ['none=http://none.test', 'http://hangs.test']
  const deliveries = makeDeliveries(t, { targets, resolve, attemptWithin: 30 })
  deliveries.add({ ...ONCE, api: 'none' })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [
    { state: 'failed', reason: 'none.test has no address' },
    { state: 'failed', reason: 'no complete response within 30 ms' },
  ])
})

t.test('a failure of several addresses names each of them', async (t) => {
  const error = new AggregateError([new Error('one'), new Error('two')])
  t.equal(describeFailure(error), 'one; two')
  t.equal(describeFailure(Object.assign(new Error(''), { code: 'EPIPE' })), 'EPIPE')
  t.equal(describeFailure('text'), 'text')
})

t.test('a certificate that nobody vouches for is a failed attempt', async (t) => {
  const server = createHttpsServer(makeCertificate(systemClock.now()), (_, response) => {
    t.fail('the request arrives')
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const deliveries = makeDeliveries(t, { targets: [`https://localhost:${port}`], resolve })
  deliveries.add(ONCE)
  await deliveries.idle('s')
  t.match(deliveries.list('s'), [{ state: 'failed', reason: /self-signed certificate/ }])
})
