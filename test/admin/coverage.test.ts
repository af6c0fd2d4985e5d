import t, { type Test } from 'tap'
import type { Coverage } from '../../src/client/client.ts'

import { inSession, problem, problemOf } from '../fixtures/admin-requests.ts'
import { makeApp, type TestApp } from '../fixtures/app.ts'
import { CREDENTIALS, PlumeryUser, playing, WeavrUser } from '../fixtures/calls.ts'
import { BANK } from '../fixtures/files.ts'
import { documented } from '../fixtures/vendor-documents.ts'

const COVERAGE = '/__admin/coverage'

const coverageOf = async (app: TestApp, query = ''): Promise<Coverage> => {
  const { status, body } = await app.ask('GET', COVERAGE + query)
  if (status !== 200) throw new Error(`status ${status}`)
  return body
}

/** A figure as a text, such as `2 of 11`. */
const figure = ({ covered, total }: Coverage['contract']) => `${covered} of ${total}`

/** How often a status or error code was answered: `sendCode 409 TOO_EARLY`. */
function countOf({ apis }: Coverage, what: string): number | undefined {
  const [id, key, name] = what.split(' ')
  const operation = apis
    .flatMap(({ operations }) => operations)
    .find(({ operationId }) => operationId === id)
  const status = operation?.statuses.find((each) => each.status === key)
  const code = status?.codes.find((each) => each.code === name)
  return (name === undefined ? status : code)?.count
}

/** The entries that were played, with how often: `slow.yaml:6 2`. */
const playedIn = ({ apis }: Coverage) =>
  apis
    .flatMap(({ entries }) => entries)
    .filter(({ count }) => count > 0)
    .map(({ at, count }) => `${at.split('/').at(-1)} ${count}`)
    .toSorted()

/** An app of the bank, with a scenario file of its own. */
const bank = (t: Test, lines: readonly string[] = [], api = '') => {
  const text = ['scenario: own', 'summary: x', ...lines].join('\n')
  const files = { 'own.yaml': `${text}\n`, ...(api && { 'api.yaml': api }) }
  const path = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: files } })
  return makeApp(t, { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] })
}

const OWN = playing('own')

t.test('nothing is covered before the first request', async (t) => {
  const coverage = await coverageOf(await makeApp(t))
  t.match(coverage, {
    contract: { covered: 0, percent: 0 },
    operations: { covered: 0, percent: 0 },
  })
  t.same(
    coverage.apis.map(({ api }) => api),
    ['plumery-mfa', 'weavr-multi', 'weavr-simulator'],
  )
})

t.test('what was exercised is told, how often and by whom', async (t) => {
  const app = await makeApp(t)
  const users = ['a', 'b'].map((id) => new WeavrUser(app, inSession(id)))
  for (const user of users) await user.stepUp()
  await users[0]?.stepUp()
  const coverage = await coverageOf(app)
  t.equal(countOf(coverage, 'stepupSCAChallenge 204'), 2)
  t.equal(countOf(coverage, 'stepupSCAChallenge 409 RETRY_IN_15SEC'), 1)
  t.match(coverage, { contract: { covered: 2 }, operations: { covered: 1 } })
  const weavr = coverage.apis.find(({ api }) => api === 'weavr-multi')
  const stepUp = weavr?.operations.find(({ operationId }) => operationId === 'stepupSCAChallenge')
  t.same(stepUp?.sessions, { a: 2, b: 1 })
})

t.test('an error code that a scenario wrote itself is recognised', async (t) => {
  const respond = '{ status: 409, body: { error: WRONG_CODE } }'
  const app = await bank(t, ['operations:', `  sendCode: { rules: [{ respond: ${respond} }] }`])
  t.equal((await app.ask('POST', '/codes/7', { headers: OWN })).status, 409)
  t.equal(countOf(await coverageOf(app), 'sendCode 409 WRONG_CODE'), 1)
})

t.test('entries count that were played, those that pass on included', async (t) => {
  const app = await bank(t, [
    'operations:',
    "  '*':",
    '    rules:',
    '      - times: 1',
    '        respond: default',
    '  sendCode:',
    '    rules:',
    '      - when: call > 5',
    '        respond: 204',
    '      - respond: default',
  ])
  t.same(playedIn(await coverageOf(app)), [])
  await app.ask('POST', '/codes/7', { headers: OWN })
  await app.ask('GET', '/codes/7', { headers: OWN })
  const coverage = await coverageOf(app)
  t.same(playedIn(coverage), ['own.yaml:12 1', 'own.yaml:6 1'])
  t.equal(figure(coverage.scenarios), '2 of 3')
})

t.test('an entry of "*" is one entry for all operations', async (t) => {
  const app = await bank(t, ['operations:', "  '*': { rules: [{ respond: default }] }"])
  await app.ask('POST', '/codes/7', { headers: OWN })
  await app.ask('GET', '/codes/7', { headers: OWN })
  const coverage = await coverageOf(app)
  t.same(playedIn(coverage), ['own.yaml:4 2'])
  t.equal(figure(coverage.scenarios), '1 of 1')
})

t.test('an action of the user counts as an entry', async (t) => {
  const app = await makeApp(t)
  const user = new PlumeryUser(app, inSession('a'))
  await user.initiate('c1')
  const before = playedIn(await coverageOf(app))
  const answer = await app.ask('POST', '/__admin/sessions/a/challenges/c1/expire')
  t.equal(answer.status, 204)
  const added = playedIn(await coverageOf(app)).filter((each) => !before.includes(each))
  t.match(added, [/^default\.yaml:\d+ 1$/])
  t.equal(added.length, 1)
})

t.test('an action that cannot be done counts for nothing', async (t) => {
  const app = await makeApp(t)
  const user = new PlumeryUser(app, inSession('a'))
  await user.initiate('c1')
  await user.verify()
  const before = await coverageOf(app)
  const answer = await app.ask('POST', '/__admin/sessions/a/challenges/c1/expire')
  t.equal(answer.status, 409)
  t.same(await coverageOf(app), before)
})

t.test('a magic credential counts as an entry', async (t) => {
  const app = await makeApp(t)
  await new WeavrUser(app, { 'api-key': 'invalid' }).factors()
  t.match(playedIn(await coverageOf(app)), [/^api\.yaml:\d+ 1$/])
})

t.test('contract and scenarios are apart', async (t) => {
  const app = await makeApp(t)
  await new WeavrUser(app, { prefer: 'code=204' }).stepUp()
  t.match(await coverageOf(app), { contract: { covered: 1 }, scenarios: { covered: 0 } })
})

t.test('a request that no operation takes covers nothing', async (t) => {
  const app = await makeApp(t)
  t.equal((await app.ask('GET', '/nowhere')).status, 404)
  t.match(await coverageOf(app), { contract: { covered: 0 }, operations: { covered: 0 } })
})

t.test('admin requests cover nothing', async (t) => {
  const app = await makeApp(t)
  t.same(await coverageOf(app), await coverageOf(app))
})

t.test('one session', async (t) => {
  t.test('has a coverage of its own', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('a')).stepUp()
    await new WeavrUser(app, inSession('b')).factors()
    const coverage = await coverageOf(app, '?session=a')
    t.match(coverage, { contract: { covered: 1 }, operations: { covered: 1 } })
    t.equal(countOf(coverage, 'stepupSCAChallenge 204'), 1)
    t.equal(countOf(coverage, 'authFactorsGet 200'), 0)
    t.equal((await coverageOf(app)).contract.covered, 2)
  })

  t.test('reaches back as far as its journal', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app, inSession('a'))
    await user.stepUp()
    for (let call = 0; call < 1_000; call++) await user.factors()
    t.equal(countOf(await coverageOf(app, '?session=a'), 'stepupSCAChallenge 204'), 0)
    t.equal(countOf(await coverageOf(app), 'stepupSCAChallenge 204'), 1)
  })

  t.test('that is not there is a problem with the nearest', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('checkout')).factors()
    const answer = await app.ask('GET', `${COVERAGE}?session=chekout`)
    t.same(problem(answer), problemOf(404, 'unknown-session'))
    t.same(answer.body.nearest, ['checkout'])
  })

  t.test('may be called what every object has', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('__proto__')).factors()
    t.match((await app.ask('GET', COVERAGE)).text, '"sessions":{"__proto__":1}')
    t.equal((await coverageOf(app, '?session=__proto__')).contract.covered, 1)
  })
})

t.test('text', async (t) => {
  t.test('is a table with the figures below', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('a')).stepUp()
    const { status, headers, text } = await app.ask('GET', `${COVERAGE}?format=text`)
    t.equal(status, 200)
    t.equal(headers['content-type'], 'text/plain; charset=utf-8')
    t.match(text, /^ {2}POST \/stepup\/challenges\/otp\/\{channel\} {2}stepupSCAChallenge$/m)
    t.match(text, /^ {4}204 +1 {2}a \(1\)$/m)
    t.match(text, /^contract {4}\d+(\.\d)? % \(1 of \d+\) of operations/m)
  })

  t.test('can be asked for one session', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('a')).stepUp()
    await new WeavrUser(app, inSession('b')).stepUp()
    const { text } = await app.ask('GET', `${COVERAGE}?format=text&session=b`)
    t.match(text, / b \(1\)$/m)
    t.notMatch(text, ' a (1)')
  })

  t.test('is JSON unless it is asked for', async (t) => {
    const app = await makeApp(t)
    const { headers, text } = await app.ask('GET', COVERAGE)
    t.match(headers['content-type'], /^application\/json\b/)
    t.equal((await app.ask('GET', `${COVERAGE}?format=json`)).text, text)
  })

  for (const query of ['format=xml', 'sesion=a']) {
    t.test(`is not what ?${query} asks for: that is a problem`, async (t) => {
      const app = await makeApp(t)
      const answer = await app.ask('GET', `${COVERAGE}?${query}`)
      t.same(problem(answer), problemOf(400, 'bad-admin-request'))
    })
  }
})

t.test('resetting', async (t) => {
  t.test('begins to count anew', async (t) => {
    const app = await makeApp(t)
    const user = new WeavrUser(app)
    await user.stepUp()
    const { status, text } = await app.ask('DELETE', COVERAGE)
    t.same([status, text], [204, ''])
    t.match(await coverageOf(app), { contract: { covered: 0 }, scenarios: { covered: 0 } })
    await user.factors()
    t.equal((await coverageOf(app)).contract.covered, 1)
  })

  t.test('leaves the sessions and their journals alone', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('a')).stepUp()
    await app.ask('DELETE', COVERAGE)
    t.equal(app.requests('a').length, 1)
    t.equal((await coverageOf(app, '?session=a')).contract.covered, 1)
  })

  t.test('is not done by deleting sessions, one or all', async (t) => {
    const app = await makeApp(t)
    await new WeavrUser(app, inSession('a')).stepUp()
    const before = await coverageOf(app)
    t.equal(before.contract.covered, 1)
    await app.ask('DELETE', '/__admin/sessions/a')
    await app.ask('DELETE', '/__admin/sessions')
    t.same(await coverageOf(app), before)
  })
})

t.test('without a journal', async (t) => {
  for (const query of ['', '?session=default', '?format=text']) {
    t.test(`GET /coverage${query} is a problem`, async (t) => {
      const app = await makeApp(t, { journal: false })
      await new WeavrUser(app).factors()
      t.same(problem(await app.ask('GET', COVERAGE + query)), problemOf(409, 'journal-off'))
    })
  }
})

t.test('every answer of the contract', async (t) => {
  /** A status that is not listed and so has the answer of this key. */
  const meant = (key: string, listed: readonly string[]): number => {
    if (/^\d+$/.test(key)) return Number(key)
    const from = key === 'default' ? 400 : Number(key[0]) * 100
    const all = Array.from({ length: 200 }, (_, index) => from + index)
    return all.find((status) => !listed.includes(String(status))) ?? from
  }

  /** Requests that are in order, by operation. */
  const BODIES = new Map(documented.map(({ id, body }) => [id, body]))
  const CHANNELS = /\/push\//

  t.test('can be had with Prefer, which covers all of it', async (t) => {
    const app = await makeApp(t)
    for (const { api, operations } of (await coverageOf(app)).apis) {
      const base = api === 'weavr-simulator' ? '/simulate/api' : ''
      for (const { operationId, method, path, statuses } of operations) {
        const listed = statuses.map(({ status }) => status)
        const channel = CHANNELS.test(path) ? 'AUTHY' : 'SMS'
        const url = base + path.replace('{channel}', channel).replace(/\{\w+\}/g, '1')
        const body =
          BODIES.get(operationId) ?? (/verify$/i.test(path) && { verificationCode: '123456' })
        for (const { status, codes } of statuses) {
          const code = meant(status, listed)
          const examples = codes.length > 0 ? codes.map((each) => `, example=${each.code}`) : ['']
          for (const example of examples) {
            const prefer = `code=${code}${example}`
            const headers = { ...CREDENTIALS, prefer }
            const answer = await app.ask(method, url, { headers, ...(body && { body }) })
            t.equal(answer.status, code, `${operationId}: ${prefer}`)
          }
        }
      }
    }
    const { contract, operations, scenarios } = await coverageOf(app)
    t.match(contract, { covered: contract.total, percent: 100 })
    t.match(operations, { covered: operations.total, percent: 100 })
    t.equal(scenarios.covered, 0)
    t.ok(contract.total > 100)
  })

  t.test('but one leaves less than 100 %', async (t) => {
    const app = await bank(t)
    const prefers = ['code=200', 'code=204', 'code=409, example=TOO_EARLY']
    for (const prefer of prefers) await app.ask('POST', '/codes/7', { headers: { prefer } })
    const { contract } = await coverageOf(app)
    t.match(contract, { covered: 3, total: 11, percent: 27.2 })
  })
})
