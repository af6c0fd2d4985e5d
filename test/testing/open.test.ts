import t, { type Test } from 'tap'
import { createSandbox } from '../../src/index.ts'
import { openSandbox } from '../../src/testing/open.ts'
import '../fixtures/built.ts'
import { listening } from '../fixtures/calls.ts'

/** Sets variables of the environment for one test. */
function setVariables(t: Test, variables: Readonly<Record<string, string>>): void {
  const { SANDBOX_URL, SANDBOX_ADMIN_TOKEN, ...rest } = process.env
  t.intercept(process, 'env', { value: { ...rest, ...variables } })
}

t.test('a sandbox is started with its settings where none is named, and stopped', async (t) => {
  setVariables(t, {})
  const { client, stop } = await openSandbox({ adminToken: 'secret', seed: 7 })
  await client.ready()
  t.ok((await client.scenarios()).length > 0, 'the client has the token')
  await stop()
  await t.rejects(client.ready(), { message: 'fetch failed' })
})

t.test('an empty SANDBOX_URL names no sandbox', async (t) => {
  setVariables(t, { SANDBOX_URL: '' })
  const { stop } = await openSandbox()
  await stop()
})

t.test('the sandbox at SANDBOX_URL is used with its token, and goes on', async (t) => {
  const { url } = await listening(t, { adminToken: 'secret' })
  setVariables(t, { SANDBOX_URL: url, SANDBOX_ADMIN_TOKEN: 'secret' })
  const { client, stop } = await openSandbox({ scenario: 'there-is-none' })
  t.equal(client.url, url)
  await stop()
  t.ok((await client.scenarios()).length > 0)
})

t.test('where no server is at SANDBOX_URL the error says so', async (t) => {
  const { url, stop } = await createSandbox()
  await stop()
  setVariables(t, { SANDBOX_URL: url })
  const message = `no sandbox answers at SANDBOX_URL, ${url}: fetch failed`
  await t.rejects(openSandbox(), { message, cause: TypeError })
})

t.test('where SANDBOX_URL is no sandbox the error says so', async (t) => {
  const { url } = await listening(t)
  setVariables(t, { SANDBOX_URL: `${url}/multi` })
  await t.rejects(openSandbox(), { message: /^no sandbox answers at SANDBOX_URL, .*status 404/ })
})
