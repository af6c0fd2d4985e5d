/** The same reference, the same answer: point 12 of the contract of Weavr Multi. */
import t from 'tap'
import { createSandbox } from '../../src/index.ts'
import { type Answer, makeApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  HOUR,
  JSON_BODY,
  overSockets,
  PlumeryUser,
  playing,
  RIGHT,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'

const REF = { 'idempotency-ref': 'r-1' }

const ruleOf = ({ headers }: Answer) => headers['x-sandbox-rule']
const MISMATCH = '400 {"message":"Payloads do not match for the same idempotency-ref."}'

const isReplay = (answer: Answer) => ruleOf(answer) === 'replay'

/** All that is sent, apart from what differs by nature. */
function bytes({ status, text, headers }: Answer) {
  const { date, 'x-sandbox-rule': rule, ...same } = headers
  return { status, text, headers: same }
}

t.test('the same call with the same reference', async (t) => {
  t.test('is answered byte for byte as the first time, and says so', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const first = await user.confirm(['1'], REF)
    const again = await user.confirm(['1'], REF)
    t.same(bytes(again), bytes(first))
    t.match(ruleOf(first), /default\.yaml:\d+$/)
    t.equal(ruleOf(again), 'replay')
  })

  t.test('is a replay for every operation that takes a reference', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const unenrolled = new WeavrUser(app, { token: 'new', ...playing('channel-not-registered') })
    const { scaChallengeId } = (await user.confirm(['1'])).body
    const calls: Record<string, () => Promise<Answer>> = {
      confirm: () => user.confirm(['2'], REF),
      verifyConfirmation: () => user.verifyConfirmation(scaChallengeId, RIGHT, REF),
      stepUp: () => user.stepUp(REF),
      verify: () => user.verify(RIGHT, REF),
      push: () => user.push('AUTHY', REF),
      enrol: () => unenrolled.enrol(REF),
      verifyEnrolment: () => unenrolled.verifyEnrolment(RIGHT, REF),
      enrolPush: () => unenrolled.enrolPush('AUTHY', REF),
    }
    for (const [name, call] of Object.entries(calls)) {
      const first = await call()
      const again = await call()
      t.ok(first.status < 300, name)
      t.notOk(isReplay(first), name)
      t.ok(isReplay(again), name)
      t.equal(told(again), told(first), name)
    }
  })

  t.test('sends no second message', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp(REF)
    await user.stepUp(REF)
    t.same(
      app.requests().map(({ messages }) => messages.length),
      [1, 0],
    )
  })

  t.test('does not make the wait or the life of a code longer', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    t.equal(told(await user.stepUp({ ...REF, ...after('14s') })), '204')
    t.equal(told(await user.stepUp(after('1s'))), '204')
    t.ok(isReplay(await user.stepUp({ ...REF, ...after('290s') })))
    t.equal(told(await user.verify(RIGHT, after('10s'))), conflict('VERIFICATION_CODE_EXPIRED'))
  })

  t.test('does not count as one of the two codes', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    for (let call = 0; call < 5; call++) await user.stepUp({ ...REF, ...after('15s') })
    t.equal(told(await user.stepUp()), '204')
  })

  t.test('does not count in a list of calls', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('challenge-limit-exceeded'))
    for (let call = 0; call < 3; call++) t.equal(told(await user.stepUp(REF)), '204')
    t.equal(told(await user.stepUp()), conflict('CHALLENGE_LIMIT_EXCEEDED'))
  })

  t.test('is answered as the first time, although the code has been verified since', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    await user.verify()
    t.equal(told(await user.stepUp(REF)), '204')
    t.equal(told(await user.verify()), conflict('ALREADY_VERIFIED'))
  })

  t.test('is the same under /multi and at the root', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    const again = await user.call('POST', '/multi/stepup/challenges/otp/SMS', undefined, REF)
    t.ok(isReplay(again))
  })

  t.test('is refused all the same where its credentials are', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    t.equal(told(await user.stepUp({ ...REF, 'api-key': 'invalid' })), '401')
  })
})

t.test('another call with the same reference', async (t) => {
  t.test('another payload is refused, and nothing happens', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.confirm(['1'], REF)
    t.equal(told(await user.confirm(['2'], REF)), MISMATCH)
    t.equal(app.requests().at(-1)?.messages.length, 0)
    t.ok(isReplay(await user.confirm(['1'], REF)), 'and the first is not forgotten')
    t.equal(told(await user.confirm(['2'], REF)), MISMATCH)
    t.equal((await user.confirm(['2'])).status, 200, 'without the reference it is not too early')
  })

  t.test('the journal says what was wrong, and which line answered', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.confirm(['1'], REF)
    await user.confirm(['2'], REF)
    const { body } = await app.ask('GET', '/__admin/sessions/default/requests')
    const entry = body.requests.at(-1)
    t.match(entry.rule, /^scenarios\/weavr-multi\/api\.yaml:\d+$/)
    t.match(JSON.stringify(entry), /the reference was used with another body/)
  })

  t.test('the order of fields, and what spaces are between, make no other payload', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const confirm = (text: string) =>
      user.call('POST', '/challenges/otp/SMS', text, { ...REF, ...JSON_BODY })
    const first =
      '{"resourceType":"sends","resourceIds":["1","2"],"note":{"a":1,"b":[{"c":2,"d":3}]}}'
    await confirm(first)
    const same =
      '{ "note": {"b": [{"d": 3, "c": 2}], "a": 1}, "resourceIds": ["1", "2"], "resourceType": "sends" }'
    t.ok(isReplay(await confirm(same)))
    t.equal(told(await confirm(first.replace('["1","2"]', '["2","1"]'))), MISMATCH, 'of a list')
    t.equal(told(await confirm(first.replace('"d":3', '"d":"3"'))), MISMATCH, 'a text, no number')
    t.equal(told(await confirm(first.replace('"d"', '"constructor"'))), MISMATCH)
  })

  t.test('another payload is taken once the reference has been forgotten', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.confirm(['1'], REF)
    t.equal((await user.confirm(['2'], { ...REF, ...after('24h') })).status, 200)
  })

  t.test('another payload is taken after a call that was refused', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.confirm(['1'])
    t.equal(told(await user.confirm(['1'], REF)), conflict('RETRY_IN_15SEC'))
    t.equal((await user.confirm(['2'], REF)).status, 200)
  })

  t.test('of two payloads at the same time one is refused', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answers = await Promise.all([user.confirm(['1'], REF), user.confirm(['2'], REF)])
    t.equal(answers[0]?.status, 200)
    t.equal(told(answers[1] as Answer), MISMATCH)
  })

  t.test('a payload nested deeper than a stack is compared like any other', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const confirm = (depth: number) => {
      const note = '['.repeat(depth) + ']'.repeat(depth)
      const text = `{"resourceType":"sends","resourceIds":["1"],"note":${note}}`
      return user.call('POST', '/challenges/otp/SMS', text, { ...REF, ...JSON_BODY })
    }
    t.equal((await confirm(200_000)).status, 200)
    t.ok(isReplay(await confirm(200_000)))
    t.equal(told(await confirm(199_999)), MISMATCH)
  })

  t.test('a payload of very many items is compared like any other', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const confirm = (count: number) => {
      const text = `{"resourceType":"sends","resourceIds":["1"],"note":[${'1,'.repeat(count)}1]}`
      return user.call('POST', '/challenges/otp/SMS', text, { ...REF, ...JSON_BODY })
    }
    t.equal((await confirm(400_000)).status, 200)
    t.ok(isReplay(await confirm(400_000)))
    t.equal(told(await confirm(400_001)), MISMATCH)
  })

  t.test('a wrong code is no payload that is remembered', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal(told(await user.verify(WRONG, REF)), conflict('VERIFICATION_CODE_INVALID'))
    t.equal(told(await user.verify(RIGHT, REF)), '204')
  })

  t.test('another operation is a call of its own', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    const push = await user.push('AUTHY', REF)
    t.equal(push.status, 200)
    t.notOk(isReplay(push))
  })

  t.test('another parameter in the path is a call of its own', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const authy = await user.push('AUTHY', REF)
    const biometric = await user.push('BIOMETRIC', REF)
    t.notOk(isReplay(biometric))
    t.not(biometric.body.id, authy.body.id)
  })

  t.test('another token is another call', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).stepUp(REF)
    const other = await new WeavrUser(app, { token: 'other' }).stepUp(REF)
    t.equal(told(other), '204')
    t.notOk(isReplay(other))
  })

  t.test('another session of the sandbox is another call', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    const other = await user.stepUp({ ...REF, 'x-sandbox-session': 'elsewhere' })
    t.equal(told(other), '204')
    t.notOk(isReplay(other))
  })

  t.test('another reference is another call', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    t.equal(told(await user.stepUp({ 'idempotency-ref': 'R-1' })), conflict('RETRY_IN_15SEC'))
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'), 'and so is none')
  })

  t.test('an empty reference is none', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const empty = { 'idempotency-ref': '' }
    t.equal(told(await user.stepUp(empty)), '204')
    t.equal(told(await user.stepUp(empty)), conflict('RETRY_IN_15SEC'))
  })
})

t.test('a refused call is not remembered', async (t) => {
  t.test('one that came too early runs anew', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal(told(await user.stepUp(REF)), conflict('RETRY_IN_15SEC'))
    t.equal(told(await user.stepUp({ ...REF, ...after('15s') })), '204')
    t.ok(isReplay(await user.stepUp(REF)))
  })

  t.test('a wrong code costs a try each time', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    const outcomes = []
    for (let call = 0; call < 6; call++) outcomes.push(told(await user.verify(WRONG, REF)))
    t.same(outcomes.slice(2), [
      conflict('VERIFICATION_CODE_INVALID'),
      conflict('ONE_CHALLENGE_LIMIT_REMAINING'),
      conflict('CHALLENGE_LIMIT_EXCEEDED'),
      conflict('STATE_INVALID'),
    ])
  })

  t.test('a failed call is tried again until it succeeds, then replayed', async (t) => {
    const user = new WeavrUser(await makeApp(t), { ...REF, ...playing('flaky') })
    const answers = []
    for (let call = 0; call < 4; call++) answers.push(await user.stepUp())
    t.same(answers.map(told), ['503', '503', '204', '204'])
    t.same(answers.map(isReplay), [false, false, false, true])
  })

  t.test('an answer that Prefer forced is not remembered either', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal(told(await user.stepUp({ ...REF, prefer: 'code=204' })), '204')
    const real = await user.stepUp(REF)
    t.equal(told(real), '204')
    t.notOk(isReplay(real))
    t.equal(told(await user.verify()), '204')
  })
})

t.test('a reference is kept for 24 hours of the session’s clock', async (t) => {
  t.test('it is a replay to the last millisecond, and then a new call', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const first = await user.confirm(['1'], REF)
    app.clock.time += 24 * HOUR - 1
    t.equal(told(await user.confirm(['1'], REF)), told(first))
    app.clock.time += 1
    const fresh = await user.confirm(['1'], REF)
    t.equal(fresh.status, 200)
    t.notOk(isReplay(fresh))
    t.not(fresh.body.scaChallengeId, first.body.scaChallengeId)
    t.equal(told(await user.confirm(['1'], REF)), told(fresh), 'and is kept in its turn')
  })

  t.test('a moved clock counts', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    t.ok(isReplay(await user.stepUp({ ...REF, ...after('23h59m59s') })))
    t.notOk(isReplay(await user.stepUp({ ...REF, ...after('1s') })))
  })

  t.test('a replay does not make it longer', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    t.ok(isReplay(await user.stepUp({ ...REF, ...after('23h') })))
    t.notOk(isReplay(await user.stepUp({ ...REF, ...after('1h') })))
  })

  t.test('the clock of another session does not count', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp(REF)
    await user.factors({ 'x-sandbox-session': 'elsewhere', ...after('7d') })
    t.ok(isReplay(await user.stepUp(REF)))
  })
})

t.test('operations without the header pay no attention to it', async (t) => {
  t.test('a beneficiary batch', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.batch('7', REF)
    t.equal(told(await user.batch('7', REF)), conflict('STATE_INVALID'))
    t.equal(app.requests().flatMap(({ messages }) => messages).length, 1)
    t.equal(told(await user.verifyBatch('7', RIGHT, REF)), '204')
    t.equal(told(await user.verifyBatch('7', RIGHT, REF)), conflict('STATE_INVALID'))
  })

  t.test('the list of factors', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.factors(REF)
    t.notOk(isReplay(await user.factors(REF)))
  })

  t.test('the other API', async (t) => {
    const user = new PlumeryUser(await makeApp(t), REF)
    await user.initiate()
    t.equal(told(await user.verify()), '204')
    t.equal((await user.verify()).status, 400)
  })
})

t.test('a reference of more than 8,000 characters is refused, and nothing happens', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app)
  const answer = await user.stepUp({ 'idempotency-ref': 'x'.repeat(8_001) })
  t.equal(answer.status, 413)
  t.same(answer.body, {
    code: 'PAYLOAD_TOO_LARGE',
    message: 'the reference has more than 8000 characters',
  })
  t.equal(told(await user.stepUp()), '204')
})

t.test('an API can take another payload for a call of its own', async (t) => {
  const api = `
subject: token
constants: { otp: '123456' }
idempotency: { header: idempotency-ref, keep: 24h }
`
  const scenarios = [t.testdir({ 'weavr-multi': { 'api.yaml': api } })]
  const user = new WeavrUser(await makeApp(t, { scenarios }))
  const first = await user.confirm(['1'], REF)
  const other = await user.confirm(['2'], REF)
  t.notOk(isReplay(other))
  t.not(other.body.scaChallengeId, first.body.scaChallengeId)
  t.ok(isReplay(await user.confirm(['1'], REF)))
  t.ok(isReplay(await user.confirm(['2'], REF)))
  t.equal((await user.stepUp({ 'idempotency-ref': 'x'.repeat(8_001) })).status, 204)
})

t.test('strange references are references', async (t) => {
  for (const reference of ['__proto__', 'constructor', 'ü', '"', 'x'.repeat(8_000), '0']) {
    t.test(reference.slice(0, 20), async (t) => {
      const user = new WeavrUser(await makeApp(t), { 'idempotency-ref': reference })
      t.equal(told(await user.stepUp()), '204')
      t.ok(isReplay(await user.stepUp()))
    })
  }
})

t.test('a connection that breaks', async (t) => {
  async function userOf(files: Record<string, string> = {}): Promise<WeavrUser> {
    const scenarios = t.testdir({ 'weavr-multi': files })
    const sandbox = await createSandbox({ scenarios: [scenarios] })
    t.teardown(() => sandbox.stop())
    return new WeavrUser(overSockets(sandbox.url))
  }

  t.test('a success that got lost with it is replayed', async (t) => {
    const user = await userOf({
      'lost-answer.yaml': `
scenario: lost-answer
summary: The code is sent and the answer gets lost.
operations:
  stepupSCAChallenge:
    calls:
      - set: { stepUp.status: PENDING, stepUp.issued: 1, stepUp.issuedAt: '\${now}' }
        respond: 204
        fault: reset
`,
    })
    await t.rejects(user.stepUp({ ...REF, ...playing('lost-answer') }))
    const retry = await user.stepUp({ ...REF, ...playing('lost-answer') })
    t.equal(told(retry), '204')
    t.ok(isReplay(retry))
    t.equal(told(await user.verify()), '204')
  })

  t.test('a success as usual that got lost with it is replayed', async (t) => {
    const user = await userOf({
      'lost-default.yaml': `
scenario: lost-default
summary: As usual, and the answer gets lost.
operations:
  '*':
    calls:
      - { respond: default, fault: reset }
      - default
`,
    })
    const lost = { ...REF, ...playing('lost-default') }
    await t.rejects(user.confirm(['1'], lost))
    const retry = await user.confirm(['1'], lost)
    t.ok(isReplay(retry))
    t.equal(told(await user.verifyConfirmation(retry.body.scaChallengeId)), '204')
  })

  t.test('an error that got lost with it is not remembered', async (t) => {
    const user = await userOf({
      'lost-error.yaml': `
scenario: lost-error
summary: The first call fails and the answer gets lost.
operations:
  stepupSCAChallenge:
    calls:
      - { respond: 503, fault: empty }
      - default
`,
    })
    await t.rejects(user.stepUp({ ...REF, ...playing('lost-error') }))
    const retry = await user.stepUp({ ...REF, ...playing('lost-error') })
    t.equal(told(retry), '204')
    t.notOk(isReplay(retry))
  })

  t.test('what did not happen before it broke is not replayed', async (t) => {
    const user = await userOf()
    await t.rejects(user.confirm(['1'], { ...REF, ...playing('connection-reset') }))
    const retry = await user.confirm(['1'], REF)
    t.equal(retry.status, 200)
    t.equal(told(await user.verifyConfirmation(retry.body.scaChallengeId)), '204')
  })
})
