/** Requests with odd bodies, names and values: never a mistake of the sandbox's own. */
import t, { type Test } from 'tap'
import { makeApp } from '../fixtures/app.ts'
import {
  bodyOf,
  conflict,
  exchanged,
  FACTORS,
  JSON_BODY,
  listening,
  PlumeryUser,
  playing,
  RIGHT,
  STEP_UP,
  statusOf,
  told,
  VERIFY,
  WeavrUser,
  written,
} from '../fixtures/calls.ts'

const MEBIBYTE = 1_048_576

t.test('a body', async (t) => {
  const right = { verificationCode: RIGHT }

  async function sent(t: Test, headers: Record<string, string>, body: string) {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    return user.call('POST', VERIFY, body, headers)
  }

  t.test(
    'of a type that the contract does not have gets 415 in the shape of the API',
    async (t) => {
      const text = JSON.stringify(right)
      const types = [
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'text/json',
      ]
      for (const type of [...types, 'multipart/form-data; boundary=x', 'application/jsonp']) {
        const answer = await sent(t, { 'content-type': type }, text)
        t.equal(answer.status, 415, type)
        t.same(Object.keys(answer.body), ['code', 'message'], type)
        t.equal(answer.body.code, 'UNSUPPORTED_MEDIA_TYPE', type)
      }
      t.equal((await sent(t, {}, text)).status, 415, 'none')
      t.equal((await sent(t, { 'content-type': 'nonsense' }, text)).status, 415, 'no type at all')
      const plumery = await makeApp(t)
      const headers = { 'content-type': 'text/plain' }
      const path = '/internal/v1/mfa/totp-sms/c1:verify'
      const answer = await plumery.ask('POST', path, { headers, body: text })
      t.equal(answer.status, 415)
      t.equal(answer.body.code, 'urn:plmr:mfa-totp:api:BAD_REQUEST')
    },
  )

  t.test('may say its type in more words', async (t) => {
    const types = [
      'application/json',
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'Application/JSON',
      'application/json ; charset="utf-8"',
    ]
    for (const type of types) {
      const answer = await sent(t, { 'content-type': type }, JSON.stringify(right))
      t.equal(told(answer), '204', type)
    }
  })

  t.test('that is not JSON gets 400', async (t) => {
    const malformed = [
      '{',
      '}',
      '{"verificationCode":"123456"',
      'x',
      "{'a':1}",
      '{"a":1,}',
      '\0',
      'NaN',
    ]
    for (const text of malformed) {
      t.equal(told(await sent(t, JSON_BODY, text)), '400 {"message":"Invalid request"}', text)
    }
  })

  t.test('that is JSON but no object gets 400', async (t) => {
    for (const text of [
      'null',
      '[]',
      '"123456"',
      '123456',
      'true',
      '[{"verificationCode":"123456"}]',
    ]) {
      const { status, body } = await sent(t, JSON_BODY, text)
      t.equal(status, 400, text)
      t.equal(body.message, 'Invalid request', text)
    }
  })

  t.test('that is empty lacks each required field', async (t) => {
    const expected = {
      message: 'Invalid request',
      syntaxErrors: {
        invalidFields: [{ params: [], fieldName: 'verificationCode', error: 'REQUIRED' }],
      },
    }
    for (const headers of [JSON_BODY, {}, { 'content-type': 'text/plain' }]) {
      const { status, body } = await sent(t, headers, '')
      t.equal(status, 400)
      t.same(body, expected)
    }
  })

  t.test('with spaces around it is read', async (t) => {
    t.equal(told(await sent(t, JSON_BODY, `\r\n\t ${JSON.stringify(right)} \n`)), '204')
  })

  t.test('is not asked for and not read where the contract has none', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    t.equal(told(await user.call('POST', STEP_UP, '{', JSON_BODY)), '204')
    t.equal((await user.call('POST', '/stepup/challenges/push/AUTHY', 'x')).status, 200)
    t.equal((await user.call('GET', FACTORS, '{', JSON_BODY)).status, 200)
    t.equal((await user.call('GET', FACTORS, 'x', { 'content-type': 'text/plain' })).status, 200)
  })

  t.test('of no media type at all is passed over where the contract has none', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const headers = { 'content-type': 'nonsense' }
    t.equal(told(await user.call('POST', STEP_UP, 'x', headers)), '204')
    t.equal((await user.call('GET', FACTORS, 'x', headers)).status, 200)
  })

  t.test('of a mebibyte is read, and one byte more gets 413', async (t) => {
    const padded = (length: number) => {
      const frame = JSON.stringify({ ...right, note: '' })
      return JSON.stringify({ ...right, note: 'x'.repeat(length - frame.length) })
    }
    t.equal(padded(MEBIBYTE).length, MEBIBYTE)
    t.equal(told(await sent(t, JSON_BODY, padded(MEBIBYTE))), '204')
    const answer = await sent(t, JSON_BODY, padded(MEBIBYTE + 1))
    t.equal(answer.status, 413)
    t.same(Object.keys(answer.body), ['code', 'message'])
    t.equal(answer.body.code, 'PAYLOAD_TOO_LARGE')
  })

  t.test('that is too large is told after path, method and credentials', async (t) => {
    const app = await makeApp(t)
    const body = 'x'.repeat(MEBIBYTE + 1)
    t.equal((await app.ask('POST', '/nowhere', { headers: JSON_BODY, body })).status, 404)
    t.equal((await app.ask('PUT', VERIFY, { headers: JSON_BODY, body })).status, 405)
    t.equal((await app.ask('POST', VERIFY, { headers: JSON_BODY, body })).status, 401)
    const path = '/internal/v1/mfa/totp-sms/c1:verify'
    const plumery = await app.ask('POST', path, { headers: JSON_BODY, body })
    t.equal(plumery.status, 413)
    t.equal(plumery.body.code, 'urn:plmr:mfa-totp:api:BAD_REQUEST')
  })

  t.test('that is too large is refused over sockets, with a length or in chunks', async (t) => {
    const sandbox = await listening(t)
    const length = `${MEBIBYTE + 1}`
    const announced = written(`POST ${VERIFY}`, { ...JSON_BODY, 'content-length': length })
    t.equal(statusOf(await exchanged(sandbox, announced)), 413)
    const chunk = `${Number(length).toString(16)}\r\n${'x'.repeat(Number(length))}\r\n0\r\n\r\n`
    const chunked = { ...JSON_BODY, 'transfer-encoding': 'chunked' }
    const response = await exchanged(sandbox, written(`POST ${VERIFY}`, chunked, chunk))
    t.equal(statusOf(response), 413)
    t.equal(bodyOf(response).code, 'PAYLOAD_TOO_LARGE')
  })

  t.test('in chunks is read', async (t) => {
    const sandbox = await listening(t)
    const headers = { ...JSON_BODY, 'transfer-encoding': 'chunked' }
    const chunks = '8\r\n{"verifi\r\n14\r\ncationCode":"000000"\r\n1\r\n}\r\n0\r\n\r\n'
    const response = await exchanged(sandbox, written(`POST ${VERIFY}`, headers, chunks))
    t.same(bodyOf(response), { errorCode: 'STATE_INVALID' })
  })
})

t.test('names that JavaScript knows are names like others', async (t) => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']

  t.test('as challenges', async (t) => {
    const user = new PlumeryUser(await makeApp(t))
    for (const name of names) t.equal((await user.verify(RIGHT, name)).status, 400, name)
    for (const name of names) t.equal(told(await user.initiate(name)), '204', name)
    for (const name of names) t.equal(told(await user.verify(RIGHT, name)), '204', name)
  })

  t.test('as tokens, keys and sessions', async (t) => {
    const app = await makeApp(t)
    for (const name of names) {
      const user = new WeavrUser(app, { token: name, 'api-key': name })
      t.equal(told(await user.verify()), conflict('STATE_INVALID'), name)
      t.equal(told(await user.stepUp()), '204', name)
      t.equal(told(await user.stepUp()), conflict('RETRY_IN_15SEC'), name)
      t.equal(told(await user.stepUp({ 'x-sandbox-session': name })), '204', name)
    }
  })

  t.test('as fields of a body', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    const nested = '{"__proto__":{"verificationCode":"123456"}}'
    t.equal((await user.call('POST', VERIFY, nested, JSON_BODY)).status, 400)
    const beside = '{"verificationCode":"123456","__proto__":{"x":1},"toString":1}'
    t.equal(told(await user.call('POST', VERIFY, beside, JSON_BODY)), '204')
    t.equal(({} as Record<string, unknown>).x, undefined)
  })

  t.test('as the field "constructor" of a body', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    await user.stepUp()
    const body = { verificationCode: RIGHT, constructor: 1 }
    t.equal(told(await user.call('POST', VERIFY, body)), '204')
  })

  t.test('as the header or query "constructor" that a rule looks past', async (t) => {
    const scenarios = t.testdir({
      'plumery-mfa': {
        'reading.yaml': `
scenario: reading
summary: The rules read headers and query.
operations:
  initiateSms:
    rules:
      - when: '"x-fail" in request.headers || "fail" in request.query'
        respond: 500
`,
      },
    })
    const app = await makeApp(t, { scenarios: [scenarios] })
    const path = '/internal/v1/mfa/totp-sms/c1:initiate'
    const status = async (path: string, headers = {}) =>
      (await app.ask('POST', path, { headers: { ...playing('reading'), ...headers } })).status
    t.equal(await status(`${path}?fail`), 500)
    t.equal(await status(path, { constructor: 'x' }), 204)
    t.equal(await status(`${path}?constructor=x`), 204)
  })

  t.test('as values and parameters', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    for (const name of names) {
      t.equal((await user.confirm(['1'], {}, name)).status, 400, name)
      t.equal((await user.confirm([name])).status, 400, name)
      t.equal((await user.batch(name)).status, 400, name)
      t.equal((await user.push(name)).status, 400, name)
      t.equal((await user.verifyConfirmation(name)).status, 400, name)
      t.equal((await user.call('GET', `/${name}`)).status, 404, name)
      t.equal((await user.call('GET', `${FACTORS}?${name}=1&${name}=2`)).status, 200, name)
      t.equal((await user.factors({ [name]: 'x' })).status, 200, name)
      t.equal((await user.verify(name)).status, 400, name)
    }
  })
})

t.test('values without end', async (t) => {
  t.test('two very long tokens that differ in their last letter are two users', async (t) => {
    const app = await makeApp(t)
    const long = 'x'.repeat(10_000)
    t.equal(told(await new WeavrUser(app, { token: `${long}a` }).stepUp()), '204')
    t.equal(told(await new WeavrUser(app, { token: `${long}b` }).stepUp()), '204')
    const again = await new WeavrUser(app, { token: `${long}a` }).stepUp()
    t.equal(told(again), conflict('RETRY_IN_15SEC'))
  })

  t.test('an id of thousands of digits is an id', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const id = '9'.repeat(5_000)
    t.equal(told(await user.batch(id)), '204')
    t.equal(told(await user.verifyBatch(id)), '204')
    t.equal((await user.verifyConfirmation(id)).status, 404)
  })

  t.test('a list of ten thousand ids is a set', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const ids = Array.from({ length: 10_000 }, (_, index) => `${index}`)
    const { status, body } = await user.confirm(ids)
    t.equal(status, 200)
    t.equal(told(await user.verifyConfirmation(body.scaChallengeId)), '204')
  })

  t.test('a body that is nested ten thousand deep is refused', async (t) => {
    const user = new WeavrUser(await makeApp(t))
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const body = `{"resourceType":"sends","resourceIds":${deep}}`
    t.equal((await user.call('POST', '/challenges/otp/SMS', body, JSON_BODY)).status, 400)
    t.equal(
      (await user.call('POST', VERIFY, `{"verificationCode":${deep}}`, JSON_BODY)).status,
      400,
    )
  })

  t.test('headers of more than 16 KiB get 431', async (t) => {
    const sandbox = await listening(t)
    const headers = { authorization: `Bearer ${'x'.repeat(20_000)}` }
    const response = await exchanged(sandbox, written(`GET ${FACTORS}`, headers))
    t.equal(statusOf(response), 431)
    t.equal(bodyOf(response).code, 'header-too-large')
  })
})

t.test('null bytes', async (t) => {
  t.test('that are percent-encoded are refused by the contract', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    t.equal((await user.batch('1%00')).status, 400)
    t.equal((await user.push('AUTHY%00')).status, 400)
    t.equal((await new PlumeryUser(app).initiate('c%001')).status, 400)
    t.equal((await user.call('GET', '/%00')).status, 404)
    t.equal((await user.call('GET', `${FACTORS}?a=%00`)).status, 200)
    t.equal((await user.verify('12345\0')).status, 400)
  })

  t.test('in the request line are no HTTP', async (t) => {
    const response = await exchanged(await listening(t), written('GET /a\0b'))
    t.equal(statusOf(response), 400)
    t.equal(bodyOf(response).code, 'bad-http')
  })
})
