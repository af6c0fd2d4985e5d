/** Each failure that can be asked for by name: it does what its summary says. */
import t from 'tap'
import { loadApis } from '../../src/sandbox/load.ts'
import { type Answer, makeApp, type TestApp } from '../fixtures/app.ts'
import {
  after,
  conflict,
  type Headers,
  listening,
  MINUTE,
  onPhone,
  overSockets,
  PlumeryUser,
  playing,
  REQUEST_ID,
  RIGHT,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'
import {
  type Documented,
  documented,
  operation,
  responseTo,
  send,
} from '../fixtures/vendor-documents.ts'

const URN = 'urn:plmr:mfa-totp:api:'

/** What a scenario answers to every call of each operation whose contract has that answer. */
interface Always {
  readonly status: number
  readonly example?: string
  readonly answer: string
}

const code = (errorCode: string): Always => ({
  status: 409,
  example: errorCode,
  answer: conflict(errorCode),
})

const bodiless = (status: number): Always => ({ status, answer: `${status}` })

const words = (status: number, example: string, message: string): Always => ({
  status,
  example,
  answer: `${status} ${JSON.stringify({ code: example, message })}`,
})

const weavr: Readonly<Record<string, Always>> = {
  'access-token-required': {
    status: 403,
    example: 'ACCESS_TOKEN_REQUIRED',
    answer: '403 {"errorCode":"ACCESS_TOKEN_REQUIRED"}',
  },
  'already-verified': code('ALREADY_VERIFIED'),
  'channel-already-registered': code('CHANNEL_ALREADY_REGISTERED'),
  'channel-not-ready': code('CHANNEL_NOT_READY'),
  'channel-not-supported': code('CHANNEL_NOT_SUPPORTED'),
  'credentials-inactive': code('CREDENTIALS_INACTIVE'),
  'enrolment-limit-exceeded': code('ENROLMENT_LIMIT_EXCEEDED'),
  forbidden: bodiless(403),
  'funds-insufficient': code('FUNDS_INSUFFICIENT'),
  'insufficient-permissions': {
    status: 403,
    example: 'INSUFFICIENT_PERMISSIONS',
    answer: '403 {"errorCode":"INSUFFICIENT_PERMISSIONS"}',
  },
  'internal-server-error': bodiless(500),
  'invalid-state': code('INVALID_STATE'),
  'method-not-allowed': words(405, 'METHOD_NOT_ALLOWED', 'Method not allowed'),
  'mobile-country-not-supported': code('MOBILE_COUNTRY_NOT_SUPPORTED'),
  'mobile-number-invalid': code('MOBILE_NUMBER_INVALID'),
  'mobile-number-not-available': code('MOBILE_NUMBER_NOT_AVAILABLE'),
  'not-found': words(404, 'NOT_FOUND', 'Not found'),
  'one-challenge-limit-remaining': code('ONE_CHALLENGE_LIMIT_REMAINING'),
  'passcode-not-set': code('PASSCODE_NOT_SET'),
  'service-unavailable': bodiless(503),
  'state-invalid': code('STATE_INVALID'),
  'too-many-requests': bodiless(429),
  'type-does-not-support-enrolment': code('TYPE_DOES_NOT_SUPPORT_ENROLMENT'),
  unauthorized: bodiless(401),
  'unexpected-error': words(502, 'UNEXPECTED_ERROR', 'Unexpected error'),
  'verification-code-expired': code('VERIFICATION_CODE_EXPIRED'),
  'verification-code-invalid': code('VERIFICATION_CODE_INVALID'),
}

const failure = (status: number, example: string, message: string): Always => ({
  status,
  example,
  answer: `${status} ${JSON.stringify({
    code: URN + example,
    message,
    requestId: REQUEST_ID,
    fieldErrors: [],
  })}`,
})

const plumery: Readonly<Record<string, Always>> = {
  'challenge-not-found': failure(400, 'CHALLENGE_NOT_FOUND', 'The challenge was not found'),
  forbidden: failure(400, 'FORBIDDEN', 'The user may not do this'),
  'internal-server-error': failure(500, 'INTERNAL_SERVER_ERROR', 'Internal server error'),
  'invalid-otp': failure(400, 'INVALID_OTP', 'The one-time password is wrong'),
  'otp-expired': failure(410, 'INVALID_OTP', 'The one-time password has expired'),
  'resource-unknown': failure(400, 'RESOURCE_UNKNOWN', 'The resource is not known'),
  'step-up-context-not-found': failure(
    400,
    'STEP_UP_REQUEST_CONTEXT_NOT_FOUND',
    'The context of the step-up request was not found',
  ),
  'subject-mismatch': failure(
    400,
    'USER_ID_DOES_NOT_MATCH_WITH_CHALLENGE_SUBJECT_USER_ID',
    'The challenge belongs to another user',
  ),
  unauthorized: failure(400, 'UNAUTHORIZED', 'The user is not authenticated'),
  'user-not-found': failure(400, 'USER_NOT_FOUND', 'The user was not found'),
}

const simulator: Readonly<Record<string, Always>> = {
  'bad-request': {
    status: 400,
    example: 'REGEX',
    answer: `400 ${JSON.stringify({
      message: 'Invalid request',
      validation: {
        invalid: true,
        fields: [{ name: 'challenge_id', errors: [{ type: 'REGEX', params: [] }] }],
      },
    })}`,
  },
  'unexpected-error': {
    status: 502,
    example: 'unexpected',
    answer: '502 {"message":"Unexpected error"}',
  },
}

/** Scenarios with more than one answer to give; their tests are below. */
const varied = {
  'weavr-multi': [
    'answer-lost',
    'bad-request',
    'challenge-limit-exceeded',
    'channel-not-registered',
    'connection-reset',
    'creation-refused',
    'default',
    'distinct-codes',
    'flaky',
    'idempotent-request-in-progress',
    'known-resources-only',
    'login-refused',
    'not-root',
    'push-declined',
    'push-expired',
    'rate-limited-once',
    'resource-cancelled',
    'retry-in-15-sec',
    'retry-then-ok',
    'slow',
    'step-up-required',
    'token-expired',
    'webhook-bad-signature',
    'webhook-late',
    'webhook-lost',
    'webhook-twice',
  ],
  'weavr-simulator': ['default'],
  'plumery-mfa': ['bad-request', 'default', 'distinct-codes'],
}

function documents(each: Documented, { status, example }: Pick<Always, 'status' | 'example'>) {
  const response = responseTo(each, status)
  if (!response) return false
  return example === undefined || Object.values(response.content ?? {})[0]?.examples?.[example]
}

const ALWAYS = { 'weavr-multi': weavr, 'weavr-simulator': simulator, 'plumery-mfa': plumery }

const operationsOf = (api: string) => documented.filter((each) => each.api === api)

t.test('every scenario there is has its test here', async (t) => {
  const { byName } = loadApis({ specs: [], scenarios: [] })
  for (const [api, always] of Object.entries(ALWAYS)) {
    const tested = [...Object.keys(always), ...varied[api as keyof typeof varied]]
    const there = byName.get(api)?.scenarioSet.scenarios.keys() ?? []
    t.same(tested.sort(), [...there].sort(), api)
  }
})

for (const [api, always] of Object.entries(ALWAYS)) {
  for (const [scenario, wanted] of Object.entries(always)) {
    t.test(`${api}: ${scenario} answers ${wanted.example ?? wanted.status}`, async (t) => {
      const app = await makeApp(t)
      const fitting = operationsOf(api).filter((each) => documents(each, wanted))
      t.not(fitting.length, 0)
      for (const each of fitting) {
        for (let call = 0; call < 3; call++) {
          const answer = await send(app, each, playing(scenario))
          t.equal(told(answer), wanted.answer, each.id)
          t.equal(answer.headers['x-sandbox-scenario'], scenario)
        }
      }
      for (const each of operationsOf(api).filter((each) => !fitting.includes(each))) {
        const usual = await send(app, each, { 'x-sandbox-session': 'usual' })
        const answer = await send(app, each, playing(scenario))
        t.equal(answer.status, usual.status, `${each.id} has no such answer: as usual`)
      }
    })
  }
}

t.test('weavr-multi: too-many-requests tells when to come again', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app, playing('too-many-requests'))
  const { headers } = await user.stepUp()
  const further = await user.stepUp()
  t.equal(further.headers['x-ratelimit-reset'], '30')
  t.notOk('retry-after' in further.headers, 'a client must do without')
  t.match(headers, {
    'x-ratelimit-limit': '20, 10;w=60, 20;w=3600, 200;w=86400',
    'x-ratelimit-reset': '30',
    'retry-after': '30',
  })
})

t.test('weavr-multi: bad-request goes through the kinds of syntax error', async (t) => {
  const kinds = [
    'REQUIRED',
    'HAS_TEXT',
    'REQUIRES',
    'SIZE',
    'RANGE',
    'IN',
    'NOT_IN',
    'REGEX',
    'EXACTLY',
    'AT_LEAST',
    'AT_MOST',
    'ALL_OR_NONE',
  ]
  const app = await makeApp(t)
  for (const each of operationsOf('weavr-multi')) {
    const errors: string[] = []
    for (let call = 0; call < kinds.length + 2; call++) {
      const { status, body } = await send(app, each, playing('bad-request'))
      t.equal(status, 400)
      errors.push(body.syntaxErrors.invalidFields[0].error)
    }
    t.same(errors, [...kinds, 'ALL_OR_NONE', 'ALL_OR_NONE'], each.id)
  }
})

t.test('plumery-mfa: bad-request names the field from the second call on', async (t) => {
  const app = await makeApp(t)
  const user = new PlumeryUser(app, playing('bad-request'))
  for (let call = 0; call < 2; call++) {
    const { status, body } = await user.initiate()
    t.equal(status, 400)
    t.match(body, { code: `${URN}BAD_REQUEST`, fieldErrors: [] })
  }
  const fields = []
  for (let call = 0; call < 4; call++) {
    const { status, body } = await user.verify()
    t.equal(status, 400)
    t.equal(body.code, `${URN}BAD_REQUEST`)
    fields.push(body.fieldErrors.map((fault: { code: string }) => fault.code.slice(URN.length)))
  }
  t.same(fields, [[], ['NOT_NULL'], ['NOT_BLANK'], ['NOT_BLANK']])
})

t.test('the first call as usual, then refused', async (t) => {
  const refusals = { 'challenge-limit-exceeded': 'CHALLENGE_LIMIT_EXCEEDED' }
  for (const [scenario, errorCode] of Object.entries(refusals)) {
    const fitting = documented.filter((each) =>
      documents(each, { status: 409, example: errorCode }),
    )
    for (const each of fitting) {
      t.test(`${scenario} on ${each.id}`, async (t) => {
        const app = await makeApp(t)
        const usual = await send(app, each, { 'x-sandbox-session': 'usual' })
        const first = await send(app, each, playing(scenario))
        t.equal(first.status, usual.status)
        for (let call = 0; call < 3; call++) {
          app.clock.time += MINUTE
          t.equal(told(await send(app, each, playing(scenario))), conflict(errorCode))
        }
      })
    }
  }

  t.test('the first call of challenge-limit-exceeded does issue a code', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal(told(await user.stepUp(playing('challenge-limit-exceeded'))), '204')
    t.equal(told(await user.verify()), '204')
  })

  t.test('being refused changes nothing: under default the challenge goes on', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    const limited = playing('challenge-limit-exceeded')
    await user.stepUp()
    t.equal(told(await user.verify(WRONG, limited)), conflict('VERIFICATION_CODE_INVALID'))
    for (let call = 0; call < 6; call++) {
      t.equal(told(await user.verify(WRONG, limited)), conflict('CHALLENGE_LIMIT_EXCEEDED'))
    }
    t.equal(told(await user.verify(RIGHT)), '204')
  })
})

t.test('flaky', async (t) => {
  for (const each of operationsOf('weavr-multi')) {
    t.test(`two calls of ${each.id} fail, then everything is as usual`, async (t) => {
      const app = await makeApp(t)
      const usual = await send(app, each, { 'x-sandbox-session': 'usual' })
      t.equal(told(await send(app, each, playing('flaky'))), '503')
      t.equal(told(await send(app, each, playing('flaky'))), '503')
      t.equal((await send(app, each, playing('flaky'))).status, usual.status)
    })
  }

  t.test('a call that failed has not happened', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('flaky'))
    const outcomes = []
    for (let call = 0; call < 4; call++) outcomes.push(told(await user.stepUp()))
    t.same(outcomes, ['503', '503', '204', conflict('RETRY_IN_15SEC')])
  })

  t.test('each operation, user and session has its own two failures', async (t) => {
    const app = await makeApp(t)
    const outcomes = async (user: WeavrUser) => [
      (await user.factors()).status,
      (await user.factors()).status,
      (await user.factors()).status,
    ]
    t.same(await outcomes(new WeavrUser(app, playing('flaky'))), [503, 503, 200])
    const other = new WeavrUser(app, { token: 'other', ...playing('flaky') })
    t.same(await outcomes(other), [503, 503, 200])
    const elsewhere = { 'x-sandbox-session': 'elsewhere', ...playing('flaky') }
    t.same(await outcomes(new WeavrUser(app, elsewhere)), [503, 503, 200])
    t.equal((await new WeavrUser(app, playing('flaky')).stepUp()).status, 503)
  })

  t.test('calls under other scenarios do not count', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal((await user.factors(playing('flaky'))).status, 503)
    t.equal((await user.factors()).status, 200)
    t.equal(
      (await user.factors(playing('bad-request'))).body.syntaxErrors.invalidFields[0].error,
      'REQUIRED',
    )
    t.equal((await user.factors(playing('flaky'))).status, 503)
    t.equal(
      (await user.factors(playing('bad-request'))).body.syntaxErrors.invalidFields[0].error,
      'HAS_TEXT',
    )
    t.equal((await user.factors(playing('flaky'))).status, 200)
  })
})

t.test('slow', async (t) => {
  for (const each of operationsOf('weavr-multi')) {
    t.test(`${each.id} answers as usual, two seconds later`, async (t) => {
      const app = await makeApp(t)
      const usual = await send(app, each, { 'x-sandbox-session': 'usual' })
      t.notOk(app.clock.slept.includes(2_000))
      const answer = await send(app, each, playing('slow'))
      t.equal(answer.status, usual.status)
      // Timers of the session wait, too, for as long as a code is valid.
      t.same(
        app.clock.slept.filter((ms) => ms !== 300_000),
        [2_000],
      )
    })
  }

  t.test('the wait is real and takes no time of the session', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp(playing('slow'))
    const [entry] = app.requests()
    t.equal(entry?.at, app.clock.time)
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
  })

  t.test('a request that the contract refuses is not slow', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, playing('slow')).verify('x')
    t.same(app.clock.slept, [])
  })
})

t.test('channel-not-registered', async (t) => {
  t.test('the user stays enrolled under every scenario once that is done', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const unenrolled = playing('channel-not-registered')
    await user.enrol(unenrolled)
    await user.verifyEnrolment(RIGHT, unenrolled)
    t.equal(told(await user.stepUp(unenrolled)), '204')
    t.equal(told(await user.verify()), '204')
  })

  t.test('the user is unenrolled under every scenario from the first call on', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal(
      told(await user.verify(RIGHT, playing('channel-not-registered'))),
      conflict('CHANNEL_NOT_REGISTERED'),
    )
    t.equal(told(await user.verify()), conflict('CHANNEL_NOT_REGISTERED'))
    t.equal(told(await user.enrol()), '204')
  })

  t.test('other users are not touched', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app).stepUp(playing('channel-not-registered'))
    t.equal(told(await new WeavrUser(app, { token: 'other' }).stepUp()), '204')
  })
})

t.test('retry-in-15-sec', async (t) => {
  const calls: Record<string, (user: WeavrUser, headers?: Headers) => Promise<Answer>> = {
    'step-up': (user, headers) => user.stepUp(headers),
    confirmation: (user, headers) => user.confirm(['1'], headers),
  }
  for (const [what, issue] of Object.entries(calls)) {
    t.test(`the second call for a ${what} is too early, and who waits gets through`, async (t) => {
      const user = new WeavrUser(await makeApp(t), playing('retry-in-15-sec'))
      t.ok((await issue(user)).status < 300)
      t.equal(told(await issue(user, after('1h'))), conflict('RETRY_IN_15SEC'))
      t.equal(told(await issue(user, after('14s'))), conflict('RETRY_IN_15SEC'))
      t.ok((await issue(user, after('1s'))).status < 300)
      const refused = conflict('CHALLENGE_LIMIT_EXCEEDED')
      t.equal(told(await issue(user, after('1m'))), refused, 'as usual from then on')
    })
  }
})

t.test('rate-limited-once', async (t) => {
  t.test('ends when its own headers say', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, playing('rate-limited-once'))
    const resets = []
    for (const wait of ['0s', '10s', '500ms', '19s', '499ms']) {
      const { status, headers } = await user.factors(after(wait))
      t.equal(status, 429)
      t.equal(headers['retry-after'], headers['x-ratelimit-reset'])
      resets.push(headers['x-ratelimit-reset'])
    }
    t.same(resets, ['30', '20', '20', '1', '1'])
    t.equal(told(await user.stepUp()), '429', 'for every operation')
    t.equal((await user.factors(after('1ms'))).status, 200)
    t.equal((await user.stepUp(after('1h'))).status, 204, 'for good')
  })

  t.test('who waits as long as the header says gets through', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('rate-limited-once'))
    await user.stepUp()
    const { headers } = await user.stepUp(after('12s345ms'))
    t.equal((await user.stepUp(after(`${headers['retry-after']}s`))).status, 204)
  })
})

t.test('step-up-required', async (t) => {
  const gated = playing('step-up-required')
  const required = '403 {"errorCode":"STEP_UP_REQUIRED"}'
  const list = (user: WeavrUser) => user.call('GET', '/sends')

  t.test('ends for this token once it has been stepped up by a code', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, gated)
    t.equal(told(await list(user)), required)
    await user.stepUp()
    t.equal(told(await list(user)), required)
    await user.verify()
    t.equal((await list(user)).status, 200)
    t.equal(told(await list(new WeavrUser(app, { token: 'other', ...gated }))), required)
  })

  t.test('ends once it has been stepped up by push', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, gated)
    const { id } = (await user.push()).body
    t.equal(told(await list(user)), required)
    await onPhone(app, id, 'accept')
    t.equal((await list(user)).status, 200)
  })
})

t.test('login-refused goes through the ways to be refused', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app, playing('login-refused'))
  const body = { email: 'ann@example.com', password: { value: 'x' } }
  const outcomes = []
  for (let call = 0; call < 6; call++) {
    outcomes.push(told(await user.call('POST', '/login_with_password', body)))
  }
  t.same(outcomes, [
    '403',
    '404 {"errorCode":"TOKEN_NOT_FOUND"}',
    '409 {"token":"110984032147800084"}',
    '410 {"errorCode":"TOKEN_EXPIRED"}',
    '423',
    '423',
  ])
})

t.test('creation-refused goes through every code of the contract', async (t) => {
  for (const id of ['outgoingWireTransferCreate', 'sendCreate']) {
    const app = await makeApp(t)
    const each = operation(id)
    const examples = Object.keys(each.responses[409]?.content?.['application/json']?.examples ?? {})
    const codes = examples.filter((name) => name !== 'IDEMPOTENT_REQUEST_IN_PROGRESS')
    t.ok(codes.length > 20)
    for (const code of codes) {
      t.equal(told(await send(app, each, playing('creation-refused'))), conflict(code))
    }
  }
})

t.test('retry-then-ok fails once for each operation', async (t) => {
  const user = new WeavrUser(await makeApp(t), playing('retry-then-ok'))
  t.equal(told(await user.stepUp()), '500')
  t.equal(told(await user.stepUp()), '204', 'the call that failed has not happened')
  t.equal(told(await user.verify()), '500')
  t.equal(told(await user.verify()), '204')
})

t.test('answer-lost', async (t) => {
  t.test('the retry with the same reference gets the answer', async (t) => {
    const { url } = await listening(t)
    const user = new WeavrUser(overSockets(url), playing('answer-lost'))
    const ref = { 'idempotency-ref': 'r-1' }
    await t.rejects(user.confirm(['1'], ref))
    const { status, body } = await user.confirm(['1'], ref)
    t.equal(status, 200)
    await t.rejects(user.verifyConfirmation(body.scaChallengeId))
    const again = await user.verifyConfirmation(body.scaChallengeId)
    t.equal(told(again), conflict('STATE_INVALID'), 'without a reference it was done, and is told')
  })

  t.test('a retry without it finds that the call was carried out', async (t) => {
    const { url } = await listening(t)
    const user = new WeavrUser(overSockets(url), playing('answer-lost'))
    await t.rejects(user.stepUp())
    t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'))
  })
})

t.test('idempotent-request-in-progress', async (t) => {
  t.test('the first request with a reference is refused, its retry is as usual', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('idempotent-request-in-progress'))
    const ref = { 'idempotency-ref': 'r-1' }
    t.equal(told(await user.stepUp(ref)), conflict('IDEMPOTENT_REQUEST_IN_PROGRESS'))
    t.equal(told(await user.stepUp(ref)), '204')
    t.equal(told(await user.stepUp(ref)), '204')
    t.equal(told(await user.verify()), '204')
  })

  t.test('a request without a reference is as usual', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('idempotent-request-in-progress'))
    t.equal(told(await user.stepUp()), '204')
  })
})

t.test('distinct-codes', async (t) => {
  const distinct = playing('distinct-codes')
  const codeOf = (app: TestApp) => String(app.requests().at(-1)?.messages[0]?.code)

  t.test('each message has a code of its own, and an old one is dead', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, distinct)
    await user.stepUp()
    const first = codeOf(app)
    await user.stepUp(after('15s'))
    const second = codeOf(app)
    for (const code of [first, second]) t.match(code, /^\d{6}$/)
    t.not(first, second)
    for (const code of [first, RIGHT]) {
      t.equal(told(await user.verify(code)), conflict('VERIFICATION_CODE_INVALID'))
    }
    t.equal(told(await user.verify(second)), '204')
  })

  t.test('holds for confirmations, batches and enrolments', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, distinct)
    const { scaChallengeId } = (await user.confirm(['1'])).body
    const confirmation = codeOf(app)
    await user.batch('7')
    const batch = codeOf(app)
    t.not(batch, confirmation)
    t.equal(
      told(await user.verifyConfirmation(scaChallengeId, batch)),
      conflict('VERIFICATION_CODE_INVALID'),
    )
    t.equal(told(await user.verifyConfirmation(scaChallengeId, confirmation)), '204')
    t.equal(told(await user.verifyBatch('7')), conflict('VERIFICATION_CODE_INVALID'))
    t.equal(told(await user.verifyBatch('7', batch)), '204')
    await user.factors(playing('channel-not-registered'))
    await user.enrol()
    const enrolment = codeOf(app)
    t.equal(told(await user.verifyEnrolment()), conflict('VERIFICATION_CODE_INVALID'))
    t.equal(told(await user.verifyEnrolment(enrolment)), '204')
  })

  t.test('a code that was sent before is still good', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal(told(await user.verify(RIGHT, distinct)), '204')
  })

  t.test('the same calls have the same codes in each run', async (t) => {
    const codes = []
    for (const app of [await makeApp(t), await makeApp(t)]) {
      await new WeavrUser(app, distinct).stepUp()
      codes.push(codeOf(app))
    }
    t.equal(codes[0], codes[1])
  })

  t.test('holds for Plumery, too', async (t) => {
    const app = await makeApp(t)
    const user = new PlumeryUser(app, distinct)
    await user.initiate()
    const first = codeOf(app)
    t.equal((await user.verify()).status, 400)
    await user.initiateByEmail()
    const second = codeOf(app)
    t.not(second, first)
    t.equal((await user.verifyByEmail(first)).status, 400)
    t.equal(told(await user.verifyByEmail(second)), '204')
  })
})

t.test('resource-cancelled', async (t) => {
  const cancelled = playing('resource-cancelled')

  t.test('the code that was sent confirms nothing, under any scenario', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const { scaChallengeId } = (await user.confirm(['1', '2'], cancelled)).body
    for (const headers of [cancelled, cancelled, {}]) {
      const answer = await user.verifyConfirmation(scaChallengeId, RIGHT, headers)
      t.equal(told(answer), conflict('STATE_INVALID'))
    }
    t.equal(told(await user.confirm(['2', '3'])), conflict('STATE_INVALID'), 'no further code')
    t.equal((await user.confirm(['3'])).status, 200)
  })

  t.test('another challenge for one of the resources is over, too', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const first = (await user.confirm(['1'])).body.scaChallengeId
    const second = (await user.confirm(['1', '2'])).body.scaChallengeId
    await user.verifyConfirmation(first, RIGHT, cancelled)
    t.equal(told(await user.verifyConfirmation(second)), conflict('STATE_INVALID'))
  })

  t.test('a challenge that there is not is not found', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal((await user.verifyConfirmation('1', RIGHT, cancelled)).status, 404)
  })
})

t.test('push', async (t) => {
  t.test('one that was declined is the last', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('push-declined'))
    const { status, body } = await user.push()
    t.equal(status, 200)
    t.match(body.id, /^[0-9]+$/)
    t.equal(told(await user.push()), conflict('STATE_INVALID'))
    t.equal(told(await user.push('BIOMETRIC')), conflict('STATE_INVALID'))
  })

  t.test('one that expired can be followed by another', async (t) => {
    const user = new WeavrUser(await makeApp(t), playing('push-expired'))
    const first = await user.push()
    const second = await user.push()
    t.equal(first.status, 200)
    t.equal(second.status, 200)
    t.not(first.body.id, second.body.id)
    t.equal((await user.push('AUTHY', playing('default'))).status, 200)
  })

  t.test('the notification is sent, whatever becomes of it', async (t) => {
    for (const scenario of ['default', 'push-declined', 'push-expired']) {
      const app = await makeApp(t)
      const { body } = await new WeavrUser(app).push('BIOMETRIC', playing(scenario))
      t.same(app.requests()[0]?.messages, [{ channel: 'BIOMETRIC', challenge: body.id }])
    }
  })

  t.test('a user who is not enrolled for push gets none that could be declined', async (t) => {
    for (const scenario of ['push-declined', 'push-expired']) {
      const app = await makeApp(t)
      const user = new WeavrUser(app)
      await user.factors(playing('channel-not-registered'))
      t.equal(told(await user.push('AUTHY', playing(scenario))), conflict('CHANNEL_NOT_REGISTERED'))
    }
  })

  t.test('everything else is as usual', async (t) => {
    for (const scenario of ['push-declined', 'push-expired']) {
      const user = new WeavrUser(await makeApp(t), playing(scenario))
      t.equal(told(await user.stepUp()), '204')
      t.equal(told(await user.verify()), '204')
    }
  })
})

t.test('state is shared between scenarios', async (t) => {
  t.test('a code issued under default is verified under another', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    t.equal(
      told(await user.verify(RIGHT, playing('verification-code-expired'))),
      conflict('VERIFICATION_CODE_EXPIRED'),
    )
    t.equal(told(await user.verify(RIGHT, playing('push-expired'))), '204')
  })

  t.test('a code issued under another is verified under default', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal(told(await user.stepUp(playing('retry-then-ok'))), '500')
    t.equal(told(await user.stepUp(playing('retry-then-ok'))), '204')
    t.equal(told(await user.verify()), '204')
  })

  t.test('wrong codes count together', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    for (const scenario of ['default', 'slow', 'push-declined']) {
      const answer = await user.verify(WRONG, playing(scenario))
      t.equal(told(answer), conflict('VERIFICATION_CODE_INVALID'))
    }
    t.equal(told(await user.verify(WRONG)), conflict('ONE_CHALLENGE_LIMIT_REMAINING'))
  })

  t.test('a scenario of one API plays default in the other', async (t) => {
    const app = await makeApp(t)
    const answer = await new PlumeryUser(app).initiate('c1', playing('retry-in-15-sec'))
    t.equal(told(answer), '204')
    t.equal(answer.headers['x-sandbox-scenario'], 'default')
  })

  t.test('the rule that answered is named by file and line', async (t) => {
    const app = await makeApp(t)
    const { headers } = await send(app, operation('stepupSCAChallenge'), playing('flaky'))
    t.match(headers['x-sandbox-rule'], /^scenarios\/weavr-multi\/flaky\.yaml:\d+$/)
  })
})

t.test('token-expired', async (t) => {
  const user = new WeavrUser(await makeApp(t), playing('token-expired'))
  t.equal((await user.factors()).status, 200)
  t.equal((await user.factors()).status, 401)
  t.equal((await user.factors({ ...playing('default') })).status, 200)
})

t.test('not-root', async (t) => {
  const user = new WeavrUser(await makeApp(t), playing('not-root'))
  const challenge = (resourceType: string) =>
    user.call('POST', '/challenges/otp/SMS', { resourceType, resourceIds: ['1'] })
  t.equal(
    told(await challenge('linked_account_declaration')),
    '403 {"errorCode":"INSUFFICIENT_PERMISSIONS"}',
  )
  t.equal((await challenge('sends')).status, 200)
})
