/** The vendor's whole document in place of ours, with the same scenario files: it has more, and no examples. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse, stringify } from 'yaml'
import { manyOperations } from '../../bench/many-operations.js'
import { loadApis } from '../../src/sandbox/load.ts'
import { makeApp } from '../fixtures/app.ts'
import { ROOT } from '../fixtures/built.ts'
import {
  conflict,
  playing,
  TRANSFER,
  TRANSFERS,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'

const OPERATIONS = 160

/** Our document as a vendor publishes it: many operations, errors only as lists of codes. */
function vendorDocument(): string {
  const document = parse(readFileSync(join(ROOT, 'spec/weavr-multi.yaml'), 'utf8'))
  for (const response of Object.values<Record<string, unknown>>(document.components.responses)) {
    for (const media of Object.values(response.content ?? {})) {
      delete media.examples
      delete media.example
      const codes = media.schema?.properties?.errorCode?.enum ?? []
      const unlisted = codes.indexOf('IDEMPOTENT_REQUEST_IN_PROGRESS')
      if (unlisted >= 0) codes.splice(unlisted, 1)
    }
  }
  return manyOperations(stringify(document, { aliasDuplicateObjects: false }), OPERATIONS)
}

const specs = (t: Test) => [
  join(t.testdir({ 'weavr-multi.yaml': vendorDocument() }), 'weavr-multi.yaml'),
]

t.test('scenarios that the document has no response for are left out, and reported', async (t) => {
  const { byName } = loadApis({ specs: specs(t), scenarios: [] })
  const { contract, scenarioSet } = byName.get('weavr-multi')!
  t.ok(contract.operations.size >= OPERATIONS)
  const leftOut = contract.warnings.filter(({ message }) => message.includes('left out'))
  t.same(
    leftOut.map(({ file }) => file.split('/').at(-1)),
    [
      'bad-request.yaml',
      'idempotent-request-in-progress.yaml',
      'login-refused.yaml',
      'method-not-allowed.yaml',
      'unexpected-error.yaml',
    ],
  )
  t.notOk(scenarioSet.scenarios.has('bad-request'))
  t.ok(scenarioSet.scenarios.has('state-invalid'))
})

t.test('an app walks the same way, and the codes of errors are known by name', async (t) => {
  const app = await makeApp(t, { specs: specs(t) })
  const user = new WeavrUser(app)
  const { id } = (await user.call('POST', `/${TRANSFERS}`, TRANSFER)).body
  const { scaChallengeId } = (await user.confirm([id])).body
  t.equal(told(await user.confirm([id])), conflict('RETRY_IN_15SEC'))
  t.equal(
    told(await user.verifyConfirmation(scaChallengeId, WRONG)),
    conflict('VERIFICATION_CODE_INVALID'),
  )
  t.equal((await user.verifyConfirmation(scaChallengeId)).status, 204)
  t.match((await user.call('GET', `/${TRANSFERS}/${id}`)).body, { state: 'SUBMITTED' })
  t.equal(
    told(await user.stepUp(playing('mobile-number-invalid'))),
    conflict('MOBILE_NUMBER_INVALID'),
  )
  t.equal(
    told(await user.stepUp({ prefer: 'code=409, example=CHANNEL_NOT_REGISTERED' })),
    conflict('CHANNEL_NOT_REGISTERED'),
  )
})

t.test('a broken scenario of ones own is not left out', async (t) => {
  const own =
    'scenario: own\nsummary: Wrong.\noperations:\n  stepupSCAChallenge:\n    calls: [{ respond: { status: 409, example: NOPE } }]\n'
  const path = t.testdir({
    'weavr-multi.yaml': vendorDocument(),
    scenarios: { 'weavr-multi': { 'own.yaml': own } },
  })
  const files = { specs: [`${path}/weavr-multi.yaml`], scenarios: [`${path}/scenarios`] }
  t.throws(() => loadApis(files), { message: /own\.yaml:5:/ })
})
