import t from 'tap'
import { parseDuration } from '../src/clock.ts'
import { makeApp } from './app.ts'

t.test('a duration is read in short form and in ISO 8601', async (t) => {
  t.equal(parseDuration('1h30m'), 5_400_000)
  t.equal(parseDuration('PT15S'), 15_000)
  t.equal(parseDuration('-15s'), undefined)
})

t.test('a request may move its session forward in time', async (t) => {
  const app = await makeApp(t)
  const credentials = { 'api-key': 'k', authorization: 'Bearer t' }
  const step = { headers: { ...credentials, 'x-sandbox-advance': '15s' } }
  t.equal(
    (await app.ask('POST', '/stepup/challenges/otp/SMS', { headers: credentials })).status,
    204,
  )
  t.equal(
    (await app.ask('POST', '/stepup/challenges/otp/SMS', { headers: credentials })).status,
    409,
  )
  t.equal((await app.ask('POST', '/stepup/challenges/otp/SMS', step)).status, 204)
})
