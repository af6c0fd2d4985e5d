import t from 'tap'
import { createSandbox } from '../../src/index.ts'
import { openSession, sessionId } from '../../src/testing/session.ts'
import '../fixtures/built.ts'
import { overSockets, WeavrUser } from '../fixtures/calls.ts'

t.test('the id of a session begins with the words of the title', async (t) => {
  for (const [title, name] of [
    ['A code expires after 5 minutes', 'a-code-expires-after-5-minutes'],
    ['  "quoted", ‘twice’: déjà vu!', 'quoted-twice-deja-vu'],
    ['../../etc/passwd', 'etc-passwd'],
    ['код истекает', 'test'],
    ['', 'test'],
    ['word '.repeat(100), 'word-'.repeat(100).slice(0, 64)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
  ] as const) {
    const id = sessionId(title, 'file')
    t.equal(id.slice(0, -9), name.replace(/-$/, ''), title)
    t.match(id, /^[a-z0-9-]{1,128}$/)
  }
})

t.test(
  'the id of a session differs for tests with the same title, and stays the same',
  async (t) => {
    t.not(sessionId('a', 'one'), sessionId('a', 'two'))
    t.equal(sessionId('a', 'one'), sessionId('a', 'one'))
  },
)

t.test('a session is reset when it is opened', async (t) => {
  const { client, stop } = await createSandbox()
  t.teardown(stop)
  const first = await openSession(client, 'a test', 'file')
  await new WeavrUser(overSockets(first.url)).stepUp()
  t.equal(await first.count(), 1)
  const again = await openSession(client, 'a test', 'file')
  t.equal(again.id, first.id)
  t.equal(await again.count(), 0)
})
