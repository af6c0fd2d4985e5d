/** Plumery MFA by default, as its documents and our assumptions say. */
import t, { type Test } from 'tap'
import { makeApp } from '../fixtures/app.ts'
import { after, MINUTE, PlumeryUser, REQUEST_ID, RIGHT, told, WRONG } from '../fixtures/calls.ts'

const URN = 'urn:plmr:mfa-totp:api:'

/** Every error body, to the letter. */
const failure = (code: string, message: string, fieldErrors: readonly object[] = []) => ({
  code: `${URN}${code}`,
  message,
  requestId: REQUEST_ID,
  fieldErrors,
})

const refused = (status: number, code: string, message: string) =>
  `${status} ${JSON.stringify(failure(code, message))}`

const WRONG_CODE = refused(400, 'INVALID_OTP', 'The one-time password is wrong')
const TOO_OLD = refused(410, 'INVALID_OTP', 'The one-time password has expired')
const NOT_FOUND = refused(400, 'CHALLENGE_NOT_FOUND', 'The challenge was not found')
const ANOTHER_USER = refused(
  400,
  'USER_ID_DOES_NOT_MATCH_WITH_CHALLENGE_SUBJECT_USER_ID',
  'The challenge belongs to another user',
)

const PATH = '/internal/v1/mfa/totp-sms'

async function setUp(t: Test) {
  const app = await makeApp(t)
  return { app, user: new PlumeryUser(app) }
}

t.test('a code is sent for any challenge, and taken', async (t) => {
  const { user } = await setUp(t)
  for (const challenge of ['c1', '9a4e1c7d-52b6-4f0c-8d3e-7c2b1a0f9e88', 'A.b_c~d', '0']) {
    t.equal(told(await user.initiate(challenge)), '204', challenge)
    t.equal(told(await user.verify('123456', challenge)), '204', challenge)
  }
})

t.test('the text message that is not sent is in the journal', async (t) => {
  const { app, user } = await setUp(t)
  await user.initiate('c1')
  t.same(app.requests()[0]?.messages, [{ channel: 'SMS', code: '123456', challenge: 'c1' }])
})

t.test(
  'a wrong code is refused, as often as one likes, and the right one still taken',
  async (t) => {
    const { user } = await setUp(t)
    await user.initiate()
    for (let call = 0; call < 10; call++) t.equal(told(await user.verify(WRONG)), WRONG_CODE)
    t.equal(told(await user.verify()), '204')
  },
)

t.test('a challenge that was not initiated is not found', async (t) => {
  const { user } = await setUp(t)
  await user.initiate('c1')
  t.equal(told(await user.verify(RIGHT, 'c2')), NOT_FOUND)
  t.equal(told(await user.verify(WRONG, 'c2')), NOT_FOUND)
})

t.test('a challenge of another session of the sandbox is not found', async (t) => {
  const { user } = await setUp(t)
  await user.initiate('c1')
  t.equal(told(await user.verify(RIGHT, 'c1', { 'x-sandbox-session': 'elsewhere' })), NOT_FOUND)
})

t.test('a verified challenge is used up', async (t) => {
  const { user } = await setUp(t)
  await user.initiate()
  await user.verify()
  t.equal(told(await user.verify()), NOT_FOUND)
  t.equal(told(await user.initiate()), NOT_FOUND)
})

t.test('a code has expired five minutes after it was sent, to the millisecond', async (t) => {
  const { app, user } = await setUp(t)
  await user.initiate('c1')
  await user.initiate('c2')
  app.clock.time += 5 * MINUTE - 1
  t.equal(told(await user.verify(RIGHT, 'c1')), '204')
  app.clock.time += 1
  t.equal(told(await user.verify(RIGHT, 'c2')), TOO_OLD)
  t.equal(told(await user.verify(WRONG, 'c2')), TOO_OLD)
})

t.test('a code that is sent again is good for five minutes anew', async (t) => {
  const { user } = await setUp(t)
  await user.initiate()
  t.equal(told(await user.initiate('c1', after('6m'))), '204')
  t.equal(told(await user.verify(RIGHT, 'c1', after('4m59s'))), '204')
})

t.test('e-mail does what a text message does', async (t) => {
  t.test('a code is sent and taken, once', async (t) => {
    const { app, user } = await setUp(t)
    t.equal(told(await user.initiateByEmail('c1')), '204')
    t.same(app.requests()[0]?.messages, [{ channel: 'EMAIL', code: '123456', challenge: 'c1' }])
    t.equal(told(await user.verifyByEmail(WRONG)), WRONG_CODE)
    t.equal(told(await user.verifyByEmail()), '204')
    t.equal(told(await user.verifyByEmail()), NOT_FOUND)
    t.equal(told(await user.initiateByEmail()), NOT_FOUND)
  })

  t.test('a code has expired five minutes after it was sent', async (t) => {
    const { user } = await setUp(t)
    await user.initiateByEmail()
    t.equal(told(await user.verifyByEmail(WRONG, 'c1', after('299s'))), WRONG_CODE)
    t.equal(told(await user.verifyByEmail(RIGHT, 'c1', after('1s'))), TOO_OLD)
  })

  t.test('who verifies must be who initiated', async (t) => {
    const { app } = await setUp(t)
    await new PlumeryUser(app, { token: 'alice' }).initiateByEmail()
    t.equal(told(await new PlumeryUser(app, { token: 'bob' }).verifyByEmail()), ANOTHER_USER)
  })

  t.test('a code counts only where it was sent last', async (t) => {
    const { user } = await setUp(t)
    await user.initiate()
    t.equal(told(await user.verifyByEmail()), NOT_FOUND)
    await user.initiateByEmail()
    t.equal(told(await user.verify()), NOT_FOUND)
    t.equal(told(await user.verifyByEmail()), '204')
  })
})

t.test('who verifies must be who initiated', async (t) => {
  const { app } = await setUp(t)
  await new PlumeryUser(app, { token: 'alice' }).initiate()
  const bob = new PlumeryUser(app, { token: 'bob' })
  t.equal(told(await bob.verify()), ANOTHER_USER)
  t.equal(told(await bob.verify(WRONG)), ANOTHER_USER)
  t.equal(told(await bob.verify(RIGHT, 'c1', after('6m'))), ANOTHER_USER, 'too old as well')
})

t.test('the one who initiated can verify after somebody else has tried', async (t) => {
  const { app } = await setUp(t)
  const alice = new PlumeryUser(app, { token: 'alice' })
  await alice.initiate()
  await new PlumeryUser(app, { token: 'bob' }).verify()
  t.equal(told(await alice.verify()), '204')
})

t.test('no credential is asked for, and none is refused', async (t) => {
  const { app } = await setUp(t)
  for (const token of ['invalid', 'expired', 'impersonator']) {
    const user = new PlumeryUser(app, { token })
    t.equal(told(await user.initiate(token)), '204')
    t.equal(told(await user.verify(RIGHT, token)), '204')
  }
})

t.test('a body that breaks the contract', async (t) => {
  const missing = failure('BAD_REQUEST', 'The request is not valid', [
    { code: `${URN}NOT_NULL`, message: 'must not be null', field: 'totp' },
  ])
  const blank = failure('BAD_REQUEST', 'The request is not valid', [
    { code: `${URN}NOT_BLANK`, message: 'must not be blank', field: 'totp' },
  ])
  const wrong = failure('BAD_REQUEST', 'The request is not valid')
  const cases: [what: string, body: unknown, expected: object][] = [
    ['no body at all', undefined, missing],
    ['no totp', {}, missing],
    ['a totp that is null', { totp: null }, missing],
    ['an empty totp', { totp: '' }, blank],
    ['a totp of spaces', { totp: '  ' }, blank],
    ['a totp that is a number', { totp: 123456 }, wrong],
    ['a totp that is a list', { totp: ['123456'] }, wrong],
  ]
  for (const [what, body, expected] of cases) {
    t.test(`${what} is refused before the challenge is looked at`, async (t) => {
      const { app } = await setUp(t)
      const answer = await app.ask('POST', `${PATH}/c1:verify`, { body })
      t.equal(told(answer), `400 ${JSON.stringify(expected)}`)
    })
  }

  t.test('text that is not JSON is refused in the same shape', async (t) => {
    const { app } = await setUp(t)
    const headers = { 'content-type': 'application/json' }
    const { status, body } = await app.ask('POST', `${PATH}/c1:verify`, { headers, body: '{' })
    t.equal(status, 400)
    t.equal(body.code, `${URN}BAD_REQUEST`)
    t.same(body.fieldErrors, [])
  })

  t.test('a refused body costs the challenge nothing', async (t) => {
    const { user } = await setUp(t)
    await user.initiate()
    t.equal((await user.verify('')).status, 400)
    t.equal(told(await user.verify()), '204')
  })
})

t.test('the action after the colon is part of the path', async (t) => {
  t.test('another action, or none, is not known', async (t) => {
    const { app } = await setUp(t)
    for (const path of ['c1:resend', 'c1', 'c1:', ':verify', 'c1/verify', 'c1:verify:verify/x']) {
      const { status, body } = await app.ask('POST', `${PATH}/${path}`, { body: { totp: RIGHT } })
      t.equal(status, 404, path)
      t.equal(body.code, `${URN}RESOURCE_UNKNOWN`, path)
    }
  })

  t.test('an id with a colon in it is refused, not cut', async (t) => {
    const { app } = await setUp(t)
    const answer = await app.ask('POST', `${PATH}/a:b:initiate`)
    t.equal(answer.status, 400)
    t.equal(answer.body.code, `${URN}BAD_REQUEST`)
  })

  t.test('another method is refused', async (t) => {
    const { app } = await setUp(t)
    const answer = await app.ask('GET', `${PATH}/c1:verify`)
    t.equal(answer.status, 405)
    t.equal(answer.body.code, `${URN}BAD_REQUEST`)
  })

  t.test('an id of more than 128 characters is refused', async (t) => {
    const { user } = await setUp(t)
    t.equal(told(await user.initiate('x'.repeat(128))), '204')
    t.equal((await user.initiate('x'.repeat(129))).status, 400)
  })
})
