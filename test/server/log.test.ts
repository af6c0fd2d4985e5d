import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { Problem } from '../../src/errors.ts'
import { type Api, Refusal } from '../../src/exchange/exchange.ts'
import type { RawEntry } from '../../src/journal/entry.ts'
import { logRequest, makeLogger } from '../../src/server/log.ts'
import { type Answered, recorded as madeEntry } from '../fixtures/journal-entries.ts'

const recorded = (answered: Partial<Answered> = {}) =>
  madeEntry(
    {
      session: 'mine',
      duration: 3,
      path: undefined,
      incoming: {
        method: 'POST',
        target: '/codes/7',
        rawQuery: 'key=secret',
        headers: { authorization: 'Bearer hidden' },
        body: '{"password":"hidden"}',
        receivedAt: 0,
      },
    },
    { status: 204, scenario: 'slow', rule: 'slow.yaml:5', ...answered },
  )

/** What is logged of a request, as text and as JSON. */
function logged(entry: RawEntry, error?: Error, level = 'info') {
  const lines: string[] = []
  const write = (chunk: Buffer, _: string, done: () => void) => {
    lines.push(chunk.toString())
    done()
  }
  logRequest(pino({ level }, new Writable({ write })), entry, error)
  return { text: lines.join(''), json: lines.map((line) => JSON.parse(line))[0] }
}

t.test('a request is one line that says what was asked, played and answered', async (t) => {
  t.match(logged(recorded()).json, {
    level: 30,
    session: 'mine',
    scenario: 'slow',
    rule: 'slow.yaml:5',
    method: 'POST',
    path: '/codes/7',
    status: 204,
    ms: 3,
    msg: 'POST /codes/7 204 [mine: slow, slow.yaml:5]',
  })
})

t.test('neither query, headers nor body are logged', async (t) => {
  t.notMatch(logged(recorded()).text, /secret|hidden/)
})

t.test('reasons are told', async (t) => {
  const { json } = logged(recorded({ reasons: ['too long', 'too odd'] }))
  t.same(json.reasons, ['too long', 'too odd'])
  t.match(json.msg, / \(too long; too odd\)$/)
})

t.test('a broken connection has no status', async (t) => {
  const { json } = logged(recorded({ fault: 'reset' }))
  t.match(json, { status: 0, fault: 'reset', msg: /connection broken: reset/ })
})

const LEVELS: readonly [what: string, error: Error | undefined, level: number][] = [
  ['a request that was answered', undefined, 30],
  ['a request that the contract refused', new Refusal('notFound', {} as Api, 'odd'), 30],
  ['a header that was not understood', new Problem('bad-prefer', 'odd'), 30],
  ['a scenario that failed', new Problem('scenario-failed', 'odd'), 50],
  ['a mistake of ours', new TypeError('odd'), 50],
]

for (const [what, error, level] of LEVELS) {
  t.test(`${what} is logged at level ${level}`, async (t) => {
    t.equal(logged(recorded(), error).json.level, level)
  })
}

t.test('a mistake of ours is logged with its stack, a problem without', async (t) => {
  t.match(logged(recorded(), new TypeError('odd')).json.err.stack, /log\.test/)
  t.notOk('err' in logged(recorded(), new Problem('scenario-failed', 'odd')).json)
})

t.test('what is below the level is not logged', async (t) => {
  t.equal(logged(recorded(), undefined, 'error').text, '')
  t.not(logged(recorded(), new TypeError('odd'), 'error').text, '')
})

for (const logFormat of ['json', 'pretty', undefined] as const) {
  for (const terminal of [true, false]) {
    const where = terminal ? 'on a terminal' : 'elsewhere'
    t.test(`a logger is made for the format ${logFormat} ${where}`, async (t) => {
      const logger = await makeLogger({ logLevel: 'warn', logFormat }, terminal)
      t.equal(logger.level, 'warn')
    })
  }
}
