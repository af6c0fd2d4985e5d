/** What is meant for the sandbox in a request: session, scenario, clock and preference. */
import t from 'tap'
import { type Answer, makeApp } from '../fixtures/app.ts'
import {
  after,
  CREDENTIALS,
  conflict,
  FACTORS,
  PlumeryUser,
  playing,
  STEP_UP,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'
import { serving } from '../fixtures/responding.ts'

/** A problem of the sandbox itself, in the shape of RFC 9457. */
function problem({ status, headers, body }: Answer) {
  return { status, type: headers['content-type']?.split(';')[0], code: body?.code }
}

const problemOf = (code: string) => ({ status: 400, type: 'application/problem+json', code })

t.test('a session', async (t) => {
  t.test('is chosen by a header, and the answer tells which it was', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp({ 'x-sandbox-session': 'one' })
    const other = await user.stepUp({ 'x-sandbox-session': 'two' })
    t.equal(told(other), '204', 'the other knows nothing of the first')
    t.equal(other.headers['x-sandbox-session'], 'two')
    const again = await user.stepUp({ 'x-sandbox-session': 'one' })
    t.equal(told(again), conflict('RETRY_IN_15SEC'))
    t.equal(app.requests('one').length, 2)
    t.equal(app.requests('two').length, 1)
  })

  t.test('is called default where none is chosen', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const { headers } = await user.stepUp()
    t.equal(headers['x-sandbox-session'], 'default')
    const named = await user.stepUp({ 'x-sandbox-session': 'default' })
    t.equal(told(named), conflict('RETRY_IN_15SEC'), 'named or not, it is the same')
  })

  t.test('is chosen by the base URL, which is cut off before routing', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.call('POST', `/@checkout-7${STEP_UP}`)
    t.equal(told(answer), '204')
    t.equal(answer.headers['x-sandbox-session'], 'checkout-7')
    t.equal(
      told(await user.stepUp({ 'x-sandbox-session': 'checkout-7' })),
      conflict('RETRY_IN_15SEC'),
    )
    t.equal((await user.call('GET', `/@checkout-7/multi${FACTORS}?a=b`)).status, 200)
    t.equal((await user.call('GET', '/@checkout-7')).status, 404)
    t.equal((await user.call('GET', `${FACTORS}/@checkout-7`)).status, 404, 'at the front only')
  })

  t.test('in the header goes before that in the URL', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const headers = { 'x-sandbox-session': 'header' }
    const answer = await user.call('POST', `/@url${STEP_UP}`, undefined, headers)
    t.equal(told(answer), '204')
    t.equal(answer.headers['x-sandbox-session'], 'header')
    t.equal(told(await user.call('POST', `/@url${STEP_UP}`)), '204')
  })

  const good = ['a', 'A.b_c-9', 'x'.repeat(128), '__proto__', 'constructor', '...', '0', '-']
  for (const id of good) {
    t.test(`may be called ${id.slice(0, 20)}, by header and by URL`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      const answer = await user.stepUp({ 'x-sandbox-session': id })
      t.equal(told(answer), '204')
      t.equal(answer.headers['x-sandbox-session'], id)
      t.equal(told(await user.call('POST', `/@${id}${STEP_UP}`)), conflict('RETRY_IN_15SEC'))
      t.equal(told(await user.stepUp()), '204', 'the default session is another')
    })
  }

  const bad = ['', ' ', 'x'.repeat(129), 'a b', 'ü', 'a/b', 'a:b', 'a,b', '%41', '@a', 'a\tb']
  for (const id of bad) {
    t.test(`cannot be called "${id.slice(0, 20)}"`, async (t) => {
      const app = await makeApp(t)
      const answer = await new WeavrUser(app).stepUp({ 'x-sandbox-session': id })
      t.same(problem(answer), problemOf('bad-session-id'))
      t.ok(answer.text.length < 500, 'what is wrong is not repeated at length')
    })
  }

  for (const prefix of ['/@', '/@:flaky', '/@a%20b', `/@${'x'.repeat(129)}`, '/@a%2Fb', '/@a@b']) {
    t.test(`cannot be had by the base URL ${prefix.slice(0, 20)}`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      t.same(problem(await user.call('GET', prefix + FACTORS)), problemOf('bad-session-id'))
    })
  }
})

t.test('a scenario', async (t) => {
  t.test('is chosen by a header, and the answer tells which it was', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const { status, headers } = await user.factors(playing('unauthorized'))
    t.equal(status, 401)
    t.equal(headers['x-sandbox-scenario'], 'unauthorized')
    t.equal((await user.factors()).headers['x-sandbox-scenario'], 'default')
  })

  t.test('is chosen by the base URL beside the session', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const { status, headers } = await user.call('GET', `/@checkout-7:unauthorized/multi${FACTORS}`)
    t.equal(status, 401)
    t.equal(headers['x-sandbox-session'], 'checkout-7')
    t.equal(headers['x-sandbox-scenario'], 'unauthorized')
  })

  t.test('in the header goes before that in the URL, that before the server’s', async (t) => {
    const user = new WeavrUser(await makeApp(t, { scenario: 'internal-server-error' }))
    const url = `/@checkout-7:unauthorized${FACTORS}`
    const header = playing('service-unavailable')
    t.equal((await user.factors()).status, 500)
    t.equal((await user.call('GET', url)).status, 401)
    t.equal((await user.call('GET', url, undefined, header)).status, 503)
    t.equal((await user.factors(playing('default'))).status, 200)
  })

  t.test('and a session may come from different places', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const { status, headers } = await user.call('GET', `/@url:unauthorized${FACTORS}`, undefined, {
      'x-sandbox-session': 'header',
    })
    t.equal(status, 401)
    t.equal(headers['x-sandbox-session'], 'header')
  })

  t.test('of another API plays default', async (t) => {
    const app = await makeApp(t)
    const { status, headers } = await new PlumeryUser(app).initiate('c1', playing('flaky'))
    t.equal(status, 204)
    t.equal(headers['x-sandbox-scenario'], 'default')
  })

  t.test('of both APIs is played by both', async (t) => {
    const app = await makeApp(t)
    t.equal((await new WeavrUser(app).factors(playing('internal-server-error'))).status, 500)
    t.equal(
      (await new PlumeryUser(app).initiate('c1', playing('internal-server-error'))).status,
      500,
    )
  })

  t.test('that is misspelt is refused with the names nearest to it', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    for (const [wrong, right] of Object.entries({
      'retry-in-15-secs': 'retry-in-15-sec',
      Default: 'default',
      flakey: 'flaky',
      unauthorised: 'unauthorized',
      push_declined: 'push-declined',
    })) {
      const answer = await user.factors(playing(wrong))
      t.same(problem(answer), problemOf('unknown-scenario'))
      t.equal(answer.body.nearest[0], right)
      t.match(answer.body.detail, right)
    }
  })

  t.test('that is an error code is refused with the scenarios that send it', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const prefer = (code: string) =>
      `"Prefer: code=409, example=${code}" gets it without one; GET /__admin/scenarios lists all`
    for (const name of ['FUNDS_INSUFFICIENT', 'funds_insufficient', 'Funds-Insufficient']) {
      const answer = await user.factors(playing(name))
      t.same(problem(answer), problemOf('unknown-scenario'))
      t.same(answer.body.nearest, ['funds-insufficient', 'creation-refused'], 'best first')
      t.equal(
        answer.body.detail,
        `FUNDS_INSUFFICIENT is an error code, not a scenario; scenarios that send it: funds-insufficient, creation-refused; ${prefer('FUNDS_INSUFFICIENT')}`,
      )
    }
    const { body } = await user.factors(playing('CURRENCY_MISMATCH'))
    t.equal(
      body.detail,
      `CURRENCY_MISMATCH is an error code, not a scenario; a scenario that sends it: creation-refused; ${prefer('CURRENCY_MISMATCH')}`,
    )
  })

  t.test('that is an error code which none sends is refused with a preference', async (t) => {
    const example = { examples: { BLOCKED: { value: {} } } }
    const responses = { 423: { description: '', content: { 'application/json': example } } }
    const { ask } = await serving(t, { '/it': { get: { responses } } })
    const { body } = await ask('GET', '/it', { headers: playing('blocked') })
    t.match(body.detail, 'no scenario sends it; "Prefer: code=423, example=BLOCKED" gets it')
    t.same(body.nearest, [])
  })

  t.test('that is like no other is refused with the route that lists all', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.call('GET', `/@a:xyzzy-plugh-quux${FACTORS}`)
    t.same(problem(answer), problemOf('unknown-scenario'))
    t.same(answer.body.nearest, [])
    t.match(answer.body.detail, 'GET /__admin/scenarios lists all')
  })

  for (const name of ['', ' ', '__proto__', 'constructor', 'toString', '*', 'x'.repeat(10_000)]) {
    t.test(`cannot be called "${name.slice(0, 20)}"`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      const answer = await user.stepUp(playing(name))
      t.same(problem(answer), problemOf('unknown-scenario'))
      t.ok(answer.body.detail.length < 2_000)
      t.equal(told(await user.stepUp()), '204', 'nothing has happened')
    })
  }

  t.test('that is unknown is told before anything of the mocked API', async (t) => {
    const app = await makeApp(t)
    const headers = playing('nope')
    t.same(problem(await app.ask('PUT', '/nowhere', { headers })), problemOf('unknown-scenario'))
    t.same(problem(await app.ask('POST', STEP_UP, { headers })), problemOf('unknown-scenario'))
  })
})

t.test('a step forward in time', async (t) => {
  const steps: Record<string, number> = {
    '15s': 15_000,
    '250ms': 250,
    '1h30m': 5_400_000,
    '0.5s': 500,
    '2d': 172_800_000,
    PT15S: 15_000,
    P1DT12H: 129_600_000,
    '0s': 0,
  }
  for (const [step, ms] of Object.entries(steps)) {
    t.test(`${step} is ${ms} ms`, async (t) => {
      const app = await makeApp(t)
      await new WeavrUser(app).factors(after(step))
      t.equal(app.requests()[0]?.at, app.clock.time + ms)
    })
  }

  t.test('adds up, in its own session only, and stays', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.factors(after('1h'))
    await user.factors(after('1h'))
    await user.factors()
    await user.factors({ 'x-sandbox-session': 'elsewhere' })
    t.equal(app.requests().at(-1)?.at, app.clock.time + 7_200_000)
    t.equal(app.requests('elsewhere').at(-1)?.at, app.clock.time)
  })

  t.test('is taken before the request is handled', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal(told(await user.stepUp(after('15s'))), '204')
  })

  t.test('is taken although the mocked API refuses the request', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal((await user.verify('x', after('10s'))).status, 400)
    t.equal((await user.stepUp({ ...after('5s'), 'api-key': '' })).status, 401)
    t.equal(told(await user.stepUp()), '204')
  })

  const bad = ['', '15', '-15s', '15 s', 's', 'soon', '1e3s', 'NaN', 'P', 'PT', '1y', '+1s', '1.s']
  for (const step of [...bad, `${'9'.repeat(40)}s`, `${'9'.repeat(100)}s`, '__proto__']) {
    t.test(`cannot be "${step.slice(0, 20)}", and then nothing happens`, async (t) => {
      const app = await makeApp(t)
      const user = new WeavrUser(app)
      const answer = await user.stepUp(after(step))
      t.same(problem(answer), problemOf('bad-advance'))
      t.equal(told(await user.stepUp()), '204')
      t.equal(app.requests().at(-1)?.at, app.clock.time)
    })
  }

  t.test('goes no further than the year 9999', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal(told(await user.stepUp(after('2900000d'))), '204')
    t.same(problem(await user.stepUp(after('2900000d'))), problemOf('bad-advance'))
    t.equal(told(await user.verify()), '204')
  })

  t.test('is not taken where the request cannot be followed', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.factors({ ...after('1h'), ...playing('nope') })
    await user.factors({ ...after('1h'), 'x-sandbox-session': 'a b' })
    await user.factors()
    t.equal(app.requests().at(-1)?.at, app.clock.time)
  })

  t.test('is not taken where the preference is not understood', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const answer = await user.factors({ ...after('1h'), prefer: 'cod=409' })
    t.same(problem(answer), problemOf('bad-prefer'))
    await user.factors()
    t.equal(app.requests().at(-1)?.at, app.clock.time)
  })
})

t.test('a preference', async (t) => {
  const prefer = (value: string) => ({ prefer: value })

  t.test('forces a status and an example', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.stepUp(prefer('code=409, example=RETRY_IN_15SEC'))
    t.equal(told(answer), conflict('RETRY_IN_15SEC'))
    t.equal(answer.headers['preference-applied'], 'code=409, example=RETRY_IN_15SEC')
    t.equal(answer.headers['x-sandbox-rule'], 'example')
  })

  t.test('forces a status alone: its first example', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.stepUp(prefer('code=409'))
    t.equal(told(answer), conflict('CHANNEL_NOT_SUPPORTED'))
    t.equal(answer.headers['preference-applied'], 'code=409')
    t.equal(told(await user.stepUp(prefer('code=503'))), '503')
    t.equal(told(await user.stepUp(prefer('code=204'))), '204')
  })

  t.test('forces an example alone: the status is the one that has it', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.confirm(['1'], prefer('example=CHALLENGE_LIMIT_EXCEEDED'))
    t.equal(told(answer), conflict('CHALLENGE_LIMIT_EXCEEDED'))
    t.equal(answer.headers['preference-applied'], 'example=CHALLENGE_LIMIT_EXCEEDED')
    const success = await user.confirm(['1'], prefer('example=success'))
    t.equal(told(success), '200 {"scaChallengeId":"110984032147800067"}')
  })

  t.test('has a body generated from the schema, the same each time', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.confirm(['1'], prefer('dynamic=true'))
    t.equal(answer.status, 200)
    t.match(answer.body.scaChallengeId, /^[0-9]+$/)
    t.equal(answer.headers['x-sandbox-rule'], 'generated')
    t.equal(answer.headers['preference-applied'], 'dynamic=true')
    t.equal(told(await user.confirm(['1'], prefer('dynamic=true'))), told(answer))
  })

  t.test('of a status that falls under default gets the shape of default', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.stepUp(prefer('code=418'))
    t.equal(told(answer), '418 {"code":"UNEXPECTED_ERROR","message":"Unexpected error"}')
  })

  t.test('goes before header, URL and server, and is neither slow nor broken', async (t) => {
    const app = await makeApp(t, { scenario: 'unauthorized' })
    const user = new WeavrUser(app, playing('slow'))
    t.equal(told(await user.stepUp(prefer('code=204'))), '204')
    t.same(app.clock.slept, [])
    const broken = { ...prefer('code=503'), ...playing('connection-reset') }
    t.equal(told(await user.stepUp(broken)), '503')
    t.equal(
      (await user.call('GET', `/@a:forbidden${FACTORS}`, undefined, prefer('code=500'))).status,
      500,
    )
  })

  t.test('touches no state and sends no message', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    t.equal(told(await user.stepUp(prefer('code=204'))), '204')
    t.equal(told(await user.verify()), conflict('STATE_INVALID'))
    t.equal(told(await user.stepUp()), '204')
    t.equal(told(await user.verify('000000', prefer('code=204'))), '204')
    t.equal(told(await user.verify()), '204')
    t.equal(app.requests().flatMap(({ messages }) => messages).length, 1)
  })

  t.test('does not count as a call', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('challenge-limit-exceeded'))
    await user.stepUp(prefer('code=204'))
    t.equal(told(await user.stepUp()), '204')
    t.equal(told(await user.stepUp()), conflict('CHALLENGE_LIMIT_EXCEEDED'))
  })

  t.test('moves the clock if it is told to', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    await user.stepUp({ ...prefer('code=204'), ...after('15s') })
    t.equal(told(await user.stepUp()), '204')
  })

  const spellings = [
    'code=409,example=RETRY_IN_15SEC',
    'Code=409 , Example=RETRY_IN_15SEC',
    'code="409", example="RETRY_IN_15SEC"',
    'code = 409, example = RETRY_IN_15SEC',
    'example=RETRY_IN_15SEC, code=409',
    ', code=409,, example=RETRY_IN_15SEC,',
    'return=minimal, code=409, example=RETRY_IN_15SEC, respond-async',
    'code=409; example=RETRY_IN_15SEC',
    'code=409, code=204, example=RETRY_IN_15SEC',
  ]
  for (const spelling of spellings) {
    t.test(`may be spelt ${spelling}`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      t.equal(told(await user.stepUp(prefer(spelling))), conflict('RETRY_IN_15SEC'))
    })
  }

  const others = ['return=minimal', 'respond-async, wait=10', 'handling=lenient', '', ' , ']
  for (const other of others) {
    t.test(`of another standard is passed over: "${other}"`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      const answer = await user.stepUp(prefer(other))
      t.equal(told(answer), '204')
      t.notOk('preference-applied' in answer.headers)
      t.equal(told(await user.verify()), '204', 'the call was a real one')
    })
  }

  const strange = [
    'xylophone=1',
    '__proto__=1',
    'constructor=1',
    'odata.maxpagesize=5',
    'a; code=409',
  ]
  for (const value of strange) {
    t.test(`is ignored when the sandbox does not know it: ${value}`, async (t) => {
      const app = await makeApp(t)
      const user = new WeavrUser(app)
      const answer = await user.stepUp(prefer(`return=minimal, ${value}`))
      t.equal(told(answer), '204')
      t.notOk('preference-applied' in answer.headers)
      const { body } = await app.ask('GET', '/__admin/sessions/default/requests')
      t.same(body.requests[0].ignored, ['return=minimal', value], 'and the journal says so')
    })
  }

  t.test('is followed beside one that the sandbox does not know', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const answer = await user.stepUp(prefer('code=409; fast, xylophone, example=RETRY_IN_15SEC'))
    t.equal(told(answer), conflict('RETRY_IN_15SEC'))
    t.same(app.requests()[0]?.ignored, ['fast', 'xylophone'])
  })

  t.test('of another standard may have parameters (RFC 7240, 2)', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal(told(await user.stepUp(prefer('return=minimal; foo="some parameter"'))), '204')
  })

  const malformed = [
    'cod=409',
    'code',
    'code=',
    'code=abc',
    'code=99',
    'code=1000',
    'code=409.5',
    'dynamic=perhaps',
    'examples=x',
    '=409',
    'code==409',
    '409',
    'code="409',
    'code=409 example=RETRY_IN_15SEC',
  ]
  for (const value of malformed) {
    t.test(`is refused where it is not understood: ${value}`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      const answer = await user.stepUp(prefer(value))
      t.same(problem(answer), problemOf('bad-prefer'))
      t.notOk('preference-applied' in answer.headers)
      t.equal(told(await user.stepUp()), '204', 'nothing has happened')
    })
  }

  t.test('is refused where it is misspelt, with what is near', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const answer = await user.stepUp(prefer('exmple=RETRY_IN_15SEC'))
    t.same(answer.body.nearest, ['example'])
  })

  const unknown: Record<string, string> = {
    'example=RETRY_IN_15SECS': 'RETRY_IN_15SEC',
    'code=409, example=RETRY_IN_15_SEC': 'RETRY_IN_15SEC',
    'code=409, example=STATE_INVALID': '',
    'code=503, example=RETRY_IN_15SEC': '',
    'example=toString': '',
    'code=200': '',
  }
  for (const [value, near] of Object.entries(unknown)) {
    t.test(`is refused where the contract has no such answer: ${value}`, async (t) => {
      const user = new WeavrUser(await makeApp(t))
      const answer = await user.stepUp(prefer(value))
      t.same(problem(answer), problemOf('unknown-preference'))
      if (near !== '') t.equal(answer.body.nearest[0], near)
      t.equal(told(await user.stepUp()), '204', 'nothing has happened')
    })
  }

  t.test('of a status that the contract lacks is refused where it has no default', async (t) => {
    const user = new PlumeryUser(await makeApp(t))
    const answer = await user.initiate('c1', prefer('code=418'))
    t.same(problem(answer), problemOf('unknown-preference'))
    t.same(answer.body.nearest, ['204', '400', '500'])
  })
})

t.test('every answer tells session, scenario and rule', async (t) => {
  const app = await makeApp(t)
  const session = { 'x-sandbox-session': 'told' }
  const answers = {
    success: await app.ask('POST', STEP_UP, { headers: { ...CREDENTIALS, ...session } }),
    unauthorized: await app.ask('POST', STEP_UP, { headers: session }),
    'syntax error': await app.ask('POST', '/stepup/challenges/otp/FAX', {
      headers: { ...CREDENTIALS, ...session },
    }),
    'unknown path': await app.ask('POST', '/nowhere', { headers: session }),
    'wrong method': await app.ask('GET', STEP_UP, { headers: session }),
    'unknown scenario': await app.ask('POST', STEP_UP, {
      headers: { ...session, ...playing('nope') },
    }),
  }
  for (const [what, { headers }] of Object.entries(answers)) {
    t.equal(headers['x-sandbox-session'], 'told', what)
    t.ok(headers['x-sandbox-scenario'], what)
    t.ok(headers['x-sandbox-rule'], what)
  }
  t.match(answers.success.headers['x-sandbox-rule'], /^scenarios\/.*default\.yaml:\d+$/)
  t.equal(answers.unauthorized.headers['x-sandbox-rule'], 'contract')
  t.equal(answers['syntax error'].headers['x-sandbox-rule'], 'contract')
  t.equal(app.requests('told').length, 6, 'and the journal has them all')
})

t.test('a magic credential names the line that refused it', async (t) => {
  const user = new WeavrUser(await makeApp(t))
  const { headers } = await user.factors({ 'api-key': 'invalid' })
  t.match(headers['x-sandbox-rule'], /^scenarios\/weavr-multi\/api\.yaml:\d+$/)
})

t.test('a header named like one of the sandbox’s', async (t) => {
  const misspelt: Readonly<Record<string, string>> = {
    'X-Sandbox-Sesion': 'x-sandbox-session',
    'X-Sandbox-Session-Id': 'x-sandbox-session',
    'X-Sandbox-Scenarios': 'x-sandbox-scenario',
    'x-sandbox-senario': 'x-sandbox-scenario',
    'X-Sandbox-Advanced': 'x-sandbox-advance',
  }
  for (const [name, meant] of Object.entries(misspelt)) {
    t.test(`is refused when it is misspelt: ${name}`, async (t) => {
      const app = await makeApp(t)
      const user = new WeavrUser(app)
      const answer = await user.stepUp({ [name]: '15s' })
      t.same(problem(answer), problemOf('bad-header'))
      t.equal(answer.body.nearest[0], meant)
      t.match(
        answer.body.detail,
        `"${name.toLowerCase()}" is not understood; did you mean "${meant}"`,
      )
      t.equal(told(await user.stepUp()), '204', 'nothing was played')
    })
  }

  const foreign = ['X-Sandbox-Version', 'X-Sandbox-Region', 'x-sandbox-time', 'x-sandbox-s']
  for (const name of foreign) {
    t.test(`is ignored when it is another one: ${name}`, async (t) => {
      const app = await makeApp(t)
      const answer = await new WeavrUser(app).stepUp({ [name]: '1', prefer: 'wait=10' })
      t.equal(told(answer), '204')
      const { body } = await app.ask('GET', '/__admin/sessions/default/requests')
      t.same(body.requests[0].ignored, ['wait=10', name.toLowerCase()], 'and the journal says so')
    })
  }

  t.test('is known when it is a header of a response, sent back', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const first = await user.stepUp()
    const ours = Object.entries(first.headers).filter(([name]) => name.startsWith('x-sandbox-'))
    t.ok(ours.length >= 3)
    await user.stepUp(Object.fromEntries(ours) as Record<string, string>)
    t.same(app.requests()[1]?.ignored, [])
  })

  t.test('is known when the operation declares it', async (t) => {
    const { ask, requests } = await serving(t, {
      '/it': {
        get: {
          parameters: [{ name: 'X-Sandbox-Sessions', in: 'header', schema: { type: 'string' } }],
          responses: { 204: { description: '' } },
        },
      },
    })
    t.equal((await ask('GET', '/it', { headers: { 'x-sandbox-sessions': '1' } })).status, 204)
    t.same(requests()[0]?.ignored, [])
  })
})
