import t from 'tap'
import { entryOf, JOURNAL_BOUNDS, Journal, type Recorded } from '../../src/journal/journal.ts'
import { BANK, contractOf } from '../files.ts'

const recorded = (id: number, session = 's', more: Partial<Recorded> = {}): Recorded => ({
  id,
  session,
  at: 2_000,
  duration: 3,
  step: 'valid',
  operation: undefined,
  path: '/codes/7',
  incoming: { method: 'POST', url: '/codes/7?a=b', headers: { a: 'b' }, body: 'in', receivedAt: 1 },
  answered: {
    status: 204,
    headers: { c: 'd' },
    body: undefined,
    scenario: 'slow',
    rule: 'slow.yaml:5',
    delay: 0,
    fault: undefined,
    example: undefined,
    tried: [{ at: 'slow.yaml:4', when: 'x', value: false }],
    messages: [{ channel: 'SMS' }],
    reasons: ['because'],
  },
  ...more,
})

/** A journal into which the sessions wrote one entry each time they are named. */
function journalOf(session: number, all: number, ...writers: string[]) {
  const journal = new Journal({ session, all })
  for (const writer of writers) journal.write(recorded(journal.nextId(), writer))
  const ids = (name: string) => journal.of(name).map(({ id }) => id)
  return { journal, ids }
}

t.test('an entry tells request and answer as they were', async (t) => {
  const journal = new Journal()
  journal.write(recorded(1))
  t.same(journal.of('s'), [
    {
      id: 1,
      session: 's',
      at: 2_000,
      receivedAt: 1,
      duration: 3,
      request: { method: 'POST', url: '/codes/7?a=b', headers: { a: 'b' }, body: 'in' },
      response: {
        status: 204,
        headers: {
          c: 'd',
          'x-sandbox-scenario': 'slow',
          'x-sandbox-session': 's',
          'x-sandbox-rule': 'slow.yaml:5',
        },
        body: undefined,
      },
      step: 'valid',
      api: undefined,
      operation: undefined,
      scenario: 'slow',
      rule: 'slow.yaml:5',
      fault: undefined,
      tried: [{ at: 'slow.yaml:4', when: 'x', value: false }],
      messages: [{ channel: 'SMS' }],
      reasons: ['because'],
    },
  ])
})

t.test('an entry names the operation and its API', async (t) => {
  const operation = contractOf(BANK).operations.get('sendCode')
  t.match(entryOf(recorded(1, 's', { operation })), { api: 'bank', operation: 'sendCode' })
})

t.test('a body of bytes is told as text', async (t) => {
  const incoming = { ...recorded(1).incoming, body: Buffer.from('é') }
  t.equal(entryOf(recorded(1, 's', { incoming })).request.body, 'é')
})

t.test('a request without a body has none', async (t) => {
  const incoming = { ...recorded(1).incoming, body: undefined }
  t.equal(entryOf(recorded(1, 's', { incoming })).request.body, undefined)
})

t.test('a broken connection has no status', async (t) => {
  const answered = { ...recorded(1).answered, fault: 'reset' as const }
  t.match(entryOf(recorded(1, 's', { answered })), { fault: 'reset', response: { status: 0 } })
})

t.test('ids count up over all sessions', async (t) => {
  const { ids } = journalOf(10, 10, 'a', 'b', 'a')
  t.same(ids('a'), [1, 3])
  t.same(ids('b'), [2])
})

t.test('a session that did nothing has an empty journal', async (t) => {
  const { journal, ids } = journalOf(10, 10, 'a')
  t.same(ids('b'), [])
  t.equal(journal.size, 1)
})

t.test('the oldest entries of a session go when it has too many', async (t) => {
  const { journal, ids } = journalOf(3, 10, 'a', 'b', 'a', 'a', 'a', 'a')
  t.same(ids('a'), [4, 5, 6])
  t.same(ids('b'), [2])
  t.equal(journal.size, 4)
})

t.test('a session goes round its ring many times', async (t) => {
  const { journal, ids } = journalOf(3, 10, ...Array<string>(20).fill('a'))
  t.same(ids('a'), [18, 19, 20])
  t.equal(journal.size, 3)
})

t.test('the session quiet for longest loses all when there are too many in all', async (t) => {
  const { journal, ids } = journalOf(10, 4, 'a', 'b', 'a', 'b', 'c')
  t.same(ids('a'), [])
  t.same(ids('b'), [2, 4])
  t.same(ids('c'), [5])
  t.equal(journal.size, 3)
})

t.test('the only session loses its older half when there are too many in all', async (t) => {
  const { journal, ids } = journalOf(10, 4, 'a', 'a', 'a', 'a', 'a')
  t.same(ids('a'), [4, 5])
  t.equal(journal.size, 2)
})

t.test('a session that lost its older half goes on in order', async (t) => {
  const { journal, ids } = journalOf(5, 4, ...Array<string>(7).fill('a'))
  t.same(ids('a'), [4, 5, 6, 7])
  t.equal(journal.size, 4)
})

t.test('a forgotten session has no entries, and the others keep theirs', async (t) => {
  const { journal, ids } = journalOf(10, 10, 'a', 'b', 'a')
  journal.forget('a')
  t.same(ids('a'), [])
  t.same(ids('b'), [2])
  t.equal(journal.size, 1)
})

t.test('a session that never was can be forgotten', async (t) => {
  const { journal } = journalOf(10, 10, 'a')
  journal.forget('b')
  t.equal(journal.size, 1)
})

t.test('a forgotten session can begin again', async (t) => {
  const { journal, ids } = journalOf(2, 10, 'a', 'a', 'a')
  journal.forget('a')
  journal.write(recorded(9, 'a'))
  t.same(ids('a'), [9])
  t.equal(journal.size, 1)
})

t.test('any name can be that of a session', async (t) => {
  const { ids } = journalOf(10, 10, '__proto__')
  t.same(ids('__proto__'), [1])
  t.same(ids('constructor'), [])
})

t.test('a journal is bounded as documented unless told otherwise', async (t) => {
  t.same(JOURNAL_BOUNDS, { session: 1_000, all: 100_000, bytes: 64 * 1_024 * 1_024 })
})
