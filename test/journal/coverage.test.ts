import t from 'tap'
import type { Coverage } from '../../src/client/client.ts'
import type { Contract } from '../../src/contract/model.ts'
import { SESSIONS_NAMED, Tally } from '../../src/journal/counters.ts'
import { coverageOf } from '../../src/journal/coverage.ts'
import {
  BANK,
  contractOf,
  contractOfPaths,
  type PlaybookFiles,
  playbookOf,
} from '../fixtures/files.ts'
import { recordedOf } from '../fixtures/journal-entries.ts'

type Told = Parameters<typeof recordedOf>[1]

/** The bank, or another API, and what was counted of it. */
function counting(files: PlaybookFiles = {}) {
  const contract: Contract = files.contract ?? contractOf(BANK)
  const scenarioSet = playbookOf({ ...files, contract })
  const tally = new Tally()
  const coverage = () => coverageOf([{ contract, scenarioSet }], tally)
  return {
    tally,
    coverage,
    contract,
    answer: (operation: string, status: number, told: Told = {}) =>
      tally.add(recordedOf(contract.operations.get(operation), { status, ...told })),
    play: (at: string, session = 's', value = true) =>
      tally.played([{ at, when: null, value }], session),
    status: (operation: string, status: string) => statusOf(coverage(), operation, status),
    code: (operation: string, status: string, code: string) =>
      statusOf(coverage(), operation, status)?.codes.find((each) => each.code === code)?.count,
    entries: () => coverage().apis[0]?.entries ?? [],
  }
}

const operationOf = ({ apis }: Coverage, id: string) =>
  apis.flatMap(({ operations }) => operations).find(({ operationId }) => operationId === id)

const statusOf = (coverage: Coverage, operation: string, key: string) =>
  operationOf(coverage, operation)?.statuses.find(({ status }) => status === key)

const CONFLICT = { TOO_EARLY: { error: 'TOO_EARLY' }, WRONG_CODE: { error: 'WRONG_CODE' } }

/** A contract of one operation that takes these answers; each has its examples by name. */
const answering = (answers: Record<string, Record<string, unknown>>) =>
  contractOfPaths({
    '/one': {
      get: {
        operationId: 'one',
        responses: Object.fromEntries(
          Object.entries(answers).map(([status, examples]) => {
            const named = Object.entries(examples).map(([name, value]) => [name, { value }])
            const content = { 'application/json': { examples: Object.fromEntries(named) } }
            return [status, { description: 'x', ...(named.length > 0 && { content }) }]
          }),
        ),
      },
    },
  })

/** A contract of so many operations, `o0` and on, with one answer each. */
const many = (count: number) =>
  contractOfPaths(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `/p${index}`,
        { get: { operationId: `o${index}`, responses: { 204: { description: 'x' } } } },
      ]),
    ),
  )

t.test('operations', async (t) => {
  t.test('are told with method, path, and the statuses of their contract', async (t) => {
    const { coverage } = counting()
    t.same(
      coverage().apis[0]?.operations.map(({ method, path, operationId, statuses }) => [
        `${method} ${path} ${operationId}`,
        ...statuses.map(({ status, codes }) => [status, ...codes.map(({ code }) => code)].join()),
      ]),
      [
        ['GET /codes/{id} getCode', '200'],
        ['POST /codes/{id} sendCode', '200', '204', '409,TOO_EARLY,WRONG_CODE,BROKEN'],
        ['POST /codes/{id}:verify verifyCode', '204', '409,TOO_EARLY,WRONG_CODE,BROKEN', '429'],
      ],
    )
  })

  t.test('that nobody called are counted zero times, by no session', async (t) => {
    const { coverage } = counting()
    t.match(operationOf(coverage(), 'getCode'), { count: 0, sessions: {} })
    t.match(coverage(), {
      operations: { covered: 0, total: 3, percent: 0 },
      contract: { covered: 0, total: 11, percent: 0 },
    })
  })

  t.test('are counted at each call, whatever the scenario', async (t) => {
    const { answer, coverage } = counting()
    answer('sendCode', 204)
    answer('sendCode', 204, { scenario: 'slow' })
    answer('sendCode', 200)
    t.equal(operationOf(coverage(), 'sendCode')?.count, 3)
    t.equal(statusOf(coverage(), 'sendCode', '204')?.count, 2)
    t.equal(statusOf(coverage(), 'sendCode', '200')?.count, 1)
    t.match(coverage().operations, { covered: 1, total: 3 })
    t.match(coverage().contract, { covered: 2, total: 11 })
  })

  t.test('do not count for each other', async (t) => {
    const { answer, status } = counting()
    answer('verifyCode', 204)
    t.equal(status('sendCode', '204')?.count, 0)
    t.equal(status('verifyCode', '204')?.count, 1)
  })

  t.test('are covered by a broken connection, their statuses are not', async (t) => {
    const { answer, coverage } = counting()
    answer('sendCode', 204, { fault: 'reset' })
    answer('sendCode', 0)
    t.equal(operationOf(coverage(), 'sendCode')?.count, 2)
    t.equal(coverage().contract.covered, 0)
  })

  t.test('do not cover `default` by a broken connection', async (t) => {
    const { answer, status } = counting({ contract: answering({ default: {} }) })
    answer('one', 200, { fault: 'reset' })
    t.equal(status('one', 'default')?.count, 0)
    answer('one', 200)
    t.equal(status('one', 'default')?.count, 1)
  })

  t.test('are covered by a status that the contract lacks, which covers nothing', async (t) => {
    const { answer, coverage } = counting()
    answer('getCode', 500)
    t.equal(operationOf(coverage(), 'getCode')?.count, 1)
    t.equal(coverage().contract.covered, 0)
  })

  t.test('are not covered by requests that mean none of them', async (t) => {
    const { tally, coverage } = counting()
    tally.add(recordedOf(undefined, { status: 404 }))
    t.equal(coverage().operations.covered, 0)
    t.equal(coverage().contract.covered, 0)
  })
})

t.test('error codes', async (t) => {
  t.test('are counted by the example that was sent', async (t) => {
    const { answer, code, status } = counting()
    answer('sendCode', 409, { example: 'TOO_EARLY' })
    answer('sendCode', 409, { example: 'TOO_EARLY' })
    answer('sendCode', 409, { example: 'BROKEN' })
    t.equal(code('sendCode', '409', 'TOO_EARLY'), 2)
    t.equal(code('sendCode', '409', 'BROKEN'), 1)
    t.equal(code('sendCode', '409', 'WRONG_CODE'), 0)
    t.equal(code('verifyCode', '409', 'TOO_EARLY'), 0)
    t.equal(status('sendCode', '409')?.count, 3)
  })

  t.test('are recognised in a body that a scenario wrote', async (t) => {
    const { answer, code } = counting()
    answer('sendCode', 409, { body: JSON.stringify({ error: 'WRONG_CODE', more: [1] }) })
    t.equal(code('sendCode', '409', 'WRONG_CODE'), 1)
    t.equal(code('sendCode', '409', 'TOO_EARLY'), 0)
  })

  t.test('are recognised by the most fields, though a message is the same in all', async (t) => {
    const examples = {
      A: { message: 'no', code: 'A' },
      B: { message: 'no', code: 'B' },
    }
    const { answer, code } = counting({ contract: answering({ 400: examples }) })
    answer('one', 400, { body: JSON.stringify(examples.B) })
    t.equal(code('one', '400', 'A'), 0)
    t.equal(code('one', '400', 'B'), 1)
  })

  for (const [what, body] of [
    ['agrees with several as much', { message: 'no' }],
    ['agrees with none', { message: 'yes' }],
    ['is a list', ['no']],
    ['is null', null],
    ['has a field of theirs that is an object', { message: { code: 'A' } }],
  ] as const) {
    t.test(`are not guessed where a body ${what}`, async (t) => {
      const contract = answering({ 400: { A: { message: 'no' }, B: { message: 'no' } } })
      const { answer, status } = counting({ contract })
      answer('one', 400, { body: JSON.stringify(body) })
      t.match(status('one', '400'), { count: 1, codes: [{ count: 0 }, { count: 0 }] })
    })
  }

  t.test('are recognised in bodies that are plain text', async (t) => {
    const { answer, code } = counting({ contract: answering({ 400: { A: 'a', B: 'b' } }) })
    answer('one', 400, { body: 'b' })
    answer('one', 400, { body: '"a"' })
    answer('one', 400, { body: '{ "a":' })
    t.equal(code('one', '400', 'A'), 1)
    t.equal(code('one', '400', 'B'), 1)
  })

  t.test('are the contract’s for that status only', async (t) => {
    const contract = answering({ 400: { A: { code: 'A' } }, 409: { A: { code: 'A' } } })
    const { answer, code } = counting({ contract })
    answer('one', 409, { body: '{"code":"A"}' })
    t.equal(code('one', '400', 'A'), 0)
    t.equal(code('one', '409', 'A'), 1)
  })

  t.test('are not what the examples of a success are called', async (t) => {
    const contract = answering({ 200: { happy: { a: 1 }, sad: { a: 2 } }, 302: { away: 'x' } })
    const { answer, status, coverage } = counting({ contract })
    answer('one', 200, { example: 'happy' })
    t.match(status('one', '200'), { count: 1, codes: [] })
    t.same(status('one', '302')?.codes, [])
    t.match(coverage().contract, { covered: 1, total: 2, percent: 50 })
  })

  t.test('stand for their status: it is not counted beside them', async (t) => {
    const contract = answering({ 204: {}, 409: CONFLICT })
    const { answer, coverage } = counting({ contract })
    answer('one', 409)
    t.match(coverage().contract, { covered: 0, total: 3 })
    answer('one', 409, { example: 'TOO_EARLY' })
    t.match(coverage().contract, { covered: 1, total: 3 })
  })
})

t.test('keys that stand for several statuses', async (t) => {
  const contract = () =>
    answering({ 200: {}, 404: {}, '4XX': { A: { code: 'A' } }, default: { B: { code: 'B' } } })

  t.test('count what the contract does not list by itself', async (t) => {
    const { answer, status } = counting({ contract: contract() })
    for (const each of [404, 409, 410, 500, 503, 503]) answer('one', each)
    t.equal(status('one', '404')?.count, 1)
    t.equal(status('one', '4XX')?.count, 2)
    t.equal(status('one', 'default')?.count, 3)
  })

  t.test('have error codes of their own', async (t) => {
    const { answer, code, coverage } = counting({ contract: contract() })
    answer('one', 418, { body: '{"code":"A"}' })
    answer('one', 500, { example: 'B' })
    t.equal(code('one', '4XX', 'A'), 1)
    t.equal(code('one', 'default', 'B'), 1)
    t.match(coverage().contract, { covered: 2, total: 4 })
  })

  t.test('do not take a success that is not listed', async (t) => {
    const { answer, status } = counting({ contract: contract() })
    answer('one', 201)
    t.equal(status('one', 'default')?.count, 0)
  })

  t.test('add up what came with several statuses, session by session', async (t) => {
    const { answer, status } = counting({ contract: contract() })
    answer('one', 409, { session: 'a' })
    answer('one', 410, { session: 'a' })
    answer('one', 410, { session: 'b' })
    t.match(status('one', '4XX'), { count: 3, sessions: { a: 2, b: 1 } })
  })
})

t.test('sessions', async (t) => {
  t.test('are named with how often they exercised each thing', async (t) => {
    const { answer, coverage, status } = counting()
    for (const session of ['a', 'b', 'a']) answer('sendCode', 204, { session })
    answer('sendCode', 409, { session: 'b', example: 'BROKEN' })
    t.same(status('sendCode', '204')?.sessions, { a: 2, b: 1 })
    t.same(operationOf(coverage(), 'sendCode')?.sessions, { a: 2, b: 2 })
    t.same(status('sendCode', '409')?.codes[2]?.sessions, { b: 1 })
    t.same(status('sendCode', '409')?.codes[0]?.sessions, {})
  })

  t.test('are named up to twenty; the others are counted only', async (t) => {
    const { answer, play, status, entries } = counting({
      folders: { 'slow.yaml': rules('  sendCode: { rules: [{ respond: 204 }] }') },
    })
    const sessions = Array.from({ length: 30 }, (_, index) => `s${index}`)
    for (const session of [...sessions, 's0', 's29']) {
      answer('sendCode', 204, { session })
      play(entries()[0]?.at ?? '', session)
    }
    t.equal(SESSIONS_NAMED, 20)
    for (const thing of [status('sendCode', '204'), entries()[0]]) {
      t.equal(thing?.count, 32)
      t.same(Object.keys(thing?.sessions ?? {}), sessions.slice(0, 20))
      t.equal(thing?.sessions.s0, 2)
    }
  })

  t.test('are named up to twenty where several scenarios and statuses add up', async (t) => {
    const { answer, coverage } = counting()
    for (let index = 0; index < 15; index++) {
      answer('sendCode', 204, { session: `a${index}` })
      answer('sendCode', 200, { session: `b${index}`, scenario: 'slow' })
    }
    const operation = operationOf(coverage(), 'sendCode')
    t.equal(operation?.count, 30)
    t.equal(Object.keys(operation?.sessions ?? {}).length, 20)
  })

  t.test('may have any name', async (t) => {
    const { answer, status } = counting()
    answer('sendCode', 204, { session: '__proto__' })
    answer('sendCode', 204, { session: 'constructor' })
    t.same(Object.entries(status('sendCode', '204')?.sessions ?? {}), [
      ['__proto__', 1],
      ['constructor', 1],
    ])
  })
})

const rules = (operations: string) => `scenario: slow\nsummary: x\noperations:\n${operations}\n`

t.test('entries', async (t) => {
  const files: PlaybookFiles = {
    api: 'credentials:\n  - when: apiKey == "bad"\n    respond: { status: 409, body: { error: x } }\n',
    folders: {
      'slow.yaml': rules(
        [
          '  sendCode:',
          '    rules:',
          '      - when: call > 1',
          '        respond: { status: 409, example: TOO_EARLY }',
          '      - respond: default',
          '  verifyCode: { calls: [{ respond: 204 }] }',
        ].join('\n'),
      ),
      'quick.yaml': [
        'scenario: quick',
        'summary: x',
        'state: { done: no }',
        'actions:',
        '  accept:',
        '    rules:',
        "      - when: 'true'",
        '        set: { done: yes }',
      ].join('\n'),
    },
  }

  t.test('are told with place, scenario and condition', async (t) => {
    const { entries } = counting(files)
    const told = entries().map(({ at, scenario, when }) => [at, scenario, when])
    t.same(told.toSorted(), [
      ['api.yaml:2', '', 'apiKey == "bad"'],
      ['quick.yaml:7', 'quick', 'true'],
      ['slow.yaml:6', 'slow', 'call > 1'],
      ['slow.yaml:8', 'slow', null],
      ['slow.yaml:9', 'slow', null],
    ])
  })

  t.test('are counted when they are played, not when they are looked at', async (t) => {
    const { play, entries, coverage } = counting(files)
    play('slow.yaml:6', 's', false)
    play('slow.yaml:8', 'a')
    play('slow.yaml:8', 'b')
    const of = (place: string) => entries().find(({ at }) => at === place)
    t.match(of('slow.yaml:6'), { count: 0, sessions: {} })
    t.match(of('slow.yaml:8'), { count: 2, sessions: { a: 1, b: 1 } })
    t.match(coverage().scenarios, { covered: 1, total: 5, percent: 20 })
  })

  t.test(
    'of one answer are all counted, those that pass on and the one that answers',
    async (t) => {
      const { answer, coverage } = counting(files)
      const tried = [
        { at: 'slow.yaml:6', when: 'call > 1', value: false },
        { at: 'slow.yaml:8', when: null, value: true },
        { at: 'slow.yaml:9', when: null, value: true },
      ]
      answer('sendCode', 204, { trace: tried })
      t.equal(coverage().scenarios.covered, 2)
    },
  )

  t.test('are magic credentials and actions, too', async (t) => {
    const { play, coverage } = counting(files)
    play('api.yaml:2')
    play('quick.yaml:7')
    t.match(coverage().scenarios, { covered: 2, total: 5, percent: 40 })
  })

  t.test('are one for each line, though "*" stands for several operations', async (t) => {
    const { answer, entries, coverage } = counting({
      folders: { 'slow.yaml': rules("  '*': { rules: [{ respond: default, delay: 1s }] }") },
    })
    const tried = [{ at: 'slow.yaml:4', when: null, value: true }]
    answer('sendCode', 204, { trace: tried })
    answer('getCode', 200, { trace: tried })
    t.match(entries(), [{ at: 'slow.yaml:4', count: 2 }])
    t.match(coverage().scenarios, { covered: 1, total: 1, percent: 100 })
  })

  t.test('that are not in the files are nothing', async (t) => {
    const { play, coverage } = counting(files)
    play('gone.yaml:5')
    t.match(coverage().scenarios, { covered: 0, total: 5 })
  })
})

t.test('figures', async (t) => {
  t.test('of contract and scenarios are apart', async (t) => {
    const { answer, play, coverage } = counting({
      folders: { 'slow.yaml': rules('  sendCode: { rules: [{ respond: 204 }] }') },
    })
    play('slow.yaml:4')
    t.match(coverage(), {
      contract: { covered: 0, total: 11 },
      scenarios: { covered: 1, total: 1 },
    })
    answer('sendCode', 204)
    t.match(coverage(), {
      contract: { covered: 1, total: 11 },
      scenarios: { covered: 1, total: 1 },
    })
  })

  t.test('of nothing are full', async (t) => {
    t.match(counting().coverage().scenarios, { covered: 0, total: 0, percent: 100 })
  })

  for (const [covered, total, percent] of [
    [1, 3, 33.3],
    [2, 3, 66.6],
    [1, 8, 12.5],
    [7, 25, 28],
    [0, 7, 0],
    [7, 7, 100],
    [1, 1_001, 0],
    [1_000, 1_001, 99.9],
    [1_001, 1_001, 100],
  ] as const) {
    t.test(`say that ${covered} of ${total} is ${percent} %`, async (t) => {
      const { answer, coverage } = counting({ contract: many(total) })
      for (let index = 0; index < covered; index++) answer(`o${index}`, 204)
      t.same(coverage().operations, { covered, total, percent })
      t.same(coverage().contract, { covered, total, percent })
    })
  }

  t.test('of all APIs add up what each has', async (t) => {
    const bank = contractOf(BANK)
    const shop = contractOf(BANK.replaceAll('/codes', '/keys'), 'shop.yaml')
    const tally = new Tally()
    tally.add(recordedOf(bank.operations.get('getCode')))
    const mocked = [bank, shop].map((contract) => ({
      contract,
      scenarioSet: playbookOf({ contract }),
    }))
    t.match(coverageOf(mocked, tally), {
      operations: { covered: 1, total: 6, percent: 16.6 },
      contract: { covered: 1, total: 22, percent: 4.5 },
      apis: [
        { api: 'bank', contract: { covered: 1, total: 11, percent: 9 } },
        { api: 'shop', contract: { covered: 0, total: 11, percent: 0 } },
      ],
    })
  })

  t.test('begin anew when the tally is cleared', async (t) => {
    const { answer, play, tally, coverage } = counting()
    answer('sendCode', 204)
    play('slow.yaml:4')
    tally.clear()
    t.equal(coverage().contract.covered, 0)
    t.equal(coverage().operations.covered, 0)
    t.equal(tally.entry('slow.yaml:4'), undefined)
    t.same([...tally.durations()], [])
  })
})
