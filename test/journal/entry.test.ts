import t from 'tap'
import type { RawEntry } from '../../src/journal/entry.ts'
import { type Redaction, toJournalEntry } from '../../src/journal/entry.ts'
import { masked } from '../../src/journal/mask.ts'
import { BANK, contractOf } from '../fixtures/files.ts'
import { type Answered, recorded } from '../fixtures/journal-entries.ts'

const { operations } = contractOf(BANK)
const operation = operations.get('sendCode')

type Incoming = RawEntry['incoming']

const ANSWERED: Partial<Answered> = {
  status: 409,
  headers: { 'content-type': 'application/json' },
  body: '{"error":"TOO_EARLY"}',
  scenario: 'slow',
  rule: 'slow.yaml:5',
  trace: [{ at: 'slow.yaml:5', when: 'x', value: true }],
}

const INCOMING: Incoming = {
  method: 'POST',
  target: '/codes/7',
  rawQuery: 'key=k',
  headers: { authorization: 'Bearer t', accept: '*/*' },
  body: '{"a":1}',
  receivedAt: 0,
}

const entry = (more: Partial<RawEntry> = {}, answered: Partial<Answered> = {}): RawEntry =>
  recorded(
    { id: 7, at: 60_000, duration: 3, operation, incoming: INCOMING, ...more },
    { ...ANSWERED, ...answered },
  )

const SHOWING: Redaction = {
  secrets: { names: new Set(['authorization', 'key']), codes: new Set(['4711']) },
  served: [...operations.values()].map((each) => ({ operation: each, path: each.path })),
}

const shown = (more?: Partial<RawEntry>) => toJournalEntry(entry(more), SHOWING)
const answered = (more: Partial<Answered>) => toJournalEntry(entry({}, more), SHOWING)
const incoming = (more: Partial<Incoming>) => shown({ incoming: { ...INCOMING, ...more } })

t.test('an entry is shown with times as text, bodies as JSON and credentials hidden', async (t) => {
  t.same(shown(), {
    id: 7,
    session: 's',
    at: '1970-01-01T00:01:00.000Z',
    receivedAt: '1970-01-01T00:00:00.000Z',
    duration: 3,
    request: {
      method: 'POST',
      url: `/codes/7?key=${masked('k')}`,
      headers: { authorization: `Bearer ${masked('t')}`, accept: '*/*' },
      body: { a: 1 },
    },
    response: {
      status: 409,
      headers: {
        'content-type': 'application/json',
        'x-sandbox-scenario': 'slow',
        'x-sandbox-session': 's',
        'x-sandbox-rule': 'slow.yaml:5',
      },
      body: { error: 'TOO_EARLY' },
    },
    step: 'valid',
    unmatched: false,
    api: 'bank',
    operationId: 'sendCode',
    scenario: 'slow',
    rule: 'slow.yaml:5',
    why: [{ at: 'slow.yaml:5', when: 'x', value: true }],
    reasons: [],
    messages: [],
    ignored: [],
    nearMisses: [],
  })
})

for (const body of [undefined, '']) {
  t.test(`a body that is ${JSON.stringify(body)} is not shown`, async (t) => {
    t.notOk('body' in incoming({ body }).request)
    t.notOk('body' in answered({ body }).response)
  })
}

t.test('a body of bytes is shown as text', async (t) => {
  t.equal(incoming({ body: Buffer.from('a=é') }).request.body, 'a=é')
})

t.test('a body that is null in JSON is shown as that', async (t) => {
  t.equal(incoming({ body: 'null' }).request.body, null)
})

t.test('a broken connection has the status 0 and its fault', async (t) => {
  t.match(answered({ fault: 'reset' }).response, { status: 0, fault: 'reset' })
  t.notOk('fault' in shown().response)
})

t.test('the code of a message is hidden, whatever codes are known', async (t) => {
  const messages: Answered['messages'] = [
    { channel: 'SMS', code: '9', challenge: 'c' },
    { channel: 'PUSH' },
  ]
  t.same(answered({ messages }).messages, [
    { channel: 'SMS', code: '***', challenge: 'c' },
    { channel: 'PUSH' },
  ])
  t.equal(messages[0]?.code, '9', 'what is kept stays as it was')
})

t.test('a known code is hidden in all that is shown', async (t) => {
  const incoming = {
    ...INCOMING,
    url: '/codes/7/4711?code=4711',
    headers: { 'x-otp': '4711' },
    body: '{"code":4711}',
  }
  const answered = {
    headers: { 'x-otp': '4711' },
    body: '{"error":"4711 is wrong"}',
    messages: [{ channel: 'SMS', code: '4711', text: 'It is 4711.' }],
    reasons: ['no operation has the path /codes/7/4711'],
  }
  const lost = entry({ operation: undefined, path: '/codes/7/4711', incoming }, answered)
  const told = toJournalEntry(lost, SHOWING)
  t.ok(told.nearMisses.length > 0)
  t.notMatch(JSON.stringify(told), /4711/)
})

t.test('a request that no operation takes has near misses, and no operation', async (t) => {
  const told = shown({ operation: undefined, path: '/code/7', step: 'received' })
  t.equal(told.unmatched, true)
  t.notOk('api' in told || 'operationId' in told)
  t.match(told.nearMisses[0], { operationId: 'sendCode', path: '/codes/{id}' })
})

t.test(
  'of a request that could not be read nobody knows whether an operation takes it',
  async (t) => {
    const told = shown({ operation: undefined, path: undefined, step: 'arrived' })
    t.equal(told.unmatched, false)
    t.same(told.nearMisses, [])
  },
)
