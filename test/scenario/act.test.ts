/** What a user does outside the API: whose challenge it is, and what the rules change. */
import t from 'tap'
import { act, actionContext, findTarget, NotPossible, subjectKey } from '../../src/scenario/act.ts'
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
`,
    'other.yaml': 'scenario: other\nsummary: It extends the default scenario.\n',
  },
})

const find = (action: 'accept' | 'decline' | 'expire', scenario = 'default') =>
  findTarget({
    scenarioSet,
    scenario,
    action,
    context: actionContext('c1', NOW),
    owner: async (id) => `owner of ${id}`,
  })

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
  t.equal((await find('accept'))?.subject, 'owner of c1')
})

t.test("the target of an action is the API's subject if the action names none", async (t) => {
  t.equal((await find('expire'))?.subject, '')
})

t.test('the target of an action has the rules of the next scenario that defines it', async (t) => {
  t.equal((await find('accept', 'other'))?.operationRules, (await find('accept'))?.operationRules)
})

t.test('an action that no scenario defines has no target', async (t) => {
  t.equal(await find('decline'), undefined)
})

t.test('an action applies the first rule whose condition is true', async (t) => {
  const { operationRules } = (await find('accept'))!
  const context = actionContext('c1', NOW)
  const { record, trace, ids } = act({ scenarioSet, operationRules, record: undefined, context })
  t.same(record.state, { status: 'c1' })
  t.match(trace, [{ at: 'default.yaml:9', value: true }])
  t.same(ids, [])
})

t.test(
  'an action is not possible when no condition is true, and says which were false',
  async (t) => {
    const { operationRules } = (await find('accept'))!
    const context = actionContext('c1', NOW)
    const record = { state: { status: 'DONE' }, calls: {}, used: {}, given: [] }
    const error = t.throws(() => act({ scenarioSet, operationRules, record, context }))
    t.type(error, NotPossible)
    t.match(error, { message: 'default.yaml:9: state.status == "PENDING" is false' })
  },
)
