/** Whatever a client may send gets an answer in a shape that somebody documents. */
import fc from 'fast-check'
import t from 'tap'
import { type Answer, makeApp } from '../fixtures/app.ts'
import { FACTORS, RIGHT, STEP_UP, told, VERIFY } from '../fixtures/calls.ts'
import { runs } from '../fixtures/properties.ts'

const method = fc.constantFrom(
  ...[
    'POST',
    'POST',
    'POST',
    'POST',
    'POST',
    'POST',
    'GET',
    'PUT',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'PROPFIND',
  ],
)

const piece = fc.oneof(
  fc.constantFrom(
    ...['multi', 'stepup', 'challenges', 'otp', 'push', 'SMS', 'AUTHY', 'verify', 'batch'],
    ...['beneficiaries', 'authentication_factors', 'internal', 'v1', 'mfa', 'totp-sms'],
    ...['c1:initiate', 'c1:verify', '1', '@a', '@a:flaky', '__proto__', '%', '%00', '', '..'],
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }).map(encodeURIComponent),
)

const known = fc.constantFrom(
  STEP_UP,
  VERIFY,
  FACTORS,
  '/stepup/challenges/push/AUTHY',
  '/challenges/otp/SMS',
  '/challenges/1/otp/SMS/verify',
  '/beneficiaries/batch/1/challenges/otp/SMS',
  '/internal/v1/mfa/totp-sms/c1:initiate',
  '/internal/v1/mfa/totp-sms/c1:verify',
)

const prefix = fc.constantFrom('', '', '/multi', '/@b', '/@b:slow', '/@b:flaky')

const path = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(prefix, known).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc.array(piece, { maxLength: 7 }).map((pieces) => `/${pieces.join('/')}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(known, piece).map(([path, query]) => `${path}?${query}=${query}`),
  },
)

/** What a header may carry: Latin-1 without control characters. */
const latin = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 20,
})

/** Mostly left out or as usual: one odd value is enough to be refused. */
const header = (usual: readonly string[], presence = 1) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 7 * presence, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: latin },
  )

const headers = fc.record({
  'api-key': header(['key', 'key', 'invalid', 'other-programme'], 10),
  authorization: header(['Bearer user', 'Bearer other', 'Bearer expired', 'Basic x'], 10),
  'content-type': header(['application/json', 'application/json', 'text/plain'], 10),
  'idempotency-ref': header(['r-1', 'r-2', '__proto__']),
  'x-sandbox-scenario': header(['default', 'flaky', 'bad-request', 'invalid-otp', 'nope']),
  'x-sandbox-session': header(['default', 'fuzz', '__proto__']),
  'x-sandbox-advance': header(['15s', '5m', '0s', '-1s', '9000d']),
  prefer: header(['code=409', 'code=200, dynamic=true', 'example=NOT_FOUND', 'return=minimal']),
})

const code = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(RIGHT, '000000', '', ' ') },
  { weight: 1, arbitrary: fc.jsonValue() },
)

const fields = fc.record(
  {
    verificationCode: code,
    totp: code,
    resourceType: fc.oneof(fc.constantFrom('sends', 'sends', 'x'), code),
    resourceIds: fc.oneof(fc.array(fc.nat().map(String)), fc.array(code), code),
  },
  { requiredKeys: ['verificationCode', 'totp'] },
)

/** Fields that no contract knows. */
const others = fc
  .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })
  .filter((fields) => !Object.hasOwn(fields, 'constructor'))

const object = fc.tuple(others, fields).map(([others, fields]) => ({ ...others, ...fields }))

const body = fc.oneof(
  { weight: 1, arbitrary: fc.oneof(fc.constant(undefined), fc.json(), fc.string()) },
  { weight: 3, arbitrary: object },
)

/** What is undocumented of an answer, whoever may have made it. */
function oddity({ status, text, headers, body }: Answer): string | undefined {
  if (status === 500 || status === 501) return 'a mistake of the sandbox'
  if (text === '') return undefined
  const type = headers['content-type']?.split(';')[0]
  if (type === 'application/problem+json') {
    return body.status === status && typeof body.code === 'string' ? undefined : 'no problem'
  }
  if (type !== 'application/json') return 'neither JSON nor a problem'
  const shape = Object.keys(body).join()
  return SHAPES.has(shape) ? undefined : `the shape ${shape}`
}

/** The fields of each kind of body that the two vendors send. */
const SHAPES = new Set([
  'code,message',
  'message',
  'message,syntaxErrors',
  'errorCode',
  'scaChallengeId',
  'id',
  'factors',
  'code,message,requestId,fieldErrors',
])

t.test('whatever is sent, the answer has a shape that somebody documents', async (t) => {
  const app = await makeApp(t)
  const request = fc.record({ method, path, headers, body })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, headers, body }) => {
      const sent = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      )
      const answer = await app.ask(method, path, { headers: Object.fromEntries(sent), body })
      const wrong = oddity(answer)
      if (wrong) throw new Error(`${wrong}: ${told(answer)}`)
    }),
    runs(2_000),
  )
})
