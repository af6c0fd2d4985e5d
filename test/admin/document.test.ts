/** The admin API's own document: what it says is there, is there, and answers as it says. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t, { type Test } from 'tap'
import { ROUTES } from '../../src/admin/app.ts'
import { NAMED } from '../../src/admin/schemas.ts'
import { problems } from '../../src/errors.ts'
import { statusesOf } from '../fixtures/admin-requests.ts'
import { type Answer, type Ask, makeApp, type TestApp } from '../fixtures/app.ts'
import { PlumeryUser, playing, TRANSFERS, told, WeavrUser, WRONG } from '../fixtures/calls.ts'
import { contractOf } from '../fixtures/files.ts'
import { toolMissing, toolPath } from '../fixtures/tools.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

async function documentOf(app: TestApp) {
  const { body } = await app.ask('GET', '/__admin/openapi.json')
  return body
}

t.test('the schemas of the admin API are JSON Schemas', async (t) => {
  const schemas = ROUTES.flatMap(({ operationId, input = {}, responses }) => [
    ...Object.entries(input).map(([part, schema]) => [`${operationId} ${part}`, schema] as const),
    ...Object.entries(responses).map(
      ([status, { schema = {} }]) => [`${operationId} ${status}`, schema] as const,
    ),
  ])
  const ajv = new Ajv2020({ strict: false })
  for (const [name, schema] of [...Object.entries(NAMED), ...schemas]) {
    t.ok(ajv.validateSchema(schema), `${name} ${ajv.errorsText()}`)
  }
})

/** The path of a route as the document has it. */
const documented = (url: string) => `/__admin${url.replace(/:(\w+)/g, '{$1}')}`

t.test('the document', async (t) => {
  const document = await documentOf(await makeApp(t))

  t.test('is OpenAPI 3.1 that the sandbox could serve itself', async (t) => {
    t.match(document.openapi, /^3\.1\./)
    const contract = contractOf(JSON.stringify(document), 'admin.json')
    t.same(
      [...contract.operations.keys()].sort(),
      ROUTES.map(({ operationId }) => operationId).sort(),
    )
  })

  t.test('is of the version of the package', async (t) => {
    t.equal(document.info.version, JSON.parse(read('package.json')).version)
  })

  t.test('has as many operations as there are routes, and no name twice', async (t) => {
    const names = ROUTES.map(({ operationId }) => operationId)
    t.equal(new Set(names).size, names.length)
    const operations = Object.values<object>(document.paths).flatMap(Object.keys)
    t.equal(operations.length, names.length)
  })

  t.test('lists the tags that it uses', async (t) => {
    const tags = document.tags.map(({ name }: { name: string }) => name)
    for (const { tag, operationId } of ROUTES) t.ok(tags.includes(tag), operationId)
  })

  t.test('has no schema that it does not refer to, and no reference to nothing', async (t) => {
    const text = JSON.stringify(document)
    const refs = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref)
    const names = Object.keys(document.components.schemas)
    t.same([...new Set(refs)].sort(), names.map((name) => `#/components/schemas/${name}`).sort())
  })

  for (const { method, url, operationId, summary, tag, responses, problems: own = [] } of ROUTES) {
    t.test(`has ${method} ${documented(url)}`, async (t) => {
      const operation = document.paths[documented(url)]?.[method.toLowerCase()]
      t.equal(operation?.operationId, operationId)
      t.equal(operation.summary, summary)
      t.same(operation.tags, [tag])
      t.same(Object.keys(operation.responses).sort(), [...Object.keys(responses), 'default'].sort())
      for (const [status, { description, schema, type }] of Object.entries(responses)) {
        const answer = operation.responses[status]
        t.equal(answer.description, description)
        const types = schema ? [type ?? 'application/json'] : []
        t.same(Object.keys(answer.content ?? {}), types)
      }
      const { description, content } = operation.responses.default
      t.same(content['application/problem+json'].schema, { $ref: '#/components/schemas/Problem' })
      for (const code of own) {
        t.match(description, code)
        t.ok(Object.hasOwn(problems, code), `${code} is a code`)
      }
      const inPath = (operation.parameters ?? []).filter((each: Ask & { in: string }) => {
        return each.in === 'path'
      })
      t.same(
        inPath.map(({ name }: { name: string }) => name),
        [...url.matchAll(/:(\w+)/g)].map(([, name]) => name),
      )
    })
  }

  const skip = toolMissing('client-types', 'openapi-typescript')
  t.test('is what the types of the client are made of', { skip }, async (t) => {
    const library = pathToFileURL(toolPath('client-types', 'openapi-typescript/dist/index.mjs'))
    const { default: openapi, astToString } = await import(library.href)
    const types = astToString(await openapi(document))
    const header = "// Generated from the admin API's document by `npm run generate`.\n"
    t.ok(
      read('src/client/admin-api.ts') === header + types,
      'src/client/admin-api.ts is stale: npm run generate',
    )
  })
})

t.test('docs/admin.md names the path of every route', async (t) => {
  const page = read('docs/admin.md')
  /** A path of the page's table: `/a/{id}`, and what follows it as `/{b}`. */
  const named = page.split('\n').flatMap((line) => {
    const [cell = ''] = /^\| (.*?) \|/.exec(line)?.slice(1) ?? []
    const [first = '', ...more] = [...cell.matchAll(/`(?:[A-Z]+ )?(\/[^`]*)`/g)].map(
      ([, path]) => path ?? '',
    )
    const siblings = more.map((path) =>
      path === '/ready' ? first.replace(/\/\w+$/, path) : first + path,
    )
    return [first, ...siblings]
  })
  for (const { url, method } of ROUTES) {
    const parameters = /\{\w+\}/g
    const path = documented(url).replace(parameters, '{}')
    const found = named.some((name) => name.replace(parameters, '{}') === path)
    // `/bindings/{name}` and `/bindings` stand in lines of their own.
    t.ok(found, `${method} ${documented(url)}`)
  }
})

/** Checks answers by the document alone, with a validator of the test's own. */
async function judge(app: TestApp) {
  const document = await documentOf(app)
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema(document, 'admin')
  const pointed = (...keys: string[]) =>
    `admin#/${keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`
  return (method: string, path: string, { status, headers, text, body }: Answer): string[] => {
    const responses = ['paths', path, method.toLowerCase(), 'responses']
    const documented = document.paths[path][method.toLowerCase()].responses
    const key = Object.hasOwn(documented, String(status)) ? String(status) : 'default'
    const types = Object.keys(documented[key].content ?? {})
    if (types.length === 0) return text === '' ? [] : [`${status} has a body: ${text}`]
    const type = headers['content-type']?.split(';')[0] ?? 'none'
    if (!types.includes(type)) return [`${status} is ${type}, and not ${types}`]
    if (!/json/.test(type)) return text === '' ? ['it is empty'] : []
    const at = encodeURI(pointed(...responses, key, 'content', type, 'schema'))
    const validate = ajv.getSchema(at)
    if (!validate) return [`there is no schema at ${at}`]
    return validate(body) ? [] : [ajv.errorsText(validate.errors)]
  }
}

/** What every problem is, whatever the schema says. */
function problemFaults({ status, headers, body }: Answer): string[] {
  const known = problems[body.code as keyof typeof problems]
  return [
    ...(statusesOf(body.code).includes(status) ? [] : [`${body.code} is answered with ${status}`]),
    ...(body.status === status ? [] : [`it says ${body.status}, not ${status}`]),
    ...(body.title === known?.title ? [] : [`its title is "${body.title}"`]),
    ...(body.type === `urn:sca-sandbox:problem:${body.code}` ? [] : [`its type is ${body.type}`]),
    ...(body.detail === '' ? ['it has no detail'] : []),
    ...(/^application\/problem\+json\b/.test(headers['content-type'] ?? '')
      ? []
      : [`it is ${headers['content-type']}`]),
  ]
}

/** A sandbox in which something of every kind has happened. */
async function playedThrough(t: Test) {
  const app = await makeApp(t)
  const weavr = new WeavrUser(app)
  const plumery = new PlumeryUser(app, { token: 'ann' })
  await weavr.stepUp({ 'idempotency-ref': 'r1' })
  await weavr.stepUp({ 'idempotency-ref': 'r1' })
  await weavr.verify(WRONG)
  await weavr.verify()
  await weavr.confirm(['1', '2'])
  await weavr.batch('7')
  await weavr.factors(playing('flaky'))
  // Its answer never comes.
  weavr.factors(playing('connection-reset')).catch(() => {})
  await weavr.call('POST', '/stepup/challenge/otp/SMS')
  await weavr.call('POST', '/stepup/challenges/otp/EMAIL')
  await weavr.call('POST', '/challenges/otp/SMS', { resourceType: TRANSFERS, resourceIds: 7 })
  await weavr.call('DELETE', '/challenges/otp/SMS')
  await weavr.stepUp({ 'x-sandbox-scenario': 'nope' })
  await app.ask('POST', '/stepup/challenges/otp/SMS')
  await plumery.initiate()
  await plumery.verify(WRONG)
  await plumery.verify()
  await app.ask('PUT', '/__admin/bindings/tablet', {
    body: { match: { token: 'frank' }, session: 's1', scenario: 'slow' },
  })
  await app.ask('PUT', '/__admin/bindings/shop', {
    body: { match: { body: { 'user.id': 7 } }, session: 's1' },
  })
  await app.ask('PATCH', '/__admin/sessions/night', { body: { scenario: 'slow' } })
  await app.ask('POST', '/__admin/sessions/night/clock', { body: { frozen: true } })
  const push = (await weavr.push()).body.id as string
  const snapshot = (await app.ask('GET', '/__admin/sessions/default/snapshot')).body
  return { app, push, snapshot }
}

type Played = Awaited<ReturnType<typeof playedThrough>>

interface Sent {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

const id = { id: 'default' }
const nobody = { id: 'defautl' }
const broken = { status: 400 }
const missing = { status: 404 }

/** For each operation what is sent to it: some is right, some is wrong. */
const SENT: Readonly<Record<string, (played: Played) => readonly Sent[]>> = {
  listSessions: () => [{}, { query: 'limit=1&offset=1' }, { query: 'limit=x', ...broken }],
  getSession: () => [{ path: id }, { path: { id: 'night' } }, { path: nobody, ...missing }],
  updateSession: () => [
    { path: { id: 'new' }, body: { scenario: 'slow' } },
    { path: id, body: { scenario: null } },
    { path: id, body: { scenario: 'slwo' }, ...broken },
    { path: id, body: { x: 1 }, ...broken },
    { path: { id: 'a b' }, body: {}, ...broken },
  ],
  moveClock: () => [
    { path: id, body: { advance: '4m' } },
    { path: id, body: { frozen: true } },
    { path: id, body: { now: '2020-01-01T00:00:00Z' }, status: 409 },
    { path: id, body: {}, ...broken },
  ],
  takeSnapshot: () => [{ path: id }, { path: { id: 'night' } }, { path: nobody, ...missing }],
  restoreSnapshot: ({ snapshot }) => [
    { path: { id: 'copy' }, body: snapshot, status: 204 },
    { path: { id: 'copy' }, body: { ...snapshot, apis: { x: '1' } }, ...broken },
    { path: { id: 'copy' }, body: {}, ...broken },
  ],
  listRequests: () => [
    { path: id },
    { path: id, query: 'order=desc&limit=3&offset=2' },
    { path: id, query: 'count=true&status=4XX' },
    { path: id, query: 'unmatched=true' },
    { path: id, query: 'operationId=stepUpSCAChalenge', ...broken },
    { path: nobody, ...missing },
  ],
  getRequest: () => [
    { path: { ...id, request: '1' } },
    { path: { ...id, request: '999' }, ...missing },
    { path: { ...id, request: 'x' }, ...broken },
  ],
  listMessages: () => [
    { path: id },
    { path: id, query: 'channel=SMS' },
    { path: nobody, ...missing },
  ],
  answerChallenge: ({ push }) => [
    { path: { ...id, challenge: push, action: 'accept' }, status: 204 },
    { path: { ...id, challenge: push, action: 'decline' }, status: 409 },
    { path: { ...id, challenge: 'x', action: 'accept' }, ...missing },
    { path: { ...id, challenge: push, action: 'x' }, ...broken },
    { path: { ...nobody, challenge: push, action: 'accept' }, ...missing },
  ],
  listDeliveries: () => [
    { path: id },
    { path: id, query: 'webhook=x' },
    { path: nobody, ...missing },
  ],
  nextDelivery: () => [
    { path: id, query: 'wait=0' },
    { path: id, query: 'wait=x', ...broken },
  ],
  listActions: () => [{ path: id }, { path: nobody, ...missing }],
  doAction: ({ push }) => [
    { path: { ...id, name: 'decline' }, body: { challengeId: push }, status: 409 },
    { path: { ...id, name: 'acept' }, body: { challengeId: push }, ...missing },
    { path: { ...id, name: 'accept' }, body: { challenge: push }, ...broken },
    { path: { ...nobody, name: 'accept' }, body: { challengeId: push }, ...missing },
  ],
  listBindings: () => [{}, { query: 'x=1' }],
  getBinding: () => [
    { path: { name: 'tablet' } },
    { path: { name: 'shop' } },
    { path: { name: 'tabelt' }, ...missing },
  ],
  putBinding: () => [
    { path: { name: 'b' }, body: { match: { apiKey: 'k' }, scenario: 'slow' } },
    { path: { name: 'b' }, body: { match: { path: { id: '1' } }, session: 's' } },
    { path: { name: 'b' }, body: { match: {}, session: 's' }, ...broken },
    { path: { name: 'b' }, body: { match: { token: 'x' }, scenario: 'slwo' }, ...broken },
    { path: { name: 'b' }, body: { match: { token: 'x' }, session: 'a b' }, ...broken },
  ],
  getCoverage: () => [
    {},
    { query: 'session=default' },
    { query: 'session=defautl', ...missing },
    { query: 'format=xml', ...broken },
  ],
  streamEvents: () => [
    { headers: { 'last-event-id': 'x' }, ...broken },
    { query: 'after=x', ...broken },
  ],
  listScenarios: () => [{}],
  getScenario: () => [
    { path: { name: 'default' } },
    { path: { name: 'slow' } },
    { path: { name: 'slwo' }, ...missing },
  ],
  listSpecs: () => [{}],
  getSpec: () => [{ path: { api: 'weavr-multi' } }, { path: { api: 'weavr' }, ...missing }],
  getMetrics: () => [{}],
  getHealth: () => [{}],
  getReadiness: () => [{}],
  deleteBinding: () => [
    { path: { name: 'shop' }, status: 204 },
    { path: { name: 'shop' }, ...missing },
  ],
  deleteBindings: () => [{ status: 204 }],
  deleteSession: () => [
    { path: { id: 'night' }, status: 204 },
    { path: { id: 'night' }, ...missing },
  ],
  deleteSessions: () => [{ status: 204 }],
  resetCoverage: () => [{ status: 204 }],
}

t.test('in a sandbox that was played through', async (t) => {
  const played = await playedThrough(t)
  const faultsOf = await judge(played.app)

  t.test('something of every kind has happened', async (t) => {
    const { body } = await played.app.ask('GET', '/__admin/sessions/default/requests')
    const steps = body.requests.map(({ step }: { step: string }) => step)
    t.same([...new Set(steps)].sort(), ['arrived', 'authenticated', 'matched', 'received', 'valid'])
    const some = (test: (entry: Answer['body']) => unknown) => t.ok(body.requests.some(test))
    some(({ nearMisses }) => nearMisses.length > 0)
    some(({ messages }) => messages.length > 0)
    some(({ why }) => why.some(({ note }: { note?: string }) => note !== undefined))
    some(({ response }) => response.fault === 'reset')
    some(({ rule }) => rule === 'replay')
    t.ok(played.snapshot.kept.length > 0)
  })

  for (const [operationId, sent] of Object.entries(SENT)) {
    t.test(`${operationId} answers as the document says`, async (t) => {
      const route = ROUTES.find((each) => each.operationId === operationId)
      if (!route) throw new Error('there is no such route')
      for (const { path = {}, query, body, status = 200, headers = {} } of sent(played)) {
        const url = `/__admin${route.url}`.replace(/:(\w+)/g, (_, name) =>
          encodeURIComponent(path[name] ?? ''),
        )
        const full = query === undefined ? url : `${url}?${query}`
        const answer = await played.app.ask(route.method, full, { headers, body })
        const what = `${route.method} ${full}: ${told(answer).slice(0, 300)}`
        t.equal(answer.status, status, what)
        t.same(faultsOf(route.method, documented(route.url), answer), [], what)
        if (answer.status >= 400) t.same(problemFaults(answer), [], what)
      }
    })
  }

  t.test('no route is left out', async (t) => {
    t.same(Object.keys(SENT).sort(), ROUTES.map(({ operationId }) => operationId).sort())
  })
})

t.test('the check itself', async (t) => {
  const app = await makeApp(t)
  const faultsOf = await judge(app)
  const answer = await app.ask('GET', '/__admin/sessions')
  const tell = (more: Partial<Answer>) =>
    faultsOf('GET', '/__admin/sessions', { ...answer, ...more })

  t.test('takes what is right', async (t) => {
    t.same(tell({}), [])
  })

  t.test('finds what is wrong', async (t) => {
    t.not(tell({ body: { sessions: [{}], total: 1 } }).length, 0)
    t.not(tell({ body: { total: 0 } }).length, 0)
    t.not(tell({ status: 404 }).length, 0)
    t.not(tell({ headers: { 'content-type': 'text/plain' } }).length, 0)
  })
})
