// What is asked in each measurement: a request, and what differs from one to the next.
let number = 0

const CONFIRM = {
  method: 'POST',
  path: '/multi/challenges/otp/SMS',
  headers: { 'content-type': 'application/json', 'api-key': 'key' },
  body: '{"resourceType":"sends","resourceIds":["110984032147800067"]}',
}

const withHeaders = (request, headers) => ({
  ...request,
  headers: { ...request.headers, ...headers },
})

const confirmAs = (authorization, more) => withHeaders(CONFIRM, { authorization, ...more })

const FACTORS = {
  method: 'GET',
  path: '/multi/authentication_factors',
  headers: { 'api-key': 'key' },
}

/** A user's first confirmation: every token is a new one, and none is refused. */
export const confirmFirst = () => confirmAs(`Bearer t${number++}`)

/** By name: how a request is made, the status that it gets, and flags and documents of the sandbox. */
export const KINDS = {
  'first confirmation': { make: confirmFirst, status: 200 },
  'one user': {
    make: () => withHeaders(FACTORS, { authorization: 'Bearer one' }),
    status: 200,
  },
  '5000 sessions': {
    make: () => confirmAs(`Bearer t${number}`, { 'x-sandbox-session': `s${number++ % 5_000}` }),
    status: 200,
  },
  Prefer: {
    make: () => confirmAs('Bearer one', { prefer: 'code=409, example=STATE_INVALID' }),
    status: 409,
  },
  refusal: { make: () => ({ ...confirmAs('Bearer one'), body: '{}' }), status: 400 },
  replay: {
    make: () => confirmAs('Bearer replay', { 'idempotency-ref': 'the-same' }),
    status: 200,
  },
  'generated body': {
    make: () => confirmAs('Bearer one', { prefer: 'dynamic=true' }),
    status: 200,
  },
  '900 operations': { make: confirmFirst, status: 200, large: true },
  'journal off': { make: confirmFirst, status: 200, flags: ['--no-journal'] },
  'logging at info': { make: confirmFirst, status: 200, flags: ['--log-level', 'info'] },
  Redis: { make: confirmFirst, status: 200, redis: true },
}
