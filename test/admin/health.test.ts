import fastify from 'fastify'
import t from 'tap'
import { health } from '../../src/admin/health.ts'
import { makeApp } from '../app.ts'

t.test('the process says that it answers', async (t) => {
  const app = fastify()
  t.teardown(() => app.close())
  health(app)
  const { statusCode, body } = await app.inject({ url: '/health' })
  t.same([statusCode, body], [200, '{"status":"ok"}'])
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
