/** The first scenario of plain `init`: a code is sent, a wrong one refused, the right one accepted. */
import t, { type Test } from 'tap'
import {
  conflict,
  listening,
  overSockets,
  PlumeryUser,
  playing,
  RIGHT,
  told,
  WeavrUser,
  WRONG,
} from '../fixtures/calls.ts'
import { run } from '../fixtures/run.ts'

const OTP = playing('one-time-password')

/** A sandbox that plays what `init` wrote for one of the built-in documents. */
async function startWritten(t: Test, api: string) {
  const folder = t.testdir({})
  const { code, error } = await run(['init', folder, '--api', api])
  t.same([code, error], [0, ''])
  return listening(t, { scenarios: [`${folder}/scenarios`] })
}

t.test('the Weavr scenario refuses a wrong code and accepts the right one once', async (t) => {
  const { url, client } = await startWritten(t, 'weavr-multi')
  const user = new WeavrUser(overSockets(url), OTP)
  const notSent = conflict('STATE_INVALID')
  t.equal(told(await user.verify(RIGHT)), notSent, 'the default scenario answers before a code')
  t.equal(told(await user.stepUp()), '204')
  t.match(await client.session('default').messages(), [{ channel: 'SMS', code: RIGHT }])
  t.equal(told(await user.verify(WRONG)), conflict('VERIFICATION_CODE_INVALID'))
  t.equal(told(await user.verify(RIGHT)), '204')
  t.equal(told(await user.verify(RIGHT)), notSent, 'the default scenario answers after the code')
})

t.test('the Plumery scenario refuses a wrong code and accepts the right one once', async (t) => {
  const { url } = await startWritten(t, 'plumery-mfa')
  const user = new PlumeryUser(overSockets(url), OTP)
  t.equal((await user.initiate()).status, 204)
  t.match((await user.verify(WRONG)).body, { code: /INVALID_OTP$/ })
  t.equal((await user.verify(WRONG, 'c2')).status, 400, 'another challenge has no code')
  t.equal((await user.verify(RIGHT)).status, 204)
  t.match((await user.verify(RIGHT)).body, { code: /CHALLENGE_NOT_FOUND$/ })
})
