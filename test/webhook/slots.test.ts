import t from 'tap'
import { Slots } from '../../src/webhook/slots.ts'

t.test('at most so many run at once, and a failure gives its slot back', async (t) => {
  const slots = new Slots(2)
  let running = 0
  let most = 0
  const work = async (fails: boolean) => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
    if (fails) throw new Error('no')
    return 'done'
  }
  const all = [true, false, true, false, false].map((fails) => slots.run(() => work(fails)))
  const results = await Promise.allSettled(all)
  t.same(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  t.equal(most, 2)
  t.equal(await slots.run(() => work(false)), 'done')
})
