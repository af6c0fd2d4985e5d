import t, { type Test } from 'tap'
import { inSession, problem, problemOf, SESSIONS } from '../fixtures/admin-requests.ts'
import { type Answer, makeApp, START, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  HOUR,
  MINUTE,
  PlumeryUser,
  SECOND,
  told,
  WeavrUser,
} from '../fixtures/calls.ts'

const move = (app: TestApp, body: unknown, id = 'default') =>
  app.ask('POST', `${SESSIONS}/${id}/clock`, { body })

const read = async (app: TestApp, id = 'default') =>
  (await app.ask('GET', `${SESSIONS}/${id}`)).body?.clock

const at = (ms: number) => new Date(START + ms).toISOString()
const running = (ms: number) => ({ now: at(ms), frozen: false })
const frozen = (ms: number) => ({ now: at(ms), frozen: true })

/** The last instant there is. */
const END = '9999-12-31T23:59:59.999Z'

function refused(t: Test, answer: Answer, code: string, detail: RegExp) {
  t.same(problem(answer), problemOf(code === 'clock-backwards' ? 409 : 400, code))
  t.match(answer.body.detail, detail)
}

t.test('a clock is advanced', async (t) => {
  const steps: Record<string, number> = {
    '15s': 15 * SECOND,
    '5m': 5 * MINUTE,
    '1h30m': 90 * MINUTE,
    '250ms': 250,
    '2d': 48 * HOUR,
    '0.5s': 500,
    '0s': 0,
    PT15S: 15 * SECOND,
    PT1H30M: 90 * MINUTE,
    P1DT12H: 36 * HOUR,
  }
  for (const [advance, ms] of Object.entries(steps)) {
    t.test(`by ${advance}, which is ${ms} ms`, async (t) => {
      const app = await makeApp(t)
      t.match(await move(app, { advance }), { status: 200, body: running(ms) })
      t.same(await read(app), running(ms))
    })
  }

  t.test('again and again, also by a request, and all adds up', async (t) => {
    const app = await makeApp(t)
    await move(app, { advance: '1h' })
    await new WeavrUser(app).factors(after('1h'))
    t.match((await move(app, { advance: '1h' })).body, running(3 * HOUR))
  })

  t.test('and runs on with real time', async (t) => {
    const app = await makeApp(t)
    await move(app, { advance: '1h' })
    app.clock.time += MINUTE
    t.same(await read(app), running(HOUR + MINUTE))
  })

  t.test('in its session only, which is made if it is not there', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).factors(inSession('other'))
    await move(app, { advance: '1h' }, 'new')
    t.same(await read(app, 'new'), running(HOUR))
    t.same(await read(app, 'other'), running(0))
  })
})

t.test('a clock is set', async (t) => {
  const times: Record<string, string> = {
    '2030-01-01T00:00:00Z': '2030-01-01T00:00:00.000Z',
    '2030-01-01T00:00Z': '2030-01-01T00:00:00.000Z',
    '2030-01-01T00:00:00.25Z': '2030-01-01T00:00:00.250Z',
    '2030-01-01T00:00:00+02:00': '2029-12-31T22:00:00.000Z',
    '2030-01-01T00:00:00-02:30': '2030-01-01T02:30:00.000Z',
    '2028-02-29T00:00:00Z': '2028-02-29T00:00:00.000Z',
    [END]: END,
  }
  for (const [now, shown] of Object.entries(times)) {
    t.test(`to ${now}`, async (t) => {
      const app = await makeApp(t)
      t.match(await move(app, { now }), { status: 200, body: { now: shown, frozen: false } })
    })
  }

  t.test('and runs on with real time', async (t) => {
    const app = await makeApp(t)
    await move(app, { now: at(HOUR) })
    app.clock.time += MINUTE
    t.same(await read(app), running(HOUR + MINUTE))
  })

  t.test('to what it says already', async (t) => {
    const app = await makeApp(t)
    t.same((await move(app, { now: at(0) })).body, running(0))
  })

  t.test('to the end of time, where it stays', async (t) => {
    const app = await makeApp(t)
    await move(app, { now: END })
    app.clock.time += HOUR
    t.same(await read(app), { now: END, frozen: false })
    t.equal((await new WeavrUser(app).stepUp()).status, 204)
  })
})

t.test('a frozen clock', async (t) => {
  t.test('stands while real time goes on', async (t) => {
    const app = await makeApp(t)
    t.same((await move(app, { frozen: true })).body, frozen(0))
    app.clock.time += HOUR
    t.same(await read(app), frozen(0))
    await new WeavrUser(app).factors()
    t.equal(app.requests().at(-1)?.at, START)
  })

  t.test('keeps the time at which it was frozen first', async (t) => {
    const app = await makeApp(t)
    await move(app, { frozen: true })
    app.clock.time += HOUR
    t.same((await move(app, { frozen: true })).body, frozen(0))
  })

  t.test('can be advanced and set, and stands again', async (t) => {
    const app = await makeApp(t)
    await move(app, { frozen: true })
    app.clock.time += HOUR
    t.same((await move(app, { advance: '15s' })).body, frozen(15 * SECOND))
    t.same((await move(app, { now: at(MINUTE) })).body, frozen(MINUTE))
    app.clock.time += HOUR
    t.same(await read(app), frozen(MINUTE))
  })

  t.test('is advanced by a request', async (t) => {
    const app = await makeApp(t)
    await move(app, { frozen: true })
    await new WeavrUser(app).factors(after('1h'))
    app.clock.time += MINUTE
    t.same(await read(app), frozen(HOUR))
  })

  t.test('is resumed from where it is, not from real time', async (t) => {
    const app = await makeApp(t)
    await move(app, { frozen: true })
    app.clock.time += HOUR
    t.same((await move(app, { frozen: false })).body, running(0))
    app.clock.time += MINUTE
    t.same(await read(app), running(MINUTE))
  })

  t.test('does not make that of another session stand', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).factors(inSession('other'))
    await move(app, { frozen: true })
    app.clock.time += HOUR
    t.same(await read(app, 'other'), running(HOUR))
  })
})

t.test('a clock is moved and', async (t) => {
  t.test('frozen at once', async (t) => {
    const app = await makeApp(t)
    t.same((await move(app, { now: at(HOUR), frozen: true })).body, frozen(HOUR))
    t.same((await move(app, { advance: '1h', frozen: true }, 'a')).body, frozen(HOUR))
    app.clock.time += MINUTE
    for (const id of ['default', 'a']) t.same(await read(app, id), frozen(HOUR))
  })

  t.test('resumed at once', async (t) => {
    const app = await makeApp(t)
    for (const id of ['a', 'b']) await move(app, { frozen: true }, id)
    app.clock.time += MINUTE
    t.same((await move(app, { now: at(HOUR), frozen: false }, 'a')).body, running(HOUR))
    t.same((await move(app, { advance: '2h', frozen: false }, 'b')).body, running(2 * HOUR))
    app.clock.time += MINUTE
    t.same(await read(app, 'a'), running(HOUR + MINUTE))
    t.same(await read(app, 'b'), running(2 * HOUR + MINUTE))
  })

  t.test('left running where it runs', async (t) => {
    const app = await makeApp(t)
    t.same((await move(app, { advance: '1h', frozen: false })).body, running(HOUR))
    t.same((await move(app, { frozen: false })).body, running(HOUR))
  })
})

t.test('a clock does not go', async (t) => {
  const moved = async (t: Test) => {
    const app = await makeApp(t)
    await move(app, { advance: '1h' })
    return app
  }

  t.test('back, not by a millisecond', async (t) => {
    const app = await moved(t)
    refused(t, await move(app, { now: at(HOUR - 1) }), 'clock-backwards', /is before the session's/)
    t.same(await read(app), running(HOUR))
  })

  t.test('back to the beginning of all years', async (t) => {
    const app = await moved(t)
    refused(
      t,
      await move(app, { now: '0000-01-01T00:00:00Z' }),
      'clock-backwards',
      /clocks only go forward/,
    )
  })

  t.test('back by a negative step', async (t) => {
    const app = await moved(t)
    for (const advance of ['-15s', '-PT15S']) {
      refused(
        t,
        await move(app, { advance }),
        'clock-backwards',
        new RegExp(`"${advance}" would go back: clocks`),
      )
    }
    t.same(await read(app), running(HOUR))
  })

  t.test('back while it stands, not even where real time is further on', async (t) => {
    const app = await moved(t)
    await move(app, { frozen: true })
    app.clock.time += 3 * HOUR
    refused(t, await move(app, { now: at(0), frozen: false }), 'clock-backwards', /is before/)
    t.same(await read(app), frozen(HOUR))
    t.same((await move(app, { now: at(2 * HOUR) })).body, frozen(2 * HOUR), 'its own time decides')
  })

  t.test('beyond the year 9999', async (t) => {
    const app = await moved(t)
    for (const body of [
      { advance: '2920000d' },
      { advance: '2920000d', frozen: true },
      { advance: `${'9'.repeat(60)}d` },
      { now: '9999-12-31T23:59:59-00:01' },
    ]) {
      refused(t, await move(app, body), 'bad-admin-request', /is beyond the year 9999/)
    }
    t.same(await read(app), running(HOUR))
  })

  t.test('and no session is made, where the step is refused', async (t) => {
    const app = await makeApp(t)
    const bodies = [{ advance: '-1s' }, { advance: 'x' }, { now: at(-1) }, { advance: '2920000d' }]
    for (const body of bodies) t.ok((await move(app, body)).status >= 400)
    t.equal((await app.ask('GET', SESSIONS)).body.total, 0)
  })
})

t.test('what is no step is refused, with the form of one', async (t) => {
  for (const advance of ['', '15', '15 s', 'soon', '1e3s', 'P', 'PT', '1y', '+1s', 'NaN']) {
    t.test(`"${advance}"`, async (t) => {
      const answer = await move(await makeApp(t), { advance })
      refused(t, answer, 'bad-admin-request', /advance: ".*" is not a duration; use 15s, .*PT15S/)
    })
  }
})

t.test('what is no point in time is refused, with the form of one', async (t) => {
  const bad = [
    '',
    'tomorrow',
    '2030-01-01',
    '2030-01-01T00:00:00',
    '2030-01-01 00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-02-30T00:00:00Z',
    '2030-02-29T00:00:00Z',
    '2030-00-00T00:00:00Z',
    '2030-01-01T25:00:00Z',
    '2030-01-01T00:60:00Z',
    '2030-01-01T00:00:00+99:00',
    '+012030-01-01T00:00:00Z',
    '1893456000000',
  ]
  for (const now of bad) {
    t.test(`"${now}"`, async (t) => {
      const answer = await move(await makeApp(t), { now })
      refused(t, answer, 'bad-admin-request', /now: ".*" is not a time; use RFC 3339/)
    })
  }
})

t.test('a body is refused where it', async (t) => {
  const bad: readonly [what: string, body: unknown, detail: RegExp][] = [
    ['is missing', undefined, /^the body must be object$/],
    ['is empty', {}, /the body is empty; it can have advance, now, frozen/],
    ['is a list', [], /^the body must be object$/],
    [
      'asks for two things at once',
      { advance: '1s', now: '2030-01-01T00:00:00Z' },
      /cannot have all of advance, now/,
    ],
    ['has an unknown field', { advnce: '1s' }, /"advnce" is not known; did you mean "advance"\?/],
    ['has one unknown field among others', { frozen: true, nw: '' }, /"nw" .* mean "now"\?/],
    ['has a number for a step', { advance: 15 }, /"advance" must be string, but is 15/],
    ['has a number for a time', { now: 1893456000000 }, /"now" must be string/],
    ['has a text for a truth', { frozen: 'true' }, /"frozen" must be boolean, but is "true"/],
    ['has nothing for a truth', { frozen: null }, /"frozen" must be boolean/],
    ['has a long text', { advance: '1'.repeat(65) }, /"advance" must NOT have more than 64/],
  ]
  for (const [what, body, detail] of bad) {
    t.test(what, async (t) => {
      const app = await makeApp(t)
      refused(t, await move(app, body), 'bad-admin-request', detail)
      t.equal(await read(app), undefined, 'and nothing is made')
    })
  }
})

t.test('the mocked APIs follow the clock', async (t) => {
  t.test('after 15 seconds, and not before, a code is sent again', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    await move(app, { advance: '14999ms' })
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
    await move(app, { advance: '1ms' })
    t.equal(told(await user.stepUp()), '204')
  })

  t.test('after 5 minutes, and not before, a code has expired', async (t) => {
    const app = await makeApp(t)
    const [early, late] = ['early', 'late'].map((id) => new WeavrUser(app, inSession(id)))
    for (const user of [early, late]) await user?.stepUp()
    await move(app, { now: at(5 * MINUTE - 1) }, 'early')
    await move(app, { now: at(5 * MINUTE) }, 'late')
    t.equal(told(await early!.verify()), '204')
    t.equal(told(await late!.verify()), conflict('VERIFICATION_CODE_EXPIRED'))
  })

  t.test('also those of Plumery', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app)
    await user.initiate()
    await move(app, { advance: '299999ms' })
    t.equal((await user.verify('000000')).status, 400)
    await move(app, { advance: '1ms' })
    t.equal((await user.verify()).status, 410)
  })

  t.test('but other sessions do not', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    await user.stepUp(inSession('other'))
    await move(app, { advance: '1h' }, 'other')
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal(told(await user.verify()), '204')
  })

  t.test('and stand still while it does', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await move(app, { frozen: true })
    await user.stepUp()
    app.clock.time += 24 * HOUR - 1
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal(told(await user.verify()), '204')
  })
})
