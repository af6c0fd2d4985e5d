import t from 'tap'
import { isUnmatched, type RawEntry } from '../../src/journal/entry.ts'
import { JOURNAL_BOUNDS, Journal } from '../../src/journal/journal.ts'
import { flattenEntry } from '../fixtures/app.ts'
import { BANK, contractOf } from '../fixtures/files.ts'
import { recorded as madeEntry } from '../fixtures/journal-entries.ts'

const recorded = (id: number, session = 's', more: Partial<RawEntry> = {}): RawEntry =>
  madeEntry(
    {
      id,
      session,
      at: 2_000,
      duration: 3,
      incoming: {
        method: 'POST',
        target: '/codes/7',
        rawQuery: 'a=b',
        headers: { a: 'b' },
        body: 'in',
        receivedAt: 1,
      },
      ...more,
    },
    {
      status: 204,
      headers: { c: 'd' },
      scenario: 'slow',
      rule: 'slow.yaml:5',
      trace: [{ at: 'slow.yaml:4', when: 'x', value: false }],
      messages: [{ channel: 'SMS' }],
      reasons: ['because'],
    },
  )

/** A journal into which the sessions wrote one entry each time they are named. */
function journalOf(session: number, all: number, ...writers: string[]) {
  const journal = new Journal({ session, all })
  for (const writer of writers) journal.write(recorded(journal.nextId(), writer))
  const ids = (name: string) => journal.recorded(name).map(({ id }) => id)
  return { journal, ids }
}

t.test('an entry tells request and answer as they were', async (t) => {
  const journal = new Journal()
  journal.write(recorded(1))
  t.same(journal.recorded('s').map(flattenEntry), [
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
          'x-sandbox-reason': 'because',
        },
        body: undefined,
      },
      step: 'valid',
      api: undefined,
      operation: undefined,
      scenario: 'slow',
      rule: 'slow.yaml:5',
      fault: undefined,
      ignored: [],
      tried: [{ at: 'slow.yaml:4', when: 'x', value: false }],
      messages: [{ channel: 'SMS' }],
      reasons: ['because'],
    },
  ])
})

t.test('an entry names the operation and its API', async (t) => {
  const operation = contractOf(BANK).operations.get('sendCode')
  t.match(flattenEntry(recorded(1, 's', { operation })), { api: 'bank', operation: 'sendCode' })
})

t.test('a body of bytes is told as text', async (t) => {
  const incoming = { ...recorded(1).incoming, body: Buffer.from('é') }
  t.equal(flattenEntry(recorded(1, 's', { incoming })).request.body, 'é')
})

t.test('a request without a body has none', async (t) => {
  const incoming = { ...recorded(1).incoming, body: undefined }
  t.equal(flattenEntry(recorded(1, 's', { incoming })).request.body, undefined)
})

t.test('a broken connection has no status', async (t) => {
  const answered = { ...recorded(1).outcome, fault: 'reset' as const }
  t.match(flattenEntry(recorded(1, 's', { outcome: answered })), {
    fault: 'reset',
    response: { status: 0 },
  })
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

/** An entry whose text weighs about as much. */
const heavy = (id: number, session: string, bytes: number) =>
  recorded(id, session, {
    incoming: {
      method: 'POST',
      target: '',
      rawQuery: undefined,
      headers: {},
      body: 'x'.repeat(bytes),
      receivedAt: 1,
    },
  })

/** A journal bounded in bytes, into which sessions wrote so much each time they are named. */
function weighed(
  bytes: number,
  ...writers: readonly (readonly [session: string, bytes: number])[]
) {
  const journal = new Journal({ bytes })
  for (const [session, size] of writers) journal.write(heavy(journal.nextId(), session, size))
  const ids = (name: string) => journal.recorded(name).map(({ id }) => id)
  return { journal, ids }
}

t.test('entries are kept up to the bound in bytes, not beyond it', async (t) => {
  const { journal, ids } = weighed(100, ['a', 50], ['b', 50])
  t.equal(journal.size, 2)
  journal.write(heavy(3, 'b', 1))
  t.same(ids('a'), [])
  t.same(ids('b'), [2, 3])
})

t.test('the only session loses its older half when its text is too much', async (t) => {
  const { ids } = weighed(100, ['a', 30], ['a', 30], ['a', 30], ['a', 30])
  t.same(ids('a'), [3, 4])
})

t.test('the newest entry is kept, however large it is', async (t) => {
  const { journal, ids } = weighed(100, ['a', 10], ['b', 10], ['b', 10], ['b', 1_000])
  t.same(ids('b'), [4])
  t.equal(journal.size, 1)
  journal.write(heavy(5, 'b', 10))
  t.same(ids('b'), [5])
})

t.test('URL, headers and both bodies have their weight', async (t) => {
  const text = 'x'.repeat(60)
  const { incoming, outcome } = heavy(1, 's', 0)
  const entries: Partial<RawEntry>[] = [
    { incoming: { ...incoming, target: text } },
    { incoming: { ...incoming, rawQuery: text } },
    { incoming: { ...incoming, headers: { a: text } } },
    { incoming: { ...incoming, headers: { [text]: 'a' } } },
    { incoming: { ...incoming, body: text } },
    { incoming: { ...incoming, body: Buffer.from(text) } },
    { incoming, outcome: { ...outcome, body: text } },
  ]
  for (const more of entries) {
    const journal = new Journal({ bytes: 100 })
    for (const id of [1, 2]) journal.write(recorded(id, 's', more))
    t.equal(journal.size, 1, JSON.stringify(more).slice(0, 60))
  }
})

t.test('what went has no weight any more', async (t) => {
  const { journal } = weighed(100, ['a', 60], ['b', 40])
  journal.forget('a')
  journal.write(heavy(3, 'b', 60))
  t.equal(journal.size, 2, 'forgotten')
  const ring = new Journal({ bytes: 100, session: 1 })
  for (let id = 1; id < 10; id++) ring.write(heavy(id, 'a', 50))
  ring.write(heavy(10, 'b', 50))
  t.equal(ring.size, 2, 'replaced in its ring')
  ring.clear()
  for (let id = 11; id < 13; id++) ring.write(heavy(id, `${id}`, 50))
  t.equal(ring.size, 2, 'cleared')
})

t.test('a session that lost its older half to weight goes on in order', async (t) => {
  const journal = new Journal({ bytes: 100, session: 4 })
  for (let id = 1; id <= 4; id++) journal.write(heavy(id, 'a', 30))
  for (let id = 5; id <= 7; id++) journal.write(heavy(id, 'a', 1))
  t.same(
    journal.recorded('a').map(({ id }) => id),
    [4, 5, 6, 7],
  )
})

const DROPS: readonly [what: string, drop: () => Journal, dropped: number][] = [
  ['nothing that is kept', () => journalOf(3, 10, 'a', 'b', 'a').journal, 0],
  ['what a session had too many of', () => journalOf(2, 10, 'a', 'a', 'a', 'a').journal, 2],
  ['all of the session quiet for longest', () => journalOf(9, 3, 'a', 'a', 'b', 'b').journal, 2],
  ['the older half of the only session', () => journalOf(9, 4, ...'aaaaa').journal, 3],
  ['what was too heavy', () => weighed(100, ['a', 60], ['b', 60]).journal, 1],
]
for (const [what, drop, dropped] of DROPS) {
  t.test(`as dropped counts ${what}`, async (t) => {
    t.equal(drop().dropped, dropped)
  })
}

t.test('what a test forgets or clears was not dropped', async (t) => {
  const { journal } = journalOf(9, 9, 'a', 'b')
  journal.forget('a')
  journal.clear()
  t.equal(journal.dropped, 0)
})

t.test('entries after one are told over all sessions, oldest first', async (t) => {
  const { journal } = journalOf(2, 10, 'a', 'b', 'a', 'c', 'a', 'b')
  const after = (id: number) => journal.after(id).map((entry) => entry.id)
  t.same(after(0), [2, 3, 4, 5, 6])
  t.same(after(3), [4, 5, 6])
  t.same(after(6), [])
  t.same(after(99), [])
})

t.test('a session’s entries are counted as far as they are kept', async (t) => {
  const { journal } = journalOf(2, 10, 'a', 'b', 'a', 'a')
  t.equal(journal.count('a'), 2)
  t.equal(journal.count('b'), 1)
  t.equal(journal.count('c'), 0)
})

t.test('a cleared journal has nothing, and goes on counting', async (t) => {
  const { journal, ids } = journalOf(10, 10, 'a', 'b')
  journal.clear()
  t.equal(journal.size, 0)
  t.same([ids('a'), ids('b'), journal.after(0)], [[], [], []])
  t.equal(journal.nextId(), 3)
})

/** An entry in which messages were sent. */
const sending = (id: number, session: string, ...messages: RawEntry['outcome']['messages']) =>
  recorded(id, session, { outcome: { ...recorded(id).outcome, messages } })

t.test('the codes of a session are known, each once, and of no other', async (t) => {
  const journal = new Journal()
  journal.write(sending(1, 'a', { channel: 'SMS', code: '1' }, { channel: 'SMS', code: '2' }))
  journal.write(sending(2, 'a', { channel: 'SMS', code: '1' }, { channel: 'PUSH' }))
  journal.write(sending(3, 'b', { channel: 'SMS', code: 3 }))
  t.same([...journal.codes('a')], ['1', '2'])
  t.same([...journal.codes('b')], ['3'], 'a number as text')
  t.same([...journal.codes('c')], [])
})

t.test('an empty code is none: it would stand in every text', async (t) => {
  const journal = new Journal()
  journal.write(sending(1, 'a', { channel: 'SMS', code: '' }, { channel: 'SMS', code: '2' }))
  t.same([...journal.codes('a')], ['2'])
})

t.test('codes are known although the entry that sent them is gone', async (t) => {
  const journal = new Journal({ session: 1 })
  journal.write(sending(1, 'a', { channel: 'SMS', code: '1' }))
  journal.write(sending(2, 'a'))
  t.equal(journal.count('a'), 1)
  t.same([...journal.codes('a')], ['1'])
})

t.test('codes are forgotten with their session', async (t) => {
  const journal = new Journal()
  for (const session of ['a', 'b']) {
    journal.write(sending(journal.nextId(), session, { channel: 'SMS', code: '1' }))
  }
  journal.forget('a')
  t.same([...journal.codes('a')], [])
  journal.clear()
  t.same([...journal.codes('b')], [])
})

t.test('no more than 1,000 codes of a session are known', async (t) => {
  const journal = new Journal({ session: 5 })
  for (let id = 1; id <= 1_100; id++) {
    journal.write(sending(id, 'a', { channel: 'SMS', code: `${id}` }))
  }
  t.equal(journal.codes('a').size, 1_000)
})

t.test('a listener is told of each entry of any session, as it is written', async (t) => {
  const journal = new Journal()
  const heard: number[] = []
  journal.write(recorded(1))
  journal.subscribe(({ id }) => heard.push(id))
  for (const [id, session] of [
    [2, 'a'],
    [3, 'b'],
  ] as const)
    journal.write(recorded(id, session))
  t.same(heard, [2, 3])
})

t.test('a listener that is told of an entry finds it, and its codes, in the journal', async (t) => {
  const journal = new Journal()
  const found: unknown[] = []
  journal.subscribe(({ session }) =>
    found.push(journal.count(session), [...journal.codes(session)]),
  )
  journal.write(sending(1, 'a', { channel: 'SMS', code: '1' }))
  t.same(found, [1, ['1']])
})

t.test('a listener that has ended is told nothing more; the others are', async (t) => {
  const journal = new Journal()
  const heard: string[] = []
  const end = journal.subscribe(({ id }) => heard.push(`one ${id}`))
  journal.subscribe(({ id }) => heard.push(`other ${id}`))
  journal.write(recorded(1))
  end()
  end()
  journal.write(recorded(2))
  t.same(heard, ['one 1', 'other 1', 'other 2'])
})

t.test('whether an operation was found is told of requests that could be read', async (t) => {
  const operation = contractOf(BANK).operations.get('sendCode')
  t.equal(isUnmatched(recorded(1)), true)
  t.equal(isUnmatched(recorded(1, 's', { operation })), false)
  t.equal(isUnmatched(recorded(1, 's', { path: undefined })), false)
})
