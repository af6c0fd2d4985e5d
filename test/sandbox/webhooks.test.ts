/** Webhooks of a running sandbox, received by a real server and verified as an app would. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createSandbox, SandboxClient } from '../../src/index.ts'
import { BANK, faultsOf } from '../fixtures/files.ts'

const WEBHOOKS = `
webhooks:
  codeSent:
    x-path: /codes/watch
    post:
      parameters:
        - { name: signature, in: header, required: true, schema: { type: string } }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [id, status]
              properties: { id: { type: string }, status: { enum: [SENT, EXPIRED] } }
`

const RULES = `scenario: default
summary: Codes are told to the app, when they are sent and when they expire.
state: { status: NONE }
actions:
  tell:
    input: { type: object, properties: { id: { type: string } } }
    subject: input.id
    rules:
      - notify: { webhook: codeSent, body: { id: '\${input.id}', status: SENT }, headers: { signature: x } }
operations:
  sendCode:
    let: { id: '\${request.path.id}', key: '\${token}' }
    rules:
      - set: { status: SENT }
        notify:
          webhook: codeSent
          body: { id: '\${id}', status: SENT }
          headers:
            published: '\${epochMs(now)}'
            signature: '\${base64(hmacSha256(key, body + string(epochMs(now))))}'
        later:
          after: 5m
          set: { status: EXPIRED }
          notify:
            webhook: codeSent
            body: { id: '\${id}', status: EXPIRED }
            headers: { signature: '\${base64(hmacSha256(key, body))}' }
        respond: 204
`

interface Received {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An app's receiver; it answers the statuses given, and then 204. */
async function receiver(t: Test, statuses: number[] = []) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/app` }
}

async function bank(t: Test, options: object) {
  const path = t.testdir({
    'bank.yaml': BANK + WEBHOOKS,
    scenarios: { bank: { 'default.yaml': RULES } },
  })
  const specs = [`${path}/bank.yaml`]
  const sandbox = await createSandbox({ specs, scenarios: [`${path}/scenarios`], ...options })
  t.teardown(() => sandbox.stop())
  const client = new SandboxClient(sandbox.url)
  const session = client.session('test')
  const send = () =>
    fetch(`${session.url}/codes/7`, { method: 'POST', headers: { authorization: 'Bearer key' } })
  return { session, send, url: sandbox.url }
}

const sign = (text: string) => createHmac('sha256', 'key').update(text).digest('base64')

t.test('a webhook reaches the app, and its signature can be verified', async (t) => {
  const app = await receiver(t)
  const { session, send } = await bank(t, { webhookUrl: [app.url] })
  t.equal((await send()).status, 204)
  t.match(await session.nextDelivery('codeSent'), {
    state: 'delivered',
    attempts: [{ status: 204 }],
  })
  const [first] = app.received
  t.match(first, { url: '/app/codes/watch', body: '{"id":"7","status":"SENT"}' })
  t.equal(first?.headers.signature, sign(`${first?.body}${first?.headers.published}`))
  t.equal(first?.headers['content-type'], 'application/json')
})

t.test('a timer sends a webhook when the clock is moved', async (t) => {
  const app = await receiver(t)
  const { session, send } = await bank(t, { webhookUrl: [app.url] })
  await send()
  await session.nextDelivery()
  await session.advance('5m')
  t.match(await session.nextDelivery(), { body: '{"id":"7","status":"EXPIRED"}' })
  t.equal(app.received[1]?.headers.signature, sign(app.received[1]?.body ?? ''))
})

t.test("a failed delivery is tried again on the session's clock", async (t) => {
  const app = await receiver(t, [500, 500])
  const { session, send } = await bank(t, { webhookUrl: [app.url] })
  await session.freeze()
  await send()
  t.match(await session.nextDelivery(), { state: 'waiting', attempts: [{ status: 500 }] })
  await session.advance('1s')
  await session.advance('5s')
  // Attempts are made one after the other: the last one's answer may still be on its way.
  const settled = async (): Promise<object> => {
    const [delivery] = await session.deliveries()
    return delivery && delivery.state !== 'waiting' ? delivery : settled()
  }
  t.match(await settled(), {
    state: 'delivered',
    attempts: [{ status: 500 }, { status: 500 }, { status: 204 }],
  })
})

t.test('without an address a webhook is only recorded', async (t) => {
  const { session, send } = await bank(t, {})
  await send()
  t.match(await session.nextDelivery('codeSent'), { state: 'recorded', url: null, attempts: [] })
})

t.test('an action sends a webhook', async (t) => {
  const { session, url } = await bank(t, {})
  await fetch(`${url}/__admin/sessions/test`, { method: 'PATCH', body: '{}', headers: JSON_TYPE })
  await fetch(`${url}/__admin/sessions/test/actions/tell`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: '{"id":"9"}',
  })
  t.match(await session.nextDelivery(), { body: '{"id":"9","status":"SENT"}' })
})

const JSON_TYPE = { 'content-type': 'application/json' }

t.test('a session has an address of its own, if the operator allows its origin', async (t) => {
  const app = await receiver(t)
  const { session, send, url } = await bank(t, { webhookAllow: [new URL(app.url).origin] })
  const patch = (webhookUrl: string | null) =>
    fetch(`${url}/__admin/sessions/test`, {
      method: 'PATCH',
      headers: JSON_TYPE,
      body: JSON.stringify({ webhookUrl }),
    })
  const refused = await patch('http://169.254.169.254/latest')
  t.equal(refused.status, 400)
  t.match(await refused.json(), {
    detail: /webhookUrl: http:\/\/169\.254\.169\.254.*webhook-allow/,
  })
  t.match(await (await patch(`${app.url}/mine`)).json(), { webhookUrl: `${app.url}/mine` })
  await send()
  t.match(await session.nextDelivery(), { state: 'delivered' })
  t.equal(app.received[0]?.url, '/app/mine/codes/watch')
  await patch(null)
  await send()
  t.match(await session.nextDelivery(), { state: 'recorded' })
})

t.test('a reset forgets the deliveries of a session', async (t) => {
  const { session, send } = await bank(t, {})
  await send()
  await session.nextDelivery()
  await session.reset()
  t.same(await session.deliveries(), [])
})

t.test('waiting for a webhook that does not come ends with a sentence', async (t) => {
  const { session } = await bank(t, {})
  await t.rejects(session.nextDelivery('codeSent', { wait: 1 }), {
    message: 'no webhook codeSent within 1 ms in session test',
  })
})

const BANK_WITH_WEBHOOKS = BANK + WEBHOOKS

t.test('what a rule has sent is checked when the file is loaded', async (t) => {
  const { contractOf } = await import('../fixtures/files.ts')
  const contract = contractOf(BANK_WITH_WEBHOOKS)
  const faults = (notify: string) =>
    faultsOf({
      contract,
      folders: {
        'x.yaml': `scenario: x\nsummary: X.\noperations:\n  sendCode:\n    rules:\n      - notify: ${notify}\n        respond: 204\n`,
      },
    })
  t.match(faults('{ webhook: codSent }'), [
    /^x\.yaml:6:\d+: no document has a webhook "codSent"; did you mean "codeSent"\?$/,
  ])
  t.match(faults('{ webhook: codeSent }'), [/the webhook "codeSent" needs a "body"/])
  t.match(faults('{ webhook: codeSent, body: { id: "7", status: LOST } }'), [
    /^x\.yaml:6:\d+: the webhook "codeSent": .*one of/,
  ])
  t.match(faults('{ webhook: codeSent, body: { id: "7" } }'), [/status/])
  t.same(
    faults(
      '{ webhook: codeSent, body: { id: "${token}", status: SENT }, headers: { signature: a } }',
    ),
    [],
  )
})

t.test(
  'a finished webhook that breaks the contract is not sent, nor is the response',
  async (t) => {
    const rules = RULES.replace(
      'status: SENT }\n          headers',
      "status: '${token}' }\n          headers",
    )
    const path = t.testdir({
      'bank.yaml': BANK_WITH_WEBHOOKS,
      scenarios: { bank: { 'default.yaml': rules } },
    })
    const sandbox = await createSandbox({
      specs: [`${path}/bank.yaml`],
      scenarios: [`${path}/scenarios`],
    })
    t.teardown(() => sandbox.stop())
    const response = await fetch(`${sandbox.url}/codes/7`, {
      method: 'POST',
      headers: { authorization: 'Bearer LOST' },
    })
    t.equal(response.status, 501)
    t.match(await response.json(), { detail: /default\.yaml:\d+: the webhook codeSent violates/ })
    t.same(await new SandboxClient(sandbox.url).session('default').deliveries(), [])
  },
)

const SUBSCRIBING = `openapi: 3.1.0
info: { title: Shop, version: '1' }
paths:
  /orders:
    post:
      operationId: order
      requestBody:
        content:
          application/json:
            schema: { type: object, properties: { tellMe: { type: string } } }
      responses: { '202': { description: Accepted. } }
      callbacks:
        shipped:
          '{$request.body#/tellMe}/orders':
            post:
              requestBody:
                content:
                  application/json: { schema: { type: object, required: [order] } }
              responses: { '204': { description: Received. } }
`

const ORDERS = `scenario: default
summary: An order is shipped at once.
operations:
  order:
    rules:
      - respond: 202
        notify: { webhook: order.shipped, body: { order: 1 } }
`

t.test(
  'a callback goes to the address in the request, if the operator allows its origin',
  async (t) => {
    const app = await receiver(t)
    const path = t.testdir({
      'shop.yaml': SUBSCRIBING,
      scenarios: { shop: { 'default.yaml': ORDERS } },
    })
    const sandbox = await createSandbox({
      specs: [`${path}/shop.yaml`],
      scenarios: [`${path}/scenarios`],
      webhookAllow: [new URL(app.url).origin],
    })
    t.teardown(() => sandbox.stop())
    const session = new SandboxClient(sandbox.url).session('test')
    const order = (tellMe?: string) =>
      fetch(`${session.url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tellMe }),
      })
    t.equal((await order(app.url)).status, 202)
    t.match(await session.nextDelivery('order.shipped'), { state: 'delivered' })
    t.match(app.received, [{ url: '/app/orders', body: '{"order":1}' }])
    // No request can make the sandbox call elsewhere.
    t.equal((await order('http://192.0.2.1')).status, 202)
    t.match(await session.nextDelivery('order.shipped'), { state: 'refused', attempts: [] })
    t.equal((await order()).status, 202)
    t.match(await session.nextDelivery('order.shipped'), { url: null, attempts: [] })
    t.equal(app.received.length, 1)
  },
)
