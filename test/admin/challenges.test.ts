/** What a user does on the phone, and what follows of it in the mocked APIs. */
import t, { type Test } from 'tap'
import { type Answer, makeApp, type TestApp } from '../fixtures/app.ts'
import { after, conflict, PlumeryUser, RIGHT, told, WeavrUser } from '../fixtures/calls.ts'
import { documentOf, faultsOf } from '../fixtures/files.ts'

const answering = (app: TestApp, challenge: string, action: string, session = 'default') =>
  app.ask('POST', `/__admin/sessions/${session}/challenges/${challenge}/${action}`)

const problem = ({ status, body }: Answer) => `${status} ${body.code}`

/** A user of Weavr to whose phone a push was sent. */
async function pushed(t: Test, session = 'default') {
  const app = await makeApp(t)
  const user = new WeavrUser(app, { 'x-sandbox-session': session })
  const { id } = (await user.push()).body
  return { app, user, id }
}

const RULE = /^scenarios\/weavr-multi\/default\.yaml:\d+$/

t.test('a push', async (t) => {
  for (const action of ['accept', 'decline']) {
    t.test(`that the user has answered with ${action} ends the step-up`, async (t) => {
      const { app, user, id } = await pushed(t)
      t.equal(told(await answering(app, id, action)), '204')
      t.equal(told(await user.push()), conflict('STATE_INVALID'))
    })

    t.test(`is answered with ${action} once`, async (t) => {
      const { app, id } = await pushed(t)
      await answering(app, id, action)
      for (const again of ['accept', 'decline', 'expire']) {
        t.equal(problem(await answering(app, id, again)), '409 challenge-not-pending')
      }
    })
  }

  t.test('that the user lets expire can be sent again', async (t) => {
    const { app, user, id } = await pushed(t)
    t.equal(told(await answering(app, id, 'expire')), '204')
    t.equal(problem(await answering(app, id, 'accept')), '409 challenge-not-pending')
    const again = await user.push('BIOMETRIC')
    t.equal(again.status, 200)
    t.equal(told(await answering(app, again.body.id, 'accept')), '204')
  })

  t.test('that a newer one replaced is pending no more', async (t) => {
    const { app, user, id } = await pushed(t)
    const newer = (await user.push()).body.id
    t.not(newer, id)
    t.equal(problem(await answering(app, id, 'accept')), '409 challenge-not-pending')
    t.equal(told(await answering(app, newer, 'accept')), '204')
  })

  t.test('that is not pending is refused with the place of each rule', async (t) => {
    const { app, id } = await pushed(t)
    await answering(app, id, 'accept')
    const { detail } = (await answering(app, id, 'expire')).body
    const start = `challenge "${id}" cannot be answered with "expire" now: `
    t.equal(detail.slice(0, start.length), start)
    const rules = detail.slice(start.length).split('; ')
    t.equal(rules.length, 4)
    for (const rule of rules) {
      const [, place, condition] = /^([^ ]*:\d+): (.*) is false$/.exec(rule) ?? []
      t.match(place, RULE)
      t.match(condition, /"PENDING"|size\(away\)/)
    }
  })

  t.test('is accepted once, however many accept it at once', async (t) => {
    const { app, id } = await pushed(t)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => answering(app, id, 'accept')),
    )
    t.equal(answers.filter(({ status }) => status === 204).length, 1)
    const others = answers.filter(({ status }) => status !== 204)
    t.same([...new Set(others.map(problem))], ['409 challenge-not-pending'])
  })

  t.test('is one of two when both are answered at once', async (t) => {
    const { app, id } = await pushed(t)
    const actions = ['accept', 'decline', 'expire']
    const answers = await Promise.all(actions.map((action) => answering(app, id, action)))
    t.equal(answers.filter(({ status }) => status === 204).length, 1)
  })

  t.test('of one user is none of another', async (t) => {
    const { app, id } = await pushed(t)
    const other = new WeavrUser(app, { token: 'other' })
    const theirs = (await other.push()).body.id
    await answering(app, id, 'accept')
    t.equal((await other.push()).status, 200)
    t.equal(problem(await answering(app, theirs, 'accept')), '409 challenge-not-pending')
  })

  t.test('is answered in its session only', async (t) => {
    const { app, user, id } = await pushed(t, 'one')
    const other = new WeavrUser(app, { 'x-sandbox-session': 'two' })
    const theirs = (await other.push()).body.id
    await answering(app, id, 'decline', 'one')
    t.equal(told(await user.push()), conflict('STATE_INVALID'))
    t.equal((await other.push()).status, 200)
    if (theirs !== id) {
      t.equal(problem(await answering(app, id, 'accept', 'two')), '404 unknown-challenge')
    }
  })

  t.test('whose answer leaves everything else of the user as it was', async (t) => {
    const { app, user, id } = await pushed(t)
    await user.stepUp()
    await answering(app, id, 'decline')
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
    t.equal(told(await user.verify()), '204')
  })

  t.test('of a user with a very long token is found, too', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, { token: 'x'.repeat(2_000) })
    const { id } = (await user.push()).body
    t.equal(told(await answering(app, id, 'accept')), '204')
  })
})

t.test('the answer of a user', async (t) => {
  t.test('is no request of the mocked APIs', async (t) => {
    const { app, id } = await pushed(t)
    await answering(app, id, 'accept')
    t.equal(app.requests().length, 1)
  })

  t.test('counts as an entry that was exercised', async (t) => {
    const { app, id } = await pushed(t)
    const counts = async () => {
      const { apis } = (await app.ask('GET', '/__admin/coverage')).body
      return apis.flatMap(({ entries }: { entries: { at: string; count: number }[] }) =>
        entries.filter(({ count }) => count > 0).map(({ at }) => at),
      )
    }
    const before = await counts()
    await answering(app, id, 'accept')
    const added = (await counts()).filter((at: string) => !before.includes(at))
    t.equal(added.length, 1)
    t.match(added[0], RULE)
  })
})

t.test('a confirmation by text message', async (t) => {
  t.test('that expires takes no code any more', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const id = (await user.confirm(['1'])).body.scaChallengeId
    t.equal(told(await answering(app, id, 'expire')), '204')
    t.equal(told(await user.verifyConfirmation(id)), conflict('VERIFICATION_CODE_EXPIRED'))
  })

  t.test('that expires leaves the others as they were', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const one = (await user.confirm(['1'])).body.scaChallengeId
    const two = (await user.confirm(['2'])).body.scaChallengeId
    await answering(app, one, 'expire')
    t.equal(told(await user.verifyConfirmation(two)), '204')
  })

  t.test('that was verified does not expire', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const id = (await user.confirm(['1'])).body.scaChallengeId
    await user.verifyConfirmation(id)
    t.equal(problem(await answering(app, id, 'expire')), '409 challenge-not-pending')
  })

  t.test('is nothing that could be accepted', async (t) => {
    const app = await makeApp(t)
    const id = (await new WeavrUser(app).confirm(['1'])).body.scaChallengeId
    t.equal(problem(await answering(app, id, 'accept')), '409 challenge-not-pending')
  })
})

t.test('a challenge of Plumery', async (t) => {
  t.test('that expires takes no code any more, until it is initiated anew', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app, { token: 'ann' })
    await user.initiate('c1')
    await user.initiate('c2')
    t.equal(told(await answering(app, 'c1', 'expire')), '204')
    t.equal((await user.verify(RIGHT, 'c1')).status, 410)
    t.equal(told(await user.verify(RIGHT, 'c2')), '204')
    await user.initiate('c1')
    t.equal(told(await user.verify(RIGHT, 'c1')), '204')
  })

  t.test('that was verified does not expire', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app)
    await user.initiate('c1')
    await user.verify(RIGHT, 'c1')
    const answer = await answering(app, 'c1', 'expire')
    t.equal(problem(answer), '409 challenge-not-pending')
    t.match(answer.body.detail, /scenarios\/plumery-mfa\/default\.yaml:\d+: /)
  })

  t.test('expires at the time of its session', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app)
    await user.initiate('c1', after('9d'))
    await answering(app, 'c1', 'expire')
    t.equal((await user.verify(RIGHT, 'c1')).status, 410)
  })

  t.test('knows no push', async (t) => {
    const app = await makeApp(t)
    await new PlumeryUser(app).initiate('c1')
    for (const action of ['accept', 'decline']) {
      t.equal(problem(await answering(app, 'c1', action)), '404 unknown-challenge')
    }
  })

  t.test('may have the longest id of its contract', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app)
    const id = '~'.repeat(128)
    await user.initiate(id)
    t.equal(told(await answering(app, id, 'expire')), '204')
    t.equal((await user.verify(RIGHT, id)).status, 410)
  })
})

/** A sandbox of a document in which the path alone says whose state it is. */
function appOfPaths(t: Test, parameter: string): Promise<TestApp> {
  const text = documentOf({
    [`/codes/{${parameter}}`]: {
      parameters: [{ name: parameter, in: 'path', required: true, schema: { type: 'string' } }],
      post: { operationId: 'sendCode', responses: { 204: { description: 'Sent.' } } },
    },
  })
  const expiring = 'actions:\n  expire:\n    rules:\n      - set: { expired: true }\n'
  const folder = t.testdir({
    'bank.json': text,
    scenarios: {
      bank: {
        'api.yaml': `subject: request.path.${parameter}\n`,
        'default.yaml': `scenario: default\nsummary: x\n${expiring}`,
      },
    },
  })
  const options = { specs: [`${folder}/bank.json`], scenarios: [`${folder}/scenarios`] }
  return makeApp(t, options)
}

t.test('a challenge may have the id', async (t) => {
  for (const id of ['a'.repeat(129), 'c'.repeat(5_000), 'ä/ö?', '__proto__', 'c%1', ' ']) {
    t.test(`"${id.slice(0, 9)}" of ${id.length} letters`, async (t) => {
      const app = await appOfPaths(t, 'challengeId')
      const encoded = encodeURIComponent(id)
      t.equal((await app.ask('POST', `/codes/${encoded}`)).status, 204)
      t.equal(told(await answering(app, encoded, 'expire')), '204')
      const { subjects } = (await app.ask('GET', '/__admin/sessions/default')).body
      t.same(
        subjects.map(({ state }: { state: unknown }) => state),
        [{ expired: true }],
      )
    })
  }
})

t.test('what is not there:', async (t) => {
  t.test('a challenge, answered with the nearest', async (t) => {
    const { app, id } = await pushed(t)
    const answer = await answering(app, id.slice(0, -1), 'accept')
    t.equal(problem(answer), '404 unknown-challenge')
    t.same(answer.body.nearest, [id])
    t.match(answer.body.detail, `it has ${id}`)
  })

  t.test('a challenge unlike all others, answered with the newest three', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const ids = []
    for (const channel of ['AUTHY', 'BIOMETRIC', 'AUTHY', 'AUTHY']) {
      ids.push((await user.push(channel)).body.id)
    }
    const { nearest, detail } = (await answering(app, 'xylophone', 'accept')).body
    t.same(nearest, [])
    t.equal(detail.split('; it has ')[1], ids.slice(1).join(', '))
  })

  t.test('a challenge of Plumery, answered with those that were initiated', async (t) => {
    const app = await makeApp(t)
    await new PlumeryUser(app).initiate('payment-1')
    const { nearest, detail } = (await answering(app, 'payment-2', 'expire')).body
    t.same(nearest, ['payment-1'])
    t.match(detail, 'it has payment-1')
  })

  t.test('any challenge at all', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, { token: 'sesame' }).stepUp()
    const answer = await answering(app, '1', 'accept')
    t.equal(problem(answer), '404 unknown-challenge')
    t.match(answer.body.detail, /; it has none$/)
    t.notMatch(answer.text, 'sesame')
  })

  t.test('a session, answered with the nearest', async (t) => {
    const { app, id } = await pushed(t, 'checkout')
    const answer = await answering(app, id, 'accept', 'chekout')
    t.equal(problem(answer), '404 unknown-session')
    t.same(answer.body.nearest, ['checkout'])
  })

  t.test('an action, answered with those that there are', async (t) => {
    const { app, user, id } = await pushed(t)
    for (const action of ['acept', 'Accept', '__proto__']) {
      const answer = await answering(app, id, action)
      t.equal(problem(answer), '400 bad-admin-request')
      t.match(answer.body.detail, 'accept, decline, expire')
    }
    t.equal((await user.push()).status, 200)
  })
})

const IMPATIENT = `
scenario: impatient-push
summary: A push that was accepted counts as declined, after a while.
state: { impatience: { at: never } }
actions:
  accept:
    subject: owner(request.path.challengeId)
    let: { mine: '\${state.push.challenge == request.path.challengeId}' }
    rules:
      - when: mine && state.push.status == "PENDING"
        let: { status: '\${otp == "123456" ? "DECLINED" : "ACCEPTED"}' }
        set: { push.status: '\${status}', impatience.at: '\${now}' }
`

t.test('a scenario of its own', async (t) => {
  async function prepared(t: Test) {
    const scenarios = t.testdir({
      'weavr-multi': {
        'impatient-push.yaml': IMPATIENT,
        'more-impatient.yaml': 'scenario: more-impatient\nsummary: x\nextends: impatient-push\n',
      },
    })
    const app = await makeApp(t, { scenarios: [scenarios] })
    const { id } = (await new WeavrUser(app).push()).body
    const state = async () => {
      const { subjects } = (await app.ask('GET', '/__admin/sessions/default')).body
      return subjects[0].state
    }
    const plays = (scenario: string | null) =>
      app.ask('PATCH', '/__admin/sessions/default', { body: { scenario } })
    return { app, id, state, plays }
  }

  for (const scenario of ['impatient-push', 'more-impatient']) {
    t.test(`says what an action does where the session plays ${scenario}`, async (t) => {
      const { app, id, state, plays } = await prepared(t)
      await plays(scenario)
      t.equal(told(await answering(app, id, 'accept')), '204')
      const { push, impatience } = await state()
      t.equal(push.status, 'DECLINED')
      t.match(JSON.stringify(impatience), '2026-01-01T12:00:00')
    })
  }

  t.test('says nothing where the session plays another', async (t) => {
    const { app, id, state, plays } = await prepared(t)
    await plays('impatient-push')
    await plays(null)
    await answering(app, id, 'accept')
    t.equal((await state()).push.status, 'ACCEPTED')
  })

  t.test('leaves actions that it does not mention to the one it extends', async (t) => {
    const { app, id, state, plays } = await prepared(t)
    await plays('more-impatient')
    await answering(app, id, 'expire')
    t.equal((await state()).push.status, 'EXPIRED')
  })

  t.test('is listed with its actions', async (t) => {
    const { app } = await prepared(t)
    const { apis } = (await app.ask('GET', '/__admin/scenarios/impatient-push')).body
    t.same(apis[0].actions, ['accept'])
  })
})

t.test('the scenario of the server says what an action does', async (t) => {
  const scenarios = t.testdir({ 'weavr-multi': { 'impatient-push.yaml': IMPATIENT } })
  const app = await makeApp(t, { scenarios: [scenarios], scenario: 'impatient-push' })
  const user = new WeavrUser(app)
  const { id } = (await user.push()).body
  await answering(app, id, 'accept')
  const { subjects } = (await app.ask('GET', '/__admin/sessions/default')).body
  t.equal(subjects[0].state.push.status, 'DECLINED')
})

t.test('an expression that fails', async (t) => {
  const failing = async (t: Test, rules: string) => {
    const file = `scenario: odd\nsummary: x\nstate: { odd: {} }\nactions:\n  accept:\n${rules}`
    const app = await makeApp(t, {
      scenarios: [t.testdir({ 'weavr-multi': { 'odd.yaml': file } })],
      scenario: 'odd',
    })
    const { id } = (await new WeavrUser(app).push()).body
    return answering(app, id, 'accept')
  }
  const owner = '    subject: owner(request.path.challengeId)\n'

  t.test('in a condition is told with its place', async (t) => {
    const answer = await failing(
      t,
      `${owner}    rules: [{ when: state.odd.x == 1, set: { a: 1 } }]`,
    )
    t.equal(problem(answer), '501 scenario-failed')
    t.match(answer.body.detail, /weavr-multi\/odd\.yaml:7: /)
  })

  t.test('in a value is told with its place', async (t) => {
    const answer = await failing(t, `${owner}    rules:\n      - set: { a: '\${state.odd.x}' }`)
    t.equal(problem(answer), '501 scenario-failed')
    t.match(answer.body.detail, /weavr-multi\/odd\.yaml:8: /)
  })

  t.test('in the subject is told with its place', async (t) => {
    const app = await appOfPaths(t, 'id')
    t.equal((await app.ask('POST', '/codes/7')).status, 204)
    const answer = await answering(app, '7', 'expire')
    t.equal(problem(answer), '501 scenario-failed')
    t.match(answer.body.detail, /bank\/api\.yaml:\d+: the subject: /)
  })
})

/** A scenario whose actions begin in line 5. */
const actions = (...lines: string[]) =>
  faultsOf({
    folders: {
      's.yaml': [
        'scenario: s',
        'summary: For a test.',
        'state: { push: { status: NONE } }',
        'actions:',
        ...lines.map((line) => `  ${line}`),
      ].join('\n'),
    },
  })

const FAULTS: Readonly<Record<string, [lines: string[], faults: (string | RegExp)[]]>> = {
  'an odd name': [
    ['Accept It:', '  rules: [{ set: { push.status: X } }]'],
    [/^s\.yaml:5:3: "Accept It" is not a valid name/],
  ],
  'an input that is no schema': [
    ['accept:', '  input: { type: thing }', '  rules: [{ set: { push.status: X } }]'],
    [/^s\.yaml:6:\d+: "input" is not a JSON Schema: .*type/],
  ],
  'an unknown field of its input': [
    [
      'accept:',
      '  input: { type: object, properties: { user: { type: string } } }',
      '  subject: input.usr',
      '  rules: [{ set: { push.status: X } }]',
    ],
    [/^s\.yaml:7:\d+: the input has no "usr"; did you mean "user"\?/],
  ],
  'an unknown key of an action': [
    ['accept:', '  rule: [{ set: { push.status: X } }]'],
    [
      's.yaml:6:5: "accept" needs a key "rules"',
      's.yaml:6:5: unknown key "rule"; did you mean "rules"?',
    ],
  ],
  'calls, which are not counted here': [
    ['accept:', '  calls: [{ set: { push.status: X } }]'],
    ['s.yaml:6:5: "accept" needs a key "rules"', /^s\.yaml:6:5: unknown key "calls"/],
  ],
  'no rule': [['accept:', '  rules: []'], [/^s\.yaml:6:\d+: /]],
  'an unknown key of the state': [
    ['accept:', '  rules:', '    - when: state.push.staus == "X"', '      set: { push.status: X }'],
    ['s.yaml:7:15: the state has no key "staus"; did you mean "status"?'],
  ],
  'an answer': [
    ['accept:', '  rules:', '    - set: { push.status: X }', '      respond: 204'],
    [/^s\.yaml:8:9: unknown key "respond"/],
  ],
  'a rule that cannot be reached': [
    ['accept:', '  rules:', '    - set: { push.status: X }', '    - set: { push.status: Y }'],
    ['s.yaml:8:9: this rule can never be reached: s.yaml:7 answers first'],
  ],
  'a rule that is never true': [
    ['accept:', '  rules:', '    - when: "1 > 2"', '      set: { push.status: Y }'],
    ['s.yaml:7:15: this rule can never be reached: its condition is always false'],
  ],
  'a condition that is a text': [
    ['accept:', '  rules:', '    - when: token', '      set: { push.status: Y }'],
    [/^s\.yaml:7:15: .*is a string; a condition is true or false$/],
  ],
  'another path parameter than the challenge': [
    ['accept:', '  rules:', '    - when: request.path.x == "1"', '      set: { push.status: X }'],
    [/^s\.yaml:7:15: the contract's path has no "x"/],
  ],
  'another path parameter in its subject': [
    [
      'accept:',
      '  subject: owner(request.path.challenge)',
      '  rules: [{ set: { push.status: X } }]',
    ],
    [/^s\.yaml:6:20: the contract's path has no "challenge"; did you mean "challengeId"\?/],
  ],
  'a field of a body': [
    ['accept:', '  rules:', '    - when: request.body.x == "1"', '      set: { push.status: X }'],
    [/^s\.yaml:7:15: the contract's body has no "x"/],
  ],
  'a subject that is no text': [
    ['accept:', '  subject: 1 + 1', '  rules: [{ set: { push.status: X } }]'],
    [/^s\.yaml:6:14: .*a subject is a string$/],
  ],
  'a path into the state that is none': [
    ['accept:', '  rules: [{ set: { push..status: X } }]'],
    [/^s\.yaml:6:22: "push\.\.status" is not a path into the state/],
  ],
}

t.test('when it is loaded, an action is refused for', async (t) => {
  for (const [what, [lines, expected]] of Object.entries(FAULTS)) {
    t.test(what, async (t) => {
      const faults = actions(...lines)
      t.match(faults, expected)
      t.equal(faults.length, expected.length, faults.join('\n'))
    })
  }

  t.test('nothing if it is sound', async (t) => {
    t.same(actions('accept:', '  rules: [{ set: { push.status: X } }]'), [])
  })
})
