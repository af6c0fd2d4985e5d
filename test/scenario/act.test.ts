/** What a user does outside the API: whose challenge it is, and what the rules change. */
import t from 'tap'
import {
  act,
  findAction,
  findTarget,
  listActions,
  listTargets,
  NotPossible,
  subjectKey,
} from '../../src/scenario/act.ts'
import type { SubjectRecord } from '../../src/scenario/model.ts'
import { playbookOf } from '../fixtures/files.ts'

const NOW = new Date('2026-01-01T12:00:00Z')

const scenarioSet = playbookOf({
  folders: {
    'default.yaml': `scenario: default
summary: Challenges belong to the token that got the code.
state: { status: PENDING }
actions:
  accept:
    subject: owner(request.path.challengeId)
    let: { id: '\${request.path.challengeId}' }
    rules:
      - when: state.status == "PENDING"
        set: { status: '\${id}' }
  expire:
    rules:
      - set: { status: EXPIRED }
  declare:
    summary: Declare a thing.
    input:
      type: object
      required: [id]
      properties: { id: { type: string } }
    subject: input.id
    targets: '[{"id": "a"}, {"id": state.status}]'
    rules:
      - when: input.id != "a"
        let: { made: '\${newId()}' }
        set: { status: '\${made}' }
        send: { channel: SMS, challenge: '\${input.id}' }
`,
    'other.yaml': 'scenario: other\nsummary: It extends the default scenario.\n',
  },
})

const input = { challengeId: 'c1' }
const owner = async (id: string) => `owner of ${id}`
const action = (name: string, scenario = 'default') => findAction(scenarioSet, scenario, name)
const target = (name: string, given = input) =>
  findTarget(action(name)!, scenarioSet, given, { now: NOW, owner })

const seedInput = { seed: 1, session: 's', api: 'bank', subject: 'c1', operation: 'action x' }
const common = { scenarioSet, now: NOW, seedInput }
const doing = (name: string, given: object, record?: SubjectRecord) =>
  act({ ...common, action: action(name)!, input: { ...given }, record })

t.test(
  'the key of a subject is the subject, and a hash of fixed length if it is long',
  async (t) => {
    t.equal(subjectKey('ann'), 'ann')
    t.equal(subjectKey('a'.repeat(128)), 'a'.repeat(128))
    t.equal(subjectKey('a'.repeat(129)).length, 44)
    t.not(subjectKey('a'.repeat(129)), subjectKey('a'.repeat(130)))
    t.equal(subjectKey(undefined), '')
    t.equal(subjectKey(7), '7')
  },
)

t.test('the target of an action is the subject that its own expression names', async (t) => {
  t.equal(await target('accept'), 'owner of c1')
})

t.test("the target of an action is the API's subject if the action names none", async (t) => {
  t.equal(await target('expire'), '')
})

t.test('a scenario has the actions of the scenario that it extends', async (t) => {
  t.equal(action('accept', 'other'), action('accept'))
  t.same(
    [...listActions(scenarioSet.scenarios.get('other')).keys()],
    ['accept', 'expire', 'declare'],
  )
})

t.test('an action that no scenario defines is not found', async (t) => {
  t.equal(action('decline'), undefined)
})

t.test('an action applies the first rule whose condition is true', async (t) => {
  const { record, trace, ids } = doing('accept', input)
  t.same(record.state, { status: 'c1' })
  t.match(trace, [{ at: 'default.yaml:9', value: true }])
  t.same(ids, [])
})

t.test('an action without input of its own takes the id of a challenge', async (t) => {
  t.match(action('accept')?.input, { required: ['challengeId'] })
})

t.test('an action makes ids, another one each time, and sends messages', async (t) => {
  const first = doing('declare', { id: 'b' })
  const second = doing('declare', { id: 'b' }, first.record)
  t.same(first.messages, [{ channel: 'SMS', challenge: 'b' }])
  t.same(first.ids, [first.record.state.status])
  t.not(second.record.state.status, first.record.state.status)
  t.equal(doing('declare', { id: 'b' }).record.state.status, first.record.state.status)
})

t.test('the targets of an action are those that its rules accept now', async (t) => {
  const { record } = doing('accept', { challengeId: 'c2' })
  t.same(listTargets({ ...common, action: action('declare')!, record }), [{ id: 'c2' }])
  t.same(listTargets({ ...common, action: action('accept')!, record }), [])
})

t.test(
  'an action is not possible when no condition is true, and says which were false',
  async (t) => {
    const record = { state: { status: 'DONE' }, calls: {}, used: {}, given: [] }
    const error = t.throws(() => doing('accept', input, record))
    t.type(error, NotPossible)
    t.match(error, { message: 'default.yaml:9: state.status == "PENDING" is false' })
  },
)
