/** What rules plan: when it is due, what its expressions see, and what comes of it. */
import t from 'tap'
import { decide } from '../../src/scenario/decide.ts'
import type { SubjectRecord } from '../../src/scenario/model.ts'
import { RequestView } from '../../src/scenario/scope.ts'
import { decodeRecord, encodeRecord } from '../../src/scenario/state.ts'
import { fireTimer, listTimers, nextDue } from '../../src/scenario/timers.ts'
import { START } from '../fixtures/app.ts'
import { BANK, contractOf, playbookOf } from '../fixtures/files.ts'

const contract = contractOf(BANK)
const MINUTE = 60_000

const scenario = (rules: string) => `scenario: default
summary: It plans.
state: { log: [], status: PENDING, sentAt: null }
operations:
  sendCode:
    let: { id: '\${request.path.id}' }
    rules:
${rules}`

const playing = (rules: string) =>
  playbookOf({ contract, folders: { 'default.yaml': scenario(rules) } })

const PLANS = `      - set: { sentAt: '\${now}' }
        later:
          - after: 5m
            summary: the code expires
            when: state.status == "PENDING"
            set: { status: EXPIRED, log: '\${state.log + [id]}', sentAt: '\${now}' }
            send: { channel: SMS, challenge: '\${id}' }
            later: { after: 1m, set: { status: GONE } }
          - { after: 1m, set: { log: '\${state.log + ["one"]}' } }
        respond: 200
`

const seedInput = { seed: 1, session: 's', api: 'bank', subject: 'ann', operation: 'sendCode' }

function send(scenarioSet: ReturnType<typeof playing>, record?: SubjectRecord, id = '7') {
  const request = new RequestView({ method: 'POST', path: { id }, query: {}, headers: {} }, {})
  return decide({
    scenarioSet,
    scenario: scenarioSet.scenarios.get('default')!,
    operation: contract.operations.get('sendCode')!,
    record,
    context: { request, token: 'ann', apiKey: '', now: new Date(START) },
    seedInput,
  }).record
}

const fire = (scenarioSet: ReturnType<typeof playing>, record: SubjectRecord, now: number) =>
  fireTimer({ scenarioSet, record, now, seedInput })

t.test('a rule plans what happens later', async (t) => {
  const set = playing(PLANS)
  const record = send(set)
  t.equal(nextDue(record), START + MINUTE)
  t.same(listTimers(set, record), [
    { due: START + MINUTE, summary: 'default.yaml:16', at: 'default.yaml:16' },
    { due: START + 5 * MINUTE, summary: 'the code expires', at: 'default.yaml:10' },
  ])
})

t.test('nothing is due before its time', async (t) => {
  const set = playing(PLANS)
  t.equal(fire(set, send(set), START + MINUTE - 1), undefined)
  t.equal(nextDue({ state: {}, calls: {}, used: {}, given: [] }), undefined)
})

t.test('timers fire one by one, the first that is due first, each at its instant', async (t) => {
  const set = playing(PLANS)
  const later = START + 60 * MINUTE
  const one = fire(set, send(set), later)!
  t.same(one.record.state.log, ['one'])
  const two = fire(set, one.record, later)!
  t.same(two.record.state, {
    log: ['one', '7'],
    status: 'EXPIRED',
    sentAt: new Date(START + 5 * MINUTE),
  })
  t.same(two.messages, [{ channel: 'SMS', challenge: '7' }])
  t.match(two.trace, [{ at: 'default.yaml:10', value: true }])
  const three = fire(set, two.record, later)!
  t.equal(three.timer.due, START + 6 * MINUTE, 'counted from when the one before it was due')
  t.equal(three.record.state.status, 'GONE')
  t.equal(fire(set, three.record, later), undefined)
})

t.test('a timer does nothing when its condition is false by then', async (t) => {
  const set = playing(PLANS)
  const before = send(set)
  const record = { ...before, state: { ...before.state, status: 'VERIFIED' } }
  t.same(
    listTimers(set, record).map(({ summary }) => summary),
    ['default.yaml:16'],
    'and it is not listed',
  )
  const one = fire(set, record, START + 60 * MINUTE)!
  const two = fire(set, one.record, START + 60 * MINUTE)!
  t.same(two.record.state, one.record.state)
  t.match(two.trace, [{ at: 'default.yaml:10', value: false }])
  t.equal(nextDue(two.record), undefined)
})

t.test('a timer whose rule the files no longer have does nothing', async (t) => {
  const before = send(playing(PLANS))
  const fired = fire(playing('      - respond: 200\n'), before, START + MINUTE)!
  t.equal(fired.later, undefined)
  t.same(fired.record.state, before.state)
  t.same(fired.trace, [])
})

t.test('a timer whose expression fails is gone, changes nothing, and says why', async (t) => {
  const set = playing(
    '      - later: { after: 1m, set: { status: "${state.log[7]}" } }\n        respond: 200\n',
  )
  const before = send(set)
  const fired = fire(set, before, START + MINUTE)!
  t.match(fired.failure, { message: /^default\.yaml:8: / })
  t.same(fired.record.state, before.state)
  t.equal(nextDue(fired.record), undefined)
})

t.test('the same calls make the same timers and ids', async (t) => {
  const set = playing(
    '      - later: { after: 1m, set: { status: "${newId()}" } }\n        respond: 200\n',
  )
  const twice = send(set, send(set))
  const one = fire(set, twice, START + MINUTE)!
  const two = fire(set, one.record, START + MINUTE)!
  t.match(one.record.state.status, /^\d{18}$/)
  t.not(one.record.state.status, two.record.state.status)
  t.same(fire(set, twice, START + MINUTE), one)
})

t.test('timers survive being written and read', async (t) => {
  const set = playing(
    PLANS.replace('later:', "later:\n          - { after: 2m, set: { sentAt: '${at}' } }").replace(
      '- set',
      "- let: { at: '${now}' }\n        set",
    ),
  )
  const record = send(set)
  const read = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))))
  t.same(read, record)
  t.ok(read.timers?.pending.some(({ names }) => names.at instanceof Date))
})

t.test('a subject keeps its newest thousand timers', async (t) => {
  const set = playing('      - later: { after: 1m, set: { status: A } }\n        respond: 200\n')
  let record = send(set)
  for (let call = 0; call < 1_000; call++) record = send(set, record)
  t.equal(record.timers?.pending.length, 1_000)
  t.equal(record.timers?.count, 1_001)
})

const refuses = (rules: string) => {
  try {
    playing(rules)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

t.test('what is planned is checked when the file is loaded', async (t) => {
  const plan = (keys: string) => `      - later: { ${keys} }\n        respond: 200\n`
  t.match(
    refuses(plan("after: 5m, set: { status: '${token}' }")),
    /"token" is gone when the time has come; give the value a name in "let" of the rule/,
  )
  t.match(refuses(plan('after: 0s, set: { status: A }')), /"after" must be longer than 0/)
  t.match(refuses(plan('set: { status: A }')), /"later" needs a key "after"/)
  t.match(refuses(plan('after: soon, set: { status: A }')), /"after" cannot be "soon"/)
  t.match(refuses(plan('after: 5m, respond: 200')), /unknown key "respond"/)
  t.match(refuses(plan('after: 5m, when: state.nope, set: { status: A }')), /no key "nope"/)
})
