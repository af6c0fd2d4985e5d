/** What is mocked and what can be played: the page, the contracts, the scenarios; and what is not there. */
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { type Answer, makeApp, type TestApp } from '../fixtures/app.ts'
import { playing, told, WeavrUser } from '../fixtures/calls.ts'

const DOCS = '/__admin/docs'
const APIS = ['plumery-mfa', 'weavr-multi', 'weavr-simulator']

const problem = ({ status, body }: Answer) => `${status} ${body.code}`

/** The files that a page loads, as a browser would resolve them. */
const assetsOf = (html: string, page: string) =>
  [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, url]) => new URL(url ?? '', `http://sandbox${page}`),
  )

/** What the page is told to show. */
async function configuration(app: TestApp) {
  const { text } = await app.ask('GET', `${DOCS}/static/swagger-initializer.js`)
  const urls = /"?urls"?:(\[[^\]]*\])/.exec(text)?.[1] ?? '[]'
  return { text, urls: JSON.parse(urls.replace(/([{,])(\w+):/g, '$1"$2":')) }
}

t.test('the page', async (t) => {
  for (const page of [DOCS, `${DOCS}/`, `${DOCS}?a=b`]) {
    t.test(`is HTML at ${page} and finds its files here`, async (t) => {
      const app = await makeApp(t)
      const answer = await app.ask('GET', page)
      t.equal(answer.status, 200)
      t.match(answer.headers['content-type'], 'text/html')
      const assets = assetsOf(answer.text, page)
      t.ok(assets.length >= 5)
      for (const { host, pathname } of assets) {
        t.equal(host, 'sandbox')
        const asset = await app.ask('GET', pathname)
        t.equal(asset.status, 200, pathname)
        t.not(asset.text, '')
        if (/\.js$/.test(pathname)) t.match(asset.headers['content-type'], 'javascript')
        if (/\.css$/.test(pathname)) t.match(asset.headers['content-type'], 'text/css')
      }
      t.same(app.requests(), [], 'none of them is asked of the mocked APIs')
    })
  }

  t.test('runs no script but its own', async (t) => {
    const app = await makeApp(t)
    for (const path of [DOCS, `${DOCS}/static/swagger-ui-bundle.js`]) {
      const policy = (await app.ask('GET', path)).headers['content-security-policy'] ?? ''
      const directives = new Map(
        policy.split(';').map((part) => {
          const [name = '', ...values] = part.trim().split(/ +/)
          return [name, values] as const
        }),
      )
      t.same(directives.get('default-src'), ["'self'"])
      t.same(directives.get('script-src'), ["'self'"])
      t.same(directives.get('object-src'), ["'none'"])
      t.notOk(directives.has('upgrade-insecure-requests'), 'it is served without TLS')
    }
    t.notMatch((await app.ask('GET', DOCS)).text, /<script(?![^>]*\bsrc=)/, 'nor one in the page')
  })

  t.test('offers the admin API and each contract', async (t) => {
    const app = await makeApp(t)
    const { urls } = await configuration(app)
    t.same(urls, [
      { name: 'Admin API', url: '/__admin/openapi.json' },
      ...APIS.map((name) => ({ name, url: `/__admin/specs/${name}` })),
    ])
    for (const { url } of urls) t.match((await app.ask('GET', url)).body.openapi, /^3\./, url)
  })

  t.test('shows what a contract marks with x-assumed and x-observed', async (t) => {
    const { text } = await configuration(await makeApp(t))
    t.match(text, /"?showExtensions"?: ?true/)
    t.match(text, /"?showCommonExtensions"?: ?true/)
  })

  t.test('asks nobody else whether a document is right', async (t) => {
    const { text } = await configuration(await makeApp(t))
    t.match(text, 'validatorUrl: null')
  })

  t.test('offers a contract whose name is no path', async (t) => {
    const specs = t.testdir({
      'my bank & co.json': JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Bank', version: '1' },
        paths: { '/a': { get: { responses: { 204: { description: 'Done.' } } } } },
      }),
    })
    const app = await makeApp(t, { specs: [specs] })
    const [, bank] = (await configuration(app)).urls
    t.equal(bank.name, 'my bank & co')
    t.equal((await app.ask('GET', bank.url)).body.info.title, 'Bank')
  })

  t.test('has nothing at other paths', async (t) => {
    const app = await makeApp(t)
    const paths = [
      `${DOCS}/nope`,
      `${DOCS}/static/nope.js`,
      `${DOCS}/static/..%2f..%2fpackage.json`,
      `${DOCS}/static/%2e%2e/%2e%2e/package.json`,
    ]
    for (const path of paths) t.equal(problem(await app.ask('GET', path)), '404 unknown-resource')
  })
})

const shipped = (api: string) =>
  parse(readFileSync(new URL(`../../spec/${api}.yaml`, import.meta.url), 'utf8'))

t.test('contracts', async (t) => {
  t.test('are listed', async (t) => {
    const { specs } = (await (await makeApp(t)).ask('GET', '/__admin/specs')).body
    t.same(
      specs.map(({ api }: { api: string }) => api),
      APIS,
    )
    for (const { api, title, version, file, basePaths, operations } of specs) {
      const { info, paths } = shipped(api)
      t.same({ title, version }, { title: info.title, version: info.version })
      t.equal(file, `spec/${api}.yaml`)
      t.ok(Array.isArray(basePaths))
      const ids = Object.values<Record<string, { operationId?: string }>>(paths).flatMap((path) =>
        Object.values(path).flatMap(({ operationId }) => operationId ?? []),
      )
      t.same(operations.toSorted(), ids.sort())
    }
  })

  for (const api of APIS) {
    t.test(`${api} is served as it is, as JSON and as YAML`, async (t) => {
      const app = await makeApp(t)
      const json = await app.ask('GET', `/__admin/specs/${api}`)
      t.match(json.headers['content-type'], /^application\/json\b/)
      t.same(json.body, shipped(api))
      t.same((await app.ask('GET', `/__admin/specs/${api}?format=json`)).body, json.body)
      const yaml = await app.ask('GET', `/__admin/specs/${api}?format=yaml`)
      t.match(yaml.headers['content-type'], /^application\/yaml\b/)
      t.same(parse(yaml.text), json.body)
    })
  }

  t.test('that are not there are answered with the nearest, and with all there are', async (t) => {
    const answer = await (await makeApp(t)).ask('GET', '/__admin/specs/weavr-mutli')
    t.equal(problem(answer), '404 unknown-spec')
    t.same(answer.body.nearest, ['weavr-multi', 'weavr-simulator'])
    t.match(answer.body.detail, 'GET /__admin/specs lists all')
  })

  t.test('have two formats', async (t) => {
    const answer = await (await makeApp(t)).ask('GET', '/__admin/specs/weavr-multi?format=xml')
    t.equal(problem(answer), '400 bad-admin-request')
    t.match(answer.body.detail, 'json, yaml')
  })
})

t.test('scenarios', async (t) => {
  t.test('are listed, each as every API plays it', async (t) => {
    const app = await makeApp(t)
    const { scenarios } = (await app.ask('GET', '/__admin/scenarios')).body
    t.equal(scenarios.length, (await app.ask('GET', '/__admin/ready')).body.scenarios)
    for (const scenario of scenarios) {
      const { body } = await app.ask('GET', `/__admin/scenarios/${scenario.name}`)
      t.same(body, scenario)
      t.ok(body.apis.length > 0, scenario.name)
    }
  })

  t.test('tell what they play, and where that stands', async (t) => {
    const app = await makeApp(t)
    const { name, apis } = (await app.ask('GET', '/__admin/scenarios/default')).body
    t.equal(name, 'default')
    const [plumery, weavr, simulator] = apis
    t.match(plumery, { api: 'plumery-mfa', extends: null, actions: ['expire'] })
    t.match(weavr, { api: 'weavr-multi', source: 'scenarios/weavr-multi/default.yaml' })
    t.same(weavr.actions.slice(0, 3), ['accept', 'decline', 'expire'])
    t.match(simulator, { api: 'weavr-simulator', extends: null, actions: [] })
    const stepUp = weavr.operations.find(
      ({ operationId }: { operationId: string }) => operationId === 'stepupSCAChallenge',
    )
    const answer = await new WeavrUser(app).stepUp()
    t.equal(stepUp.entries.at(-1).at, answer.headers['x-sandbox-rule'])
    t.equal(stepUp.entries.at(-1).when, null)
    t.equal(stepUp.entries[0].when, 'state.factors.SMS != "ACTIVE"')
  })

  t.test('tell which they extend, and which APIs have them', async (t) => {
    const { apis } = (await (await makeApp(t)).ask('GET', '/__admin/scenarios/flaky')).body
    t.same(
      apis.map(({ api }: { api: string }) => api),
      ['weavr-multi'],
    )
    t.equal(apis[0].extends, 'default')
  })

  t.test('can all be played', async (t) => {
    const app = await makeApp(t)
    const { scenarios } = (await app.ask('GET', '/__admin/scenarios')).body
    for (const { name } of scenarios) {
      const { body } = await app.ask('PATCH', '/__admin/sessions/s', { body: { scenario: name } })
      t.equal(body.scenario, name)
    }
  })

  t.test('that are not there are answered with the nearest', async (t) => {
    const app = await makeApp(t)
    const answer = await app.ask('GET', '/__admin/scenarios/defautl')
    t.equal(problem(answer), '404 unknown-scenario')
    t.same(answer.body.nearest, ['default'])
    const other = await app.ask('GET', '/__admin/scenarios/xylophone-solo')
    t.equal(
      other.body.detail,
      'there is no scenario "xylophone-solo"; GET /__admin/scenarios lists all',
    )
    for (const name of ['__proto__', 'constructor']) {
      t.equal(problem(await app.ask('GET', `/__admin/scenarios/${name}`)), '404 unknown-scenario')
    }
  })
})

t.test('a path that is not there is answered with the nearest', async (t) => {
  const paths: [path: string, nearest: string][] = [
    ['/__admin/session', '/__admin/sessions'],
    ['/__admin/sessions/a/clok', '/__admin/sessions/{id}/clock'],
    ['/__admin/sessions/a/snapshots', '/__admin/sessions/{id}/snapshot'],
    ['/__admin/metric', '/__admin/metrics'],
    ['/__admin/openapi.yaml', '/__admin/openapi.json'],
    ['/__admin/openapi-json', '/__admin/openapi.json'],
    ['/__admin/doc', '/__admin/docs'],
    ['/__admin/healthz', '/__admin/health'],
  ]
  for (const [path, nearest] of paths) {
    t.test(path, async (t) => {
      const answer = await (await makeApp(t)).ask('GET', `${path}?a=b`)
      t.equal(problem(answer), '404 unknown-resource')
      t.ok(answer.body.nearest.slice(0, 2).includes(nearest), answer.body.detail)
      t.match(answer.body.detail, `"${path}"; nearest: ${answer.body.nearest.join(', ')}; GET`)
      t.notOk('allow' in answer.headers)
    })
  }

  for (const path of ['/__admin', '/__admin/', '/__admin/sessions//clock/x', '/__admin/%2e']) {
    t.test(`${path}, whatever it may mean`, async (t) => {
      const answer = await (await makeApp(t)).ask('GET', path)
      t.equal(problem(answer), '404 unknown-resource')
      t.match(answer.body.detail, 'GET /__admin/docs shows all')
    })
  }

  t.test('and the API itself with the page that shows all', async (t) => {
    const { body } = await (await makeApp(t)).ask('GET', '/__admin')
    t.same(body.nearest, ['/__admin/docs'])
    t.match(body.detail, '"/__admin"; nearest: /__admin/docs; GET /__admin/docs shows all')
  })

  t.test('and one that only looks like it belongs to the mocked APIs', async (t) => {
    const answer = await (await makeApp(t)).ask('GET', '/__administration')
    t.not(answer.body?.code, 'unknown-resource')
  })
})

t.test('a method that a path does not take is answered with those that it takes', async (t) => {
  const paths: [method: string, path: string, allow: string][] = [
    ['POST', '/__admin/sessions', 'GET, DELETE'],
    ['PUT', '/__admin/sessions/a', 'GET, PATCH, DELETE'],
    ['GET', '/__admin/sessions/a/clock', 'POST'],
    ['HEAD', '/__admin/sessions/a/clock', 'POST'],
    ['POST', '/__admin/sessions/a/snapshot', 'GET, PUT'],
    ['GET', '/__admin/sessions/a/challenges/1/accept', 'POST'],
    ['PATCH', '/__admin/bindings/b', 'GET, PUT, DELETE'],
    ['DELETE', '/__admin/health', 'GET'],
    ['DELETE', '/__admin/ready/', 'GET'],
    ['POST', '/__admin/docs', 'GET'],
    ['PUT', '/__admin/openapi.json', 'GET'],
    ['OPTIONS', '/__admin/sessions', 'GET, DELETE'],
    ['PROPFIND', '/__admin/sessions', 'GET, DELETE'],
    ['TRACE', '/__admin/coverage', 'GET, DELETE'],
    ['POST', '/__admin/events', 'GET'],
    ['HEAD', '/__admin/events', 'GET'],
  ]
  for (const [method, path, allow] of paths) {
    t.test(`${method} ${path}`, async (t) => {
      const app = await makeApp(t)
      const answer = await app.ask(method, `${path}?a=b`)
      t.equal(answer.status, 405)
      t.equal(answer.headers.allow, allow)
      if (method === 'HEAD') return
      t.equal(answer.body.code, 'no-admin-method')
      t.same(answer.body.allow, allow.split(', '))
      t.match(answer.body.detail, `does not allow ${method}; use ${allow}`)
    })
  }
})

t.test('HEAD is answered as GET, without a body', async (t) => {
  const app = await makeApp(t)
  await new WeavrUser(app).stepUp(playing('slow'))
  const paths = ['sessions', 'sessions/default', 'scenarios', 'specs/weavr-multi', 'openapi.json']
  for (const path of [...paths, 'health', 'ready', 'coverage?format=text', 'docs']) {
    const get = await app.ask('GET', `/__admin/${path}`)
    const head = await app.ask('HEAD', `/__admin/${path}`)
    t.equal(told(head), '200', path)
    for (const name of ['content-type', 'content-length']) {
      t.equal(head.headers[name], get.headers[name], `${path}: ${name}`)
    }
  }
  t.equal((await app.ask('HEAD', '/__admin/sessions/nobody')).status, 404)
})

t.test('a path may end with a slash', async (t: Test) => {
  const app = await makeApp(t)
  for (const path of ['sessions', 'scenarios/default', 'specs', 'health', 'docs']) {
    const answer = await app.ask('GET', `/__admin/${path}/`)
    t.equal(answer.status, 200, path)
  }
})

t.test('a session may have the longest id there is', async (t) => {
  const app = await makeApp(t)
  const id = 'a'.repeat(128)
  await new WeavrUser(app, { 'x-sandbox-session': id }).stepUp()
  const { status, body } = await app.ask('GET', `/__admin/sessions/${id}`)
  t.match([status, body.id], [200, id])
  const clock = await app.ask('POST', `/__admin/sessions/${id}/clock`, { body: { advance: '5m' } })
  t.equal(clock.status, 200)
})

t.test('what cannot be read is told in words:', async (t) => {
  const clock = '/__admin/sessions/a/clock'
  const rows: Readonly<Record<string, [type: string, body: string, told: RegExp]>> = {
    'a broken body': ['application/json', '{', /^400 .*the body is not JSON/],
    'a body of another type': ['text/plain', '{}', /^415 .*send Content-Type: application\/json/],
    'a form': ['application/x-www-form-urlencoded', 'advance=5m', /^415 /],
    'a type that is none': ['x', '{}', /^415 .*unsupported-media-type/],
    'a body beyond all measure': [
      'application/json',
      JSON.stringify('x'.repeat(1_048_576)),
      /^413 .*body-too-large/,
    ],
  }
  for (const [what, [type, body, expected]] of Object.entries(rows)) {
    t.test(what, async (t) => {
      const app = await makeApp(t)
      const answer = await app.ask('POST', clock, { headers: { 'content-type': type }, body })
      t.match(told(answer), expected)
      t.match(answer.headers['content-type'], 'application/problem+json')
      t.same((await app.ask('GET', '/__admin/sessions')).body.sessions, [])
    })
  }

  t.test('JSON of any flavour is JSON', async (t) => {
    const app = await makeApp(t)
    for (const type of ['application/json; charset=utf-8', 'application/merge-patch+json']) {
      const headers = { 'content-type': type }
      const answer = await app.ask('POST', clock, { headers, body: '{"frozen":true}' })
      t.equal(answer.status, 200, type)
    }
  })

  t.test('a type without a body is no body', async (t) => {
    const app = await makeApp(t)
    const headers = { 'content-type': 'application/json' }
    const answer = await app.ask('DELETE', '/__admin/sessions', { headers, body: '' })
    t.equal(told(answer), '204')
  })

  t.test('a path that cannot be decoded', async (t) => {
    const answer = await (await makeApp(t)).ask('GET', '/__admin/sessions/%E0%A4%A')
    t.equal(problem(answer), '400 bad-http')
  })
})
