import t from 'tap'
import { type Job, JobQueue } from '../../src/webhook/queue.ts'
import { notification } from '../fixtures/deliveries.ts'

const job = (id: number, due: number): Job => ({
  ...{ id, due, notification: notification(), url: undefined, reason: undefined, attempts: 0 },
})

t.test('the job that is due first comes first, of equals the older one', async (t) => {
  const queue = new JobQueue()
  for (const [id, due] of [
    [1, 5],
    [2, 3],
    [4, 3],
    [3, 3],
    [5, 9],
  ] as const)
    queue.add(job(id, due))
  const taken: number[] = []
  for (let next = queue.takeDue(8); next; next = queue.takeDue(8)) taken.push(next.id)
  t.same(taken, [2, 3, 4, 1])
  t.equal(queue.first?.id, 5)
})
