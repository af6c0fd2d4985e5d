/** What clients of the mocked APIs do, in few words. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { createSandbox, type Sandbox, type SandboxOptions } from '../src/index.ts'
import type { Answer, TestApp } from './app.ts'

export const RIGHT = '123456'
export const WRONG = '000000'
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export type Headers = Readonly<Record<string, string>>
type Asked = Pick<TestApp, 'ask'>

/** An answer as one text, so that a test tells status and body to the letter: `409 {"errorCode":"X"}`. */
export const told = ({ status, text }: Pick<Answer, 'status' | 'text'>) =>
  text === '' ? `${status}` : `${status} ${text}`

/** What Weavr answers to a call that the state does not allow, as `told`. */
export const conflict = (errorCode: string) => `409 ${JSON.stringify({ errorCode })}`

/** A call that moves its session's clock forward first. */
export const after = (duration: string): Headers => ({ 'x-sandbox-advance': duration })

/** A call that plays a scenario. */
export const playing = (scenario: string): Headers => ({ 'x-sandbox-scenario': scenario })

export const JSON_BODY: Headers = { 'content-type': 'application/json' }

export const TRANSFERS = 'outgoing_wire_transfers'

/** Paths that tests write out. */
export const FACTORS = '/authentication_factors'
export const STEP_UP = '/stepup/challenges/otp/SMS'
export const VERIFY = `${STEP_UP}/verify`

/** Asks a sandbox that listens, as a client would: over a socket, which a scenario may break. */
export const overSockets = (url: string): Asked => ({
  ask: async (method, path, { headers = {}, body } = {}) => {
    const json = body !== undefined && typeof body !== 'string'
    const response = await fetch(url + path, {
      method,
      headers: { ...(json && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: json ? JSON.stringify(body) : String(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text,
      body: isJson ? JSON.parse(text) : undefined,
    }
  },
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What lets a request in wherever credentials are asked for. */
export const CREDENTIALS: Headers = { 'api-key': 'key', ...bearer('user') }

/** A user of Weavr Multi in one login session. */
export class WeavrUser {
  readonly #app: Asked
  readonly #headers: Headers

  constructor(app: Asked, { token, ...headers }: Headers = {}) {
    this.#app = app
    this.#headers = { ...CREDENTIALS, ...(token && bearer(token)), ...headers }
  }

  call(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    return this.#app.ask(method, path, { headers: { ...this.#headers, ...headers }, body })
  }

  stepUp(headers?: Headers) {
    return this.call('POST', STEP_UP, undefined, headers)
  }

  verify(verificationCode = RIGHT, headers?: Headers) {
    return this.call('POST', VERIFY, { verificationCode }, headers)
  }

  push(channel = 'AUTHY', headers?: Headers) {
    return this.call('POST', `/stepup/challenges/push/${channel}`, undefined, headers)
  }

  confirm(resourceIds: readonly string[], headers?: Headers, resourceType = TRANSFERS) {
    return this.call('POST', '/challenges/otp/SMS', { resourceType, resourceIds }, headers)
  }

  verifyConfirmation(id: string, verificationCode = RIGHT, headers?: Headers) {
    const body = { verificationCode, resourceType: TRANSFERS }
    return this.call('POST', `/challenges/${id}/otp/SMS/verify`, body, headers)
  }

  batch(id: string, headers?: Headers) {
    return this.call('POST', `/beneficiaries/batch/${id}/challenges/otp/SMS`, undefined, headers)
  }

  verifyBatch(id: string, verificationCode = RIGHT, headers?: Headers) {
    const path = `/beneficiaries/batch/${id}/challenges/otp/SMS/verify`
    return this.call('POST', path, { verificationCode }, headers)
  }

  enrol(headers?: Headers) {
    return this.call('POST', '/authentication_factors/otp/SMS', undefined, headers)
  }

  verifyEnrolment(verificationCode = RIGHT, headers?: Headers) {
    return this.call(
      'POST',
      '/authentication_factors/otp/SMS/verify',
      { verificationCode },
      headers,
    )
  }

  enrolPush(channel = 'AUTHY', headers?: Headers) {
    return this.call('POST', `/authentication_factors/push/${channel}`, undefined, headers)
  }

  factors(headers?: Headers) {
    return this.call('GET', FACTORS, undefined, headers)
  }
}

/** A user of Plumery MFA; without a token, nobody in particular. */
export class PlumeryUser {
  readonly #app: Asked
  readonly #headers: Headers

  constructor(app: Asked, { token, ...headers }: Headers = {}) {
    this.#app = app
    this.#headers = { ...(token && bearer(token)), ...headers }
  }

  initiate(challenge = 'c1', headers: Headers = {}) {
    return this.#app.ask('POST', `/internal/v1/mfa/totp-sms/${challenge}:initiate`, {
      headers: { ...this.#headers, ...headers },
    })
  }

  verify(otp: unknown = RIGHT, challenge = 'c1', headers: Headers = {}) {
    return this.#app.ask('POST', `/internal/v1/mfa/totp-sms/${challenge}:verify`, {
      headers: { ...this.#headers, ...headers },
      body: { otp },
    })
  }
}

/** A sandbox that listens, for what needs a socket. */
export async function listening(
  t: Pick<Test, 'teardown'>,
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const sandbox = await createSandbox(options)
  t.teardown(() => sandbox.stop())
  return sandbox
}

/** Sends bytes as they are and tells the bytes that come back until the connection is closed. */
export async function exchanged({ port }: Sandbox, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(received).toString()
}

/** A request as text, after which the connection is to be closed. */
export function written(line: string, headers: Readonly<Record<string, string>> = {}, body = '') {
  const all = { host: 'localhost', connection: 'close', ...CREDENTIALS, ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

export const statusOf = (response: string) => Number(response.split(' ')[1])
export const bodyOf = (response: string) =>
  JSON.parse(response.slice(response.indexOf('\r\n\r\n') + 4))
