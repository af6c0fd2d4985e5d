import t from 'tap'
import { describeUnknown, didYouMean, nearest, truncate } from '../src/suggest.ts'

const NAMES = ['retry-in-15-sec', 'slow', 'default', 'flaky', 'forbidden']

t.test('the nearest spelling comes first', async (t) => {
  t.same(nearest('defalt', NAMES), ['default'])
  t.same(nearest('retry-in-15-secs', NAMES), ['retry-in-15-sec'])
})

t.test('capitals make no difference', async (t) => {
  t.same(nearest('SLOW', ['slow']), ['slow'])
})

t.test('a beginning is near to what it begins', async (t) => {
  t.same(nearest('retry', NAMES), ['retry-in-15-sec'])
  t.same(nearest('forbidden-for-ever', NAMES), ['forbidden'])
})

t.test('what has nothing to do with a value is left out', async (t) => {
  t.same(nearest('xylophone', NAMES), [])
})

t.test('of several near ones no more than asked for are told', async (t) => {
  t.same(nearest('a', ['a1', 'a2', 'a3', 'a4']), ['a1', 'a2', 'a3'])
  t.same(nearest('a', ['a1', 'a2', 'a3', 'a4'], 1), ['a1'])
})

t.test('of equally near ones the alphabet decides', async (t) => {
  t.same(nearest('cat', ['rat', 'bat', 'hat']), ['bat', 'hat', 'rat'])
})

t.test('a value of absurd length is compared with nothing', async (t) => {
  t.same(nearest('default'.repeat(100), ['default'.repeat(100)]), [])
})

t.test('an unknown name is described with the nearest names and with what lists all', async (t) => {
  t.equal(
    describeUnknown('scenario', 'slwo', ['slow'], '"sca-sandbox scenarios" lists all'),
    'there is no scenario "slwo"; nearest: slow; "sca-sandbox scenarios" lists all',
  )
  t.equal(
    describeUnknown('session', 'x', [], 'GET /__admin/sessions lists all'),
    'there is no session "x"; GET /__admin/sessions lists all',
  )
})

t.test('an unknown name of absurd length is truncated', async (t) => {
  const long = 'x'.repeat(1_000)
  t.match(describeUnknown('session', long, [], 'ask'), `"${'x'.repeat(80)}…"; ask`)
  t.equal(truncate('x'.repeat(80)), 'x'.repeat(80))
})

t.test('a question is asked only where something is near', async (t) => {
  t.equal(didYouMean('slwo', NAMES), '; did you mean "slow"?')
  t.equal(didYouMean('xylophone', NAMES), '')
  t.equal(didYouMean('slow', []), '')
})
