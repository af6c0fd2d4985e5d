/** Ids of other subjects, as rules are told of them. */
import t, { type Test } from 'tap'
import { loadApis } from '../../src/sandbox/load.ts'
import { makeApp } from '../fixtures/app.ts'
import { BANK } from '../fixtures/files.ts'

const rules = (foreign: string) => `scenario: default
summary: A code is only sent for one's own ids.
state: {}
operations:
  sendCode:
    foreign: ${foreign}
    let: { others: '\${size(foreign)}' }
    rules:
      - when: others > 0
        respond: 409
      - let: { id: '\${newId()}' }
        send: { channel: SMS, challenge: '\${id}' }
        respond: 204
`

const files = (t: Test, foreign: string) => {
  const path = t.testdir({
    'bank.yaml': BANK,
    scenarios: { bank: { 'default.yaml': rules(foreign) } },
  })
  return { specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }
}

t.test('a rule is told which ids another subject was given', async (t) => {
  const app = await makeApp(t, files(t, "'[request.path.id]'"))
  const send = (token: string, id: string) =>
    app.ask('POST', `/codes/${id}`, { headers: { authorization: `Bearer ${token}` } })
  t.equal((await send('ann', 'unknown')).status, 204)
  const id = String(
    (await app.ask('GET', '/__admin/sessions/default/messages')).body.messages[0].challenge,
  )
  t.equal((await send('ann', id)).status, 204, 'her own')
  t.match(await send('eve', id), { status: 409 })
})

t.test('what is no list of ids is refused at load', async (t) => {
  t.throws(() => loadApis(files(t, 'request.method')), {
    message: /default\.yaml:6:14: "request\.method" is a string; "foreign" is a list of ids/,
  })
})

t.test('the variable is unknown where no key asks for it', async (t) => {
  const path = t.testdir({
    'bank.yaml': BANK,
    scenarios: {
      bank: { 'default.yaml': rules("'[]'").replace(/ {4}foreign: .*\n/, '') },
    },
  })
  t.throws(() => loadApis({ specs: [`${path}/bank.yaml`], scenarios: [`${path}/scenarios`] }), {
    message: /Unknown variable: foreign/,
  })
})
