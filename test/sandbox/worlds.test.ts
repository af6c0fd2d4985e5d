/** Documents that share the state of another, such as a simulator beside the API that it drives. */
import t, { type Test } from 'tap'
import { loadApis } from '../../src/sandbox/load.ts'
import { makeApp } from '../fixtures/app.ts'
import { BANK, failure } from '../fixtures/files.ts'

const SIMULATOR = `openapi: 3.1.0
info: { title: Simulator, version: '1' }
paths:
  /simulate/codes/{id}/lose:
    post:
      operationId: loseCode
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '204': { description: Lost. }, '404': { description: No such code. } }
`

const BANK_RULES = `scenario: default
summary: Codes that can be lost.
state: { codes: {} }
operations:
  sendCode:
    let: { made: '\${newId()}' }
    rules:
      - set: { 'codes.\${made}': SENT }
        respond: { status: 200, body: { id: '\${made}' } }
  verifyCode:
    let: { id: '\${request.path.id}' }
    rules:
      - when: state.codes[?id].orValue("") != "SENT"
        respond: 409
      - respond: 204
`

const SIMULATOR_RULES = `scenario: default
summary: What happens to codes on their way.
operations:
  loseCode:
    let: { id: '\${request.path.id}' }
    rules:
      - when: '!(id in state.codes)'
        respond: 404
      - set: { 'codes.\${id}': LOST }
        later: { after: 1m, set: { 'codes.\${id}': SENT } }
        respond: 204
`

const API = 'world: bank\nsubject: owner(request.path.id)\n'

function files(t: Test, api = API, rules = SIMULATOR_RULES) {
  const path = t.testdir({
    spec: { 'bank.yaml': BANK, 'simulator.yaml': SIMULATOR },
    scenarios: {
      bank: { 'default.yaml': BANK_RULES },
      simulator: { 'api.yaml': api, 'default.yaml': rules },
    },
  })
  return { specs: [`${path}/spec`], scenarios: [`${path}/scenarios`] }
}

t.test(
  'an operation changes the state of the API that its document names as its world',
  async (t) => {
    const app = await makeApp(t, files(t))
    const headers = { authorization: 'Bearer ann' }
    const { body } = await app.ask('POST', '/codes/7', { headers })
    const lose = (id: string) => app.ask('POST', `/simulate/codes/${id}/lose`)
    const verify = (more = {}) =>
      app.ask('POST', `/codes/${body.id}:verify`, {
        headers: { ...headers, ...more },
        body: { code: '1' },
      })
    t.equal((await lose('123')).status, 404)
    t.equal((await verify()).status, 204)
    t.equal((await lose(body.id)).status, 204)
    t.equal((await verify()).status, 409)
    const { timers } = (await app.ask('GET', '/__admin/sessions/default')).body
    t.match(timers, [{ api: 'bank', rule: /simulator\/default\.yaml:10$/ }])
    t.equal((await verify({ 'x-sandbox-advance': '1m' })).status, 204, 'what it planned happens')
  },
)

t.test('a world that does not exist is reported with its place', async (t) => {
  t.match(
    failure(() => loadApis(files(t, 'world: bnak\n'))),
    [
      /simulator\/api\.yaml:1:8: no document with a state of its own is called "bnak"; did you mean "bank"\?$/,
    ],
  )
})

t.test('a document that shares a state checks its keys there, and adds none', async (t) => {
  const unknown = SIMULATOR_RULES.replace('id in state.codes', 'id in state.code')
  t.match(
    failure(() => loadApis(files(t, API, unknown))),
    [/the state has no key "code"; did you mean "codes"\?/],
  )
  const own = SIMULATOR_RULES.replace('operations:', 'state: { lost: 0 }\noperations:')
  t.match(
    failure(() => loadApis(files(t, API, own))),
    [/simulator\/default\.yaml:3:1: the state belongs to bank: use "given", or write it there/],
  )
})
