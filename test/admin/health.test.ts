import t from 'tap'
import { makeApp } from '../fixtures/app.ts'

t.test('the sandbox says what it is ready to serve', async (t) => {
  const app = await makeApp(t)
  const { status, body } = await app.ask('GET', '/__admin/ready')
  t.match(
    [status, body],
    [200, { status: 'ready', apis: ['plumery-mfa', 'weavr-multi', 'weavr-simulator'] }],
  )
  t.ok(body.scenarios > 10)
})

t.test('health is asked below /__admin, without credentials', async (t) => {
  const app = await makeApp(t)
  t.match(await app.ask('GET', '/__admin/health'), { status: 200, body: { status: 'ok' } })
})

t.test('health is nothing that happened', async (t) => {
  const app = await makeApp(t)
  await app.ask('GET', '/__admin/health')
  t.same(app.requests(), [])
})
