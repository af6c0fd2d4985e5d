import t from 'tap'
import type { Delivery } from '../../src/webhook/delivery.ts'
import { DeliveryHistory } from '../../src/webhook/history.ts'

const delivery = (id: number, more: Partial<Delivery> = {}): Delivery => ({
  ...{ id, api: 'bank', webhook: 'done', method: 'POST', url: null, headers: {}, body: '' },
  ...{ at: 0, state: 'recorded', reason: undefined, attempts: [] },
  ...more,
})

const ids = (history: DeliveryHistory, session: string) => history.list(session).map(({ id }) => id)

t.test('a session keeps its newest deliveries', async (t) => {
  const history = new DeliveryHistory({ session: 2 })
  for (const id of [1, 2, 3]) history.add('a', delivery(id))
  t.same(ids(history, 'a'), [2, 3])
  t.equal(history.size, 2)
})

t.test('the session that has been quiet for longest loses its deliveries first', async (t) => {
  const history = new DeliveryHistory({ all: 3 })
  history.add('a', delivery(1))
  history.add('b', delivery(2))
  history.add('a', delivery(3))
  history.add('c', delivery(4))
  t.same([ids(history, 'a'), ids(history, 'b'), ids(history, 'c')], [[1, 3], [], [4]])
  t.equal(history.size, 3)
})

t.test('the text of all deliveries is bounded, and the newest one is always kept', async (t) => {
  const history = new DeliveryHistory({ characters: 10 })
  history.add('a', delivery(1, { body: 'abcdef', headers: { a: 'b' } }))
  history.add('a', delivery(2, { body: 'abc' }))
  t.same(ids(history, 'a'), [2])
  history.add('b', delivery(3, { body: 'x'.repeat(100) }))
  t.same([ids(history, 'a'), ids(history, 'b')], [[], [3]])
})

t.test('an update of a delivery that was dropped does nothing', async (t) => {
  const history = new DeliveryHistory({ session: 1 })
  history.add('a', delivery(1, { state: 'waiting' }))
  history.add('a', delivery(2))
  history.update('a', delivery(1, { state: 'delivered' }))
  history.update('b', delivery(1))
  t.same([ids(history, 'a'), ids(history, 'b')], [[2], []])
})

t.test('next skips deliveries that wait for their first attempt', async (t) => {
  const history = new DeliveryHistory()
  const { signal } = new AbortController()
  history.add('a', delivery(1, { state: 'waiting' }))
  const next = history.next('a', undefined, 0, signal)
  history.update('a', delivery(1, { state: 'waiting', attempts: [{ at: 0, duration: 1 }] }))
  t.equal((await next)?.id, 1)
})

t.test('a wait that is given up leaves nothing behind', async (t) => {
  const history = new DeliveryHistory()
  const controller = new AbortController()
  const next = history.next('a', 'done', 0, controller.signal)
  controller.abort()
  t.equal(await next, undefined)
  t.equal(await history.next('a', 'done', 0, controller.signal), undefined)
  history.add('a', delivery(1))
})

t.test('a session that is forgotten has none', async (t) => {
  const history = new DeliveryHistory()
  history.add('a', delivery(1))
  history.add('a', delivery(2))
  history.forget('a')
  history.forget('b')
  t.same(history.list('a'), [])
  t.equal(history.size, 0)
})
