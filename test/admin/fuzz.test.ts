/** Whatever is sent to the admin API gets a documented answer, and leaves the mocked APIs working. */
import fc from 'fast-check'
import t from 'tap'
import { ROUTES } from '../../src/admin/app.ts'
import { statusesOf } from '../fixtures/admin-requests.ts'
import { type Answer, makeApp } from '../fixtures/app.ts'
import { FACTORS, told, WeavrUser } from '../fixtures/calls.ts'
import { character, runs } from '../fixtures/properties.ts'

const word = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['default', 'fuzz', 'a', 'tablet', '1', '2', 'accept', 'decline', 'expire'],
      ...['weavr-multi', 'slow', 'c1', '131759953764485683'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['__proto__', 'constructor', '%00', '%2F', '%E0%A4%A', '%', '-1', '1e99', ''],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: character, maxLength: 8 }).map(encoded) },
)

/** Dots alone would lead out of the admin API. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll('.', '')
}

const ofRoute = fc
  .tuple(fc.constantFrom(...ROUTES), fc.array(word, { minLength: 3, maxLength: 3 }))
  .map(([{ method, url }, words]) => {
    let next = 0
    return { method: method as string, path: url.replace(/:\w+/g, () => words[next++] ?? '') }
  })

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']

const anywhere = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    ofRoute.map(({ path }) => path),
    fc.array(word, { maxLength: 5 }).map((words) => `/${words.join('/')}`),
  ),
})

const target = fc
  .oneof({ weight: 3, arbitrary: ofRoute }, { weight: 1, arbitrary: anywhere })
  // Streams have no end; their own tests read them.
  .filter(({ method, path }) => method !== 'GET' || !/^\/events\/?$/.test(path))

const parameter = fc.tuple(
  fc.constantFrom(
    ...['limit', 'offset', 'order', 'count', 'status', 'method', 'path', 'after', 'format'],
    ...['session', 'channel', 'operationId', 'unmatched', 'scenario', 'x', '__proto__'],
  ),
  fc.oneof(
    fc.constantFrom('1', '0', '-1', 'true', 'desc', '4XX', 'text', 'yaml', 'json', 'fuzz', ''),
    fc.string({ unit: character, maxLength: 6 }).map(encoded),
  ),
)

const query = fc
  .array(parameter, { maxLength: 2 })
  .map((pairs) => (pairs.length > 0 ? `?${pairs.map((pair) => pair.join('=')).join('&')}` : ''))

const duration = fc.constantFrom('5m', '15s', '-1s', 'PT1M', '9000000d', '', 'x')
const time = fc.constantFrom('2030-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '9999-12-31', '')
const name = fc.constantFrom('default', 'slow', 'flaky', 'nope', 'fuzz', 'a b', '')
const odd = fc.jsonValue({ maxDepth: 2 })

const match = fc.oneof(
  fc.record({ token: fc.oneof(name, odd) }),
  fc.record({ apiKey: fc.oneof(name, odd) }),
  fc.record({ path: fc.dictionary(name, fc.oneof(name, odd), { maxKeys: 2 }) }),
  fc.record({ body: fc.dictionary(fc.string(), odd, { maxKeys: 2 }) }),
  odd,
)

const snapshot = fc.record(
  {
    format: fc.constantFrom(1, 1, 2),
    apis: fc.oneof(fc.constant({}), odd),
    session: fc.oneof(
      fc.record({
        now: time,
        frozen: fc.boolean(),
        scenario: fc.oneof(fc.constant(null), name),
      }),
      odd,
    ),
    subjects: fc.oneof(fc.constant([]), odd),
    owners: fc.oneof(fc.constant([]), odd),
    kept: fc.oneof(fc.constant([]), odd),
  },
  { requiredKeys: ['format', 'apis', 'session', 'subjects', 'owners'] },
)

const fields = fc.record(
  { advance: duration, now: time, frozen: fc.boolean(), scenario: name, session: name, match },
  { requiredKeys: [] },
)

const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fields.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.record({ match, session: name }).map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: fc.record({ frozen: fc.boolean() }).map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: snapshot.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{', '', 'null', '{"__proto__":1}', '\u0000', '[1e400]'),
  },
)

const type = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['text/plain', 'application/merge-patch+json', 'x', 'application/json; charset=x'],
      ...['multipart/form-data', 'application/x-www-form-urlencoded', '*/*', ';'],
    ),
  },
)

/** What is undocumented of an answer. */
function oddity(method: string, { status, text, headers, body }: Answer): string | undefined {
  if (status >= 500) return 'a mistake of the sandbox'
  if (method === 'HEAD') return text === '' ? undefined : 'a body'
  if (status === 204 || status === 302) return text === '' ? undefined : 'a body'
  if (status < 400) return text === '' ? 'no body' : undefined
  const kind = headers['content-type']?.split(';')[0]
  if (kind !== 'application/problem+json') return `it is ${kind}, not a problem`
  const isKnown = statusesOf(body.code).includes(status) && body.status === status
  return isKnown ? undefined : 'no problem that is known'
}

t.test('whatever is sent to the admin API, the answer is a documented one', async (t) => {
  const app = await makeApp(t)
  const user = new WeavrUser(app, { 'x-sandbox-session': 'witness' })
  await user.stepUp()
  await user.push()
  const statuses = new Set<number>()
  const request = fc.record({ target, query, body, type })
  await fc.assert(
    fc.asyncProperty(request, async ({ target: { method, path }, query, body, type }) => {
      const headers = { 'content-type': type }
      const url = `/__admin${path}${query}`
      const answer = await app.ask(method, url, body === undefined ? {} : { headers, body })
      statuses.add(answer.status)
      const wrong = oddity(method, answer)
      if (wrong) throw new Error(`${wrong}: ${method} ${url} ${told(answer).slice(0, 500)}`)
    }),
    runs(1_000, 250),
  )
  t.test('of every kind', async (t) => {
    for (const status of [200, 204, 400, 404, 405, 415]) t.ok(statuses.has(status), `${status}`)
  })

  t.test('and the mocked APIs work as before', async (t) => {
    await app.ask('DELETE', '/__admin/bindings')
    await app.ask('DELETE', '/__admin/sessions')
    t.equal(told(await user.stepUp()), '204')
    t.equal((await user.call('GET', FACTORS)).status, 200)
    t.equal(app.requests('witness').length, 2)
    t.equal(Object.hasOwn(Object.prototype, 'x'), false)
  })
})
