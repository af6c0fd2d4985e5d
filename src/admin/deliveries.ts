/** Webhooks of a session: what was sent, what became of it, and the next one. */
import { deadline } from '../clock.ts'
import type { Delivery } from '../webhook/delivery.ts'
import { requireSession } from './lookups.ts'
import { sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

/** Real ms that a caller may wait for the next delivery. */
const LONGEST_WAIT = 30_000

const describe = ({ at, attempts, reason, ...delivery }: Delivery) => ({
  ...delivery,
  at: new Date(at).toISOString(),
  ...(reason !== undefined && { reason }),
  attempts: attempts.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() })),
})

const webhook = { type: 'string', description: 'Only of this webhook.' } as const

export const deliveryRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/deliveries',
    operationId: 'listDeliveries',
    tag: 'Journal',
    summary: 'List webhooks that were sent or recorded, with each attempt',
    input: {
      params: sessionParams,
      querystring: { type: 'object', additionalProperties: false, properties: { webhook } },
    },
    responses: {
      200: {
        description: 'The deliveries, oldest first.',
        schema: {
          type: 'object',
          required: ['deliveries'],
          properties: { deliveries: { type: 'array', items: ref('Delivery') } },
        },
      },
    },
    problems: ['unknown-session'],
    handler: async ({ sandbox, params, query }) => {
      await requireSession(sandbox, params.id)
      const all = sandbox.deliveries.list(params.id)
      const found = all.filter(
        (each) => query.webhook === undefined || each.webhook === query.webhook,
      )
      return { deliveries: found.map(describe) }
    },
  }),
  route({
    method: 'GET',
    url: '/sessions/:id/deliveries/next',
    operationId: 'nextDelivery',
    tag: 'Journal',
    summary: 'Wait for the next webhook: until its first attempt has ended',
    input: {
      params: sessionParams,
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          webhook,
          after: {
            type: 'integer',
            minimum: 0,
            default: 0,
            description: 'The id of the last delivery that was seen.',
          },
          wait: {
            type: 'integer',
            minimum: 0,
            maximum: LONGEST_WAIT,
            default: 5_000,
            description: 'Real ms to wait at most.',
          },
        },
      },
    },
    responses: {
      200: {
        description: 'The delivery; null if there was none in time.',
        schema: {
          type: 'object',
          required: ['delivery'],
          properties: { delivery: { anyOf: [ref('Delivery'), { type: 'null' }] } },
        },
      },
    },
    problems: ['bad-session-id'],
    handler: async ({ sandbox, params, query, stopping, reply }) => {
      const left = new AbortController()
      reply.raw.once('close', () => left.abort())
      const limit = deadline(query.wait, 'no delivery in time')
      const signal = AbortSignal.any([left.signal, stopping, limit.signal])
      const { deliveries } = sandbox
      const found = await deliveries.next(params.id, query.webhook, query.after, signal)
      limit.clear()
      return { delivery: found ? describe(found) : null }
    },
  }),
]
