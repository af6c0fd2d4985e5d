import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { SandboxOptions } from '../../src/index.ts'
import { CREDENTIAL_HEADERS } from '../../src/journal/mask.ts'
import { type Answer, makeApp, START, type TestApp } from '../fixtures/app.ts'
import {
  after,
  CREDENTIALS,
  conflict,
  FACTORS,
  type Headers,
  JSON_BODY,
  listening,
  MINUTE,
  overSockets,
  PlumeryUser,
  playing,
  RIGHT,
  STEP_UP,
  told,
  VERIFY,
  WeavrUser,
} from '../fixtures/calls.ts'
import { documentOf } from '../fixtures/files.ts'
import { documented } from '../fixtures/vendor-documents.ts'

const DEFAULT = 'scenarios/weavr-multi/default.yaml'

type Asked = Pick<TestApp, 'ask'>

const journal = (app: Asked, query = '', session = 'default') =>
  app.ask('GET', `/__admin/sessions/${session}/requests${query}`)

/** The entries of a page. */
const entries = async (app: Asked, query = '', session?: string) =>
  (await journal(app, query, session)).body.requests

/** The entry of what was done last. */
const newest = async (app: Asked, session?: string) =>
  (await entries(app, '?order=desc&limit=1', session))[0]

const instant = (ms: number) => new Date(ms).toISOString()

/** What stands in a line of a file of the project, and in those that it goes on in. */
function linesAt(at: string): string {
  const [file = '', line] = at.split(/:(?=\d+$)/)
  const lines = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n')
  return lines.slice(Number(line) - 1, Number(line) + 2).join('\n')
}

/** A problem of the sandbox in short. */
const problem = ({ status, body }: Answer) => [status, body.code]

async function user(t: Pick<Test, 'teardown'>, options?: SandboxOptions) {
  const app = await makeApp(t, options)
  return { app, weavr: new WeavrUser(app) }
}

/** An app that plays scenarios of its own beside the built-in ones of Weavr. */
const playingOwn = (t: Pick<Test, 'testdir'>, files: Record<string, string>) => ({
  scenarios: [t.testdir({ 'weavr-multi': files })],
})

t.test('a fresh reader finds in one call why a request got 409', async (t) => {
  const { app, weavr } = await user(t)
  await weavr.stepUp()
  t.equal(told(await weavr.stepUp()), conflict('RETRY_IN_15SEC'))
  const { body } = await journal(app, '?status=409')
  const cause = body.requests[0].why.at(-1)
  t.match(cause, { at: /^scenarios\/weavr-multi\/default\.yaml:\d+$/, value: true })
  t.equal(cause.when, 'state.stepUp.issued > 0 && now - state.stepUp.issuedAt < duration("15s")')
  const [line = '', answer] = linesAt(cause.at).split('\n')
  t.ok(line.includes(`when: ${cause.when}`), 'the line holds the condition')
  t.match(answer, 'RETRY_IN_15SEC', 'and the answer follows it')
  t.equal(body.requests[0].rule, cause.at)
})

t.test('an entry', async (t) => {
  t.test('tells request and response as they were, and where they belong', async (t) => {
    const { app, weavr } = await user(t)
    const answer = await weavr.confirm(['1'])
    t.match(await newest(app), {
      id: 1,
      session: 'default',
      duration: 0,
      request: {
        method: 'POST',
        url: '/challenges/otp/SMS',
        headers: { 'content-type': 'application/json', host: /./ },
        body: { resourceType: 'outgoing_wire_transfers', resourceIds: ['1'] },
      },
      response: {
        status: 200,
        headers: {
          'content-type': 'application/json',
          'x-sandbox-scenario': 'default',
          'x-sandbox-session': 'default',
          'x-sandbox-rule': answer.headers['x-sandbox-rule'],
        },
        body: answer.body,
      },
      step: 'valid',
      unmatched: false,
      api: 'weavr-multi',
      operationId: 'multipleSCAChallenge',
      scenario: 'default',
      rule: answer.headers['x-sandbox-rule'],
      reasons: [],
      messages: [{ channel: 'SMS', challenge: answer.body.scaChallengeId }],
      ignored: [],
      nearMisses: [],
    })
  })

  t.test('has no body where none was sent', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    const { request, response } = await newest(app)
    t.notOk('body' in request)
    t.notOk('body' in response)
  })

  t.test('shows a body that is not JSON as its text', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.call('POST', VERIFY, '{"verificationCode":', JSON_BODY)
    t.equal((await newest(app)).request.body, '{"verificationCode":')
  })

  t.test('can be shown although its body is nested without measure', async (t) => {
    const { app, weavr } = await user(t)
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    t.equal((await weavr.call('POST', VERIFY, deep, JSON_BODY)).status, 400)
    const { status, body } = await journal(app)
    t.same([status, body.count], [200, 1])
  })

  t.test('has the session’s time beside real time', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.factors(after('1h'))
    app.clock.time += 5 * MINUTE
    await weavr.factors()
    const [first, second] = await entries(app)
    t.same([first.at, first.receivedAt], [instant(START + 60 * MINUTE), instant(START)])
    t.same(
      [second.at, second.receivedAt],
      [instant(START + 65 * MINUTE), instant(START + 5 * MINUTE)],
    )
  })

  t.test('tells the path with base-URL prefix and query as it came', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.call('GET', `/@mine:slow/multi${FACTORS}?a=b`)
    const entry = await newest(app, 'mine')
    t.equal(entry.request.url, `/@mine:slow/multi${FACTORS}?a=b`)
    t.same([entry.session, entry.scenario, entry.unmatched], ['mine', 'slow', false])
  })
})

t.test('how far a request came', async (t) => {
  const call = (method: string, url: string, headers: Headers = {}, body?: string) => ({
    method,
    url,
    ask: { headers: { ...CREDENTIALS, ...JSON_BODY, ...headers }, ...(body && { body }) },
  })
  const STAGES = {
    'an unknown scenario': [call('POST', STEP_UP, playing('nope')), 'arrived', 'sandbox'],
    'a bad session id': [call('POST', STEP_UP, { 'x-sandbox-session': ' ' }), 'arrived', 'sandbox'],
    'a bad step in time': [call('POST', STEP_UP, after('soon')), 'arrived', 'sandbox'],
    'a path of nobody': [call('POST', '/nowhere'), 'received', 'contract'],
    'another method': [call('GET', STEP_UP), 'received', 'contract'],
    'a path that cannot be read': [call('POST', '/stepup/%zz'), 'received', 'contract'],
    'no credentials': [call('POST', STEP_UP, { 'api-key': '' }), 'matched', 'contract'],
    'a field that is wrong': [call('POST', VERIFY, {}, '{}'), 'authenticated', 'contract'],
    'no JSON': [call('POST', VERIFY, {}, '{'), 'authenticated', 'contract'],
    'another media type': [
      call('POST', VERIFY, { 'content-type': 'text/plain' }, 'x'),
      'authenticated',
      'contract',
    ],
    'no such answer': [
      call('POST', STEP_UP, { prefer: 'code=204, example=NOPE' }),
      'valid',
      'sandbox',
    ],
  } as const
  for (const [what, [{ method, url, ask }, step, rule]] of Object.entries(STAGES)) {
    t.test(`is ${step} with ${what}, and the reason is told`, async (t) => {
      const app = await makeApp(t)
      const { status } = await app.ask(method, url, ask)
      const entry = await newest(app)
      t.same([entry.step, entry.rule, entry.response.status], [step, rule, status])
      t.equal(entry.reasons.length, 1)
      t.ok(entry.reasons[0].length > 10)
      t.same(entry.why, [], 'no entry was looked at')
      t.equal(entry.unmatched, step === 'received')
    })
  }

  t.test('is valid where it was answered, without reasons', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    const { step, reasons } = await newest(app)
    t.same([step, reasons], ['valid', []])
  })
})

t.test('the reason that a request breaks the contract names place, field and fault', async (t) => {
  const { app, weavr } = await user(t)
  const reasonsOf = async (answer: Promise<Answer>) => {
    t.ok((await answer).status >= 400)
    return (await newest(app)).reasons
  }
  t.same(await reasonsOf(weavr.call('POST', '/stepup/challenges/otp/EMAIL')), [
    'path channel: must be one of SMS',
  ])
  t.match(await reasonsOf(weavr.call('POST', VERIFY, {})), [/^body verificationCode: /])
  t.match(await reasonsOf(weavr.call('POST', VERIFY)), [/^body verificationCode: /])
  t.match(await reasonsOf(weavr.confirm([])), [/^body resourceIds: /])
  t.same(await reasonsOf(weavr.stepUp({ 'api-key': '' })), ['header "api-key" is missing or empty'])
  t.match(await reasonsOf(weavr.call('PUT', STEP_UP)), [/does not take PUT, but POST/])
})

t.test('why', async (t) => {
  t.test('lists every guard in order, and only the last one was true', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    await weavr.verify('000000')
    const { why, rule } = await newest(app)
    t.equal(why.length, 8)
    t.same(
      why.map(({ value }: { value: boolean }) => value),
      [...Array(7).fill(false), true],
    )
    t.equal(why.at(-1).when, null, 'the last one has no condition')
    t.equal(why.at(-1).at, rule)
    const lines = why.map(({ at }: { at: string }) => Number(at.split(':')[1]))
    t.same(
      lines,
      lines.toSorted((a: number, b: number) => a - b),
      'as they stand in the file',
    )
    for (const { at, when } of why) {
      const line = linesAt(at)
      t.ok(when === null || line.split('\n')[0]?.includes(when), `${at} has the condition ${when}`)
    }
  })

  t.test('tells the number of the call, and what it passes on to', async (t) => {
    const { app, weavr } = await user(t)
    const scenario = playing('challenge-limit-exceeded')
    await weavr.stepUp(scenario)
    await weavr.stepUp(scenario)
    const [first, second] = await entries(app)
    const file = 'scenarios/weavr-multi/challenge-limit-exceeded.yaml'
    t.same(first.why[0], { at: `${file}:7`, when: null, value: true, note: 'call 1' })
    t.match(linesAt(`${file}:7`), /^ +- default/)
    t.equal(first.why.length, 5, 'the default scenario’s entries follow')
    t.ok(first.why.slice(1).every(({ at }: { at: string }) => at.startsWith(DEFAULT)))
    t.equal(first.rule, first.why.at(-1).at, 'the last one answered')
    t.same(second.why, [{ at: `${file}:8`, when: null, value: true, note: 'call 2' }])
    t.match(linesAt(second.rule), /CHALLENGE_LIMIT_EXCEEDED/)
  })

  t.test('tells that an entry was used up', async (t) => {
    const once = [
      'scenario: once',
      'summary: Fails once.',
      'operations:',
      '  authFactorsGet:',
      '    rules:',
      '      - times: 1',
      '        when: token == "user"',
      '        respond: 503',
    ]
    const { app, weavr } = await user(t, playingOwn(t, { 'once.yaml': once.join('\n') }))
    t.equal((await weavr.factors(playing('once'))).status, 503)
    t.equal((await weavr.factors(playing('once'))).status, 200)
    const [first, second] = await entries(app)
    t.match(first.why, [{ at: /once\.yaml:6$/, when: 'token == "user"', value: true }])
    t.equal(first.why.length, 1)
    t.match(second.why[0], { at: /once\.yaml:6$/, value: false, note: /1/ })
    t.match(second.why.at(-1), { at: /default\.yaml:\d+$/, value: true })
  })

  t.test('tells of an entry that passes on, and of the one that answered', async (t) => {
    const passing = [
      'scenario: passing',
      'summary: Answers as usual.',
      'operations:',
      '  stepupSCAChallenge:',
      '    rules:',
      '      - when: token == "user"',
      '        respond: default',
    ]
    const { app, weavr } = await user(t, playingOwn(t, { 'passing.yaml': passing.join('\n') }))
    t.equal((await weavr.stepUp(playing('passing'))).status, 204)
    const { why, rule, scenario } = await newest(app)
    t.match(why[0], { at: /passing\.yaml:6$/, when: 'token == "user"', value: true })
    t.same(
      why.slice(1).map(({ value }: { value: boolean }) => value),
      [false, false, false, true],
    )
    t.equal(rule, why.at(-1).at)
    t.match(rule, /default\.yaml/)
    t.equal(scenario, 'passing')
  })

  t.test('names the line that refused a magic credential', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.factors({ 'api-key': 'invalid' })
    const { why, rule, step, reasons } = await newest(app)
    t.match(why, [{ at: rule, when: /apiKey == "invalid"/, value: true }])
    t.equal(why.length, 1)
    t.ok(linesAt(rule).split('\n')[0]?.includes(why[0].when))
    t.equal(step, 'matched')
    t.match(reasons, [/is true of the credentials$/])
  })

  t.test('is empty for an answer of the contract: it was asked for by name', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp({ prefer: 'code=409, example=RETRY_IN_15SEC' })
    await weavr.confirm(['1'], { prefer: 'dynamic=true' })
    const [example, generated] = await entries(app)
    t.match([example.rule, example.why, example.response.status], ['example', [], 409])
    t.match([generated.rule, generated.why, generated.messages], ['generated', [], []])
  })

  t.test('is empty for a replay, whose answer is the first one', async (t) => {
    const { app, weavr } = await user(t)
    const headers = { 'idempotency-ref': 'r1' }
    const answer = await weavr.confirm(['1'], headers)
    await weavr.confirm(['1'], headers)
    const [first, replay] = await entries(app)
    t.same([replay.rule, replay.why, replay.messages], ['replay', [], []])
    t.same(replay.response.body, answer.body)
    t.equal(first.messages.length, 1)
  })
})

t.test('a request that no operation takes', async (t) => {
  const nearest = async (method: string, url: string) => {
    const { app, weavr } = await user(t)
    await weavr.call(method, url)
    const entry = await newest(app)
    t.equal(entry.unmatched, true)
    t.notOk('operationId' in entry || 'api' in entry)
    return entry.nearMisses[0]
  }

  const MISSES: readonly [method: string, url: string, operationId: string, reason: string][] = [
    [
      'POST',
      '/stepup/challenge/otp/SMS',
      'stepupSCAChallenge',
      '"challenge" stands where "challenges" is wanted',
    ],
    ['GET', STEP_UP, 'stepupSCAChallenge', 'it takes POST, not GET'],
    ['POST', '/stepup/challenges/otp', 'stepupSCAChallenge', '"/{channel}" is missing'],
    ['POST', `${VERIFY}/now`, 'stepupSCAVerify', '"/now" is too much'],
    ['GET', '/multi/authentication_factor', 'authFactorsGet', '"authentication_factor" stands'],
    ['GET', `/mutli${FACTORS}`, 'authFactorsGet', '"mutli" stands where "multi" is wanted'],
    [
      'POST',
      '/internal/v1/mfa/totp-sms/c1:initate',
      'initiateSms',
      '"c1:initate" stands where "{challengeId}:initiate" is wanted',
    ],
  ]
  for (const [method, url, operationId, reason] of MISSES) {
    t.test(`nearly meant ${operationId}: ${method} ${url}`, async (t) => {
      const miss = await nearest(method, url)
      t.equal(miss.operationId, operationId)
      t.ok(miss.reason.startsWith(reason), miss.reason)
      t.match(miss.path, /^\//)
    })
  }

  t.test('is compared without base-URL prefix and query', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.call('POST', '/@mine/stepup/challenges/otp?a=b')
    const { nearMisses } = await newest(app, 'mine')
    t.match(nearMisses[0], {
      api: 'weavr-multi',
      operationId: 'stepupSCAChallenge',
      method: 'POST',
      path: '/stepup/challenges/otp/{channel}',
    })
  })

  t.test('has the base path that it was called by', async () => {
    for (const base of ['', '/multi']) {
      const { path } = await nearest('POST', `${base}/stepup/challenge/otp/SMS`)
      t.equal(path, `${base}/stepup/challenges/otp/{channel}`)
    }
  })

  t.test('has no near misses where nothing is like it', async (t) => {
    const { app, weavr } = await user(t)
    for (const path of ['/', '/xyzzy', '/xyzzy/abcd/quux', `/${'a/'.repeat(20)}`]) {
      await weavr.call('POST', path)
      t.same((await newest(app)).nearMisses, [], path)
    }
  })

  t.test('has near misses, one that an operation takes has none', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.call('POST', '/stepup/challenges/otp/EMAIL')
    await weavr.stepUp(playing('nope'))
    for (const { nearMisses } of await entries(app)) t.same(nearMisses, [])
  })
})

t.test('a broken connection has no status, and says how it was broken', async (t) => {
  const faults = Object.fromEntries(
    ['reset', 'empty', 'garbage'].map((fault) => [
      `${fault}.yaml`,
      `scenario: ${fault}-it\nsummary: Breaks.\noperations:\n  authFactorsGet:\n    calls:\n      - fault: ${fault}`,
    ]),
  )
  const app = overSockets((await listening(t, playingOwn(t, faults))).url)
  const weavr = new WeavrUser(app)
  for (const fault of ['reset', 'empty', 'garbage']) {
    await t.rejects(weavr.factors(playing(`${fault}-it`)))
    const { response, why } = await newest(app)
    t.same([response.status, response.fault], [0, fault])
    t.match(why, [{ value: true, note: 'call 1' }])
  }
  t.equal((await journal(app, '?status=0&count=true')).body.count, 3)
  await weavr.factors()
  t.notOk('fault' in (await newest(app)).response)
})

t.test('the journal is filtered', async (t) => {
  const app = overSockets((await listening(t)).url)
  const weavr = new WeavrUser(app)
  const plumery = new PlumeryUser(app)
  await weavr.stepUp() // 1: 204
  await weavr.stepUp() // 2: 409
  await weavr.factors(playing('service-unavailable')) // 3: 503
  await weavr.call('GET', `/multi${FACTORS}?a=b`) // 4: 200
  await weavr.call('DELETE', FACTORS) // 5: 405
  await plumery.initiate() // 6: 204
  await weavr.verify('x') // 7: 400
  await weavr.stepUp(playing('nope')) // 8: 400
  await t.rejects(weavr.factors(playing('connection-reset'))) // 9: 0
  const rules = (await entries(app)).map(({ rule }: { rule: string }) => rule)

  const FILTERS: Readonly<Record<string, readonly number[]>> = {
    '': [1, 2, 3, 4, 5, 6, 7, 8, 9],
    'operationId=stepupSCAChallenge': [1, 2],
    'operationId=initiateSms': [6],
    'operationId=verifySms': [],
    'status=204': [1, 6],
    'status=2XX': [1, 4, 6],
    'status=4XX': [2, 5, 7, 8],
    'status=5XX': [3],
    'status=418': [],
    'status=0': [9],
    'method=POST': [1, 2, 6, 7, 8],
    'method=delete': [5],
    'method=gEt': [3, 4, 9],
    'path=/stepup/challenges/otp/SMS': [1, 2],
    'path=/multi/authentication_factors': [4],
    'path=/stepup': [],
    'scenario=default': [1, 2, 4, 5, 6, 7],
    'scenario=service-unavailable': [3],
    'scenario=none': [8],
    'rule=contract': [5, 7],
    'rule=sandbox': [8],
    [`rule=${encodeURIComponent(rules[1])}`]: [2],
    'unmatched=true': [5],
    'unmatched=false': [1, 2, 3, 4, 6, 7, 8, 9],
    'after=6': [7, 8, 9],
    'after=0': [1, 2, 3, 4, 5, 6, 7, 8, 9],
    'after=9': [],
    'operationId=stepupSCAChallenge&status=204': [1],
    'operationId=authFactorsGet&scenario=default': [4],
    'status=4XX&method=post&after=2': [7, 8],
    'status=4XX&unmatched=true&method=DELETE&path=/authentication_factors&rule=contract': [5],
    'operationId=stepupSCAChallenge&status=503': [],
  }
  for (const [query, ids] of Object.entries(FILTERS)) {
    t.test(`by ${query || 'nothing'}`, async (t) => {
      const { body } = await journal(app, `?${query}`)
      t.same(
        body.requests.map(({ id }: { id: number }) => id),
        ids,
      )
      t.equal(body.count, ids.length)
      const counted = await journal(app, `?${query}&count=true`)
      t.same(counted.body, { count: ids.length }, 'the number alone')
    })
  }

  const ids = async (query: string) =>
    (await entries(app, query)).map(({ id }: { id: number }) => id)

  t.test('newest or oldest first', async (t) => {
    t.same(await ids('?order=desc'), [9, 8, 7, 6, 5, 4, 3, 2, 1])
    t.same(await ids('?order=asc'), [1, 2, 3, 4, 5, 6, 7, 8, 9])
    t.same(await ids('?order=desc&status=4XX'), [8, 7, 5, 2])
    t.same(await ids('?order=asc&limit=1'), [1], 'the journal itself is not turned round')
  })

  t.test('page by page, and the count is of all', async (t) => {
    t.same(await ids('?limit=2'), [1, 2])
    t.same(await ids('?limit=2&offset=2'), [3, 4])
    t.same(await ids('?limit=4&offset=8'), [9])
    t.same(await ids('?offset=9'), [])
    t.same(await ids('?order=desc&limit=2&offset=1'), [8, 7])
    t.same(await ids('?status=4XX&limit=2&offset=1'), [5, 7])
    t.equal((await journal(app, '?limit=2&status=4XX')).body.count, 4)
    t.same((await journal(app, '?limit=1&offset=5&count=true')).body, { count: 9 })
  })

  const REFUSED: Readonly<Record<string, RegExp>> = {
    'operationID=stepupSCAChallenge': /"operationID" is not known; did you mean "operationId"/,
    'stauts=409': /did you mean "status"/,
    'unmached=true': /did you mean "unmatched"/,
    'xyzzyplugh=1': /"xyzzyplugh" is not known; known are operationId, status/,
    'status=4': /"status"/,
    'status=4xy': /"status"/,
    'status=600': /"status"/,
    'unmatched=perhaps': /"unmatched"/,
    'after=-1': /"after"/,
    'after=x': /"after"/,
    'limit=0': /"limit"/,
    'limit=1001': /"limit"/,
    'offset=-1': /"offset"/,
    'order=des': /one of asc, desc; did you mean "desc"/,
    'count=maybe': /"count"/,
  }
  for (const [query, detail] of Object.entries(REFUSED)) {
    t.test(`but not by ${query}`, async (t) => {
      const answer = await journal(app, `?${query}`)
      t.same(problem(answer), [400, 'bad-admin-request'])
      t.match(answer.body.detail, detail)
    })
  }

  t.test('every fault of a query is told at once', async (t) => {
    const { body } = await journal(app, '?stauts=409&limit=0')
    t.same(
      body.faults.map(({ place, field }: { place: string; field: string }) => [place, field]),
      [
        ['query', 'stauts'],
        ['query', 'limit'],
      ],
    )
  })

  t.test('an operation that there is not is refused with the nearest', async (t) => {
    const answer = await journal(app, '?operationId=stepupSCAChalenge&count=true')
    t.same(problem(answer), [400, 'bad-admin-request'])
    t.equal(answer.body.nearest[0], 'stepupSCAChallenge')
    t.match(answer.body.detail, '"stepupSCAChalenge"; nearest: stepupSCAChallenge, ')
  })

  t.test('an operation like no other is refused with what lists all', async (t) => {
    const answer = await journal(app, '?operationId=xyzzy')
    t.equal(answer.body.detail, 'there is no operation "xyzzy"; GET /__admin/specs lists all')
  })

  t.test('one entry is had by its id', async (t) => {
    const { status, body } = await app.ask('GET', '/__admin/sessions/default/requests/2')
    t.equal(status, 200)
    t.same(body, (await entries(app))[1])
  })

  t.test('an entry that there is not is refused with those that are kept', async (t) => {
    for (const id of [10, 999]) {
      const answer = await app.ask('GET', `/__admin/sessions/default/requests/${id}`)
      t.same(problem(answer), [404, 'unknown-request'])
      t.match(answer.body.detail, 'its journal has 1 to 9')
    }
    for (const id of ['0', '-1', 'x', '1.5']) {
      const answer = await app.ask('GET', `/__admin/sessions/default/requests/${id}`)
      t.same(problem(answer), [400, 'bad-admin-request'], id)
    }
  })

  t.test('reading it is nothing that happened', async (t) => {
    await journal(app)
    t.equal((await journal(app)).body.count, 9)
  })
})

t.test('an entry of another session is not this one’s', async (t) => {
  const { app, weavr } = await user(t)
  await weavr.stepUp({ 'x-sandbox-session': 'one' })
  await weavr.stepUp({ 'x-sandbox-session': 'two' })
  t.equal((await journal(app, '', 'one')).body.count, 1)
  const answer = await app.ask('GET', '/__admin/sessions/one/requests/2')
  t.same(problem(answer), [404, 'unknown-request'])
  t.match(answer.body.detail, 'its journal has 1 to 1')
})

t.test('a session that there is not is refused with the nearest', async (t) => {
  const { app, weavr } = await user(t)
  await weavr.stepUp({ 'x-sandbox-session': 'checkout' })
  for (const path of ['requests', 'requests/1']) {
    const answer = await app.ask('GET', `/__admin/sessions/chekout/${path}`)
    t.same(problem(answer), [404, 'unknown-session'])
    t.same(answer.body.nearest, ['checkout'])
  }
})

t.test('a session that nobody used, but a test made, has an empty journal', async (t) => {
  const { app } = await user(t)
  await app.ask('PATCH', '/__admin/sessions/made', { body: {} })
  t.same((await journal(app, '', 'made')).body, { count: 0, requests: [] })
  const answer = await app.ask('GET', '/__admin/sessions/made/requests/1')
  t.match(answer.body, { code: 'unknown-request', detail: /its journal is empty/ })
})

t.test('without a journal that is said, not that nothing happened', async (t) => {
  const { app, weavr } = await user(t, { journal: false })
  await weavr.stepUp()
  for (const path of ['requests', 'requests?count=true', 'requests/1']) {
    const answer = await app.ask('GET', `/__admin/sessions/default/${path}`)
    t.same(problem(answer), [409, 'journal-off'], path)
    t.match(answer.body.detail, '--no-journal')
  }
})

t.test('credentials are hidden', async (t) => {
  const MASK = /^\*{3}[0-9a-f]{8}$/

  t.test('token and api-key, the scheme of the token is shown', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    const { authorization, 'api-key': key } = (await newest(app)).request.headers
    t.match(authorization, /^Bearer \*{3}[0-9a-f]{8}$/)
    t.match(key, MASK)
  })

  t.test('those of one user look the same, those of two do not', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    await weavr.factors()
    await new WeavrUser(app, { token: 'other' }).factors()
    const [one, same, other] = (await entries(app)).map(
      ({ request }: { request: { headers: Headers } }) => request.headers.authorization,
    )
    t.equal(one, same)
    t.not(one, other)
  })

  t.test('one secret looks the same wherever it stands', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.factors({ 'api-key': 'same', authorization: 'Bearer same', cookie: 'same' })
    const { headers } = (await newest(app)).request
    t.equal(headers.authorization, `Bearer ${headers['api-key']}`)
    t.equal(headers.cookie, headers['api-key'])
  })

  for (const name of CREDENTIAL_HEADERS) {
    t.test(`the header ${name}, whether an operation was meant or not`, async (t) => {
      const { app, weavr } = await user(t)
      const headers = { [name]: 'Secret hush-hush' }
      await weavr.factors(headers)
      await weavr.call('GET', '/nowhere', undefined, headers)
      await weavr.factors({ ...headers, 'x-sandbox-session': ' ' })
      const { text, body } = await journal(app)
      t.equal(body.count, 3)
      t.notMatch(text, /hush-hush/)
    })
  }

  t.test('an api-key of two words is hidden whole', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.factors({ 'api-key': 'correct horse' })
    t.match((await newest(app)).request.headers['api-key'], MASK)
  })

  const KEYED = documentOf(
    {
      '/things': {
        get: {
          operationId: 'getThings',
          security: [{ inQuery: [] }, { inCookie: [] }, { inHeader: [] }],
          responses: { '204': { description: 'Done.', headers: {} } },
        },
      },
    },
    {
      components: {
        securitySchemes: {
          inQuery: { type: 'apiKey', in: 'query', name: 'api_key' },
          inCookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
          inHeader: { type: 'apiKey', in: 'header', name: 'X-Shop-Key' },
        },
      },
    },
  )
  const shop = (t: Pick<Test, 'teardown' | 'testdir'>) =>
    makeApp(t, { specs: [`${t.testdir({ 'shop.yaml': KEYED })}/shop.yaml`] })

  t.test('api-keys of a contract’s own: in query, cookie and header', async (t) => {
    const app = await shop(t)
    const asked = [
      await app.ask('GET', '/things?a=b&api_key=hush-hush&c=d'),
      await app.ask('GET', '/things?api%5Fkey=hush%2Dhush'),
      await app.ask('GET', '/things', { headers: { cookie: 'a=b; sid=hush-hush' } }),
      await app.ask('GET', '/things', { headers: { 'X-Shop-Key': 'hush-hush' } }),
      await app.ask('GET', '/thing?api_key=hush-hush'),
    ]
    t.same(
      asked.map(({ status }) => status),
      [204, 204, 204, 204, 404],
    )
    const { text, body } = await journal(app)
    t.notMatch(text, /hush/)
    const [first, second, third, fourth] = body.requests.map(
      ({ request }: { request: unknown }) => request,
    )
    t.match(first.url, /^\/things\?a=b&api_key=\*{3}[0-9a-f]{8}&c=d$/)
    t.equal(second.url.split('=')[1], fourth.headers['x-shop-key'], 'one secret, one look')
    t.match(third.headers.cookie, MASK)
  })

  t.test('cookies that are set', async (t) => {
    const login = [
      'scenario: cookies',
      'summary: Sets one.',
      'operations:',
      '  authFactorsGet:',
      '    rules:',
      '      - respond: { status: 503, headers: { set-cookie: sid=hush-hush } }',
    ]
    const { app, weavr } = await user(t, playingOwn(t, { 'cookies.yaml': login.join('\n') }))
    const answer = await weavr.factors(playing('cookies'))
    t.equal(answer.headers['set-cookie'], 'sid=hush-hush', 'the client gets it')
    t.match((await newest(app)).response.headers['set-cookie'], MASK)
  })
})

t.test('codes that were sent are hidden', async (t) => {
  t.test('in the requests that show them, and in messages; a wrong one is shown', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    await weavr.verify('000000')
    await weavr.verify()
    const { text, body } = await journal(app)
    t.notMatch(text, RIGHT)
    const bodies = body.requests.map(({ request }: { request: { body?: unknown } }) => request.body)
    t.same(bodies.slice(1), [{ verificationCode: '000000' }, { verificationCode: '***' }])
    t.same(body.requests[0].messages, [{ channel: 'SMS', code: '***' }])
    const { body: sent } = await app.ask('GET', '/__admin/sessions/default/messages')
    t.equal(sent.messages[0].code, RIGHT, 'the messages show it')
  })

  t.test('in answers, headers, URLs, reasons and near misses, too', async (t) => {
    const chatty = [
      'scenario: chatty',
      'summary: Tells the code wherever it can.',
      'operations:',
      '  stepupSCAChallenge:',
      '    rules:',
      '      - send: { channel: SMS, code: "${otp}", text: "Your code is ${otp}." }',
      '        respond:',
      '          status: 418',
      '          body: { code: TEAPOT, message: "It is ${otp}." }',
      '          headers: { x-code: "${otp}" }',
    ]
    const { app, weavr } = await user(t, playingOwn(t, { 'chatty.yaml': chatty.join('\n') }))
    const answer = await weavr.stepUp(playing('chatty'))
    t.match(answer.text, RIGHT, 'the client gets it')
    await weavr.call('POST', `${STEP_UP}/${RIGHT}?code=${RIGHT}`, undefined, { 'x-otp': RIGHT })
    await weavr.call('POST', VERIFY, `code=${RIGHT}`, { 'content-type': 'text/plain' })
    const { text, body } = await journal(app)
    t.equal(body.count, 3)
    t.notMatch(text, RIGHT)
    t.equal(body.requests[0].response.headers['x-code'], '***')
    t.equal(body.requests[0].messages[0].text, 'Your code is ***.')
    t.equal(body.requests[1].request.url, `${STEP_UP}/***?code=***`)
    t.match(body.requests[1].reasons[0], '***')
    t.match(body.requests[1].nearMisses[0].reason, '***')
    t.equal(body.requests[2].request.body, 'code=***')
  })

  t.test('of this session; another one’s may be a number as any other', async (t) => {
    const { app, weavr } = await user(t)
    await weavr.stepUp()
    await weavr.verify(RIGHT, { 'x-sandbox-session': 'other' })
    const { request } = await newest(app, 'other')
    t.same(request.body, { verificationCode: RIGHT })
  })
})

const TOKEN = 'token-0f3b9c1d'
const KEY = 'key-7a41e2d8'

/** Every operation of the built-in contracts, as a client that follows a flow calls it. */
/** What lies around the challenges of Weavr Multi, and its simulator. */
const AROUND = documented.filter(({ id }) =>
  /^(login|logout|outgoingWire|send|beneficiaryBatch(Create|Get|SCAChallengePush)|unlink|multipleSCAChallengePush|factors_|wiretransfers_)/.test(
    id,
  ),
)

async function everything(app: Asked, headers: Headers): Promise<void> {
  const weavr = new WeavrUser(app, {
    token: TOKEN,
    'api-key': KEY,
    'programme-key': KEY,
    cookie: `sid=${KEY}`,
    ...headers,
  })
  const plumery = new PlumeryUser(app, { token: TOKEN, ...headers })
  await weavr.stepUp()
  await weavr.verify()
  const { body } = await weavr.confirm(['1'])
  await weavr.verifyConfirmation(String(body?.scaChallengeId ?? 1))
  await weavr.batch('7')
  await weavr.verifyBatch('7')
  await weavr.push()
  await weavr.enrol()
  await weavr.verifyEnrolment()
  await weavr.enrolPush()
  await weavr.factors()
  await plumery.initiate()
  await plumery.verify()
  for (const { method, path, body } of AROUND) await weavr.call(method, path, body)
  await plumery.initiateByEmail()
  await plumery.verifyByEmail()
  await weavr.call('POST', `/nowhere?api-key=${KEY}`)
  await weavr.call('POST', VERIFY, `{"verificationCode":"${RIGHT}"`, JSON_BODY)
}

t.test('no token, key or sent code is told by journal or log', async (t) => {
  const lines: string[] = []
  const write = (chunk: Buffer, _: string, done: () => void) => {
    lines.push(chunk.toString())
    done()
  }
  const logger = pino({ level: 'trace' }, new Writable({ write }))
  const app = await makeApp(t, { logger })
  const { body } = await app.ask('GET', '/__admin/scenarios')
  const names: string[] = body.scenarios.map(({ name }: { name: string }) => name)
  t.ok(names.includes('channel-not-registered'))
  const called = new Set<string>()
  for (const name of names) {
    const headers = { 'x-sandbox-session': name }
    // The code is one that was sent, whatever the scenario does.
    await new PlumeryUser(app).initiate('c0', headers)
    if (name === 'connection-reset' || name === 'answer-lost') continue
    await everything(app, { ...headers, ...playing(name) })
    const { text, body } = await journal(app, '?limit=1000', name)
    t.equal(body.count, 18 + AROUND.length)
    for (const each of [TOKEN, KEY, RIGHT]) t.notMatch(text, each, `${name} does not tell ${each}`)
    for (const { operationId } of body.requests) called.add(operationId)
  }
  const { body: specs } = await app.ask('GET', '/__admin/specs')
  const known = specs.specs.flatMap(({ operations }: { operations: string[] }) => operations)
  t.same(
    known.filter((id: string) => !called.has(id)),
    [],
    'every operation was called',
  )
  t.ok(lines.length > 16 * 30)
  for (const each of [TOKEN, KEY, RIGHT]) t.notMatch(lines.join(''), each, `nor does the log`)
})

t.test('the events tell no more than the journal does', async (t) => {
  const { url } = await listening(t)
  await everything(overSockets(url), {})
  const { body } = await fetch(`${url}/__admin/events?after=0`)
  let text = ''
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.includes(`\nid: ${17 + AROUND.length}\n`) && text.endsWith('\n\n')) break
  }
  t.equal(text.match(/^event: request$/gm)?.length, 17 + AROUND.length)
  for (const each of [TOKEN, KEY, RIGHT]) t.notMatch(text, each)
})
